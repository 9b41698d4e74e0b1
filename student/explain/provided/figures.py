"""Figures of feature maps, and of images with Grad-CAM laid over them; drawn by show.py. Provided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

OPACITY = 0.5
CHANNELS = 5


def overlay(image: torch.Tensor, heat: torch.Tensor, opacity: float = OPACITY) -> torch.Tensor:
    """Lay a map over an image: what is marked becomes red.

    Args:
        image: Of any range, shape (3, H, W); scaled to [0, 1] here.
        heat: Not negative, shape (H, W); scaled by its largest value here.
        opacity: From 0, the image alone, to 1.

    Returns:
        Colours, shape (H, W, 3), from 0 to 1.

    Raises:
        ValueError: map and image differ in size.
    """
    if heat.shape != image.shape[1:]:
        raise ValueError(f"the map has shape {tuple(heat.shape)}, expected that of the image, {tuple(image.shape[1:])}")
    colours = to_unit_interval(image).movedim(0, -1)
    strength = (heat.clamp(min=0) / heat.max().clamp(min=1e-12))[..., None]
    red = torch.tensor([1.0, 0.1, 0.1])
    return (1 - opacity * strength) * colours + opacity * strength * red


def to_unit_interval(values: torch.Tensor) -> torch.Tensor:
    """Scale numbers to [0, 1]; where all are alike, to 0."""
    span = values.max() - values.min()
    return (values - values.min()) / span.clamp(min=1e-12)


def draw_maps(plots: Any, images: torch.Tensor, maps: Mapping[str, torch.Tensor], file: Path) -> None:
    """Draw with matplotlib a row for each image and layer: the image, then the layer's channels."""
    rows = [(image, name, layer) for image in range(len(images)) for name, layer in maps.items()]
    figure, axes = plots.subplots(len(rows), 1 + CHANNELS, figsize=(9, 1.5 * len(rows)), squeeze=False)
    for (image, name, layer), row in zip(rows, axes, strict=True):
        row[0].imshow(to_unit_interval(images[image]).movedim(0, -1))
        row[0].set_title(name, fontsize=8)
        for axis, channel in zip(row[1:], layer[image], strict=False):
            axis.imshow(channel, vmin=0, vmax=1, cmap="viridis")
        for axis in row:
            axis.set_axis_off()
    save(figure, file)


def draw_cams(
    plots: Any,
    examples: Sequence[tuple[torch.Tensor, torch.Tensor, str]],
    file: Path,
) -> None:
    """Draw with matplotlib two rows, right and wrong examples, each an image under its map and a line of text."""
    columns = max(1, len(examples) // 2)
    figure, axes = plots.subplots(2, columns, figsize=(1.5 * columns, 4), squeeze=False)
    for (image, heat, text), axis in zip(examples, axes.flat, strict=False):
        axis.imshow(overlay(image, heat))
        axis.set_title(text, fontsize=8)
    for axis in axes.flat:
        axis.set_axis_off()
    save(figure, file)


def save(figure: Any, file: Path) -> None:
    """Write a figure into a file, and make its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=120, bbox_inches="tight")
