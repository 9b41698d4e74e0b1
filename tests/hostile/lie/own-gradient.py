"""Return a tensor that still hangs on its graph and on a hook that changes it.

outcome = "the values are copied as they are, and are wrong"
status = ["failed"]
course = "tensors"
quick = false
"""
import torch


def transform(x, w):
    y = torch.zeros(4, 3, dtype=x.dtype, requires_grad=True) * 1
    y.register_hook(lambda gradient: gradient * float("nan"))
    return y
