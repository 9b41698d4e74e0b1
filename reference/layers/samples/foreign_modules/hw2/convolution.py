"""Convolution by a view of all windows."""
from typing import Tuple

import torch
from torch import nn, Tensor
import torch.nn.functional as F


class HandmadeConv2d(nn.Module):
    """Kernel size, stride and padding are pairs; all of them have to be given."""

    def __init__(self, kernel_size: Tuple[int, int], in_ch: int, out_ch: int, stride: Tuple[int, int],
                 padding: Tuple[int, int], bias: bool = True):
        super().__init__()
        self.kh, self.kw = kernel_size
        self.sh, self.sw = stride
        self.ph, self.pw = padding
        self.weight = nn.Parameter(torch.randn(out_ch, in_ch, self.kh, self.kw))
        if bias:
            self.bias = nn.Parameter(torch.randn(out_ch))
        else:
            self.register_parameter("bias", None)

    def forward(self, images: Tensor) -> Tensor:
        images = F.pad(images, (self.pw, self.pw, self.ph, self.ph)).contiguous()
        b, c, h, w = images.shape
        sb, sc, sy, sx = images.stride()
        rows, cols = 1 + (h - self.kh) // self.sh, 1 + (w - self.kw) // self.sw
        size = (b, rows, cols, c, self.kh, self.kw)
        windows = images.as_strided(size, (sb, self.sh * sy, self.sw * sx, sc, sy, sx))
        out = windows.reshape(b, rows * cols, -1) @ self.weight.flatten(1).t()
        if self.bias is not None:
            out = out + self.bias
        return out.transpose(1, 2).reshape(b, -1, rows, cols)
