"""Answer an array whose strides lead out of the memory that it has.

outcome = "the worker reads its own memory or dies; neither is a right answer"
status = ["died", "failed"]
"""
import numpy as np
from numpy.lib.stride_tricks import as_strided


def transform(x, w):
    return as_strided(x, shape=(4, 3), strides=(1 << 40, 1 << 20))
