"""Assignment 2."""

import torch
import torch.nn as nn
import torch.nn.functional as F


def down(i, o, k):
    return nn.Conv2d(i, o, k, stride=2, padding=1)


def up(i, o, k):
    return nn.ConvTranspose2d(i, o, k, stride=2, padding=1, output_padding=1)


class PoolUpsampleNet(nn.Module):
    def __init__(self, kernel, num_filters, num_colours, num_in_channels):
        super().__init__()
        NF, NC, NIC, p = num_filters, num_colours, num_in_channels, kernel // 2
        self.c1 = nn.Conv2d(NIC, NF, kernel, padding=p)
        self.c2 = nn.Conv2d(NF, NF * 2, kernel, padding=p)
        self.c3 = nn.Conv2d(NF * 2, NF, kernel, padding=p)
        self.c4 = nn.Conv2d(NF, NC, kernel, padding=p)
        self.c5 = nn.Conv2d(NC, NC, kernel, padding=p)
        self.b1, self.b2, self.b3, self.b4 = map(nn.BatchNorm2d, (NF, 2 * NF, NF, NC))

    def forward(self, x):
        x = F.relu(self.b1(F.max_pool2d(self.c1(x), 2)))
        x = F.relu(self.b2(F.max_pool2d(self.c2(x), 2)))
        x = F.relu(self.b3(F.interpolate(self.c3(x), scale_factor=2)))
        x = F.relu(self.b4(F.interpolate(self.c4(x), scale_factor=2)))
        return self.c5(x)


class ConvTransposeNet(nn.Module):
    def __init__(self, kernel, num_filters, num_colours, num_in_channels):
        super().__init__()
        self.layers = nn.ModuleList()
        NF = num_filters
        for layer, i, o in ((down, num_in_channels, NF), (down, NF, 2 * NF), (up, 2 * NF, NF), (up, NF, num_colours)):
            self.layers.append(nn.Sequential(layer(i, o, kernel), nn.BatchNorm2d(o), nn.ReLU(inplace=True)))
        self.layers.append(nn.Conv2d(num_colours, num_colours, kernel, padding=1))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class UNet(ConvTransposeNet):
    def __init__(self, kernel, num_filters, num_colours, num_in_channels):
        super().__init__(kernel, num_filters, num_colours, num_in_channels)
        self.layers[3][0] = up(2 * num_filters, num_colours, kernel)
        self.layers[4] = nn.Conv2d(num_colours + num_in_channels, num_colours, kernel, padding=1)

    def forward(self, x):
        one, two, three, four, five = self.layers
        skip = one(x)
        return five(torch.hstack([four(torch.hstack([three(two(skip)), skip])), x]))


ANSWERS = {
    "counts": {
        "weights": "k**2*(NIC*NF + 4*NF**2 + NF*NC + NC**2) + 4*NF + 2*NC",
        "outputs": "2*NF*16**2 + 64*NF + 1024*NF + 256*NC + 1024*NC",
        "connections": "k**2*(H*W*NIC*NF + H*W/4*2*NF**2 + H*W/16*2*NF**2 + H*W/4*NF*NC + H*W*NC**2) + 1600*NF + 1280*NC",
    },
    "doubled": {"weights": 1, "outputs": 4, "connections": "x4"},
    "padding": {
        "kernel_4": {"padding": 1, "output_padding": 0},
        "kernel_5": {"padding": 2, "output_padding": 1},
        "any_kernel": {"padding": "floor((k-1)/2)", "output_padding": "2*p + 2 - k"},
    },
}
