import argparse
import copy
import time

import torch
import torchvision
import torchvision.transforms as transforms
import yaml
from tqdm import tqdm

from data import IMBALANCECIFAR10
from losses import FocalLoss, reweight
from models import MyModel, TwoLayerNet, VanillaCNN, resnet32

parser = argparse.ArgumentParser(description="part 2")
parser.add_argument("--config", default="./configs/config_twolayer.yaml")


class Average:
    def __init__(self):
        self.total, self.count = 0.0, 0

    def add(self, value, n):
        self.total += float(value) * n
        self.count += n

    @property
    def mean(self):
        return self.total / self.count


def batch_accuracy(out, target):
    return (out.argmax(-1) == target).sum().item() / target.shape[0]


def train(epoch, data_loader, model, optimizer, criterion):
    losses, acc, begin = Average(), Average(), time.time()
    for idx, (data, target) in enumerate(tqdm(data_loader)):
        if torch.cuda.is_available():
            data, target = data.cuda(), target.cuda()
        out = model(data)
        loss = criterion(out, target)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.add(loss.item(), out.shape[0])
        acc.add(batch_accuracy(out, target), out.shape[0])
        if idx % 10 == 0:
            print(f"epoch {epoch} {idx}/{len(data_loader)} {time.time() - begin:.1f}s loss {losses.mean:.4f} acc {acc.mean:.4f}")


def validate(epoch, val_loader, model, criterion):
    acc = Average()
    cm = torch.zeros(10, 10)
    for data, target in val_loader:
        if torch.cuda.is_available():
            data, target = data.cuda(), target.cuda()
        with torch.no_grad():
            out = model(data)
            loss = criterion(out, target)
        _, preds = torch.max(out, 1)
        for t, p in zip(target.view(-1), preds.view(-1)):
            cm[t.long(), p.long()] += 1
        acc.add(batch_accuracy(out, target), out.shape[0])
    cm = cm / cm.sum(1)
    print("* Prec @1: {:.4f}".format(acc.mean))
    return acc.mean, cm


def main():
    args = parser.parse_args()
    with open(args.config) as f:
        for group in yaml.safe_load(f).values():
            for k, v in group.items():
                setattr(args, k, v)
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,) * 3, (0.25,) * 3)])
    train_set = torchvision.datasets.CIFAR10("data", train=True, download=True, transform=transform)
    test_set = torchvision.datasets.CIFAR10("data", train=False, download=True, transform=transform)
    train_loader = torch.utils.data.DataLoader(train_set, batch_size=args.batch_size, shuffle=True)
    test_loader = torch.utils.data.DataLoader(test_set, batch_size=100, num_workers=2)
    model = {"TwoLayerNet": lambda: TwoLayerNet(3072, 256, 10), "VanillaCNN": VanillaCNN, "MyModel": MyModel}[args.model]()
    optimizer = torch.optim.SGD(model.parameters(), args.learning_rate, momentum=args.momentum, weight_decay=args.reg)
    best, best_model = 0.0, None
    for epoch in range(args.epochs):
        train(epoch, train_loader, model, optimizer, torch.nn.CrossEntropyLoss())
        acc, cm = validate(epoch, test_loader, model, torch.nn.CrossEntropyLoss())
        if acc > best:
            best, best_model = acc, copy.deepcopy(model)
    torch.save(best_model.state_dict(), "./checkpoints/" + args.model.lower() + ".pth")


if __name__ == "__main__":
    main()
