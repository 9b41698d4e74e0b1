"""Write an answer of its own, with a number that is guessed.

outcome = "the numbers of requests cannot be guessed, and an answer to another one is none"
status = ["died"]
"""
import os

import numpy as np
from grader.sandbox import protocol


def transform(x, w):
    os.write(4, protocol.encode("value", 1, {"y": np.zeros((4, 3))}))
