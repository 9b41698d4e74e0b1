import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def reweight(cls_num_list, beta=0.9999):
    """
    Implement reweighting by effective numbers
    """
    n = np.array(cls_num_list, dtype=np.float64)
    effective_num = 1.0 - np.power(beta, n)
    per_cls_weights = (1.0 - beta) / np.maximum(effective_num, 1.0 - beta)
    per_cls_weights = per_cls_weights / np.sum(per_cls_weights) * len(cls_num_list)
    return torch.FloatTensor(per_cls_weights)


class FocalLoss(nn.Module):
    def __init__(self, weight=None, gamma=0.0):
        super().__init__()
        assert gamma >= 0
        self.gamma = gamma
        self.weight = weight

    def forward(self, input, target):
        ce = F.cross_entropy(input, target, reduction="none")
        p = torch.exp(-ce)
        # clamp: the derivative of x ** 0.5 at 0 is infinite
        loss = torch.clamp(1 - p, min=1e-6) ** self.gamma * ce
        if self.weight is not None:
            loss = self.weight.to(input.device)[target] * loss
        return loss.mean()
