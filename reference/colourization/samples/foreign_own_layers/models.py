import math
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.parameter import Parameter


class MyConv2d(nn.Module):
    """
    Our simplified implemented of nn.Conv2d module for 2D convolution
    """
    def __init__(self, in_channels, out_channels, kernel_size, padding=None):
        super(MyConv2d, self).__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        if padding is None:
            self.padding = kernel_size // 2
        else:
            self.padding = padding
        self.weight = nn.parameter.Parameter(torch.Tensor(out_channels, in_channels, kernel_size, kernel_size))
        self.bias = nn.parameter.Parameter(torch.Tensor(out_channels))
        self.reset_parameters()

    def reset_parameters(self):
        n = self.in_channels * self.kernel_size * self.kernel_size
        stdv = 1. / math.sqrt(n)
        self.weight.data.uniform_(-stdv, stdv)
        self.bias.data.uniform_(-stdv, stdv)

    def forward(self, input):
        return F.conv2d(input, self.weight, self.bias, padding=self.padding)


class Norm(nn.Module):
    def __init__(self, features, eps=1e-5):
        super().__init__()
        self.shift = Parameter(torch.zeros(1, features, 1, 1))
        self.scale = Parameter(torch.ones(1, features, 1, 1))
        self.eps = eps

    def forward(self, x):
        mean = x.mean((0, 2, 3), keepdim=True)
        var = ((x - mean) ** 2).mean((0, 2, 3), keepdim=True)
        return self.scale * (x - mean) / torch.sqrt(var + self.eps) + self.shift


class PoolUpsampleNet(nn.Module):
    def __init__(self, kernel, num_filters, num_colours, num_in_channels):
        super(PoolUpsampleNet, self).__init__()
        padding = kernel // 2
        self.downconv1 = nn.Sequential(
            MyConv2d(num_in_channels, num_filters, kernel_size=kernel, padding=padding),
            nn.MaxPool2d(kernel_size=2),
            nn.BatchNorm2d(num_filters),
            nn.ReLU())
        self.downconv2 = nn.Sequential(
            MyConv2d(num_filters, num_filters * 2, kernel_size=kernel, padding=padding),
            nn.MaxPool2d(kernel_size=2),
            nn.BatchNorm2d(num_filters * 2),
            nn.ReLU())
        self.upconv1 = nn.Sequential(
            MyConv2d(num_filters * 2, num_filters, kernel_size=kernel),
            nn.Upsample(scale_factor=2),
            nn.BatchNorm2d(num_filters),
            nn.ReLU())
        self.upconv2 = nn.Sequential(
            MyConv2d(num_filters, num_colours, kernel_size=kernel),
            nn.Upsample(scale_factor=2),
            nn.BatchNorm2d(num_colours),
            nn.ReLU())
        self.finalconv = MyConv2d(num_colours, num_colours, kernel_size=kernel)

    def forward(self, x):
        self.out1 = self.downconv1(x)
        self.out2 = self.downconv2(self.out1)
        self.out3 = self.upconv1(self.out2)
        self.out4 = self.upconv2(self.out3)
        self.out_final = self.finalconv(self.out4)
        return self.out_final


class ConvTransposeNet(nn.Module):
    def __init__(self, kernel, num_filters, num_colours, num_in_channels):
        super().__init__()
        widths = [num_in_channels, num_filters, 2 * num_filters, num_filters, num_colours]
        layers = []
        for n, (a, b) in enumerate(zip(widths, widths[1:])):
            if n < 2:
                layers += [nn.Conv2d(a, b, kernel, 2, 1)]
            else:
                layers += [nn.ConvTranspose2d(a, b, kernel, 2, 1, 1)]
            layers += [nn.BatchNorm2d(b), nn.ReLU(True)]
        layers += [nn.Conv2d(num_colours, num_colours, kernel, 1, 1)]
        self.net = nn.Sequential(*layers)

    def forward(self, x):
        return self.net(x)


class Unet(nn.Module):
    def __init__(self, kernel, num_filters, num_colours, num_in_channels):
        super().__init__()
        self.final = nn.Conv2d(num_in_channels + num_colours, num_colours, kernel, padding=1)
        self.block4 = nn.Sequential(nn.ConvTranspose2d(num_filters * 2, num_colours, kernel, 2, 1, 1),
                                    nn.BatchNorm2d(num_colours), nn.ReLU())
        self.block3 = nn.Sequential(nn.ConvTranspose2d(num_filters * 2, num_filters, kernel, 2, 1, 1),
                                    nn.BatchNorm2d(num_filters), nn.ReLU())
        self.block2 = nn.Sequential(nn.Conv2d(num_filters, num_filters * 2, kernel, 2, 1),
                                    nn.BatchNorm2d(num_filters * 2), nn.ReLU())
        self.block1 = nn.Sequential(nn.Conv2d(num_in_channels, num_filters, kernel, 2, 1),
                                    nn.BatchNorm2d(num_filters), nn.ReLU())

    def forward(self, x):
        # the first block once for the way down and once for the skip
        y = self.block3(self.block2(self.block1(x)))
        y = self.block4(torch.cat([self.block1(x), y], 1))
        return self.final(torch.cat([x, y], 1))
