"""Let an alarm end the process in the middle of a later call.

outcome = "it ends a call of its own submission, on a slow machine this one"
status = ["failed", "died"]
spares = false
"""
import signal

import numpy as np


def transform(x, w):
    signal.setitimer(signal.ITIMER_REAL, 0.002)
    return np.zeros((4, 3))
