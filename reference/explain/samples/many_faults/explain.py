import torch
import torch.nn as nn
import torch.nn.functional as F


def feature_maps(model, images):
    maps = {}
    handles = []
    for name, m in model.named_modules():
        if isinstance(m, (nn.Conv2d, nn.MaxPool2d)):
            def hook(module, inp, out, name=name):
                maps[name] = torch.abs(out.detach())[:, :5]
            handles.append(m.register_forward_hook(hook))
    with torch.no_grad():
        model(images)
    for h in handles:
        h.remove()
    for name in maps:
        x = maps[name]
        maps[name] = (x - x.amin((0, 2, 3), True)) / (x.amax((0, 2, 3), True) - x.amin((0, 2, 3), True) + 1e-9)
    return maps


def grad_cam(model, image, target_class):
    first = None
    for m in model.modules():
        if isinstance(m, nn.Conv2d) and first is None:
            first = m
    store = []
    h = first.register_forward_hook(lambda m, i, o: store.append(o))
    out = model(image.unsqueeze(0))
    h.remove()
    score = out[0, 0]
    grad, = torch.autograd.grad(score, store[0])
    w = grad.mean(dim=(2, 3), keepdim=True)
    cam = (w * store[0]).sum(1).abs().detach()
    return cam[0] / cam.max()


def pick_examples(model, dataset, n=10):
    right, wrong = [], []
    for i in range(len(dataset)):
        x, y = dataset[i]
        p = model(x.unsqueeze(0)).argmax()
        if p == y:
            right.append(i)
        wrong.append(i)
    return right[:10], wrong[:10]
