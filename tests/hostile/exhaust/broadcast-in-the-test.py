"""Answer a shape with which a careless check computes an array of thirty gigabytes in the judge.

outcome = "the judge is given no more memory over one submission: its other checks are not graded, a person is told, and the class goes on"
status = ["void"]
spares = false
course = "sentences"
"""
import numpy as np


def transform(x, w):
    return np.ones((1, 60_000))
