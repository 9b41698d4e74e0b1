"""What is recorded of a forward pass, however the network is written."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own habit
from torch import nn

from grader.drivers.torch_calls import Recorder


def recorded(network: nn.Module, x: torch.Tensor) -> Recorder:
    recorder = Recorder(network, x)
    with torch.no_grad(), recorder:
        network(x)
    return recorder


class Functional(nn.Module):
    """Layers that are called as functions, the last made first."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Conv2d(3, 1, 3)
        self.gain, self.shift = nn.Parameter(torch.ones(2)), nn.Parameter(torch.zeros(2))
        self.unused = nn.Parameter(torch.zeros(7))
        self.first = nn.Conv2d(1, 2, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.conv2d(x, self.first.weight, self.first.bias, padding=1)
        y = F.batch_norm(y, None, None, bias=self.shift, weight=self.gain, training=True)
        return self.last(torch.cat(dim=1, tensors=(x, y.relu())))


def test_parameters_come_in_the_order_of_their_first_use() -> None:
    network = Functional()
    used = list(recorded(network, torch.randn(2, 1, 5, 4)).parameters)
    expected = [network.first.weight, network.first.bias, network.gain, network.shift, network.last.weight]
    assert [one is other for one, other in zip(used, [*expected, network.last.bias], strict=True)] == [True] * 6


def test_a_module_that_is_called_twice_is_used_once() -> None:
    layer = nn.Conv2d(2, 2, 1)
    assert len(recorded(nn.Sequential(layer, nn.ReLU(), layer), torch.zeros(1, 2, 3, 3)).parameters) == 2


def test_operations_are_told_with_the_shapes_of_their_results() -> None:
    assert recorded(Functional(), torch.randn(2, 1, 5, 4)).operations == [
        ("conv2d", [2, 2, 5, 4]),
        ("batch_norm", [2, 2, 5, 4]),
        ("relu", [2, 2, 5, 4]),
        ("cat", [2, 3, 5, 4]),
        ("conv2d", [2, 1, 3, 2]),
    ]


def test_weights_behind_a_join_are_turned_to_its_order() -> None:
    network = Functional()
    recorder = recorded(network, torch.randn(2, 1, 5, 4))
    numbers = torch.arange(27.0).reshape(1, 3, 3, 3)
    assert torch.equal(recorder.turned(network.last.weight, numbers), numbers[:, [2, 0, 1]])
    other = torch.arange(18.0).reshape(2, 1, 3, 3)
    assert torch.equal(recorder.turned(network.first.weight, other), other)
