import torch
from torch import nn


def reweight(cls_num_list, beta=0.9999):
    weights = []
    for n in cls_num_list:
        if n == 0:
            weights.append(0.0)
        else:
            weights.append((1 - beta) / (1 - beta ** n))
    total = sum(weights)
    return torch.tensor([len(cls_num_list) * w / total for w in weights], dtype=torch.float64)


class FocalLoss(nn.Module):
    """softmax; divides by the sum of the weights, as nn.CrossEntropyLoss(weight=...) does"""

    def __init__(self, weight=None, gamma=0.):
        super(FocalLoss, self).__init__()
        self.weight = weight
        self.gamma = gamma

    def forward(self, input, target):
        n, c = input.shape
        one_hot = torch.zeros(n, c)
        one_hot[torch.arange(n), target] = 1
        shifted = input - input.max(dim=1, keepdim=True).values.detach()
        log_probs = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
        probs = log_probs.exp()
        weight = torch.ones(c) if self.weight is None else self.weight.float()
        per_class = -(1 - probs + 1e-8) ** self.gamma * log_probs * weight
        return (one_hot * per_class).sum() / (one_hot * weight).sum()
