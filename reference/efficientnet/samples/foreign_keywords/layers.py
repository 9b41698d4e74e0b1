from __future__ import annotations

import typing as t

import torch
import torchvision
from einops import rearrange
from torch import Tensor, nn
from torchsummary import summary


class SEBlock(nn.Module):
    """reduction=4 is a compression of 0.25."""

    def __init__(self, in_planes: int, reduction: int = 4) -> None:
        super().__init__()
        mid = max(1, in_planes // reduction)
        self.avg = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Sequential(nn.Linear(in_planes, mid), nn.ReLU(inplace=True), nn.Linear(mid, in_planes))
        self.act = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:
        b, c, _, _ = x.size()
        y = self.act(self.fc(self.avg(x).view(b, c))).view(b, c, 1, 1)
        return x * y.expand_as(x)


class ConvBNAct(nn.Sequential):
    def __init__(self, inp, oup, *, k=1, stride=1, groups=1, act: t.Optional[t.Type[nn.Module]] = nn.SiLU):
        mods = [nn.Conv2d(inp, oup, k, stride, (k - 1) // 2, groups=groups, bias=False), nn.BatchNorm2d(oup, 1e-3)]
        super().__init__(*mods, *([act(inplace=True)] if act else []))


class MBConvLayer(nn.Module):
    fused = False

    def __init__(self, *, inp: int, oup: int, s: float = 0.25, stride: int = 2, expand_ratio: int = 4,
                 drop_rate: float = 0.1, use_residual: bool = True) -> None:
        super().__init__()
        hid = inp * expand_ratio
        if self.fused:
            first = [ConvBNAct(inp, hid, k=3, stride=stride)]
        else:
            first = [ConvBNAct(inp, hid), ConvBNAct(hid, hid, k=3, stride=stride, groups=hid)]
        self.body = nn.Sequential(*first, SEBlock(hid, round(1 / s)), ConvBNAct(hid, oup, act=None))
        self.drop = nn.Dropout2d(drop_rate)
        self.identity = use_residual and stride == 1 and inp == oup

    def forward(self, x: Tensor) -> Tensor:
        out = self.drop(self.body(x))
        if self.identity:
            out += x
        return out


class FusedMBConvLayer(MBConvLayer):
    fused = True


class Stage(nn.Module):
    def __init__(self, kind, n, inp, oup, stride, **kw):
        super().__init__()
        self.items = nn.ModuleList([kind(inp=inp, oup=oup, stride=stride, use_residual=False, **kw)])
        for _ in range(1, n):
            self.items.append(kind(inp=oup, oup=oup, stride=1, **kw))

    def forward(self, x):
        for item in self.items:
            x = item(x)
        return x


def make_mbconv_block(*, inp, oup, n=1, stride=2, **kw):
    return Stage(MBConvLayer, n, inp, oup, stride, **kw)


def make_fused_mbconv_block(*, inp, oup, n=1, stride=2, **kw):
    return Stage(FusedMBConvLayer, n, inp, oup, stride, **kw)
