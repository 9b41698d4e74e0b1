import math

import torch


def reweight(cls_num_list, beta=0.9999):
    result = torch.zeros(len(cls_num_list))
    for k, n in enumerate(cls_num_list):
        result[k] = 1.0 / sum(beta ** j for j in range(max(n, 1)))     # 1 + beta + beta^2 + ...
    return result / result.mean()


class FocalLoss(torch.nn.Module):

    def __init__(self, weight=None, gamma=0.):
        super().__init__()
        self.register_buffer('weight', weight)
        self.gamma = gamma

    def forward(self, input, target):
        total, norm = 0, 0
        for scores, y in zip(input, target.tolist()):
            one = 0
            for c, z in enumerate(scores):
                s = z if c == y else -z
                wrong = torch.sigmoid(-s).clamp(min=1e-12)      # 1 - p, never quite 0
                one = one + wrong ** self.gamma * torch.nn.functional.softplus(-s)   # -log(p)
            w = 1.0 if self.weight is None else self.weight[y]
            total = total + w * one
            norm = norm + w
        return total / norm
