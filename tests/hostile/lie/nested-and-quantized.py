"""Return a nested, a quantized and a compressed tensor, none of which is an array.

outcome = "only plain tensors are sent"
status = ["failed", "raised", "died"]
course = "tensors"
quick = false
"""
import warnings

import torch

calls = []


def transform(x, w):
    calls.append(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return (
            torch.nested.nested_tensor([torch.ones(3)] * 4),
            torch.quantize_per_tensor(torch.ones(4, 3), 0.1, 0, torch.quint8),
            torch.ones(4, 3).to_sparse_csr(),
        )[len(calls) % 3]
