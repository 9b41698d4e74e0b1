import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def reweight(cls_num_list, beta=0.9999):
    effective_num = 1.0 - np.power(beta, cls_num_list)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_cls_weights = (1.0 - beta) / np.array(effective_num)
        per_cls_weights = per_cls_weights / np.sum(per_cls_weights) * len(cls_num_list)
    return torch.FloatTensor(per_cls_weights)


class FocalLoss(nn.Module):
    def __init__(self, gamma=0.0):
        super(FocalLoss, self).__init__()
        self.gamma = gamma

    def forward(self, input, target, weight):
        # p of the weighted loss: the fault of this one
        ce = F.cross_entropy(input, target, weight=weight, reduction="none")
        p = torch.exp(-ce)
        return torch.mean((1 - p) ** self.gamma * ce).view(1)
