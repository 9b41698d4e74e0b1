import torch
import torchvision
import torchvision.transforms as transforms
import matplotlib.pyplot as plt
from captum.attr import LayerGradCam, LayerActivation, LayerAttribution
from captum.attr import visualization as viz
from torch.utils.data import DataLoader

device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
classes = ('plane', 'car', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck')
transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))])


def normalise(t):
    t = t - t.amin((-1, -2), True)
    return t / (t.amax((-1, -2), True) + 1e-8)


def feature_maps(model: torch.nn.Module, images: torch.Tensor):
    maps = {}
    for name, layer in model.named_modules():
        if isinstance(layer, (torch.nn.Conv2d, torch.nn.MaxPool2d)):
            act = LayerActivation(model, layer).attribute(images)
            maps[name] = normalise(act[:, :5])
    return maps


def grad_cam(model: torch.nn.Module, image: torch.Tensor, target_class: int):
    last_conv = [l for l in model.modules() if isinstance(l, torch.nn.Conv2d)][-1]
    layer_gc = LayerGradCam(model, last_conv)
    attr = layer_gc.attribute(image.unsqueeze(0).to(device), target=target_class)
    return LayerAttribution.interpolate(attr, image.shape[-2:])


def show(model, image, target):
    attr = grad_cam(model, image, target)
    viz.visualize_image_attr_multiple(attr[0].permute(1, 2, 0).cpu().numpy(), image.permute(1, 2, 0).numpy(),
                                      ["original_image", "heat_map"], ["all", "positive"])


def pick_examples(model, dataset, n=10):
    correct, wrong, seen = [], [], 0
    loader = DataLoader(dataset, batch_size=32, shuffle=False)
    with torch.no_grad():
        for images, labels in loader:
            preds = model(images.to(device)).argmax(dim=1).cpu()
            for i, ok in enumerate(preds == labels):
                (correct if ok else wrong).append(seen + i)
            seen += len(labels)
    assert len(correct) >= n and len(wrong) >= n, f"only {len(correct)} correct / {len(wrong)} wrong"
    return {"wrong": wrong[:n], "correct": correct[:n]}
