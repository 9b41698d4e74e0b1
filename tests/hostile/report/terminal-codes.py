"""Print, raise and name what a terminal obeys.

outcome = "control characters are written out"
status = ["raised"]
"""

CODES = "\x1b]0;owned\x07\x1b[2J\x1b[31m\x9b31m\r\x08\x00\u202eevil\u200b"


def transform(x, w):
    print(CODES)
    raise ValueError(CODES)  #  ‮
