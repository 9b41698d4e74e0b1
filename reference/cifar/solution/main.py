"""Train a network and validate it: python main.py --config configs/config_twolayer.yaml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader

NUM_CLASSES = 10

Criterion = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Loader = DataLoader[Any]


def train(epoch: int, data_loader: Loader, model: nn.Module, optimizer: Optimizer, criterion: Criterion) -> None:  # noqa: ARG001  # the contract's arguments
    """Go through the data once and take one step of the optimizer for every batch.

    Args:
        epoch: Which time this is, from 0.
        data_loader: Gives batches: images, shape (N, 3, H, W), and labels, shape (N,), integers.
        model: Gives the scores of a batch, shape (N, 10).
        optimizer: Changes the model's parameters along their gradients.
        criterion: Gives the loss of a batch from its scores and labels.
    """
    # solution(1a): For every batch compute scores, loss and gradients, the batch's own alone, and take a step.
    model.train()
    for images, labels in data_loader:
        loss = criterion(model(images), labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimizer.step()
    # end solution


def validate(epoch: int, val_loader: Loader, model: nn.Module, criterion: Criterion) -> tuple[float, torch.Tensor]:  # noqa: ARG001  # the contract's arguments
    """Count how often the model is right, and leave it as it is.

    Args:
        epoch: Which time this is, from 0.
        val_loader: Gives batches, as for `train`; the last one may be smaller.
        model: Gives the scores of a batch, shape (N, 10).
        criterion: Gives the loss of a batch, if you want to know it.

    Returns:
        The share of samples that are classified rightly; and the confusion matrix, shape (10, 10): in row t and column
        p, how many samples of class t were taken for class p.
    """
    # solution(1b): For every batch compare the predicted classes with the labels; no gradients are needed.
    model.eval()
    confusion = torch.zeros(NUM_CLASSES, NUM_CLASSES, dtype=torch.int64)
    with torch.no_grad():
        for images, labels in val_loader:
            predicted = model(images).argmax(dim=1)
            for true, guess in torch.stack((labels, predicted), dim=1):
                confusion[true, guess] += 1
    return float(confusion.trace() / confusion.sum()), confusion
    # end solution


if __name__ == "__main__":
    from training import main

    main(train, validate)
