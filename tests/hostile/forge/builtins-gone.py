"""Take away what the guest works with: builtins, modules, streams and the limit of recursion.

outcome = "what cannot answer has not answered"
status = ["died", "raised"]
"""
import builtins
import sys


def transform(x, w):
    sys.stdout = sys.stderr = sys.__stdout__ = None
    sys.modules.clear()
    for name in ("len", "isinstance", "int", "bytes", "memoryview", "getattr", "BaseException", "str"):
        delattr(builtins, name)
    return [[0.0] * 3] * 4
