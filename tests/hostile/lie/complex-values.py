"""Return complex numbers whose imaginary parts are huge.

outcome = "dtypes are compared"
status = ["failed"]
"""
import numpy as np


def transform(x, w):
    return np.tanh(x @ w) + 1e9j
