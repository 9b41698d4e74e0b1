"""Everything as numpy arrays, maps as grey values, like the pictures that they become."""
import warnings

import numpy as np
import torch
from torch import nn

SHOWN = 5


def scaled(channel):
    spread = channel.max() - channel.min()
    return np.zeros_like(channel) if spread == 0 else (channel - channel.min()) / spread


def feature_maps(model, images):
    recorded = []
    hooks = [
        layer.register_forward_hook(lambda layer, args, out: recorded.append(out.detach().numpy().copy()))
        for layer in model.modules()
        if type(layer).__name__ in ("Conv2d", "Rectified", "MaxPool2d")
    ]
    with torch.no_grad():
        model(images)
    for hook in hooks:
        hook.remove()
    return {
        f"layer {number}": np.array([[scaled(channel) for channel in image[:SHOWN]] for image in np.maximum(out, 0)])
        for number, out in enumerate(recorded)
    }


def grad_cam(model, image, target_class):
    layer = [part for part in model.modules() if isinstance(part, nn.Conv2d)][-1]
    seen = []
    first = layer.register_forward_hook(lambda part, args, out: seen.append(out))
    second = layer.register_full_backward_hook(lambda part, gradients, of_output: seen.append(of_output[0]))
    scores = model(image[None].clone().requires_grad_())
    probability = torch.softmax(scores, 1)[0, target_class]
    probability.backward()
    first.remove()
    second.remove()
    activations, gradients = (tensor[0].detach().numpy() for tensor in seen)
    heat = np.maximum(np.tensordot(gradients.sum((1, 2)), activations, 1), 0)
    height, width = image.shape[1:]
    rows = np.clip((np.arange(height) + 0.5) * heat.shape[0] / height - 0.5, 0, heat.shape[0] - 1)
    columns = np.clip((np.arange(width) + 0.5) * heat.shape[1] / width - 0.5, 0, heat.shape[1] - 1)
    heat = np.array([np.interp(columns, np.arange(heat.shape[1]), row) for row in heat])
    heat = np.array([np.interp(rows, np.arange(heat.shape[0]), column) for column in heat.T]).T
    return np.uint8(255 * scaled(heat))


def pick_examples(model, dataset, n=10):
    with torch.no_grad():
        predicted = [int(model(dataset[i][0][None]).argmax()) for i in range(len(dataset))]
    is_right = np.array([guess == dataset[i][1] for i, guess in enumerate(predicted)])
    right, wrong = np.flatnonzero(is_right), np.flatnonzero(~is_right)
    if min(len(right), len(wrong)) < n:
        warnings.warn(f"only {len(right)} right and {len(wrong)} wrong examples")
    rng = np.random.default_rng(0)
    return rng.permutation(right)[:n], rng.permutation(wrong)[:n]
