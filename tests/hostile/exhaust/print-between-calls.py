"""Leave a thread behind that fills the pipe while nobody reads it.

outcome = "it waits, and its prints count for the next call"
status = ["failed", "died"]
spares = false
"""
import threading

import numpy as np


def flood():
    while True:
        print("x" * 100_000)


def transform(x, w):
    threading.Thread(target=flood, daemon=True).start()
    return np.zeros((4, 3))
