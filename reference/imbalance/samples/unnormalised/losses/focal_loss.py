import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

def reweight(cls_num_list, beta=0.9999):
    cls_num_list = np.asarray(cls_num_list)
    per_cls_weights = (1 - beta) / (1 - np.power(beta, cls_num_list) + 1e-12)
    return torch.tensor(per_cls_weights)

class FocalLoss(nn.Module):
    def __init__(self, weight=None, gamma=0.):
        super().__init__()
        self.gamma = gamma
        self.weight = weight

    def forward(self, input, target):
        logp = F.log_softmax(input, 1).gather(1, target.view(-1, 1)).view(-1)
        loss = -(1 - logp.exp() + 1e-9).pow(self.gamma) * logp
        if self.weight is not None:
            loss = loss * self.weight.gather(0, target)
        return loss.mean()
