"""Recurse until the stack of the process is used up.

outcome = "a crash costs its own call"
status = ["died", "raised"]
"""
import sys

sys.setrecursionlimit(10**9)


class Deep:
    def __getattr__(self, name):
        return getattr(self, name + "x"[:0])


def transform(x, w):
    return repr(Deep().deeper)
