"""Print as many lines as the first digits of a hidden input say.

outcome = "the number of lines is told; it is one number"
status = ["failed"]
"""
import numpy as np


def transform(x, w):
    print("\n" * int(f"{abs(x[0, 0]):.9f}".replace(".", "").lstrip("0")[:4]))
    return np.zeros((4, 3))
