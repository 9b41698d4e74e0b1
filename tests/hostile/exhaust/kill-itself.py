"""Kill the process by a signal that reads like a lack of memory.

outcome = "silence is never a pass"
status = ["died"]
"""
import os
import signal


def transform(x, w):
    os.kill(os.getpid(), signal.SIGKILL)
