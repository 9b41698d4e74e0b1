import copy

import numpy as np
import torch
import torch.nn as nn


def up(i, o):
    return nn.Sequential(nn.ConvTranspose2d(i, o, 4, stride=2, padding=1), nn.BatchNorm2d(o), nn.ReLU(inplace=True))


class Segmenter(nn.Module):
    def __init__(self, backbone):
        super().__init__()
        self.enc = copy.deepcopy(backbone)
        c1, c2, c3, c4 = backbone.channels
        self.u4 = up(c4, c3)
        self.u3 = up(2 * c3, c2)
        self.u2 = up(2 * c2, c1)
        self.u1 = up(2 * c1, 16)
        self.out = nn.Conv2d(16, 1, kernel_size=1)

    def forward(self, x):
        f1, f2, f3, f4 = self.enc(x / 255)
        y = self.u4(f4)
        y = self.u3(torch.cat((f3, y), 1))
        y = self.u2(torch.cat((f2, y), 1))
        y = self.u1(torch.cat((f1, y), 1))
        return self.out(y)


def predict(model, batches):
    model.eval()
    out = None
    for x, *_ in batches:
        with torch.no_grad():
            p = torch.sigmoid(model(x))[:, 0].numpy().round().astype(np.uint8)
        out = p if out is None else np.vstack([out, p])
    return out


def mean_iou(predicted, gold):
    total = 0
    for p, g in zip(predicted, gold):
        p, g = p >= 0.5, g >= 0.5
        union = np.logical_or(p, g).sum()
        total += np.logical_and(p, g).sum() / union if union else 1
    return total / len(predicted)


def run_lengths(mask):
    runs, value, count = [], False, 0
    for pixel in np.asarray(mask).reshape(-1):
        if bool(pixel) != value:
            runs.append(count)
            value, count = bool(pixel), 0
        count += 1
    runs.append(count)
    if len(runs) % 2:
        runs.append(0)  # always pairs of zeros and ones
    return runs
