from __future__ import annotations

import os
from typing import Any, Optional, Tuple

import torch
import torchvision
from torch import Tensor, nn
from torch.utils.data import DataLoader

from data import Imbalanced_CIFAR10
from losses import FocalLoss, reweight
from models import MyModel, TwoLayerNet, VanillaCNN, resnet32


class _Base:
    """Keeps what a run needs; the subclass knows how to take a step."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    criterion: nn.Module
    device: str

    def __init__(self, **kwargs: Any) -> None:
        self.device = kwargs.pop("device", "cpu")
        self.lr: float = kwargs.pop("learning_rate", 0.0001)
        self.epochs: int = kwargs.pop("epochs", 10)
        self.batch_size: int = kwargs.pop("batch_size", 128)
        root = os.path.join(".", "data", "cifar10")
        self.train_dataset = torchvision.datasets.CIFAR10(root, train=True, download=True)
        self.val_dataset = torchvision.datasets.CIFAR10(root, train=False)
        self.train_loader = DataLoader(self.train_dataset, self.batch_size, shuffle=True)
        self.val_loader = DataLoader(self.val_dataset, self.batch_size)
        networks = {"TwoLayerNet": TwoLayerNet, "VanillaCNN": VanillaCNN, "MyModel": MyModel}
        self.model = networks[kwargs.pop("model")]()
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self.model.parameters(), self.lr)

    def train(self) -> None:
        for epoch in range(self.epochs):
            self.model.train()
            for data, target in self.train_loader:
                self._compute_loss_update_params(data, target)


class Solver(_Base):
    def _compute_loss_update_params(self, data: Tensor, target: Tensor) -> Tuple[Tensor, Tensor]:
        data, target = data.to(self.device), target.to(self.device)
        output: Optional[Tensor] = None
        loss: Optional[Tensor] = None
        if self.model.training:
            self.optimizer.zero_grad(set_to_none=True)
            output = self.model(data)
            loss = self.criterion(output, target)
            loss.backward()
            self.optimizer.step()
            assert self.lr > 0 and len(self.train_loader) > 0
        else:
            with torch.no_grad():
                output = self.model(data)
                loss = self.criterion(output, target)
        return output, loss
