"""Answer records whose fields are called and titled as hidden inputs are.

outcome = "records cannot be sent, and their fields are not named"
status = ["failed", "raised"]
"""
import numpy as np


def transform(x, w):
    digits = [f"{abs(value):.9f}" for value in x.ravel()[:6]]
    return np.zeros((4, 3), [((f"title {digit}", f"field {digit}"), "f8") for digit in digits])
