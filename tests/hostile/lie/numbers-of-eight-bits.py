"""Return tensors of torch's smallest and oddest dtypes, which numpy lacks.

outcome = "a dtype that numpy lacks is named or brought into one that it has, and its numbers are wrong"
status = ["failed", "raised"]
course = "tensors"
quick = false
"""
import torch

KINDS = (torch.float8_e4m3fn, torch.float8_e5m2, torch.bfloat16, torch.complex32, torch.uint16, torch.bits8)
calls = []


def transform(x, w):
    calls.append(x)
    return torch.zeros(4, 3).to(KINDS[len(calls) % 5])
