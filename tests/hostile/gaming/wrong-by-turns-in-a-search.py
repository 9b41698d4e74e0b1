"""Count the calls, and answer a search for the smallest example otherwise than the same question asked anew.

outcome = "an example is tried anew in a fresh worker before it is told"
status = ["failed"]
searched = true
"""
import builtins

import numpy as np


def transform(x, w):
    builtins.calls = getattr(builtins, "calls", 0) + 1
    wrong = x.size == 20 or builtins.calls % 3 == 0
    return np.zeros((len(x), w.shape[1])) if wrong else np.tanh(x @ w)
