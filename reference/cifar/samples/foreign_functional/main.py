from functools import reduce

import torch
import torch.nn.functional as F
from torchvision import transforms

step = lambda model, optimizer, criterion: lambda seen, batch: seen + one(model, optimizer, criterion, *batch)


def one(model, optimizer, criterion, x, y):
    grads = torch.autograd.grad(criterion(model(x), y), list(model.parameters()))
    for parameter, grad in zip(model.parameters(), grads):
        parameter.grad = grad
    optimizer.step()
    return len(y)


def train(epoch, data_loader, model, optimizer, criterion):
    return reduce(step(model, optimizer, criterion), data_loader, 0)


def validate(epoch, val_loader, model, criterion):
    # fault: rows and columns change places
    pairs = [(model(x).argmax(1), y) for x, y in val_loader]
    guesses, labels = (torch.cat(parts) for parts in zip(*pairs))
    table = F.one_hot(guesses, 10).T.float() @ F.one_hot(labels, 10).float()
    return (guesses == labels).float().mean().item(), table.tolist()
