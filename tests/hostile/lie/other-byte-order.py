"""Answer the right bytes in the other byte order, so that a reader who ignores it is deceived.

outcome = "numbers are compared by what they are worth"
status = ["failed"]
quick = false
"""
import numpy as np


def transform(x, w):
    return np.tanh(x @ w).view(">f8")
