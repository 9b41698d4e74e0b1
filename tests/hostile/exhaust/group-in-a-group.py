"""Raise a group of exceptions in groups, a hundred thousand deep.

outcome = "what stands in a group is not looked at"
status = ["raised", "timed_out"]
quick = false
"""
def transform(x, w):
    error = ValueError("0")
    for _ in range(100_000):
        error = ExceptionGroup("g", [error])
    raise error
