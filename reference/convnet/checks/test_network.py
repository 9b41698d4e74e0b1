"""Hidden tests of modules/conv_classifier.py, and of what a network asks of every layer."""

from __future__ import annotations

import builtins
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from drivers import (
    layer_and_its_arguments,
    layer_twice,
    network_backward,
    network_built,
    network_forward,
    unknown_criterion,
)

from grader.authoring import Subject, assert_matches, equal

RAISED = frozenset({"nothing", *(name for name in dir(builtins) if name.endswith(("Error", "Exception")))})
RELU = {"type": "ReLU"}
POOL = {"type": "MaxPooling", "kernel_size": 2, "stride": 2}


def conv(channels: int, filters: int, kernel_size: int = 3, padding: int = 1) -> dict[str, Any]:
    return {
        "type": "Conv2D", "in_channels": channels, "out_channels": filters, "kernel_size": kernel_size, "stride": 1,
        "padding": padding,
    }  # fmt: skip


def linear(inputs: int, outputs: int) -> dict[str, Any]:
    return {"type": "Linear", "in_dim": inputs, "out_dim": outputs}


@dataclass(frozen=True)
class Network:
    """The layers of a network and the shape of the batch that it is shown."""

    name: str
    definitions: tuple[dict[str, Any], ...]
    batch: tuple[int, ...]

    def __str__(self) -> str:
        return self.name

    def smaller(self) -> Iterator[Network]:
        """List networks that can be computed by hand: sizes in one layer depend on those in another."""
        yield Network("Linear", (linear(1, 2),), (1, 1))
        yield Network("Linear, two samples", (linear(1, 2),), (2, 1))
        yield Network("Linear-ReLU-Linear", (linear(1, 1), RELU, linear(1, 2)), (1, 1))
        yield Network("Linear-ReLU-Linear, two samples", (linear(1, 1), RELU, linear(1, 2)), (2, 1))
        if self.definitions[0]["type"] == "Conv2D":
            first = conv(1, 1, kernel_size=1, padding=0)
            yield Network("Conv2D-Linear", (first, linear(1, 2)), (1, 1, 1, 1))
            yield Network("Conv2D-ReLU-Linear", (first, RELU, linear(1, 2)), (1, 1, 1, 1))
            yield Network("Conv2D-ReLU-MaxPooling-Linear", (first, RELU, POOL, linear(1, 2)), (1, 1, 2, 2))


CONVOLUTIONAL = Network("Conv2D-ReLU-MaxPooling-Linear", (conv(2, 3), RELU, POOL, linear(12, 4)), (3, 2, 4, 4))
TWO_CONVOLUTIONS = Network("Conv2D-ReLU-Conv2D-Linear", (conv(3, 2), RELU, conv(2, 2), linear(8, 3)), (2, 3, 2, 2))
SHALLOW = Network("Linear-ReLU-Linear", (linear(4, 4), RELU, linear(4, 4)), (3, 4))
DEEP = Network("Linear-ReLU-Linear-ReLU-Linear", (linear(3, 3), RELU, linear(3, 3), RELU, linear(3, 3)), (4, 3))


@dataclass(frozen=True)
class Layer:
    """One layer, and the shapes of a batch and of its output."""

    name: str
    arguments: tuple[int, ...]
    shapes: dict[str, tuple[int, ...]]
    batch: tuple[int, ...]
    output: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.arguments))})"

    def smaller(self) -> Iterator[Layer]:
        """List layers of this kind that can be computed by hand: an extent of one shape depends on another's."""
        for samples, extents in itertools.product((1, 2), ((1, 1), (1, 2), (2, 2))):
            images = (samples, 1, *extents)
            if self.name == "Conv2D":
                yield Layer("Conv2D", (1, 1, 1, 1, 0), {"weight": (1, 1, 1, 1), "bias": (1,)}, images, images)
            elif self.name == "MaxPooling":
                yield Layer("MaxPooling", (1, 1), {}, images, images)
            elif self.name == "Linear":
                inputs, outputs = extents
                shapes = {"weight": (inputs, outputs), "bias": (outputs,)}
                yield Layer("Linear", (inputs, outputs), shapes, (samples, inputs), (samples, outputs))
            else:
                yield Layer(self.name, self.arguments, {}, (samples, extents[1]), (samples, extents[1]))
        if self.name == "Conv2D":
            weight = {"weight": (1, 1, 2, 2), "bias": (1,)}
            yield Layer("Conv2D", (1, 1, 2, 1, 0), weight, (1, 1, 2, 2), (1, 1, 1, 1))
        elif self.name == "MaxPooling":
            yield Layer("MaxPooling", (2, 2), {}, (1, 1, 2, 2), (1, 1, 1, 1))

    def built(self, rng: np.random.Generator) -> dict[str, Any]:
        parameters = {name: rng.normal(size=shape) for name, shape in self.shapes.items()}
        return {"kind": self.name, "arguments": list(self.arguments), "parameters": parameters}

    def batch_and_gradient(self, rng: np.random.Generator) -> list[np.ndarray]:
        x = rng.normal(size=self.batch)
        if self.name == "MaxPooling":
            x = np.abs(x)  # whether a maximum may be negative is asked of pooling alone
        return [x, rng.normal(size=self.output)]


