"""Start processes in every way there is.

outcome = "no process can be started"
status = ["failed"]
"""
import ctypes
import os
import subprocess

import numpy as np


def transform(x, w):
    libc = ctypes.CDLL(None)
    made = []
    for act in (
        os.fork, os.forkpty, lambda: os.system("true"), lambda: os.popen("true").read(),
        lambda: subprocess.run(["/bin/true"], check=True), lambda: os.posix_spawn("/bin/true", ["true"], {}),
        lambda: os.execv("/bin/true", ["true"]), lambda: os.spawnv(os.P_NOWAIT, "/bin/true", ["true"]),
        lambda: libc.syscall(57), lambda: libc.syscall(58), lambda: libc.syscall(56, 17, 0, 0, 0, 0),
        lambda: libc.syscall(435, 0, 0), lambda: libc.syscall(59, b"/bin/true", 0, 0), lambda: libc.vfork(),
    ):  # fmt: skip
        try:
            made.append(act())
        except (OSError, subprocess.SubprocessError):
            continue
        if made[-1] == 0 and act in (os.fork, libc.vfork):
            os._exit(0)
    started = [number for number in made if isinstance(number, int) and number > 0 and number != 127 << 8]
    if started:  # 127 << 8 is how the C library says that it could not start a shell
        print("got through:", started)
    return np.zeros((4, 3))
