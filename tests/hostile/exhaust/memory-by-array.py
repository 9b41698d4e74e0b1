"""Ask for an array of 80 GB.

outcome = "refused by the limit on address space"
status = ["out_of_memory"]
"""
import numpy as np


def transform(x, w):
    return np.ones((100_000, 100_000))
