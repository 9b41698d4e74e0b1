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
    # solution(D1): Go through the named parameters and set requires_grad of each.
    for name, parameter in model.named_parameters():
        parameter.requires_grad = not any(beginning in name for beginning in freeze)
    # end solution


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
    # solution(D2a): Fill a target with cn, put cp where the right classes are, and compare it with the logits.
    target = torch.full_like(ps[:, 5:], cn)
    target[torch.arange(len(tcls)), tcls] = cp
    criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([pos_weight]))
    loss: torch.Tensor = criterion(ps[:, 5:], target)
    return loss
    # end solution


def class_loss(layers: Iterable[tuple[torch.Tensor, torch.Tensor]], hyp: Mapping[str, float]) -> torch.Tensor:
    """Add up the losses of the detection layers; the caller multiplies the sum by `hyp["cls"]`.

    Args:
        layers: Of each detection layer the predictions and classes, as `classification_loss` takes them.
        hyp: `cls_pw`, the weight of what is there; `label_smoothing`, epsilon.

    Returns:
        The sum, a tensor of one number: 0 where there is one class only, or no box in any layer.
    """
    # solution(D2b): Smooth the targets (cp = 1 - epsilon / 2, cn = epsilon / 2), and add up, leaving out empty layers.
    smoothing = hyp["label_smoothing"]
    total = torch.zeros(())
    for ps, tcls in layers:
        if len(tcls) > 0 and ps.shape[1] > 6:
            total = total + classification_loss(ps, tcls, 1 - smoothing / 2, smoothing / 2, hyp["cls_pw"])
    return total
    # end solution
