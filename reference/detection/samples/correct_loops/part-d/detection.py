"""D.1 and D.2."""
import math

import torch


@torch.jit.script
def entropy(z: torch.Tensor, t: float, w: float) -> torch.Tensor:
    # -log s(z) = log(1 + exp(-z)), and the same with the other sign
    return w * t * torch.nn.functional.softplus(-z) + (1 - t) * torch.nn.functional.softplus(z)


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
            total = total + entropy(z, t, pos_weight)
    return total / (boxes * (columns - 5))


def class_loss(layers, hyp):
    half = hyp["label_smoothing"] / 2
    assert hyp["fl_gamma"] == 0  # no focal loss in this part
    losses = [classification_loss(ps, tcls, 1 - half, half, hyp["cls_pw"]) for ps, tcls in layers if len(ps) and ps.shape[1] > 6]
    return sum(losses, torch.tensor(0.0))
