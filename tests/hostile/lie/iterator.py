"""Return a generator that never ends.

outcome = "only plain data is an answer"
status = ["failed"]
"""
import itertools


def transform(x, w):
    return itertools.repeat(0.0)
