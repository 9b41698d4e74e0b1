import torch
from torch import nn

from layers import ConvNorm, build_fused_mbconv_block, build_mbconv_block, swish


class CellClassifier(nn.Module):
    def __init__(self, n_classes=3):
        super().__init__()
        self.entry = ConvNorm(3, 16, 3)
        self.stages = nn.ModuleList([
            build_fused_mbconv_block(16, 24, 2), build_mbconv_block(24, 48, 2), build_mbconv_block(48, 64, 2)])
        self.W = nn.Parameter(torch.randn(64, n_classes) / 8)
        self.b = nn.Parameter(torch.zeros(n_classes))

    def forward(self, x):
        x = swish(self.entry(x))
        for stage in self.stages:
            x = stage(x)
        return x.flatten(2).mean(-1) @ self.W + self.b
