"""Stop the process by a signal, so that it uses no time.

outcome = "ended by wall time; a stopped process can be killed"
status = ["timed_out"]
seconds = 8
quick = false
"""
import os
import signal


def transform(x, w):
    os.kill(os.getpid(), signal.SIGSTOP)
