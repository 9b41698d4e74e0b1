"""Raise an exception whose words are hundreds of megabytes.

outcome = "the words are cut before they are sent"
status = ["raised", "out_of_memory", "timed_out"]
quick = false
"""
class Long(ValueError):
    def __str__(self):
        return "é" * (30 << 20)

    __repr__ = __str__


def transform(x, w):
    raise Long
