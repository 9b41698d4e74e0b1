"""Make system calls by their numbers of the x32 interface.

outcome = "a call of another interface ends the process"
status = ["died"]
machine = "x86_64"
"""
import ctypes


def transform(x, w):
    return ctypes.CDLL(None).syscall(0x40000000 | 39)
