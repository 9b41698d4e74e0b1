"""Name the breed on each image, with features of a backbone that stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from backbone import Backbone
from pets_dataset import CLASSES
from torch import nn


class Classifier(nn.Module):
    """A frozen backbone with a head of its own."""

    def __init__(self, backbone: Backbone, classes: int = CLASSES) -> None:
        """Keep the backbone and make a head.

        Args:
            backbone: Gives features of several stages, see backbone.py; `backbone.channels` says how many each has.
            classes: How many breeds there are, K.
        """
        super().__init__()
        # TODO(1a): Keep the backbone, let none of its parameters be trained, and make a head.
        raise NotImplementedError("1a: Keep the backbone, let none of its parameters be trained, and make a head.")

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits, shape (N, K).

        Args:
            images: uint8, shape (N, 3, H, W). The backbone takes float32 from 0 to 1.
        """
        # TODO(1b): Scale the images, take features of the backbone, its batch normalisation in use, and score them.
        raise NotImplementedError("1b: Scale the images, take features of the backbone, its batch normalisation in use, and score them.")


def make_optimizer(model: nn.Module, learning_rate: float) -> torch.optim.Optimizer:
    """Return an optimizer that trains the head and leaves the backbone alone."""
    # TODO(1c): Choose an optimizer and say which parameters it is to move.
    raise NotImplementedError("1c: Choose an optimizer and say which parameters it is to move.")


def predict(model: nn.Module, batches: Iterable[tuple[torch.Tensor, Any]]) -> np.ndarray:
    """Return the class of every image, in the order of the batches, shape (N,), int64.

    Args:
        model: Gives logits; layers that act differently in training are to act as in use.
        batches: Pairs of images, shape (n, 3, H, W), and something that is not known here.
    """
    # TODO(1d): Go through all batches without training, and keep the best class of each image.
    raise NotImplementedError("1d: Go through all batches without training, and keep the best class of each image.")


def main() -> None:
    """Train as the command line says, and write predictions for the test images."""
    from training import classify  # noqa: PLC0415  # bars and plots are needed only here

    classify(Classifier, make_optimizer, predict)


if __name__ == "__main__":
    main()
