"""Small networks and batches in PyTorch, made of a hidden test's arrays, and networks' numbers as arrays again.

For assignments that allow torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def linear_layer(weight: np.ndarray) -> nn.Module:
    """Make a network of one linear layer, its bias 0, on images that it flattens.

    Args:
        weight: Of each class and each of D pixels, shape (K, D), float32.
    """
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weight))
        layer.bias.zero_()
    return nn.Sequential(nn.Flatten(), layer)


def batches(images: np.ndarray, labels: np.ndarray, batch_size: int) -> DataLoader[Any]:
    """Return a loader of images, shape (N, C, H, W), with their labels, shape (N,), in the order given."""
    return DataLoader(TensorDataset(torch.from_numpy(images), torch.from_numpy(labels)), batch_size)


def set_parameters(network: nn.Module, tensors: Sequence[np.ndarray]) -> None:
    """Set each parameter of a network to the one of these arrays that has its shape, transposed if need be."""
    with torch.no_grad():
        for parameter in network.parameters():
            for array in tensors:
                for given in (array, array.T):
                    if given.shape == tuple(parameter.shape):
                        parameter.copy_(torch.from_numpy(given))


def parameters(network: nn.Module) -> list[torch.Tensor]:
    """Return the parameters of a network in the order in which it has them."""
    return [parameter.detach() for parameter in network.parameters()]


def gradients(network: nn.Module) -> list[torch.Tensor]:
    """Return the gradients of a network's parameters; zeros where nothing was differentiated."""
    return [torch.zeros_like(p) if p.grad is None else p.grad for p in network.parameters()]


def as_array(value: Any) -> np.ndarray:  # noqa: ANN401  # a tensor, an array or lists
    """Return a tensor, an array or lists of numbers as an array of float32."""
    return np.asarray(value.detach().numpy() if isinstance(value, torch.Tensor) else value, np.float32)


def confusion_matrix(scores: torch.Tensor, labels: np.ndarray) -> np.ndarray:
    """Count samples by their class and the class with the largest score.

    Args:
        scores: Of each sample and class, shape (N, K).
        labels: Classes, shape (N,), integers in [0, K).

    Returns:
        Counts, shape (K, K): a row for each true class, a column for each predicted one.
    """
    confusion = np.zeros((scores.shape[1], scores.shape[1]))
    np.add.at(confusion, (labels, scores.argmax(dim=1).numpy()), 1)
    return confusion


@contextmanager
def seeding_ignored() -> Iterator[None]:
    """Let nobody seed torch inside the block: two networks would start alike that need not."""
    before = torch.manual_seed, torch.random.manual_seed  # two functions, once torch._dynamo is imported
    torch.manual_seed = torch.random.manual_seed = lambda seed: torch.default_generator
    try:
        yield
    finally:
        torch.manual_seed, torch.random.manual_seed = before
