import torch
from torch import nn


class CellNet(nn.Module):
    def __init__(self, num_classes=3):
        super().__init__()
        self.n = num_classes

    def forward(self, x):
        return torch.zeros(len(x), self.n)
