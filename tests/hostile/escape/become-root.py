"""Become another user and take capabilities back.

outcome = "the calls are refused, and no privilege is left to use"
status = ["failed"]
"""
import ctypes
import os

import numpy as np


def transform(x, w):
    libc = ctypes.CDLL(None)
    before = os.getresuid()  # root itself, where a container keeps from it what it takes to start a worker as another
    done = []
    for act in (
        lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgid(0), lambda: os.setgroups([0]),
        lambda: os.setreuid(0, 0), lambda: os.setegid(0), lambda: os.initgroups("root", 0),
    ):  # fmt: skip
        try:
            act()
            done.append(0)
        except OSError:
            continue
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    every = (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)
    done.append(libc.syscall(126, header, every))
    done.append(libc.prctl(8, 1, 0, 0, 0))
    if max(done, default=-1) >= 0 or os.getresuid() != before:
        print("got through: root")
    return np.zeros((4, 3))
