"""Give a wrong answer and at once a second one, for the next question.

outcome = "the second one ends the worker; the next question has a number of its own"
status = ["failed"]
spares = false
"""
import os
import sys

import numpy as np
from grader.sandbox import protocol


def transform(x, w):
    frame = sys._getframe()
    while "message" not in frame.f_locals:
        frame = frame.f_back
    number = frame.f_locals["message"].id
    for answer in (0.0, 1.0):
        os.write(4, protocol.encode("value", number, {"y": np.full((4, 3), answer)}))
    return np.ones((4, 3))
