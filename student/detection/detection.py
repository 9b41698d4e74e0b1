"""Fine-tune a detector: which layers learn, and how wrong its classes are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import nn


def freeze_layers(model: nn.Module, freeze: Sequence[str]) -> None:
    """Let some layers of a detector stay as they are, and all others learn.

    Args:
        model: The detector; its parameters have names such as `model.0.conv.weight`.
        freeze: The beginnings of names, each with its last dot: `model.0.`, `model.1.` ...
    """
    # TODO(D1): Go through the named parameters and set requires_grad of each.
    raise NotImplementedError("D1: Go through the named parameters and set requires_grad of each.")


def classification_loss(ps: torch.Tensor, tcls: torch.Tensor, cp: float, cn: float, pos_weight: float) -> torch.Tensor:
    """Compute how wrong the classes are that one detection layer predicts for boxes.

    Args:
        ps: Predictions for n boxes, shape (n, 5 + classes): x, y, width, height, objectness, and a logit for each
            class.
        tcls: The right class of each box, shape (n,), integers from 0.
        cp: What the target of the right class is: 1, or a little less.
        cn: What the target of every other class is: 0, or a little more.
        pos_weight: By what the term of the target is multiplied, not that of its opposite.

    Returns:
        The binary cross entropy with logits, the mean over boxes and classes, a tensor of one number.
    """
    # TODO(D2a): Fill a target with cn, put cp where the right classes are, and compare it with the logits.
    raise NotImplementedError("D2a: Fill a target with cn, put cp where the right classes are, and compare it with the logits.")


def class_loss(layers: Iterable[tuple[torch.Tensor, torch.Tensor]], hyp: Mapping[str, float]) -> torch.Tensor:
    """Add up the losses of the detection layers; the caller multiplies the sum by `hyp["cls"]`.

    Args:
        layers: Of each detection layer the predictions and classes, as `classification_loss` takes them.
        hyp: `cls_pw`, the weight of what is there; `label_smoothing`, epsilon.

    Returns:
        The sum, a tensor of one number: 0 where there is one class only, or no box in any layer.
    """
    # TODO(D2b): Smooth the targets (cp = 1 - epsilon / 2, cn = epsilon / 2), and add up, leaving out empty layers.
    raise NotImplementedError("D2b: Smooth the targets (cp = 1 - epsilon / 2, cn = epsilon / 2), and add up, leaving out empty layers.")
