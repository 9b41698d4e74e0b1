"""Return a tensor that leaked out of torch.vmap, and one out of torch.func.grad, whose level is gone.

outcome = "a tensor of a level that has ended cannot be read"
status = ["failed", "raised", "died"]
course = "tensors"
quick = false
"""
import torch

leaked = []


def keep(row):
    leaked.append(row)
    return row.sum()


def transform(x, w):
    torch.vmap(keep)(x)
    torch.func.grad(keep)(x[0])
    return leaked[len(leaked) % 2]
