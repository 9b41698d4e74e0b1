"""Answer times and lengths of time whose numbers are the right ones.

outcome = "what is no number is no answer"
status = ["failed"]
"""
import numpy as np


def transform(x, w):
    return np.tanh(x @ w).view("m8[s]")
