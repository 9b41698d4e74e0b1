"""Assignment 2."""

import torch
import torch.nn as nn
import torch.nn.functional as F


def down(i, o, k):
    return nn.Conv2d(i, o, k, stride=2, padding=1)


def up(i, o, k):
    return nn.ConvTranspose2d(i, o, k, stride=2, padding=1, output_padding=1)


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


