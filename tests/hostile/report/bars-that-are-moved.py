"""Raise what draws over the lines above it: returns, backspaces, tabs, marks that pile up, and letters of no width.

outcome = "control characters are written out, and a line is as long as a line may be"
status = ["raised"]
"""


def transform(x, w):
    raise ValueError("failed\rpassed" + "\b" * 60 + "ok\x9b2K\x1b[1A\v\f" + "e\u0301\u0302" * 400 + "\u2028\u2029\u200b\u2062")
