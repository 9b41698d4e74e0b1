"""Return what came in.

outcome = "wrong like any other wrong answer"
status = ["failed"]
"""
import numpy as np


def transform(x, w):
    return np.ones_like(x @ w) * np.sign(x @ w)
