"""Return a dict whose keys are the hidden inputs.

outcome = "the entries of an answer that nobody asked for are counted, not named"
status = ["failed"]
"""
import numpy as np


def transform(x, w):
    return {"x" + "_".join(f"{abs(value):.9f}".replace(".", "_") for value in x.ravel()[:9]): np.zeros((4, 3))}
