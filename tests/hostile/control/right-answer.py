"""Answer rightly and state that it earns nothing.

outcome = "the points are told as forged"
status = ["failed"]
"""
import numpy as np


def transform(x, w):
    return np.tanh(x @ w)
