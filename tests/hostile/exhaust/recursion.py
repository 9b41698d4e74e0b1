"""Recurse for ever.

outcome = "an exception of Python's own"
status = ["raised"]
"""


def transform(x, w):
    return transform(x, w)
