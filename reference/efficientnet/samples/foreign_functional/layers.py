"""MBConv and friends, functional style: parameters and buffers by hand, no nn.Conv2d anywhere."""
import math

import torch
import torch.nn.functional as F
from torch import nn


def swish(t):
    return t / (1 + torch.exp(-t))


class ConvNorm(nn.Module):
    """Weights, norm and padding written out with functional calls."""

    def __init__(self, cin, cout, k, groups=1, stride=1):
        super().__init__()
        self.kernel = nn.Parameter(torch.empty(cout, cin // groups, k, k))
        nn.init.kaiming_normal_(self.kernel, mode="fan_out")
        self.gamma = nn.Parameter(torch.ones(cout))
        self.beta = nn.Parameter(torch.zeros(cout))
        self.register_buffer("mu", torch.zeros(cout))
        self.register_buffer("var", torch.ones(cout))
        self.k, self.groups, self.stride = k, groups, stride

    def forward(self, x):
        x = F.conv2d(x, self.kernel, None, self.stride, (self.k - 1) // 2, 1, self.groups)
        return F.batch_norm(x, self.mu, self.var, self.gamma, self.beta, self.training, 0.01, 1e-3)


class SE_Layer(nn.Module):
    def __init__(self, nin, ratio=0.25):
        super().__init__()
        self.squeeze = nn.Linear(nin, max(1, int(nin * ratio)))
        self.excite = nn.Linear(max(1, int(nin * ratio)), nin)

    def forward(self, inputs):
        n, c, h, w = inputs.shape
        pooled = inputs.flatten(2).sum(-1) / (h * w)
        weights = 1 / (1 + torch.exp(-self.excite(swish(self.squeeze(pooled)))))
        return torch.einsum("nchw,nc->nchw", inputs, weights)


class _Inverted(nn.Module):
    def __init__(self, fused, d, s, e, stride, c_out, c_in, residual):
        super().__init__()
        mid = int(c_in * e)
        self.pre = nn.ModuleList(
            [ConvNorm(c_in, mid, 3, stride=stride)] if fused
            else [ConvNorm(c_in, mid, 1), ConvNorm(mid, mid, 3, groups=mid, stride=stride)])
        self.attention = SE_Layer(mid, s)
        self.post = ConvNorm(mid, c_out, 1)
        self.d = d
        self.residual = residual and stride == 1 and c_in == c_out

    def forward(self, x):
        out = x
        for layer in self.pre:
            out = swish(layer(out))
        out = F.dropout(self.post(self.attention(out)), self.d, self.training)
        return torch.add(out, x) if self.residual else out


class MBConvElement(_Inverted):
    def __init__(self, c_out, c_in, e=4, d=0.1, s=0.25, stride=2, residual=True):
        super().__init__(False, d, s, e, stride, c_out, c_in, residual)


class FusedMBConvElement(_Inverted):
    def __init__(self, c_out, c_in, e=4, d=0.1, s=0.25, stride=2, residual=True):
        super().__init__(True, d, s, e, stride, c_out, c_in, residual)


class Repeat(nn.Module):
    def __init__(self, element, times, c_in, c_out, stride, **params):
        super().__init__()
        self.first = element(c_in=c_in, c_out=c_out, stride=stride, residual=False, **params)
        self.rest = nn.ModuleList(element(c_in=c_out, c_out=c_out, stride=1, **params) for _ in range(times - 1))

    def forward(self, x):
        x = self.first(x)
        for module in self.rest:
            x = module(x)
        return x


def build_mbconv_block(c_in, c_out, repeats, stride=2, e=4, s=0.25, d=0.1):
    return Repeat(MBConvElement, repeats, c_in, c_out, stride, e=e, s=s, d=d)


def build_fused_mbconv_block(c_in, c_out, repeats, stride=2, e=4, s=0.25, d=0.1):
    return Repeat(FusedMBConvElement, repeats, c_in, c_out, stride, e=e, s=s, d=d)