# One padding and stride 1, windows side by side: what is asked of a layer here has nothing to do with its sizes.
LAYERS = (
    Layer("Conv2D", (2, 2, 3, 1, 1), {"weight": (2, 2, 3, 3), "bias": (2,)}, (2, 2, 3, 3), (2, 2, 3, 3)),
    Layer("Conv2D", (2, 3, 3, 1, 1), {"weight": (3, 2, 3, 3), "bias": (3,)}, (2, 2, 4, 4), (2, 3, 4, 4)),
    Layer("MaxPooling", (2, 2), {}, (2, 2, 4, 4), (2, 2, 2, 2)),
    Layer("MaxPooling", (3, 3), {}, (2, 2, 6, 6), (2, 2, 2, 2)),
    Layer("ReLU", (), {}, (4, 5), (4, 5)),
    Layer("ReLU", (), {}, (2, 2, 3, 3), (2, 2, 3, 3)),
    Layer("Linear", (5, 4), {"weight": (5, 4), "bias": (4,)}, (3, 5), (3, 4)),
    Layer("Linear", (8, 3), {"weight": (8, 3), "bias": (3,)}, (2, 2, 2, 2), (2, 3)),
)


@pytest.mark.parametrize("network", [CONVOLUTIONAL, TWO_CONVOLUTIONS], ids=str)
def test_net_build(student: Subject, reference: Subject, network: Network) -> None:
    inputs = {"definitions": list(network.definitions)}
    assert_matches(student(network_built, **inputs), reference(network_built, **inputs))


@pytest.mark.parametrize(
    ("criterion", "network"), [("Hinge", SHALLOW), ("MeanSquaredError", DEEP)], ids=["Hinge", "MeanSquaredError"]
)
def test_net_criterion(student: Subject, reference: Subject, criterion: str, network: Network) -> None:
    """Anybody can name an exception: the network that is built with the known criterion has to be right as well.

    Which one was raised is taken on the driver's word.
    """
    inputs = {"definitions": list(network.definitions), "criterion": criterion}
    got, expected = (subject(unknown_criterion, **inputs) for subject in (student, reference))
    assert_matches({"modules": got["modules"]}, {"modules": expected["modules"]})
    wanted = expected["raised"]
    raised = got["raised"] if got["raised"] in RAISED else "something else"
    assert raised == wanted, f"ConvNet with the criterion {criterion!r} raises {raised}, expected a {wanted}"


@pytest.mark.parametrize("network", [CONVOLUTIONAL, SHALLOW], ids=str)
def test_net_forward(student: Subject, reference: Subject, rng: np.random.Generator, network: Network) -> None:
    inputs = network_and_batch(rng, network)
    assert_matches(student(network_forward, **inputs), reference(network_forward, **inputs))


@pytest.mark.parametrize("network", [CONVOLUTIONAL, SHALLOW, DEEP], ids=str)
def test_net_backward(student: Subject, reference: Subject, rng: np.random.Generator, network: Network) -> None:
    inputs = network_and_batch(rng, network)
    assert_matches(student(network_backward, **inputs), reference(network_backward, **inputs))


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_layers_again(student: Subject, reference: Subject, rng: np.random.Generator, layer: Layer) -> None:
    inputs = layer.built(rng) | {name: layer.batch_and_gradient(rng) for name in ("first", "second")}
    got, expected = (subject(layer_twice, **inputs) for subject in (student, reference))
    fresh, right = got["fresh"], expected["fresh"]
    assert equal(fresh["out"], right["out"]), f"{layer.name} is not right when it is used once: that comes first"
    assert not equal(got["before"]["dx"], fresh["dx"]), f"{layer.name} computes no dx, expected one for each batch"
    # That its gradients are right is asked of each layer by itself: here they have to be those of a new layer.
    assert_matches(got["again"], {name: fresh[name] if _is_numbers(fresh[name]) else right[name] for name in right})


def _is_numbers(given: object) -> bool:
    """Return whether a gradient is made of numbers, or left out; its form is what the layer's own check is about."""
    return given is None or isinstance(given, float) or (isinstance(given, np.ndarray) and given.dtype.kind in "fiub")


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_layers_keep_arguments(student: Subject, reference: Subject, rng: np.random.Generator, layer: Layer) -> None:
    x, dout = layer.batch_and_gradient(rng)
    inputs = layer.built(rng) | {"x": x, "dout": dout}
    got, expected = (subject(layer_and_its_arguments, **inputs) for subject in (student, reference))
    out = expected["values"]["out"]
    assert equal(got["values"]["out"], out), f"{layer.name} is not right on these arrays: that comes first"
    assert is_gradient(got["values"]), f"{layer.name} computes no dx from dout on these arrays: that comes first"
    assert_matches(got["arguments"], expected["arguments"])


def is_gradient(values: dict[str, Any]) -> bool:
    """Return whether dx is made of dout, right or wrong: that it is right is another check's business."""
    dx, doubled = values["dx"], values["dx_of_twice"]
    if not (isinstance(dx, np.ndarray) and dx.dtype.kind == "f" and dx.any()):
        return False
    return equal(doubled, 2 * dx)


def network_and_batch(rng: np.random.Generator, network: Network) -> dict[str, Any]:
    classes = network.definitions[-1]["out_dim"]
    return {
        "definitions": list(network.definitions),
        "parameters": [parameters(rng, definition) for definition in network.definitions],
        "x": rng.normal(size=network.batch),
        "y": rng.integers(0, classes, network.batch[0]),
    }


def parameters(rng: np.random.Generator, definition: dict[str, Any]) -> dict[str, np.ndarray]:
    match definition:
        case {"type": "Conv2D", "in_channels": channels, "out_channels": filters, "kernel_size": kernel}:
            return {"weight": rng.normal(size=(filters, channels, kernel, kernel)), "bias": rng.normal(size=filters)}
        case {"type": "Linear", "in_dim": inputs, "out_dim": outputs}:
            return {"weight": rng.normal(size=(inputs, outputs)), "bias": rng.normal(size=outputs)}
        case _:
            return {}
