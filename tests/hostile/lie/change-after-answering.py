"""Return an array and let a thread change it afterwards.

outcome = "each answer is copied when it is sent"
status = ["failed"]
"""
import threading

import numpy as np


def transform(x, w):
    y = np.zeros((4, 3))

    def later():
        for _ in range(100_000):
            y[...] = np.random.rand(4, 3)

    threading.Thread(target=later, daemon=True).start()
    return y
