"""Return a tensor that exists only inside a transformation of torch.

outcome = "what cannot be turned into bytes is no answer"
status = ["failed", "raised"]
course = "tensors"
quick = false
"""
import torch


def transform(x, w):
    kept = []
    torch.func.vmap(lambda row: kept.append(row) or row)(torch.zeros(4, 3))
    return kept[0]
