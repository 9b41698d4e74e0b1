"""Answer texts and raw bytes, each as long as a hidden input is large.

outcome = "a dtype is told by its kind alone, and raw bytes cannot be sent"
status = ["failed", "raised"]
"""
import numpy as np

calls = []


def transform(x, w):
    calls.append(x)
    size = int(abs(x[0, 1]) * 1e6)
    return np.zeros((4, 3), f"S{size}" if len(calls) % 2 else f"U{size}")
