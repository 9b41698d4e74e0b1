"""Print markup in a check whose prints are shown.

outcome = "escaped wherever it is shown"
status = ["passed"]
points = 5
"""
import numpy as np


def transform(x, w):
    print("<injected onload=alert(1)><script>alert(1)</script>")
    return np.tanh(x @ w)
