"""Return an array of records, which hide what they hold.

outcome = "an array of records is no answer"
status = ["failed"]
"""
import numpy as np


def transform(x, w):
    return np.zeros((4, 3), dtype=[("y", float)])
