import torch
import torch.nn as nn
import torch.nn.functional as F


class SqueezeExcite(nn.Module):
    def __init__(self, channels, compression=0.25):
        super().__init__()
        hidden = max(1, int(channels * compression))
        self.fc1 = nn.Linear(channels, hidden)
        self.fc2 = nn.Linear(hidden, channels)

    def forward(self, x):
        s = x.mean(dim=(2, 3))
        s = F.relu(self.fc1(s))
        s = torch.sigmoid(F.relu(self.fc2(s)))
        return x * s[:, :, None, None]


class MBConv(nn.Module):
    def __init__(self, in_channels, out_channels, expansion=4, stride=2, compression=0.25, dropout=0.1, skip=True):
        super().__init__()
        c = in_channels * expansion
        self.conv1 = nn.Conv2d(in_channels, c, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.dw = nn.Conv2d(c, c, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)
        self.se = SqueezeExcite(c, compression)
        self.conv2 = nn.Conv2d(c, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.drop = nn.Dropout(dropout)
        self.skip = skip and stride == 1 and in_channels == out_channels

    def forward(self, x):
        y = F.relu6(self.bn1(self.conv1(x)))
        y = F.relu6(self.bn2(self.dw(y)))
        y = self.se(y)
        y = F.dropout(self.bn3(self.conv2(y)), self.drop.p)
        if self.skip:
            y = y + x
        return F.relu6(y)


class FusedMBConv(nn.Module):
    def __init__(self, in_channels, out_channels, expansion=4, stride=2, compression=0.25, dropout=0.1, skip=True):
        super().__init__()
        c = in_channels * expansion
        self.conv1 = nn.Conv2d(in_channels, c, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.se = SqueezeExcite(c, compression)
        self.conv2 = nn.Conv2d(c, out_channels, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.drop = nn.Dropout(dropout)
        self.skip = skip and stride == 1 and in_channels == out_channels

    def forward(self, x):
        y = self.se(F.relu6(self.bn1(self.conv1(x))))
        y = self.drop(self.bn2(self.conv2(y)))
        return x + y if self.skip else y


def _block(kind, repeats, in_channels, out_channels, expansion, stride, compression, dropout):
    layers = []
    for i in range(repeats):
        if i == 0:
            layers.append(kind(in_channels, out_channels, expansion, stride, compression, dropout, skip=False))
        else:
            layers.append(kind(out_channels, out_channels, expansion, 1, compression, dropout, skip=True))
    return nn.Sequential(*layers)


def mbconv_block(repeats, in_channels, out_channels, expansion=4, stride=2, compression=0.25, dropout=0.1):
    return _block(MBConv, repeats, in_channels, out_channels, expansion, stride, compression, dropout)


def fused_mbconv_block(repeats, in_channels, out_channels, expansion=4, stride=2, compression=0.25, dropout=0.1):
    return _block(FusedMBConv, repeats, in_channels, out_channels, expansion, stride, compression, dropout)
