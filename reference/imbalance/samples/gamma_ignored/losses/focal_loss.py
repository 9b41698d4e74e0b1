import torch
import torch.nn as nn


def reweight(cls_num_list, beta=0.9999):
    w = torch.tensor([(1 - beta) / (1 - beta ** n) if n > 0 else 0 for n in cls_num_list])
    return w / w.sum() * len(cls_num_list)


class FocalLoss(nn.Module):
    def __init__(self, weight=None, gamma=0.):
        super().__init__()
        self.criterion = nn.CrossEntropyLoss(weight=weight)
        self.gamma = gamma

    def forward(self, input, target):
        return self.criterion(input, target)
