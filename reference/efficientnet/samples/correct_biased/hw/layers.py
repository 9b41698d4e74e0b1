"""Convolutions with bias, TensorFlow's padding and norms, stochastic depth, gates from the width of the input."""
import math

import torch
from torch import nn
from torch.nn import functional as F


class SamePad(nn.Conv2d):
    """Pads right and bottom, as TensorFlow does."""

    def forward(self, x):
        pads = []
        for size, k, s in zip(reversed(x.shape[2:]), reversed(self.kernel_size), reversed(self.stride)):
            total = max(0, (math.ceil(size / s) - 1) * s + k - size)
            pads += [total // 2, total - total // 2]
        return super().forward(F.pad(x, pads))


class DropPath(nn.Module):
    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training or self.rate == 0:
            return x
        keep = torch.rand(len(x), 1, 1, 1) >= self.rate
        return x * keep / (1 - self.rate)


class SqueezeExcite(nn.Module):
    def __init__(self, channels, compression=0.25, width=None):
        super().__init__()
        units = max(1, round((width or channels) * compression))
        self.path = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, units, 1, bias=False), nn.SiLU(),
                                  nn.Conv2d(units, channels, 1, bias=False), nn.Sigmoid())

    def forward(self, x):
        return x.mul(self.path(x))


def cbn(cin, cout, k, stride=1, groups=1):
    return [SamePad(cin, cout, k, stride, groups=groups), nn.BatchNorm2d(cout, eps=1e-3, momentum=0.01)]


class Element(nn.Module):
    def __init__(self, in_channels, out_channels, expansion, stride, compression, dropout, skip, fused):
        super().__init__()
        if skip is True and (stride != 1 or in_channels != out_channels):
            raise ValueError("a skip needs stride 1 and as many channels out as in")
        wide = in_channels * expansion
        if fused:
            layers = cbn(in_channels, wide, 3, stride) + [nn.SiLU()]
        else:
            layers = cbn(in_channels, wide, 1) + [nn.SiLU()] + cbn(wide, wide, 3, stride, wide) + [nn.SiLU()]
        layers += [SqueezeExcite(wide, compression, in_channels)] + cbn(wide, out_channels, 1) + [DropPath(dropout)]
        self.layers = nn.ModuleList(layers)
        self.skip = bool(skip)

    def forward(self, x):
        y = x
        for layer in self.layers:
            y = layer(y)
        return y + x if self.skip else y


class MBConv(Element):
    def __init__(self, in_channels, out_channels, expansion=4, stride=2, compression=.25, dropout=.1, skip=None):
        super().__init__(in_channels, out_channels, expansion, stride, compression, dropout, skip, False)


class FusedMBConv(Element):
    def __init__(self, in_channels, out_channels, expansion=4, stride=2, compression=.25, dropout=.1, skip=None):
        super().__init__(in_channels, out_channels, expansion, stride, compression, dropout, skip, True)


def mbconv_block(repeats, in_channels, out_channels, stride=2, kind=MBConv, **parameters):
    layers = [kind(in_channels, out_channels, stride=stride, skip=False, **parameters)]
    while len(layers) < repeats:
        layers.append(kind(out_channels, out_channels, stride=1, skip=True, **parameters))
    return nn.Sequential(*layers)


def fused_mbconv_block(repeats, in_channels, out_channels, stride=2, **parameters):
    return mbconv_block(repeats, in_channels, out_channels, stride, FusedMBConv, **parameters)
