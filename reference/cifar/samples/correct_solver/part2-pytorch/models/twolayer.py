from torch import nn


class TwoLayerNet(nn.Module):
    def __init__(self, input_dim, hidden_size, num_classes):
        super().__init__()
        self.net = nn.Sequential(
            nn.Flatten(), nn.Linear(input_dim, hidden_size), nn.Sigmoid(), nn.Linear(hidden_size, num_classes)
        )

    def forward(self, x):
        return self.net(x)
