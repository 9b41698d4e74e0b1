import copy
import os
import pathlib

import torch
import torchvision
import torchvision.transforms as transforms
from torch import nn

from data import Imbalanced_CIFAR10
from losses import FocalLoss, reweight
from models import MyModel, TwoLayerNet, VanillaCNN, resnet32


class Solver(object):
    def __init__(self, **kwargs):
        self.batch_size = kwargs.pop("batch_size", 128)
        self.model_type = kwargs.pop("model", "TwoLayerNet")
        self.device = kwargs.pop("device", "cpu")
        self.lr = kwargs.pop("learning_rate", 0.0001)
        self.momentum = kwargs.pop("momentum", 0.9)
        self.reg = kwargs.pop("reg", 0.0005)
        self.epochs = kwargs.pop("epochs", 10)
        to_numbers = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,) * 3, (0.25,) * 3)])
        root = os.path.join(".", "data", "cifar10")
        sets = [torchvision.datasets.CIFAR10(root, train=part, download=True, transform=to_numbers) for part in (True, False)]
        self.train_loader, self.val_loader = (torch.utils.data.DataLoader(one, self.batch_size) for one in sets)
        self.model = {"TwoLayerNet": lambda: TwoLayerNet(3072, 256, 10), "VanillaCNN": VanillaCNN, "MyModel": MyModel}[self.model_type]()
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self.model.parameters(), self.lr, momentum=self.momentum, weight_decay=self.reg)

    def train(self):
        best, best_model = 0.0, None
        for epoch in range(self.epochs):
            self.model.train()
            for data, target in self.train_loader:
                out, loss = self._compute_loss_update_params(data.to(self.device), target.to(self.device))
                print(epoch, loss)
            self.model.eval()
            right = 0.0
            for data, target in self.val_loader:
                out, loss = self._compute_loss_update_params(data.to(self.device), target.to(self.device))
                right += self._right(out, target)
            if right > best:
                best, best_model = right, copy.deepcopy(self.model)
        basedir = pathlib.Path(__file__).parent.resolve()
        torch.save(best_model.state_dict(), str(basedir) + "/checkpoints/" + self.model_type.lower() + ".pth")

    def _right(self, out, target):
        return (out.argmax(1) == target).sum().item()

    def _compute_loss_update_params(self, data, target):
        with torch.set_grad_enabled(self.model.training):
            output = self.model(data)
            loss = self.criterion(output, target)
        if self.model.training:
            self.model.zero_grad()
            loss.backward()
            self.optimizer.step()
        return output, loss.item()
