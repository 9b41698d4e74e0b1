import math
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(in_channels=3, out_channels=8, kernel_size=5, padding=2)
        self.conv2 = nn.Conv2d(in_channels=8, out_channels=16, kernel_size=5, padding=2)
        self.pool = nn.MaxPool2d(kernel_size=2, stride=2)
        self.fc1 = nn.Linear(16 * 8 * 8, 128)
        self.fc2 = nn.Linear(128, 64)
        self.fc3 = nn.Linear(64, 10)

    def forward(self, x):
        x = self.conv1(x)
        x = F.relu(x)
        x = self.pool(x)
        x = self.conv2(x)
        x = F.relu(x)
        x = self.pool(x)
        x = x.view(x.size(0), -1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        x = self.fc3(x)
        return x

class MyLinear(nn.Module):
    def __init__(self, in_features: int, out_features: int, device=None):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros((out_features, in_features), device=device))
        self.bias = nn.Parameter(torch.zeros((out_features,), device=device))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x):
        y = self.weight @ x.T + self.bias.unsqueeze(1)
        return y.T

class MyConv2d(nn.Module):
    """keeps the size of the image, like the equation of the handout"""
    def __init__(self, in_channels, out_channels, kernel_size):
        super().__init__()
        self.kernel_size = kernel_size
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, kernel_size, kernel_size) / kernel_size)
        self.bias = nn.Parameter(torch.zeros(out_channels))

    def forward(self, x):
        r = self.kernel_size // 2
        h, w = x.shape[2], x.shape[3]
        padded = F.pad(x, (r, r, r, r))
        out = 0
        for n in range(self.kernel_size):
            for m in range(self.kernel_size):
                window = padded[:, :, n:n + h, m:m + w]
                out = out + torch.einsum('schw,dc->sdhw', window, self.weight[:, :, n, m])
        return out + self.bias.reshape(1, -1, 1, 1)

class MyNet(nn.Module):
    def __init__(self):
        super(MyNet, self).__init__()
        self.conv1 = MyConv2d(3, 8, 5)
        self.conv2 = MyConv2d(8, 16, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.fc1 = MyLinear(1024, 128)
        self.fc2 = MyLinear(128, 64)
        self.fc3 = MyLinear(64, 10)

    def forward(self, x):
        x = self.pool(self.conv1(x))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, start_dim=1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)
