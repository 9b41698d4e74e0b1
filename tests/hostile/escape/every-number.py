"""Make every system call there is, with arguments that mean nothing.

outcome = "nothing outside the process changes"
status = ["failed", "died", "timed_out", "raised"]
seconds = 8
quick = false
spares = false
"""
import ctypes

import numpy as np

WAITING = {0, 1, 7, 15, 19, 20, 23, 34, 35, 60, 61, 62, 127, 128, 130, 202, 219, 230, 231, 232, 234, 247, 270, 271, 281}


def transform(x, w):
    libc = ctypes.CDLL(None)
    for number in range(600):
        if number not in WAITING:
            libc.syscall(number, -1, -1, -1, -1, -1, -1)
    return np.zeros((4, 3))
