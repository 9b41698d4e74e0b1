"""Start threads when the module is imported that import it again, for ever.

outcome = "threads and their memory are bounded, and end with the worker"
status = ["raised", "failed", "timed_out", "died", "out_of_memory"]
quick = false
"""
import importlib
import sys
import threading


def again():
    while True:
        sys.modules.pop("attacked", None)
        importlib.import_module("attacked")


for _ in range(20):
    threading.Thread(target=again, daemon=True).start()


def transform(x, w):
    return x
