"""Look into a convolutional network: what its layers answer, and which region of an image speaks for a class."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own habit
from provided.network import convolutions, evaluating, score_of, scores_of
from torch import nn
from torch.utils.data import Dataset

CHANNELS = 5
TINY = 1e-12  # keeps a quotient finite where everything is alike


def feature_maps(model: nn.Module, images: torch.Tensor) -> dict[str, torch.Tensor]:
    """Give the activations after each convolutional and each pooling layer.

    Args:
        model: Takes images and gives scores; stays as it is.
        images: N of them, shape (N, C, H, W); stay as they are.

    Returns:
        For each such layer, in the order in which they are run, under a name of your choice: its first 5 channels, or
        all where it has fewer, shape (N, 5, h, w). Each channel of each image is scaled to [0, 1] by itself; one that
        is the same everywhere is 0.
    """
    # TODO(1a): Record what the layers give while the network runs, and scale five channels of it.
    raise NotImplementedError("1a: Record what the layers give while the network runs, and scale five channels of it.")


def grad_cam(model: nn.Module, image: torch.Tensor, target_class: int) -> torch.Tensor:
    """Show which region of an image speaks for a class, by Grad-CAM for the last convolutional layer.

    Args:
        model: Takes images, shape (N, C, H, W), and gives scores; stays as it is.
        image: One image, shape (C, H, W); stays as it is.
        target_class: The class whose score is explained.

    Returns:
        A map of the image's size, shape (H, W), not negative; 0 everywhere where nothing speaks for the class.
    """
    # TODO(2a): Weigh each channel of the last convolutional layer by its mean gradient, add up, enlarge.
    raise NotImplementedError("2a: Weigh each channel of the last convolutional layer by its mean gradient, add up, enlarge.")


def pick_examples(model: nn.Module, dataset: Dataset[Any], n: int = 10) -> tuple[list[int], list[int]]:
    """Pick images that a network classifies rightly, and images that it classifies wrongly.

    Args:
        model: Takes images, shape (N, C, H, W), and gives scores; stays as it is.
        dataset: `dataset[i]` is an image, shape (C, H, W), and its class.
        n: How many of either kind.

    Returns:
        Indices into the dataset: n different ones that are classified rightly, and n that are not.

    Raises:
        ValueError: there are fewer than n of a kind; it says how many there are.
    """
    # TODO(3a): Compare predicted and true classes until there are enough; say so where there are not.
    raise NotImplementedError("3a: Compare predicted and true classes until there are enough; say so where there are not.")
