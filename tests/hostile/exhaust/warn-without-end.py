"""Warn until the end of time.

outcome = "it ends at the deadline of the check, and what was said is cut"
status = ["timed_out"]
quick = false
"""
import itertools
import warnings


def transform(x, w):
    for number in itertools.count():
        warnings.warn(f"{number}" * 99, stacklevel=1)
