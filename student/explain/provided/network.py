"""The network that is explained, and two functions to run any network with. Provided."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


class Network(nn.Sequential):
    """Two convolutions of 8 and 16 kernels of 5 x 5, each with ReLU and 2 x 2 pooling, and three linear layers."""

    def __init__(self) -> None:
        super().__init__(
            *(nn.Conv2d(3, 8, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(400, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)),
        )


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Let a network evaluate inside the block: no dropout, no statistics of the batch. Its modes come back after it."""
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode


def scores_of(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """Run a network on a copy of some images, so that nothing it does to its input is done to yours.

    Args:
        model: Takes images and gives scores.
        images: Of any number N, shape (N, C, H, W).

    Returns:
        A score for each image and class, shape (N, K).

    Raises:
        ValueError: there is no batch of images, the network cannot take images of this shape, or a score is NaN.
    """
    if images.dim() != 4:  # axes of a batch
        raise ValueError(f"images have shape {tuple(images.shape)}, expected (N, C, H, W)")
    try:
        scores: torch.Tensor = model(images.clone())
    except RuntimeError as error:
        first = str(error).partition("\n")[0]
        raise ValueError(f"the network cannot take images of shape {tuple(images.shape[1:])}: {first}") from error
    if not scores.isfinite().all():
        raise ValueError("scores are NaN or infinite, expected finite ones: look at the weights and at the image")
    return scores


def convolutions(model: nn.Module) -> list[nn.Conv2d]:
    """List the convolutional layers of a network, the first one first.

    Raises:
        ValueError: it has none.
    """
    found = [part for part in model.modules() if isinstance(part, nn.Conv2d)]
    if not found:
        raise ValueError("the network has no convolutional layer, expected at least one")
    return found


def score_of(scores: torch.Tensor, target_class: int) -> torch.Tensor:
    """Pick the score of one class from those of one image, shape (1, K).

    Raises:
        ValueError: there is no such class.
    """
    classes = scores.shape[1]
    if not 0 <= target_class < classes:
        raise ValueError(f"target_class is {target_class}, expected a class from 0 to {classes - 1}")
    return scores[0, target_class]
