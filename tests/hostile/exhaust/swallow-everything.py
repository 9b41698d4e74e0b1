"""Catch every exception, for ever.

outcome = "the deadline is a kill, not an exception"
status = ["timed_out"]
"""


def transform(x, w):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
