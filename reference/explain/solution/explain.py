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
    # solution(1a): Record what the layers give while the network runs, and scale five channels of it.
    maps: dict[str, torch.Tensor] = {}

    def keep(name: str, output: torch.Tensor) -> None:
        channels = output[:, :CHANNELS]
        low, high = channels.amin(dim=(2, 3), keepdim=True), channels.amax(dim=(2, 3), keepdim=True)
        maps[name] = (channels - low) / (high - low).clamp(min=TINY)

    hooks = [
        layer.register_forward_hook(lambda _layer, _inputs, output, name=name: keep(name, output))
        for name, layer in model.named_modules()
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d)
    ]
    try:
        with evaluating(model), torch.no_grad():
            scores_of(model, images)
    finally:
        for hook in hooks:
            hook.remove()
    return maps
    # end solution


def grad_cam(model: nn.Module, image: torch.Tensor, target_class: int) -> torch.Tensor:
    """Show which region of an image speaks for a class, by Grad-CAM for the last convolutional layer.

    Args:
        model: Takes images, shape (N, C, H, W), and gives scores; stays as it is.
        image: One image, shape (C, H, W); stays as it is.
        target_class: The class whose score is explained.

    Returns:
        A map of the image's size, shape (H, W), not negative; 0 everywhere where nothing speaks for the class.
    """
    # solution(2a): Weigh each channel of the last convolutional layer by its mean gradient, add up, enlarge.
    layer = convolutions(model)[-1]
    kept: list[torch.Tensor] = []
    hook = layer.register_forward_hook(lambda _layer, _inputs, output: kept.append(output))
    try:
        with evaluating(model), torch.enable_grad():
            scores = scores_of(model, image.detach()[None].requires_grad_())
            score = score_of(scores, target_class)
    finally:
        hook.remove()
    activations = kept[0]
    (gradients,) = torch.autograd.grad(score, activations)
    weights = gradients.mean(dim=(2, 3), keepdim=True)
    heat = F.relu((weights * activations).sum(dim=1, keepdim=True)).detach()
    heat = F.interpolate(heat, size=image.shape[1:], mode="bilinear", align_corners=False)[0, 0]
    return heat / heat.max().clamp(min=TINY)
    # end solution


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
    # solution(3a): Compare predicted and true classes until there are enough; say so where there are not.
    right: list[int] = []
    wrong: list[int] = []
    with evaluating(model), torch.no_grad():
        for index in range(len(dataset)):  # type: ignore[arg-type]  # torch leaves it to each dataset
            image, label = dataset[index]
            predicted = scores_of(model, image[None]).argmax()
            (right if predicted == label else wrong).append(index)
            if min(len(right), len(wrong)) >= n:
                return right[:n], wrong[:n]
    counts = f"{len(right)} images are classified rightly and {len(wrong)} wrongly"
    raise ValueError(f"{counts}, expected {n} of either kind")
    # end solution
