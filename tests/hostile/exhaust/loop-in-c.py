"""Loop in C, where no Python signal handler runs.

outcome = "ended from outside, whatever runs inside"
status = ["timed_out"]
"""


def transform(x, w):
    return sum(range(10**13))
