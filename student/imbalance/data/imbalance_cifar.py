"""CIFAR-10 with classes of very different sizes. Provided: nothing to write here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from .cifar10 import CLASSES, PER_CLASS, is_there, made_up, read

KINDS = ("exp", "step", "none")
MEAN = (0.4914, 0.4822, 0.4465)  # of the pixels of CIFAR-10, by colour
DEVIATION = (0.2470, 0.2435, 0.2616)


class IMBALANCECIFAR10(Dataset[tuple[torch.Tensor, int]]):
    """The training images of CIFAR-10, most of them left out, so that the last class is the rarest.

    Args:
        root: The folder that CIFAR-10 is in, or is not: then images made up from a seed stand in for it.
        imb_type: "exp": each class is smaller than the one before by the same factor; "step": the first half of the
            classes is whole and the second half alike small; "none": all classes are whole.
        imb_factor: How large the smallest class is, as a share of the largest.
        rand_number: The seed that decides which images stay.
        train: False gives the test images, all classes alike large.
        transform: Is applied to each image, a tensor of shape (3, 32, 32).
        largest: How many images the largest class keeps; by default all.

    Attributes:
        data: Images, shape (N, 3, 32, 32), bytes.
        targets: Classes, shape (N,), integers in [0, 10).
        origin: Where the images are from, in words.

    Raises:
        ValueError: imb_type is unknown.
    """

    def __init__(
        self,
        root: str | Path,
        imb_type: str = "exp",
        imb_factor: float = 0.01,
        rand_number: int = 0,
        train: bool = True,  # noqa: FBT001, FBT002  # the course's published signature
        transform: Callable[[torch.Tensor], torch.Tensor] | None = None,
        *,
        largest: int | None = None,
    ) -> None:
        if imb_type not in KINDS:
            raise ValueError(f"imb_type is {imb_type!r}, expected one of {', '.join(KINDS)}")
        folder, whole = Path(root), PER_CLASS[train]
        kind = imb_type if train else "none"
        counts = images_per_class(CLASSES, min(whole, largest or whole), kind, imb_factor)
        if is_there(folder, train=train):
            images, labels = read(folder, train=train)
            kept = _chosen(labels, counts, rand_number)
            self.data, self.targets = images[kept], labels[kept]
            self.origin = f"CIFAR-10 in {folder}"
        else:
            self.data, self.targets = made_up(counts, train=train)
            self.origin = f"made-up images: CIFAR-10 is not in {folder}"
        self.transform = transform

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image = torch.from_numpy(self.data[index]).float() / 255
        image = (image - torch.tensor(MEAN)[:, None, None]) / torch.tensor(DEVIATION)[:, None, None]
        return image if self.transform is None else self.transform(image), int(self.targets[index])

    def get_cls_num_list(self) -> list[int]:
        """Count the images of each class."""
        return [int(count) for count in np.bincount(self.targets, minlength=CLASSES)]


def images_per_class(classes: int, largest: int, imb_type: str, imb_factor: float) -> list[int]:
    """Say how many images each class keeps."""
    match imb_type:
        case "exp":
            return [int(largest * imb_factor ** (place / (classes - 1))) for place in range(classes)]
        case "step":
            small = classes // 2
            return [largest] * (classes - small) + [int(largest * imb_factor)] * small
    return [largest] * classes


def _chosen(labels: np.ndarray, counts: list[int], seed: int) -> np.ndarray:
    """Choose so many images of each class; more than there are of one is all of them."""
    draw = np.random.default_rng(seed)
    places = [draw.permutation(np.flatnonzero(labels == label))[:count] for label, count in enumerate(counts)]
    return np.concatenate(places)
