"""Return the right values in a shape that broadcasts to the right one.

outcome = "shapes are compared exactly"
status = ["failed"]
"""
import numpy as np


def transform(x, w):
    return np.tanh(x @ w)[None]
