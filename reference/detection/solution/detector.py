"""A small detector, its boxes and its losses. Provided.

Two detection layers, at strides 8 and 16, predict for each cell and each of three anchors: where a box is, how large,
whether there is one, and a logit for each class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own habit
from torch import nn

SIDE = 64  # pixels
CLASSES = ("disc", "square", "triangle")
STRIDES = (8, 16)
ANCHORS = (((8.0, 8.0), (12.0, 12.0), (16.0, 16.0)), ((20.0, 20.0), (26.0, 26.0), (32.0, 32.0)))  # width, height
MOST_RATIO = 2.0  # of a box's width or height to its anchor's, either way
FEATURES, HEADS = 10, (10, 11)  # the layers that see, and the two that say
WIDTHS = (
    (3, 8, 2),
    (8, 8, 1),
    (8, 16, 2),
    (16, 16, 1),
    (16, 32, 2),
    (32, 32, 1),
    (32, 32, 1),
    (32, 48, 2),
    (48, 48, 1),
    (48, 48, 1),
)
TAPS = (6, 9)  # after which layer each head looks

Targets = Sequence[tuple[torch.Tensor, torch.Tensor]]
"""Of each picture the boxes, shape (b, 4): middle x and y, width, height in pixels; and the classes, shape (b,)."""
ClassLoss = Callable[[Sequence[tuple[torch.Tensor, torch.Tensor]], Mapping[str, float]], torch.Tensor]


class Block(nn.Module):
    """Convolution, batch norm, SiLU."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give features, shape (N, outputs, H / stride, W / stride)."""
        return F.silu(self.bn(self.conv(x)))


class Detector(nn.Module):
    """Its layers are model.0 to model.9, which see, and model.10 and model.11, which predict."""

    def __init__(self, classes: int = len(CLASSES)) -> None:
        super().__init__()
        self.classes = classes
        heads = [nn.Conv2d(WIDTHS[tap][1], 3 * (5 + classes), 1) for tap in TAPS]
        for head in heads:
            nn.init.constant_(head.get_parameter("bias").view(3, -1)[:, 4], -4.0)  # at first hardly any box is there
        self.model = nn.ModuleList([*(Block(*width) for width in WIDTHS), *heads])

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Predict, of each detection layer, shape (N, 3, H, W, 5 + classes)."""
        seen = []
        for number, layer in enumerate(self.model[:FEATURES]):
            x = layer(x)
            if number in TAPS:
                seen.append(x)
        return [
            self.model[head](features).unflatten(1, (3, 5 + self.classes)).permute(0, 1, 3, 4, 2)
            for head, features in zip(HEADS, seen, strict=True)
        ]


@dataclass(frozen=True)
class Matched:
    """What one detection layer predicts where boxes are, and what is right there."""

    ps: torch.Tensor
    tcls: torch.Tensor
    predicted: torch.Tensor
    right: torch.Tensor
    objectness: torch.Tensor
    is_there: torch.Tensor


def boxes_of(raw: torch.Tensor, cells: torch.Tensor, anchors: torch.Tensor, stride: int) -> torch.Tensor:
    """Turn raw numbers into boxes: half a cell beside theirs at most, at most four times as large as their anchor."""
    squashed = raw[..., :4].sigmoid()
    return torch.cat([(squashed[..., :2] * 2 - 0.5 + cells) * stride, (squashed[..., 2:] * 2) ** 2 * anchors], dim=-1)


def matched(predictions: Sequence[torch.Tensor], targets: Targets) -> list[Matched]:
    """Find, for each detection layer, the cells and anchors that boxes belong to."""
    found = []
    for layer, stride, sizes in zip(predictions, STRIDES, ANCHORS, strict=True):
        anchors, rows = torch.tensor(sizes), []
        for number, (boxes, classes) in enumerate(targets):
            ratio = boxes[:, None, 2:] / anchors
            which, kinds = (torch.maximum(ratio, 1 / ratio).amax(dim=2) < MOST_RATIO).nonzero(as_tuple=True)
            numbers = torch.stack([torch.full_like(which, number), kinds, classes[which]], dim=1)
            rows.append(torch.cat([numbers, boxes[which]], dim=1))
        all_rows = torch.cat(rows)
        pictures, kinds, classes = all_rows[:, :3].long().unbind(dim=1)
        cells = (all_rows[:, 3:5] / stride).long().clamp(0, layer.shape[2] - 1)
        place = (pictures, kinds, cells[:, 1], cells[:, 0])
        is_there = torch.zeros(layer.shape[:4])
        is_there[place] = 1.0
        predicted = boxes_of(layer[place], cells, anchors[kinds], stride)
        found.append(Matched(layer[place], classes, predicted, all_rows[:, 3:], layer[..., 4], is_there))
    return found


def overlap(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Return by how much boxes overlap their partners: intersection over union, shape (b,)."""
    low = torch.maximum(first[..., :2] - first[..., 2:] / 2, second[..., :2] - second[..., 2:] / 2)
    high = torch.minimum(first[..., :2] + first[..., 2:] / 2, second[..., :2] + second[..., 2:] / 2)
    common = (high - low).clamp(min=0).prod(dim=-1)
    return common / (first[..., 2:].prod(dim=-1) + second[..., 2:].prod(dim=-1) - common)


def loss_of(
    predictions: Sequence[torch.Tensor], targets: Targets, class_loss: ClassLoss, hyp: Mapping[str, float]
) -> torch.Tensor:
    """Compute the loss of a batch: how wrong places and sizes are, whether boxes are there, and the classes."""
    layers = matched(predictions, targets)
    total = hyp["cls"] * class_loss([(layer.ps, layer.tcls) for layer in layers], hyp)
    for layer in layers:
        there = F.binary_cross_entropy_with_logits(layer.objectness, layer.is_there)
        total = total + hyp["obj"] * there
        if len(layer.tcls):
            total = total + hyp["box"] * (1 - overlap(layer.predicted, layer.right)).mean()
    return total


def detected(
    predictions: Sequence[torch.Tensor], least: float = 0.3, most: int = 8
) -> list[list[tuple[list[float], int]]]:
    """List, for each picture, boxes and classes that are surely there; of those that overlap, the surest."""
    found = []
    for number in range(len(predictions[0])):
        candidates = []
        for layer, stride, sizes in zip(predictions, STRIDES, ANCHORS, strict=True):
            picture = layer[number]
            columns, rows = torch.meshgrid(
                torch.arange(picture.shape[2]), torch.arange(picture.shape[1]), indexing="xy"
            )
            cells = torch.stack([columns, rows], dim=-1)
            boxes = boxes_of(picture, cells, torch.tensor(sizes)[:, None, None], stride)
            candidates.append(torch.cat([boxes, picture[..., 4:5].sigmoid(), picture[..., 5:]], dim=-1).flatten(0, 2))
        rows_by_score = torch.cat(candidates)
        rows_by_score = rows_by_score[rows_by_score[:, 4].argsort(descending=True)]
        kept: list[torch.Tensor] = []
        for row in rows_by_score[rows_by_score[:, 4] > least][:100]:
            if len(kept) < most and all(overlap(row[:4], other[:4]) < 0.5 for other in kept):
                kept.append(row)
        found.append([(row[:4].tolist(), int(row[5:].argmax())) for row in kept])
    return found
