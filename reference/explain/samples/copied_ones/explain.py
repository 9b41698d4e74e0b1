import cv2
import numpy as np
import torch
import torch.nn.functional as F


class FeatureExtractor():
    def __init__(self, model):
        self.model = model
        self.gradients = []

    def save_gradient(self, grad):
        self.gradients.append(grad)


def feature_maps(model, images):
    model.eval()
    maps = {}
    def get(name):
        def hook(m, i, o):
            maps[name] = o.detach()[:, :5]
        return hook
    for name, m in model.named_modules():
        if isinstance(m, torch.nn.Conv2d) or isinstance(m, torch.nn.MaxPool2d):
            m.register_forward_hook(get(name))
    model(images)
    for k in maps:
        x = maps[k]
        mi = x.amin(dim=(2, 3), keepdim=True)
        ma = x.amax(dim=(2, 3), keepdim=True)
        maps[k] = (x - mi) / (ma - mi)
    return maps


def grad_cam(model, image, target_class):
    model.eval()
    extractor = FeatureExtractor(model)
    features = []
    def hook(m, i, o):
        features.append(o)
        o.register_hook(extractor.save_gradient)
    layer = [m for m in model.modules() if isinstance(m, torch.nn.Conv2d)][-1]
    layer.register_forward_hook(hook)
    output = model(image.unsqueeze(0))
    one_hot = torch.zeros(1, output.size(-1))
    one_hot[0][target_class] = 1
    one_hot = torch.sum(one_hot * output)
    one_hot.backward(retain_graph=True)
    grads_val = extractor.gradients[-1].numpy()
    target = features[-1].detach().numpy()[0, :]
    weights = np.mean(grads_val, axis=(2, 3))[0, :]
    cam = np.ones(target.shape[1:], dtype=np.float32)
    for i, w in enumerate(weights):
        cam += w * target[i, :, :]
    cam = np.maximum(cam, 0)
    cam = F.interpolate(torch.tensor(cam)[None, None], size=image.shape[1:], mode='bilinear')[0, 0].numpy()
    cam = cam / np.max(cam)
    return cam


def pick_examples(model, dataset, n=10):
    model.eval()
    right, wrong = [], []
    for i, (x, y) in enumerate(dataset):
        if model(x.unsqueeze(0)).argmax().item() == y:
            right.append(i)
        else:
            wrong.append(i)
    return right[:n], wrong[:n]
