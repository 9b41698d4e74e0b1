"""Return a tensor that has a shape and no values.

outcome = "only dense tensors with values are answers"
status = ["failed"]
course = "tensors"
quick = false
"""
import torch


def transform(x, w):
    return torch.zeros(4, 3, dtype=x.dtype, device="meta")
