"""Read from address 0.

outcome = "a crash costs its own call"
status = ["died"]
"""
import ctypes


def transform(x, w):
    return ctypes.string_at(0)
