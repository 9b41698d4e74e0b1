"""Return long doubles, whose bytes another machine reads otherwise, and a subclass that changes its dtype as it is read.

outcome = "the numbers are brought into a dtype that is known, and are wrong"
status = ["failed", "raised"]
"""
import numpy as np


class Changing(np.ndarray):
    @property
    def dtype(self):
        return np.dtype("f2")

    @property
    def nbytes(self):
        return 0

    @property
    def strides(self):
        return (0, 0)

    def tobytes(self, order="C"):
        return b""

    def __array__(self, dtype=None, copy=None):
        return self.view(np.ndarray)[:0]


calls = []


def transform(x, w):
    calls.append(x)
    wrong = np.full((4, 3), 0.25, np.longdouble)
    return wrong if len(calls) % 2 else np.full((4, 3), 0.25).view(Changing)
