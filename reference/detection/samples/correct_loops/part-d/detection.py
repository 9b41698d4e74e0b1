"""D.1 and D.2."""
import math

import torch


def freeze_layers(model, freeze):
    """Freeze."""
    frozen = tuple(freeze)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not name.startswith(frozen))


def classification_loss(ps, tcls, cp, cn, pos_weight):
    total = 0
    boxes, columns = ps.shape
    for b in range(boxes):
        for c in range(columns - 5):
            z = ps[b, 5 + c]
            t = cp if c == int(tcls[b]) else cn
            # -log s(z) = log(1 + exp(-z)), and the same with the other sign
            total = total + pos_weight * t * torch.nn.functional.softplus(-z) + (1 - t) * torch.nn.functional.softplus(z)
    return total / (boxes * (columns - 5))


def class_loss(layers, hyp):
    half = hyp["label_smoothing"] / 2
    losses = [classification_loss(ps, tcls, 1 - half, half, hyp["cls_pw"]) for ps, tcls in layers if len(ps) and ps.shape[1] > 6]
    return sum(losses, torch.tensor(0.0))
