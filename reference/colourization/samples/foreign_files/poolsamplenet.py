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


