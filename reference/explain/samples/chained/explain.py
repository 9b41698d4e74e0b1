import torch
from torch import nn
import torch.nn.functional as F


def feature_maps(model, images):
    maps, x = {}, images
    for name, layer in model.named_children():
        if isinstance(layer, nn.Linear) or isinstance(layer, nn.Flatten):
            break
        x = layer(x)
        if isinstance(layer, (nn.Conv2d, nn.MaxPool2d)):
            shown = x[:, :5].detach()
            low, high = shown.min(), shown.max()
            maps[name] = (shown - low) / (high - low)
    return maps


def grad_cam(model, image, target_class):
    convs = [layer for layer in model.children() if isinstance(layer, nn.Conv2d)]
    stored = {}
    handle = convs[-1].register_forward_hook(lambda m, i, o: stored.update(a=o))
    out = model(image.unsqueeze(0))
    handle.remove()
    g = torch.autograd.grad(out[0, target_class], stored['a'])[0]
    cam = (g.mean((2, 3), keepdim=True) * stored['a']).sum(1, keepdim=True).relu().detach()
    cam = F.interpolate(cam, (image.shape[1], image.shape[2]), mode='bicubic')
    return cam.squeeze()


def pick_examples(model, dataset, n=10):
    right, wrong = [], []
    i = 0
    while len(right) < n or len(wrong) < n:
        x, y = dataset[i]
        guess = model(x[None]).argmax().item()
        if guess == y and len(right) < n:
            right.append(i)
        if guess != y and len(wrong) < n:
            wrong.append(i)
        i += 1
    return right, wrong
