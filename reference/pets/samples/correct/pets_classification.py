"""Name the breed on each image, with features of a backbone that stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from pets_dataset import CLASSES
from torch import nn


class Classifier(nn.Module):
    """A frozen backbone with a head of its own."""

    def __init__(self, backbone: nn.Module, classes: int = CLASSES) -> None:
        """Keep the backbone and make a head.

        Args:
            backbone: Gives features of several stages, see backbone.py; `backbone.channels` says how many each has.
            classes: How many breeds there are, K.
        """
        super().__init__()
        self.backbone = backbone
        for parameter in backbone.parameters():
            parameter.requires_grad = False
        self.head = nn.Linear(backbone.channels[-1], classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits, shape (N, K).

        Args:
            images: uint8, shape (N, 3, H, W). The backbone takes float32 from 0 to 1.
        """
        features = self.backbone(images.float() / 255)
        return self.head(features[-1].mean(dim=(2, 3)))


def make_optimizer(model: nn.Module, learning_rate: float) -> torch.optim.Optimizer:
    """Return an optimizer that trains the head and leaves the backbone alone."""
    return torch.optim.Adam(model.head.parameters(), lr=learning_rate)


def predict(model: nn.Module, batches: Iterable[tuple[torch.Tensor, Any]]) -> np.ndarray:
    """Return the class of every image, in the order of the batches, shape (N,), int64.

    Args:
        model: Gives logits; layers that act differently in training are to act as in use.
        batches: Pairs of images, shape (n, 3, H, W), and something that is not known here.
    """
    model.eval()
    with torch.no_grad():
        labels = [model(images).argmax(dim=1) for images, _ in batches]
    return torch.cat(labels).numpy()


def main() -> None:
    """Train as the command line says, and write predictions for the test images."""
    from training import classify  # noqa: PLC0415  # bars and plots are needed only here

    classify(Classifier, make_optimizer, predict)


if __name__ == "__main__":
    main()
