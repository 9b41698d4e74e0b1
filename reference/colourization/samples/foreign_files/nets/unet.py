"""Assignment 2."""

import torch
from convtransposenet import ConvTransposeNet
import torch.nn as nn
import torch.nn.functional as F


def down(i, o, k):
    return nn.Conv2d(i, o, k, stride=2, padding=1)


def up(i, o, k):
    return nn.ConvTranspose2d(i, o, k, stride=2, padding=1, output_padding=1)


class UNet(ConvTransposeNet):
    def __init__(self, kernel, num_filters, num_colours, num_in_channels):
        super().__init__(kernel, num_filters, num_colours, num_in_channels)
        self.layers[3][0] = up(2 * num_filters, num_colours, kernel)
        self.layers[4] = nn.Conv2d(num_colours + num_in_channels, num_colours, kernel, padding=1)

    def forward(self, x):
        one, two, three, four, five = self.layers
        skip = one(x)
        return five(torch.hstack([four(torch.hstack([three(two(skip)), skip])), x]))


