import torch
import torch.nn as nn
import torch.nn.functional as F
import numpy as np


def reweight(cls_num_list, beta=0.9999):
    per_cls_weights = None
    #############################################################################
    #                            START OF YOUR CODE                             #
    #############################################################################
    n = torch.tensor(cls_num_list, dtype=torch.float64).clamp(min=1)
    per_cls_weights = (1 - beta) / (1 - beta**n)
    per_cls_weights = (per_cls_weights / per_cls_weights.mean()).float()
    #############################################################################
    #                              END OF YOUR CODE                             #
    #############################################################################
    return per_cls_weights


class FocalLoss(nn.Module):
    def __init__(self, weight=None, gamma=0.):
        super().__init__()
        assert gamma >= 0
        self.gamma = gamma
        self.weight = weight

    def forward(self, input, target):
        loss = None
        #############################################################################
        #                            START OF YOUR CODE                             #
        #############################################################################

        #############################################################################
        #                              END OF YOUR CODE                             #
        #############################################################################
        return loss
