"""Raise an exception through a thousand frames with a text of a hundred megabytes.

outcome = "eight frames and 64 KiB of text are kept"
status = ["raised", "out_of_memory"]
"""
import sys

sys.setrecursionlimit(5000)


def down(depth):
    if depth:
        down(depth - 1)
    raise ValueError("x" * 100_000_000)


def transform(x, w):
    down(1000)
