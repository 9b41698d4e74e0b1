import argparse
import copy
import os
import random
import time

import cv2
import matplotlib.pyplot as plt
import numpy as np
import torch
import torchvision
import torchvision.transforms as transforms
import yaml
from torch.utils.tensorboard import SummaryWriter

from data import Cifar, IMBALANCECIFAR10
from losses import FocalLoss, reweight
from models import MyModel, TwoLayerNet, VanillaCNN, resnet32

parser = argparse.ArgumentParser(description="CIFAR-10")
parser.add_argument("--config", default="./configs/config_mymodel.yaml")


class AverageMeter(object):
    """Computes and stores the average and current value"""

    def __init__(self):
        self.reset()

    def reset(self):
        self.val = self.avg = self.sum = self.count = 0

    def update(self, val, n=1):
        self.val = val
        self.sum += val * n
        self.count += n
        self.avg = self.sum / self.count


def accuracy(output, target):
    _, pred = torch.max(output, dim=-1)
    return pred.eq(target).sum() * 1.0 / target.shape[0]


def train(epoch, data_loader, model, optimizer, criterion):
    iter_time, losses, acc = AverageMeter(), AverageMeter(), AverageMeter()
    start = time.time()
    for idx, (data, target) in enumerate(data_loader):
        if torch.cuda.is_available():
            data = data.cuda()
            target = target.cuda()
        model.train()
        for p in model.parameters():
            p.grad = None
        out = model.forward(data)
        loss = criterion.forward(out, target)
        loss.backward()
        optimizer.step()
        losses.update(loss.detach(), out.shape[0])
        acc.update(accuracy(out, target), out.shape[0])
        iter_time.update(time.time() - start)
        print("Epoch: [{0}][{1}/{2}]\tLoss {3:.4f}\tPrec {4:.4f}".format(epoch, idx, len(data_loader), losses.avg, acc.avg))


def validate(epoch, val_loader, model, criterion):
    acc, losses = AverageMeter(), AverageMeter()
    num_class = 10
    cm = torch.zeros(num_class, num_class)
    with torch.inference_mode():
        for data, target in val_loader:
            if torch.cuda.is_available():
                data, target = data.cuda(), target.cuda()
            out = model(data)
            losses.update(criterion(out, target), out.shape[0])
            acc.update(accuracy(out, target), out.shape[0])
            for t, p in zip(target.view(-1), out.argmax(1).view(-1)):
                cm[t.long(), p.long()] += 1
    cm = cm / cm.sum(1)
    return acc.avg, cm


def main():
    global args
    args = parser.parse_args()
    with open(args.config) as f:
        config = yaml.load(f, Loader=yaml.SafeLoader)
    for key in config:
        for k, v in config[key].items():
            setattr(args, k, v)
    train_dataset = IMBALANCECIFAR10(root="./data", transform=None) if args.imbalance == "imbalance" else Cifar("./data")
    train_loader = torch.utils.data.DataLoader(train_dataset, batch_size=args.batch_size, shuffle=True)
    val_loader = torch.utils.data.DataLoader(Cifar("./data", train=False), batch_size=100)
    model = {"TwoLayerNet": lambda: TwoLayerNet(3 * 32 * 32, 256, 10), "VanillaCNN": VanillaCNN, "MyModel": MyModel, "ResNet-32": resnet32}[args.model]()
    if torch.cuda.is_available():
        model = model.cuda()
    weights = reweight(train_dataset.get_cls_num_list(), beta=args.beta) if args.reweight else None
    criterion = torch.nn.CrossEntropyLoss() if args.loss_type == "CE" else FocalLoss(weight=weights, gamma=args.gamma)
    optimizer = torch.optim.SGD(model.parameters(), args.learning_rate, momentum=args.momentum, weight_decay=args.reg)
    best, best_model = 0.0, None
    for epoch in range(args.epochs):
        train(epoch, train_loader, model, optimizer, criterion)
        acc, cm = validate(epoch, val_loader, model, criterion)
        if acc > best:
            best, best_model = acc, copy.deepcopy(model)
    torch.save(best_model.state_dict(), "./checkpoints/" + args.model.lower() + ".pth")


if __name__ == "__main__":
    main()
