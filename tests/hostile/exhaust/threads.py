"""Start as many threads as the machine gives.

outcome = "ended by the limit on threads"
status = ["raised", "out_of_memory", "timed_out"]
spares = false
"""
import threading
import time


def transform(x, w):
    while True:
        threading.Thread(target=time.sleep, args=(99,), daemon=True).start()
