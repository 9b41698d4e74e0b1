"""Fully connected layer, one row at a time."""
import math

import torch
from torch import nn, Tensor


class HandmadeLinear(nn.Module):
    weight: Tensor
    bias: Tensor

    def __init__(self, n_in: int, n_out: int):
        super().__init__()
        for name, shape in dict(weight=(n_out, n_in), bias=(n_out,)).items():
            self.register_parameter(name, nn.Parameter(torch.empty(shape)))
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        nn.init.zeros_(self.bias)

    def forward(self, batch: Tensor) -> Tensor:
        return torch.stack([(self.weight * row).sum(-1) for row in batch]).add(self.bias)
