"""Return an answer that is right to three digits.

outcome = "the tolerance of a float64 is a ten-millionth"
status = ["failed"]
"""
import numpy as np


def transform(x, w):
    return np.tanh(x @ w).round(3)
