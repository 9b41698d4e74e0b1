"""Take longer than it states.

outcome = "the time is told"
status = ["passed"]
points = 5
seconds = 0.001
"""
import time

import numpy as np


def transform(x, w):
    time.sleep(0.02)
    return np.tanh(x @ w)
