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
        # solution(2a): Keep the backbone and make the layers of a decoder.
        self.backbone = backbone
        self.steps = nn.ModuleList()
        before = backbone.channels[-1]
        for skip in reversed(backbone.channels[:-1]):
            self.steps.append(nn.Conv2d(before, skip, 3, padding=1))
            before = 2 * skip
        self.head = nn.Conv2d(before, 1, 3, padding=1)
        # end solution

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return a logit for every pixel, shape (N, 1, H, W).

        Args:
            images: uint8, shape (N, 3, H, W), H and W multiples of 16. The backbone takes float32 from 0 to 1.
        """
        # solution(2b): Scale the images, take the features, and lead them back to the size of the images.
        *skips, x = self.backbone(images.float() / 255)
        for step in self.steps:
            skip = skips.pop()
            x = torch.relu(step(functional.interpolate(x, size=skip.shape[2:])))
            x = torch.cat([x, skip], dim=1)
        logits: torch.Tensor = self.head(functional.interpolate(x, size=images.shape[2:]))
        return logits
        # end solution


def predict(model: nn.Module, batches: Iterable[tuple[torch.Tensor, Any]]) -> np.ndarray:
    """Return the mask of every image, in the order of the batches, shape (N, H, W), bool.

    Args:
        model: Gives logits, shape (n, 1, H, W); layers that act differently in training are to act as in use.
        batches: Pairs of images, shape (n, 3, H, W), and something that is not known here.
    """
    # solution(2c): Go through all batches without training; a pixel is the animal's from probability 0.5 on.
    model.eval()
    with torch.no_grad():
        masks = [model(images).squeeze(1) >= 0 for images, _ in batches]
    return torch.cat(masks).numpy()
    # end solution


def mean_iou(predicted: np.ndarray, gold: np.ndarray) -> float:
    """Return the mean over the images of intersection over union; 1 for an image where both masks are empty.

    Args:
        predicted: Numbers from 0 to 1, shape (N, H, W); from 0.5 on a pixel is the animal's.
        gold: The same.
    """
    # solution(2d): Compare image by image, and average.
    ours, theirs = np.asarray(predicted) >= 0.5, np.asarray(gold) >= 0.5
    both, either = (ours & theirs).sum(axis=(1, 2)), (ours | theirs).sum(axis=(1, 2))
    return float(np.divide(both, either, out=np.ones(len(both)), where=either > 0).mean())
    # end solution


def run_lengths(mask: np.ndarray) -> list[int]:
    """Return how long the runs of equal pixels are, row by row: zeros, ones, zeros and so on.

    The first number counts zeros, 0 if the first pixel is a one; all numbers sum to H * W.

    Args:
        mask: bool, shape (H, W).
    """
    # solution(2e): Count the runs.
    flat = np.concatenate([[False], np.asarray(mask, bool).ravel()])
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    return np.diff(np.concatenate([[0], changes, [flat.size - 1]])).tolist()  # type: ignore[no-any-return]  # numbers
    # end solution


def main() -> None:
    """Train as the command line says, and write predictions for the test images."""
    from training import segment  # noqa: PLC0415  # bars and plots are needed only here

    segment(Segmenter, predict, mean_iou, run_lengths)


if __name__ == "__main__":
    main()
