from torch import nn


class VanillaCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(3, 32, 7), nn.ReLU(), nn.MaxPool2d(2, 2), nn.Flatten(), nn.Linear(5408, 10)
        )

    def forward(self, x):
        return self.net(x)
