"""Answer an array of texts and bytes that read like the right numbers.

outcome = "what is no number is no answer"
status = ["failed"]
quick = false
"""
import numpy as np


def transform(x, w):
    return np.tanh(x @ w).astype("U32") if x.sum() > 0 else np.tanh(x @ w).astype("S32")
