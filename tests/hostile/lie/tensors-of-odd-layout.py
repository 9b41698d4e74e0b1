"""Answer quantized, nested, mkldnn and conjugated tensors.

outcome = "a tensor without plain numbers cannot be sent, or differs"
status = ["failed", "raised"]
course = "tensors"
quick = false
"""
import torch


def transform(x, w):
    y = torch.tanh(x @ w)
    forms = (
        lambda: torch.quantize_per_tensor(y.float(), 0.1, 0, torch.qint8),
        lambda: torch.nested.nested_tensor(list(y)),
        lambda: y.float().to_mkldnn(),
        lambda: torch.complex(y, y).conj(),
    )
    return forms[int(abs(x).sum() * 1e6) % len(forms)]()
