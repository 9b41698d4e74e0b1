"""Ask for a tensor of 80 GB.

outcome = "refused by the limit on address space"
status = ["out_of_memory"]
course = "tensors"
quick = false
"""
import torch


def transform(x, w):
    return torch.ones(100_000, 100_000, dtype=x.dtype)
