import torch
import torch.nn as nn
import torch.nn.functional as F

# Sigmoid form, as in the paper (section 4). No __init__.py: I only hand in what I wrote.


def reweight(cls_num_list, beta=0.9999):
    n = torch.tensor(cls_num_list, dtype=torch.double).clamp(min=1)
    w = (1 - beta) / (1 - beta ** n)
    return (w * len(n) / w.sum()).float()


class FocalLoss(nn.Module):
    def __init__(self, weight=None, gamma=0.):
        super().__init__()
        self.weight, self.gamma = weight, gamma

    def forward(self, input, target):
        labels = F.one_hot(target, num_classes=input.size(1)).to(input.dtype)
        bce = F.binary_cross_entropy_with_logits(input, labels, reduction="none")
        if self.gamma == 0.0:
            modulator = 1.0
        else:
            modulator = torch.exp(
                -self.gamma * labels * input - self.gamma * F.softplus(-input)
            )
        loss = modulator * bce
        if self.weight is not None:
            loss = loss * self.weight[target].unsqueeze(1)
        return loss.sum() / input.size(0)
