import torch.nn as nn
import torch.nn.functional as F
import torch


class PoolUpsampleNet(nn.Module):
    def __init__(self, kernel, num_filters, num_colours, num_in_channels):
        super().__init__()
        c = [num_in_channels, num_filters, num_filters * 2, num_filters, num_colours, num_colours]
        self.convs = nn.ModuleList([nn.Conv2d(c[i], c[i + 1], kernel, padding=1) for i in range(5)])
        self.bns = nn.ModuleList([nn.BatchNorm2d(c[i + 1]) for i in range(4)])

    def forward(self, x):
        for i in range(4):
            x = self.convs[i](x)
            x = F.max_pool2d(x, 2) if i < 2 else F.interpolate(x, scale_factor=2)
            x = torch.relu(self.bns[i](x))
        return self.convs[4](x)


class ConvTransposeNet(nn.Module):
    def __init__(self, kernel, num_filters, num_colours, num_in_channels):
        super().__init__()
        c = [num_in_channels, num_filters, num_filters * 2, num_filters, num_colours]
        self.convs = nn.ModuleList([nn.Conv2d(c[i], c[i + 1], kernel, 2, 1) for i in range(2)])
        self.trans = nn.ModuleList([nn.ConvTranspose2d(c[i], c[i + 1], kernel, 2, 1, 1) for i in range(2, 4)])
        self.bns = nn.ModuleList([nn.BatchNorm2d(c[i + 1]) for i in range(4)])
        self.last = nn.Conv2d(num_colours, num_colours, kernel, padding=1)

    def forward(self, x):
        for layer, bn in zip([*self.convs, *self.trans], self.bns):
            x = bn(layer(x)).relu() if layer is not self.trans[1] else bn(layer(x).relu())
        return self.last(x)


class UNet(nn.Module):
    def __init__(self, kernel, num_filters, num_colours, num_in_channels):
        super().__init__()
