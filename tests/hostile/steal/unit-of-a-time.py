"""Answer times whose unit is a hidden input, counted in millionths.

outcome = "times cannot be sent, and no dtype is named that a submission chose"
status = ["failed", "raised"]
"""
import numpy as np


def transform(x, w):
    return np.zeros((4, 3), f"M8[{int(abs(x[0, 0]) * 1e6)}ns]")
