from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Dict, List, Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

POOLS = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d)


@dataclass
class Recorder:
    """Context manager that records the outputs of some layers."""

    model: nn.Module
    kinds: tuple
    outputs: Dict[str, Tensor] = field(default_factory=OrderedDict)
    handles: List[torch.utils.hooks.RemovableHandle] = field(default_factory=list)

    def __enter__(self):
        for name, layer in self.model.named_modules():
            if isinstance(layer, self.kinds):
                self.handles.append(layer.register_forward_hook(self._keep(name)))
        return self

    def _keep(self, name):
        def hook(layer, inputs, output):
            self.outputs[name] = output
        return hook

    def __exit__(self, *exc):
        for handle in self.handles:
            handle.remove()


class GradCAM:
    def __init__(self, model: nn.Module):
        self.model = model

    def __call__(self, batch: Tensor, target: int) -> Tensor:
        # batch has to be N C H W
        n, c, h, w = batch.shape
        with Recorder(self.model, (nn.Conv2d,)) as recorder:
            log_p = F.log_softmax(self.model(batch), dim=1)
        last = list(recorder.outputs.values())[-1]
        grads = torch.autograd.grad(log_p[:, target].sum(), last)[0]
        alpha = F.adaptive_avg_pool2d(grads, 1)
        cam = F.interpolate((alpha * last).sum(1, keepdim=True), (h, w), mode="bilinear", align_corners=True)
        cam = F.relu(cam).detach()
        return cam / (cam.flatten(1).max(1).values.view(-1, 1, 1, 1) + 1e-7)


def feature_maps(model: nn.Module, images: Tensor) -> Dict[str, Tensor]:
    with Recorder(model, (nn.Conv2d, *POOLS)) as recorder, torch.no_grad():
        model(images)
    result = OrderedDict()
    for name, output in recorder.outputs.items():
        output = output[:, :5]
        n, c = output.shape[:2]
        flat = output.reshape(n * c, -1)
        flat = flat - flat.min(dim=1, keepdim=True)[0]
        peak = flat.max(dim=1, keepdim=True)[0]
        flat = torch.where(peak > 0, flat / peak, torch.zeros_like(flat))
        result[name] = flat.view_as(output)
    return result


def grad_cam(model: nn.Module, image: Tensor, target_class: int) -> Tensor:
    return GradCAM(model)(image, target_class).squeeze(0)


def pick_examples(model: nn.Module, dataset, n: int = 10) -> Tuple[Tensor, Tensor]:
    images = torch.stack([image for image, _ in dataset])
    labels = torch.tensor([label for _, label in dataset])
    with torch.no_grad():
        hit = model(images).argmax(-1).eq(labels)
    right, wrong = hit.nonzero().flatten(), (~hit).nonzero().flatten()
    for name, found in (("right", right), ("wrong", wrong)):
        if len(found) < n:
            print(f"WARNING: just {len(found)} {name} examples, wanted {n}")
    return right[:n], wrong[:n]
