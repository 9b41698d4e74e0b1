import torch
import torch.nn as nn
import torch.nn.functional as F


def reweight(cls_num_list, beta=0.9999):
    weights = [(1 - beta) / (1 - beta ** n) if n else 0.0 for n in cls_num_list]
    return torch.tensor(weights) / sum(weights) * 10


class FocalLoss(nn.Module):
    def __init__(self, weight=None, gamma=0.):
        super().__init__()
        self.gamma = gamma
        self.weight = weight

    def forward(self, input, target):
        y = F.one_hot(target, 10).float()
        p = torch.sigmoid(input)
        pt = torch.where(y == 1, p, 1 - p)
        loss = -(1 - pt) ** self.gamma * torch.log(pt)
        if self.weight is not None:
            loss = loss * self.weight
        return loss.mean()
