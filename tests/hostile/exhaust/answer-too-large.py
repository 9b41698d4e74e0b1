"""Answer with more than an answer may hold.

outcome = "counted before it is copied"
status = ["failed", "out_of_memory", "timed_out"]
course = "tensors"
quick = false
"""
import torch


def transform(x, w):
    return torch.zeros(1 << 26, dtype=x.dtype)
