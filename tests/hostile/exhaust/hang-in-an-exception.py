"""Raise an exception whose text takes for ever.

outcome = "the deadline holds until the answer is there"
status = ["timed_out"]
quick = false
"""


class Slow(Exception):
    def __str__(self):
        while True:
            pass


def transform(x, w):
    raise Slow
