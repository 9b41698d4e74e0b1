import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 5)
        self.conv2 = nn.Conv2d(8, 16, 5)
        self.fc1 = nn.Linear(400, 128)
        self.fc2 = nn.Linear(128, 64)
        self.fc3 = nn.Linear(64, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), (2, 2))
        x = F.max_pool2d(F.relu(self.conv2(x)), (2, 2))
        x = torch.flatten(x, start_dim=1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


class MyLinear(nn.Module):
    def __init__(self, in_features, out_features, device=None):
        super().__init__()
        self.layer = nn.Linear(in_features, out_features)

    def forward(self, x):
        return self.layer(x)


class MyConv2d(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.layer = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)

    def forward(self, x):
        return self.layer(x)


class MyNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = MyConv2d(3, 8, 5, 1, 0)
        self.conv2 = MyConv2d(8, 16, 5, 1, 0)
        self.fc1 = MyLinear(400, 128)
        self.fc2 = MyLinear(128, 64)
        self.fc3 = MyLinear(64, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), (2, 2))
        x = F.max_pool2d(F.relu(self.conv2(x)), (2, 2))
        x = torch.flatten(x, start_dim=1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


if __name__ == "__main__":
    net, own = Net(), MyNet()
    own.load_state_dict(net.state_dict())
    print((net(torch.rand(2, 3, 32, 32)) - own(torch.rand(2, 3, 32, 32))).abs().mean())
