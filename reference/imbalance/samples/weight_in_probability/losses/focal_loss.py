import torch
import torch.nn as nn
import torch.nn.functional as F


def reweight(cls_num_list, beta=0.9999):
    # the more images, the less weight
    w = 1.0 / torch.tensor(cls_num_list, dtype=torch.float)
    return w / w.sum() * len(w)


class FocalLoss(nn.Module):
    def __init__(self, weight=None, gamma=0.):
        super().__init__()
        self.gamma = gamma
        self.weight = weight

    def forward(self, input, target):
        ce = F.cross_entropy(input, target, weight=self.weight, reduction='none')
        p = torch.exp(-ce)
        return ((1 - p) ** self.gamma * ce).mean()
