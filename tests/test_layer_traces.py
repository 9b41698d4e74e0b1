"""What is concluded of a network's layers from the numbers that went through them, against torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # torch's own habit
from torch import nn

from grader.authoring.layer_traces import MOST_CALLS, filled, traced
from grader.drivers.torch_calls import Recorder

Answer = dict[str, Any]

LAYERS: dict[str, Callable[[], nn.Module]] = {
    "convolution": lambda: nn.Conv2d(3, 4, 3, padding=1),
    "strided": lambda: nn.Conv2d(3, 4, 5, stride=2, padding=2),
    "without padding": lambda: nn.Conv2d(3, 4, 3),
    "without bias": lambda: nn.Conv2d(3, 4, 3, bias=False),
    "padded to the same size": lambda: nn.Conv2d(3, 4, 5, padding="same"),
    "transposed": lambda: nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1),
    "transposed, without output padding": lambda: nn.ConvTranspose2d(3, 4, 4, stride=2, padding=1),
    "batch norm": lambda: nn.BatchNorm2d(3),
    "batch norm with another epsilon": lambda: nn.BatchNorm2d(3, eps=1e-3),
}
BETWEEN: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "nothing": lambda x: x,
    "ReLU": torch.relu,
    "ReLU in place": torch.relu_,
    "clamp": lambda x: x.clamp(min=0),
    "a sloped ReLU": F.leaky_relu,
    "ELU": F.elu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softmax": lambda x: x.softmax(1),
    "max pooling": lambda x: F.max_pool2d(x, 2),
    "max pooling, then ReLU": lambda x: F.max_pool2d(x, 2).relu(),
    "ReLU, then average pooling": lambda x: F.avg_pool2d(x.relu(), 2),
    "average pooling, then ReLU": lambda x: F.avg_pool2d(x, 2).relu(),
    "every second pixel": lambda x: x[:, :, ::2, ::2],
    "copies of pixels": lambda x: F.interpolate(x, scale_factor=2),
    "blended pixels": lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"),
    "blended pixels, corners aligned": lambda x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True),
    "zeros around it": lambda x: F.pad(x.relu(), (2, 2, 2, 2)),
    "its mirror image around it": lambda x: F.pad(x, (1, 1, 1, 1), mode="reflect"),
    "copies of its border around it": lambda x: F.pad(x, (1, 1, 1, 1), mode="replicate"),
    "joined with itself": lambda x: torch.cat([x, x.relu()], dim=1),
}


def answered(network: nn.Module, numbers: np.ndarray, x: np.ndarray) -> Answer:
    """Answer as a driver does."""
    given = torch.from_numpy(x)
    with torch.no_grad():
        for tensor, array in zip(
            network.parameters(), filled(numbers, [tensor.shape for tensor in network.parameters()]), strict=True
        ):
            tensor.copy_(torch.from_numpy(array))
        recorder = Recorder(network, given, MOST_CALLS)
        with recorder:
            scores = network(given)
    places = {id(tensor): place for place, tensor in enumerate(network.parameters())}
    return {
        "shapes": [list(tensor.shape) for tensor in network.parameters()],
        "calls": [
            {
                "places": [places[id(tensor)] for tensor in call.parameters],
                "input": call.given.numpy(),
                "output": call.result.numpy(),
            }
            for call in recorder.layer_calls
        ],
        "scores": scores.numpy(),
    }


class Between(nn.Module):
    """A layer, something without parameters, a layer."""

    def __init__(self, between: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.between = between
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.last = nn.Conv2d(len(between(torch.zeros(1, 4, 4, 4))[0]), 2, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.between(self.first(x)))


@pytest.fixture
def numbers() -> np.ndarray:
    return np.random.default_rng(1).normal(0, 0.3, 1009).astype(np.float32)


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(2).normal(size=(2, 3, 8, 12)).astype(np.float32)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_is_shown_by_what_it_makes_of_pictures(layer: str, numbers: np.ndarray, x: np.ndarray) -> None:
    network = LAYERS[layer]()
    trace = traced(answered(network, numbers, x), numbers, x)
    assert (trace.fault, trace.has_scores) == ("", True)
    assert trace.shapes == [list(tensor.shape) for tensor in network.parameters()]
    assert trace.sizes == ([] if layer.startswith("batch norm") else [(8, 12)])


@pytest.mark.parametrize("between", BETWEEN)
def test_what_goes_into_a_layer_may_have_gone_through_what_has_no_parameters(
    between: str, numbers: np.ndarray, x: np.ndarray
) -> None:
    trace = traced(answered(Between(BETWEEN[between]), numbers, x), numbers, x)
    assert (trace.fault, len(trace.shapes), trace.has_scores) == ("", 4, True)


def forged(answer: Answer, number: int, name: str, value: object) -> Answer:
    calls = list(answer["calls"])
    calls[number] = {**calls[number], name: value}
    return {**answer, "calls": calls}


WRONG = ("is given numbers that are not what came before", "is no convolution and no batch norm of its parameters")


def test_numbers_that_nobody_computed_show_nothing(numbers: np.ndarray, x: np.ndarray) -> None:
    answer = answered(Between(torch.relu), numbers, x)
    made_up = np.random.default_rng(3).normal(size=(2, 4, 8, 12)).astype(np.float32)
    for wrong, fault, count in (
        (forged(answer, 1, "input", made_up), f"layer 2 {WRONG[0]}", 2),
        (forged(answer, 0, "output", made_up), f"layer 1 {WRONG[1]}", 0),
        (forged(answer, 0, "output", np.float32(1.001) * answer["calls"][0]["output"]), f"layer 1 {WRONG[1]}", 0),
        (forged(answer, 0, "input", np.float32(1.001) * x), f"layer 1 {WRONG[0]}", 0),
        ({**answer, "calls": []}, "no layer of torch's was seen", 0),
        ({**answer, "calls": answer["calls"][1:]}, f"layer 1 {WRONG[0]}", 0),
    ):
        trace = traced(wrong, numbers, x)
        assert trace.fault.startswith(fault)
        assert len(trace.shapes) == count
        assert not trace.has_scores
    assert not traced({**answer, "scores": made_up[:, :2]}, numbers, x).has_scores


def test_parameters_that_hold_other_numbers_show_nothing(numbers: np.ndarray, x: np.ndarray) -> None:
    answer = answered(nn.Conv2d(3, 4, 3, padding=1), numbers, x)
    assert traced(answer, np.roll(numbers, 1), x).fault == f"layer 1 {WRONG[1]}"


@pytest.mark.parametrize(
    "value",
    [
        np.full((2, 4, 8, 12), np.nan, np.float32),
        np.full((2, 4, 8, 12), 1e38, np.float32),
        np.zeros((2, 4, 8, 12), np.float64),
        np.zeros((99, 4, 8, 12), np.float32),
        np.zeros((2, 4, 0, 12), np.float32),
        np.broadcast_to(np.float32(0), (2, 4, 4000, 4000)),
        np.zeros(3, np.float32),
        7,
        None,
    ],
    ids=["not a number", "huge", "float64", "more pictures", "none", "large", "flat", "a number", "nothing"],
)
@pytest.mark.parametrize("name", ["input", "output"])
def test_what_is_no_picture_is_not_computed_with(name: str, value: object, numbers: np.ndarray, x: np.ndarray) -> None:
    answer = answered(nn.Conv2d(3, 4, 3, padding=1), numbers, x)
    assert traced(forged(answer, 0, name, value), numbers, x).fault == "layer 1 is given something else than pictures"


@pytest.mark.parametrize("shapes", [[[4, 3, 512, 512]], [[0]], [[-1, 4]], [[1 << 40]]], ids=str)
def test_parameters_of_any_size_cost_nothing(shapes: list[list[int]], numbers: np.ndarray, x: np.ndarray) -> None:
    trace = traced({"shapes": shapes, "calls": [], "scores": x}, numbers, x)
    assert trace.fault == "its parameters are too many or too large to be followed"


@pytest.mark.parametrize("places", [[], [5], [-1, 0], [1, 0]], ids=str)
def test_places_of_other_parameters_show_nothing(places: list[int], numbers: np.ndarray, x: np.ndarray) -> None:
    answer = answered(nn.Conv2d(3, 4, 3, padding=1), numbers, x)
    assert traced(forged(answer, 0, "places", places), numbers, x).fault.startswith("layer 1 is ")
