import torch
import torch.nn as nn
import torch.nn.functional as F


def rescale(a):
    lo = a.flatten(2).min(2).values[..., None, None]
    hi = a.flatten(2).max(2).values[..., None, None]
    d = hi - lo
    d[d == 0] = 1
    return (a - lo) / d


def feature_maps(model, images):
    outs = {}
    handles = []

    def make(name):
        def hook(module, inp, out):
            outs[name] = out.detach().clone()
        return hook

    for name, m in model.named_modules():
        if isinstance(m, (nn.Conv2d, nn.MaxPool2d)):
            handles.append(m.register_forward_hook(make(name)))
    was = model.training
    model.eval()
    with torch.no_grad():
        model(images)
    model.train(was)
    for h in handles:
        h.remove()
    return {k: rescale(v[:, :5]) for k, v in outs.items()}


def grad_cam(model, image, target_class):
    conv = None
    for m in model.modules():
        if isinstance(m, nn.Conv2d):
            conv = m
    acts = {}

    def hook(module, inp, out):
        out.retain_grad()
        acts['a'] = out

    h = conv.register_forward_hook(hook)
    was = model.training
    model.eval()
    logits = model(image.unsqueeze(0))
    model.train(was)
    h.remove()
    model.zero_grad()
    logits[0, target_class].backward()
    a = acts['a']
    w = a.grad.mean(dim=[2, 3])[0]
    cam = torch.zeros(a.shape[2:])
    for k in range(len(w)):
        cam += w[k] * a[0, k].detach()
    cam = torch.clamp(cam, min=0)
    if cam.max() > 0:
        cam = cam / cam.max()
    return F.interpolate(cam[None, None], size=tuple(image.shape[1:]), mode='nearest')[0, 0]


def pick_examples(model, dataset, n=10):
    good, bad = [], []
    was = model.training
    model.eval()
    with torch.no_grad():
        for i in range(len(dataset)):
            x, y = dataset[i]
            p = model(x.unsqueeze(0)).argmax(1).item()
            if p == y:
                good.append(i)
            else:
                bad.append(i)
    model.train(was)
    if len(good) < n or len(bad) < n:
        raise ValueError('not enough examples')
    return good[:n], bad[:n]
