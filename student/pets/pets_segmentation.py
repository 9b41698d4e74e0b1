"""Find the pixels of the animal on each image."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from backbone import Backbone
from torch import nn
from torch.nn import functional


class Segmenter(nn.Module):
    """A backbone with a decoder that goes back to the size of the image."""

    def __init__(self, backbone: Backbone) -> None:
        """Keep the backbone and make a decoder.

        Args:
            backbone: Gives features of several stages, see backbone.py; `backbone.channels` says how many each has.
        """
        super().__init__()
        # TODO(2a): Keep the backbone and make the layers of a decoder.
        raise NotImplementedError("2a: Keep the backbone and make the layers of a decoder.")

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return a logit for every pixel, shape (N, 1, H, W).

        Args:
            images: uint8, shape (N, 3, H, W), H and W multiples of 16. The backbone takes float32 from 0 to 1.
        """
        # TODO(2b): Scale the images, take the features, and lead them back to the size of the images.
        raise NotImplementedError("2b: Scale the images, take the features, and lead them back to the size of the images.")


def predict(model: nn.Module, batches: Iterable[tuple[torch.Tensor, Any]]) -> np.ndarray:
    """Return the mask of every image, in the order of the batches, shape (N, H, W), bool.

    Args:
        model: Gives logits, shape (n, 1, H, W); layers that act differently in training are to act as in use.
        batches: Pairs of images, shape (n, 3, H, W), and something that is not known here.
    """
    # TODO(2c): Go through all batches without training; a pixel is the animal's from probability 0.5 on.
    raise NotImplementedError("2c: Go through all batches without training; a pixel is the animal's from probability 0.5 on.")


def mean_iou(predicted: np.ndarray, gold: np.ndarray) -> float:
    """Return the mean over the images of intersection over union; 1 for an image where both masks are empty.

    Args:
        predicted: Numbers from 0 to 1, shape (N, H, W); from 0.5 on a pixel is the animal's.
        gold: The same.
    """
    # TODO(2d): Compare image by image, and average.
    raise NotImplementedError("2d: Compare image by image, and average.")


def run_lengths(mask: np.ndarray) -> list[int]:
    """Return how long the runs of equal pixels are, row by row: zeros, ones, zeros and so on.

    The first number counts zeros, 0 if the first pixel is a one; all numbers sum to H * W.

    Args:
        mask: bool, shape (H, W).
    """
    # TODO(2e): Count the runs.
    raise NotImplementedError("2e: Count the runs.")


def main() -> None:
    """Train as the command line says, and write predictions for the test images."""
    from training import segment  # noqa: PLC0415  # bars and plots are needed only here

    segment(Segmenter, predict, mean_iou, run_lengths)


if __name__ == "__main__":
    main()
