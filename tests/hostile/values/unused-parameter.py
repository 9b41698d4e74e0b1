"""Let a parameter that is in no use vary, and keep the layer that is.

outcome = "every parameter is looked at"
status = ["failed"]
course = "cifar"
quick = false
check = "my_model_start"
file = "models/my_model.py"
earns = ["my_model_scores"]
"""
import torch
from torch import nn


class MyModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.never_used = nn.Parameter(torch.randn(40000))
        self.layer = nn.Linear(3072, 10)
        nn.init.constant_(self.layer.weight, 0.01)

    def forward(self, x):
        return self.layer(x.flatten(1)) * torch.arange(10)
