import torch
from torch import nn

from convolution import HandmadeConv2d
from dense import HandmadeLinear


class SmallNetwork(nn.Module):
    def __init__(self, handmade=False):
        super().__init__()
        linear = HandmadeLinear if handmade else nn.Linear
        if handmade:
            convs = [HandmadeConv2d((5, 5), i, o, (1, 1), (0, 0)) for i, o in ((3, 8), (8, 16))]
        else:
            convs = [nn.Conv2d(i, o, 5) for i, o in ((3, 8), (8, 16))]
        self.convs = nn.ModuleList(convs)
        self.linears = nn.ModuleList(linear(i, o) for i, o in ((400, 128), (128, 64), (64, 10)))

    def forward(self, x):
        for conv in self.convs:
            x = torch.relu(torch.max_pool2d(conv(x), 2))
        x = torch.flatten(x, 1)
        *first, last = self.linears
        for layer in first:
            x = torch.relu(layer(x))
        return last(x)
