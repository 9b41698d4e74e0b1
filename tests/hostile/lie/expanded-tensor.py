"""Return one number that claims to be ten thousand million.

outcome = "an answer has at most 256 MiB, counted before it is copied"
status = ["failed"]
course = "tensors"
quick = false
"""
import torch


def transform(x, w):
    return torch.zeros(1, dtype=x.dtype).expand(100_000, 100_000)
