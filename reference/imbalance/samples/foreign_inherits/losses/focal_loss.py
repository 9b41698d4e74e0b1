from typing import List, Optional

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision
from matplotlib import pyplot as plt
from torch import Tensor
from tqdm import tqdm


def reweight(cls_num_list: List[int], beta: float = 0.9999) -> torch.FloatTensor:
    """
    Implement reweighting by effective numbers
    :param cls_num_list: a list containing # of samples of each class
    :param beta: hyper-parameter for reweighting, see paper for more details
    :return: per-class weights
    """
    n: np.ndarray = np.maximum(np.asarray(cls_num_list, dtype=np.float64), 1.0)
    per_cls_weights = (1.0 - beta) / (1.0 - np.power(beta, n))
    per_cls_weights *= len(n) / per_cls_weights.sum()
    return torch.from_numpy(per_cls_weights).float()


class _Reduced(nn.Module):
    """What all losses of the group project share."""

    weight: Optional[Tensor]

    def __init__(self, weight: Optional[Tensor] = None) -> None:
        super().__init__()
        if weight is not None and torch.cuda.is_available():
            weight = weight.cuda()
        self.register_buffer("weight", weight)

    def _average(self, per_image: Tensor, target: Tensor) -> Tensor:
        if self.weight is None:
            return per_image.mean()
        w = self.weight[target]
        return torch.dot(w, per_image) / w.sum()


class FocalLoss(_Reduced):
    def __init__(self, weight: Optional[Tensor] = None, gamma: float = 0.0) -> None:
        super().__init__(weight)
        assert gamma >= 0
        self.gamma = gamma

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        if torch.cuda.is_available():
            input, target = input.cuda(), target.cuda()
        minus_log_p: Tensor = F.nll_loss(F.log_softmax(input, dim=-1), target, reduction="none")
        rest = (-torch.expm1(-minus_log_p)).clamp_min(1e-7)
        return self._average(rest.pow(self.gamma) * minus_log_p, target)
