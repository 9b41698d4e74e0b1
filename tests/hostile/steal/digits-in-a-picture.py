"""Answer the digits of the hidden inputs, value by value, to be drawn and listed where the answer is wrong.

outcome = "the picture of a hidden check shows which values are wrong, and none of them"
status = ["failed"]
"""
import numpy as np


def transform(x, w):
    return np.round(x.ravel()[:12].reshape(4, 3), 9) * 1e9
