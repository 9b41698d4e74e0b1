"""Multiply matrices for ever.

outcome = "ended from outside, whatever runs inside"
status = ["timed_out"]
quick = false
"""
import numpy as np


def transform(x, w):
    y = np.ones((1000, 1000))
    while True:
        y = y @ y * 1e-9
