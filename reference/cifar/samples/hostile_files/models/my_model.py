import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, c_in, c_out, pool):
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(c_out)
        self.pool = nn.MaxPool2d(2) if pool else nn.Identity()

    def forward(self, x):
        return self.pool(torch.relu(self.bn(self.conv(x))))


class MyModel(nn.Module):
    def __init__(self):
        super(MyModel, self).__init__()
        self.blocks = nn.Sequential(Block(3, 16, True), Block(16, 24, True), Block(24, 32, False))
        self.drop = nn.Dropout(0.1)
        self.fc = nn.Linear(32, 10)

    def forward(self, x):
        out = self.blocks(x).flatten(2).max(2)[0]
        return self.fc(self.drop(out))
