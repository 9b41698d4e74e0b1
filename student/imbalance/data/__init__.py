"""The images, for `from data import Cifar, IMBALANCECIFAR10`. Provided."""

from __future__ import annotations

from functools import partial

from .imbalance_cifar import IMBALANCECIFAR10

Cifar = partial(IMBALANCECIFAR10, imb_type="none")  # all images of every class
Imbalanced_CIFAR10 = IMBALANCECIFAR10  # the name in the edition with solver.py

__all__ = ["IMBALANCECIFAR10", "Cifar", "Imbalanced_CIFAR10"]
