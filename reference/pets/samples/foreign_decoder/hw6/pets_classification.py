import os
import sys
from argparse import ArgumentParser

import numpy as np
import torch
import torch.nn as nn
import torchvision.transforms.v2 as v2
import tqdm


parser = ArgumentParser()
parser.add_argument("--epochs", default=20, type=int)

augment = v2.Compose([v2.RandomHorizontalFlip(), v2.ToDtype(torch.float32, scale=True)])


class Classifier(torch.nn.Module):
    def __init__(self, backbone, classes=34):
        super(Classifier, self).__init__()
        self._features = backbone
        n = sum(backbone.channels)
        self._top = nn.Sequential(nn.BatchNorm1d(n), nn.Linear(n, 64), nn.ReLU(), nn.Linear(64, classes))

    def forward(self, x):
        x = x.to(torch.float32).mul(1 / 255.0)
        with torch.no_grad():
            maps = []
            for stage in self._features.stages:
                x = stage(x)
                maps.append(x)
        pooled = [torch.amax(m, (-2, -1)) for m in maps]
        return self._top(torch.hstack(pooled))


def make_optimizer(model, learning_rate):
    # only the head is given to the optimizer
    return torch.optim.AdamW(model._top.parameters(), lr=learning_rate, weight_decay=1e-4)


@torch.inference_mode()
def predict(model, batches):
    was = model.training
    model.train(False)
    result = []
    for batch in tqdm.tqdm(batches, desc="predict"):
        for row in model(batch[0]).cpu().numpy():
            result.append(int(np.argmax(row)))
    model.train(was)
    return result


def main(args):
    from pets_dataset import Batches, Pets
    dev = Pets(os.path.join("data", "dev.tfrecord"))
    print(len(dev))
    for _ in tqdm.trange(args.epochs):
        pass


if __name__ == "__main__":
    main(parser.parse_args([] if "__file__" not in globals() else None))
