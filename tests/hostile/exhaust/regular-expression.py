"""Match a pattern that takes exponential time.

outcome = "ended from outside, whatever runs inside"
status = ["timed_out"]
quick = false
"""
import re


def transform(x, w):
    return re.fullmatch(r"(a+)+b", "a" * 64)
