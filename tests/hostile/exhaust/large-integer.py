"""Compute a power with more digits than the machine has bytes.

outcome = "ended by its processor time or by its memory"
status = ["timed_out", "out_of_memory"]
quick = false
"""


def transform(x, w):
    return 9**9**9**9
