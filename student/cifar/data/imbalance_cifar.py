"""Images of which some classes are rare, as the section on unbalanced data trains with. Provided.

Here for editions whose `main.py` serves both sections.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from .cifar10 import CLASSES, Cifar


class IMBALANCECIFAR10(Cifar):
    """The training images, most of them left out: each class is smaller than the one before by the same factor.

    Args:
        root: As for `Cifar`.
        imb_type: "exp", or anything else to keep all images.
        imb_factor: How large the smallest class is, as a share of the largest.
        rand_number: The seed that decides which images stay.
        train: False gives the test images, all of them.
        transform: As for `Cifar`.
    """

    def __init__(
        self,
        root: str | Path = "data",
        imb_type: str = "exp",
        imb_factor: float = 0.01,
        rand_number: int = 0,
        train: bool = True,  # noqa: FBT001, FBT002  # the course's published signature
        transform: Callable[[torch.Tensor], torch.Tensor] | None = None,
    ) -> None:
        super().__init__(root, train, transform)
        if train and imb_type == "exp":
            draw, largest = np.random.default_rng(rand_number), len(self.targets) / CLASSES
            counts = [int(largest * imb_factor ** (label / (CLASSES - 1))) for label in range(CLASSES)]
            places = [draw.permutation(np.flatnonzero(self.targets == label)) for label in range(CLASSES)]
            kept = np.concatenate([found[:count] for found, count in zip(places, counts, strict=True)])
            self.data, self.targets = self.data[kept], self.targets[kept]

    def get_cls_num_list(self) -> list[int]:
        """Count the images of each class."""
        return [int(count) for count in np.bincount(self.targets, minlength=CLASSES)]


Imbalanced_CIFAR10 = IMBALANCECIFAR10
