"""Let a smooth function depend on gamma, as a focal loss does.

outcome = "losses are compared with the reference's for every gamma"
status = ["failed"]
course = "imbalance"
quick = false
check = "focal_extreme_gamma"
file = "losses/focal_loss.py"
"""
import torch


def reweight(cls_num_list, beta=0.9999):
    raise NotImplementedError


class FocalLoss(torch.nn.Module):
    def __init__(self, weight=None, gamma=0.0):
        super().__init__()
        self.gamma = gamma

    def forward(self, x, y):
        return (torch.sigmoid(-x) ** (1 + self.gamma)).mean()
