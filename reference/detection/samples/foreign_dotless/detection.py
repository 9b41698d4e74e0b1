import torch.nn as nn
import torch


def freeze_layers(model, freeze):
    numbers = {f.strip(".") for f in freeze}
    for n, p in model.named_parameters():
        p.requires_grad = True
        for number in numbers:
            if n.startswith(number):
                p.requires_grad = False


def classification_loss(ps, tcls, cp, cn, pos_weight):
    criterion = nn.BCEWithLogitsLoss()
    t = torch.full_like(ps[:, 5:], cn)
    t[torch.arange(ps.shape[0]), tcls] = cp
    return criterion(ps[:, 5:], t)


def class_loss(layers, hyp):
    cp, cn = 1 - hyp["label_smoothing"] / 2, hyp["label_smoothing"] / 2
    out = torch.zeros(1)
    for ps, tcls in layers:
        if len(tcls) and ps.shape[1] > 6:
            out += classification_loss(ps, tcls, cp, cn, hyp["cls_pw"])
    return out
