"""Raise an exception with a hundred thousand causes, the first of which is caused by the last.

outcome = "of causes a bounded number is looked at"
status = ["raised", "timed_out"]
"""
def transform(x, w):
    first = last = ValueError("0")
    for number in range(100_000):
        error = ValueError(f"{number}")
        error.__cause__ = error.__context__ = last
        last = error
    first.__cause__ = last
    raise last
