import torch
from torch.nn.functional import logsigmoid


def freeze_layers(model, freeze):
    [p.requires_grad_(not [f for f in freeze if n[:len(f)] == f]) for n, p in model.named_parameters()]


def classification_loss(ps, tcls, cp, cn, pos_weight):
    z = ps[..., 5:]
    t = z.new_full(z.shape, cn).scatter_(1, tcls.view(-1, 1), cp)
    return -(pos_weight * t * logsigmoid(z) + (1 - t) * logsigmoid(-z)).mean()


def class_loss(layers, hyp):
    e = hyp["label_smoothing"]
    one = lambda p, t: classification_loss(p, t, 1 - e / 2, e / 2, hyp["cls_pw"]) if t.nelement() and p.shape[1] != 6 else 0 * p.sum()
    return torch.stack([one(p, t) for p, t in layers]).sum()
