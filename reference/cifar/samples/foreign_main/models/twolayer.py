import torch
import torch.nn as nn
import torchvision.models as models


class TwoLayerNet(nn.Module):
    def __init__(self, input_dim, hidden_size, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(input_dim, hidden_size)
        self.fc2 = nn.Linear(hidden_size, num_classes)
        self.input_dim = input_dim

    def forward(self, x):
        return self.fc2(torch.sigmoid(self.fc1(torch.reshape(x, (-1, self.input_dim)))))
