import torch
import torch.nn as nn


def freeze_layers(model, freeze):
    for k, v in model.named_parameters():
        v.requires_grad = True
        if any(x in k for x in freeze):
            print(f"freezing {k}")
            v.requires_grad = False


def classification_loss(ps, tcls, cp, cn, pos_weight):
    n = ps.shape[0]
    BCEcls = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([pos_weight]))
    t = torch.full_like(ps[:, 5:], cn)
    t[range(n), tcls] = cp
    return BCEcls(ps[:, 5:], t)


def class_loss(layers, hyp):
    eps = hyp["label_smoothing"]
    cp, cn = 1.0 - 0.5 * eps, 0.5 * eps
    lcls = torch.zeros(1)
    for ps, tcls in layers:
        n = ps.shape[0]
        nc = ps.shape[1] - 5
        if n and nc > 1:
            lcls += classification_loss(ps, tcls, cp, cn, hyp["cls_pw"])
    return lcls
