"""Class-balanced focal loss: what each class weighs, and a loss that looks at hard examples first."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own habit
from torch import nn


def reweight(cls_num_list: Sequence[int], beta: float = 0.9999) -> torch.Tensor:
    """Weigh each class by the inverse of its effective number of images.

    Args:
        cls_num_list: How many images each class has; a class may have none.
        beta: In [0, 1): 0 weighs all classes alike, close to 1 almost by the inverse of their sizes.

    Returns:
        The weights, shape (C,): proportional to (1 - beta) / (1 - beta**n) for a class of n images, and scaled so that
        they sum to the number of classes. All of them are finite; what a class without images weighs is your choice.

    Source: Cui et al., Class-Balanced Loss Based on Effective Number of Samples, CVPR 2019, section 3.
    """
    # TODO(1a): Weigh each class by the inverse of its effective number, and scale the weights.
    raise NotImplementedError("1a: Weigh each class by the inverse of its effective number, and scale the weights.")


class FocalLoss(nn.Module):
    """Cross entropy in which an example counts the less, the better it is predicted already.

    Where p is the predicted probability of what is true, the cross entropy -log(p) is multiplied by (1 - p)**gamma.
    There are two forms, and you are free to choose:

    - softmax: p is the softmax probability of the correct class, one term for each image;
    - sigmoid: each class is a yes-or-no decision of its own, C terms for each image, which are summed. p is
      sigmoid(z) for the correct class and 1 - sigmoid(z) for each of the others.

    Attributes:
        weight: What each class weighs, shape (C,), or None. An image's loss is multiplied by the weight of its class.
        gamma: At least 0; 0 is the cross entropy itself.
    """

    def __init__(self, weight: torch.Tensor | None = None, gamma: float = 0.0) -> None:
        super().__init__()
        if gamma < 0:
            raise ValueError(f"gamma is {gamma}, expected at least 0")
        self.weight = weight
        self.gamma = gamma

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:  # noqa: A002  # the published name
        """Average the focal loss over a batch.

        Args:
            input: Unnormalised scores, shape (N, C).
            target: Correct classes, shape (N,), integers in [0, C).

        Returns:
            The mean over the images, a tensor of no dimensions. With weights, the sum may be divided by N or by the sum
            of the images' weights.
        """
        # TODO(2a): Take log p of each term, multiply by (1 - p)**gamma and by the weight of the image, and average.
        raise NotImplementedError("2a: Take log p of each term, multiply by (1 - p)**gamma and by the weight of the image, and average.")
