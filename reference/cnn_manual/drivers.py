"""How to call an implementation of `cnn_manual`. Not secret: the worker gets this file, students may read it.

Editions of the course differ: the first argument of `Convolution` is called `filters` or `channels`, one has a `seed`,
and some have no `verify`. All are called here, in single precision, without gradients, and never with `verify`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch

from grader.drivers.absent_modules import CONVENIENCES, absent_modules
from grader.drivers.executed_lines import count_work
from grader.drivers.implementation import Implementation, Tree
from grader.drivers.imports import MissingError
from grader.drivers.recorded_operations import unrecorded

torch.set_num_threads(1)  # in a worker it is so; the reference gets its figures on one thread as well

OTHER_BACKENDS = ("keras", "tensorflow", "torchmetrics", "timm")
PROVIDED = ("comparison.py", "network.py", "npfl138/")
LABELS = 10
FEWER = 2


def forward(impl: Implementation, images: np.ndarray, kernel: np.ndarray, bias: np.ndarray, stride: int) -> Tree:
    """Let one layer with these variables convolve images."""
    with _called(impl):
        layer = _layer(impl, images, kernel, bias, stride)
        return {"outputs": _array(layer.forward(_tensor(images)), "forward")}


def backward(
    impl: Implementation,
    images: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray,
    stride: int,
    outputs: np.ndarray,
    outputs_gradient: np.ndarray,
) -> Tree:
    """Let one layer with these variables differentiate itself, after a forward pass over the same images.

    The outputs are given, so that a faulty forward pass spoils nothing here; what it keeps for later is welcome.
    """
    with _called(impl):
        layer = _layer(impl, images, kernel, bias, stride)
        with suppress(Exception), unrecorded():
            layer.forward(_tensor(images))
        return _gradients(layer, images, outputs, outputs_gradient)


def variables(
    impl: Implementation,
    images: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray,
    stride: int,
    outputs: np.ndarray,
    outputs_gradient: np.ndarray,
) -> Tree:
    """Change a layer's variables in place after a backward pass, and hand back what it returned as its variables."""
    with _called(impl):
        layer = _layer(impl, images, kernel, bias, stride)
        with suppress(Exception), unrecorded():
            layer.forward(_tensor(images))
        returned = layer.backward(_tensor(images), _tensor(outputs), _tensor(outputs_gradient))
        _, those, gradients = _triple(returned)
        for change, name in enumerate(("_kernel", "_bias"), start=1):
            getattr(layer, name).add_(change)
        shapes = [list(_array(gradient, "backward").shape) for gradient in gradients]
        return {**_named(those), "shapes": shapes}


def chain(impl: Implementation, images: np.ndarray, layers: list[Tree], gradient: np.ndarray) -> Tree:
    """Go forward through several layers and back again, as training does.

    Each layer is a dict of `kernel`, `bias` and `stride`.
    """
    with _called(impl):
        shape, built = images.shape[1:], []
        for one in layers:
            built.append(_layer(impl, np.zeros((1, *shape)), one["kernel"], one["bias"], one["stride"]))
            size, _, _, filters = one["kernel"].shape
            shape = (*((extent - size) // one["stride"] + 1 for extent in shape[:2]), filters)
        activations = [_tensor(images)]
        for layer in built:
            activations.append(_as_tensor(layer.forward(activations[-1]), "forward"))
        downwards, found = _tensor(gradient), []
        for place in reversed(range(len(built))):
            returned = built[place].backward(activations[place], activations[place + 1], downwards)
            downwards, _, gradients = _triple(returned)
            downwards = _as_tensor(downwards, "backward")
            found.append(_named(gradients))
        return {"outputs": activations[-1], "inputs_gradient": downwards, "gradients": found[::-1]}


def trained_classes(
    impl: Implementation,
    sizes: list[Tree],
    weight: np.ndarray,
    images: np.ndarray,
    labels: np.ndarray,
    batch_size: int,
    rate: float,
    others: np.ndarray,
) -> Tree:
    """Train a network of such layers for one epoch, and hand back the classes that it then finds for other images."""
    with _called(impl):
        layers, shape = [], images.shape[1:]
        for one in sizes:
            layers.append(
                _layer(impl, np.zeros((1, *shape)), one["kernel"], np.zeros(len(one["kernel"][0, 0, 0])), one["stride"])
            )
            size, _, _, filters = one["kernel"].shape
            shape = (*((extent - size) // one["stride"] + 1 for extent in shape[:2]), filters)
        network = impl.load("network:Network")(
            [_Converted(layer) for layer in layers], _tensor(weight), torch.zeros(LABELS)
        )
        network.train(_tensor(images), torch.from_numpy(labels), batch_size, rate)
        return {"classes": network.classes(_tensor(others))}


def digits(impl: Implementation, folder: str, count: int, others: int) -> Tree:
    """Give images to train with, and others: of MNIST where its files are in a folder, else of the smaller digits.

    MNIST's images have twelve times the pixels: there are fewer of them, so that training takes about as long.
    """
    place = Path(folder)
    if folder and any(place.glob("*-ubyte*")):
        parts = impl.load("npfl138.datasets.mnist:read")(place)
        (images, labels), (tests, wanted) = parts["train"], parts["test"]
        count, others, white = count // FEWER, others // 2, 255
    else:
        images, labels = impl.load("npfl138.datasets.digits:load")()
        images, tests, labels, wanted = images[others:], images[:others], labels[others:], labels[:others]
        white = 16
    return {
        "images": (images[:count, ..., None] / white).astype(np.float32),
        "labels": labels[:count].astype(np.int64),
        "others": (tests[:others, ..., None] / white).astype(np.float32),
        "wanted": wanted[:others].astype(np.int64),
    }


def work(impl: Implementation, shape: list[int], kernel_size: int, stride: int, filters: int) -> Tree:
    """Count what one forward and one backward pass over images of a shape execute; tell the shape of what they give."""
    generator = np.random.default_rng(0)
    count, height, width, channels = shape
    rows, columns = ((extent - kernel_size) // stride + 1 for extent in (height, width))
    images = generator.normal(size=shape)
    outputs = generator.normal(size=(count, rows, columns, filters)).clip(0)
    kernel = generator.normal(size=(kernel_size, kernel_size, channels, filters))
    with _called(impl):
        layer = _layer(impl, images, kernel, np.zeros(filters), stride)
        given = [_tensor(array) for array in (images, outputs, outputs)]
        own = [path for path in impl.sources if not path.startswith(PROVIDED)]
        first = _array(layer.forward(given[0]), "forward")  # what is done once is not counted
        gradients = _gradients(layer, images, outputs, outputs)
        shapes = {"forward": list(first.shape), "backward": list(gradients["inputs_gradient"].shape)}
        passes = {"forward": lambda: layer.forward(given[0]), "backward": lambda: layer.backward(*given)}
        return {name: {"shape": shapes[name], **count_work(call, own)} for name, call in passes.items()}


@contextmanager
def _called(impl: Implementation) -> Iterator[None]:
    """Call a submission without gradients; what it imports and does without may be missing."""
    was_on = torch.is_grad_enabled()
    with absent_modules((*CONVENIENCES, *OTHER_BACKENDS), impl.sources), torch.no_grad():
        try:
            yield
        finally:
            torch.set_grad_enabled(was_on)  # a module may turn it off as it is imported


def _layer(impl: Implementation, images: np.ndarray, kernel: np.ndarray, bias: np.ndarray, stride: int) -> Any:  # noqa: ANN401  # theirs
    """Build a layer for such images, and give it these variables."""
    kind = impl.load("cnn_manual:Convolution")
    given = (kernel.shape[3], kernel.shape[0], stride, [int(extent) for extent in images.shape[1:]])
    known = list(inspect.signature(kind).parameters.values())
    named = {one.name: value for one in known[len(given) :] for value in _further(one)}
    layer = kind(*given, **named)
    for name, values in (("_kernel", kernel), ("_bias", bias)):
        present = getattr(layer, name, None)
        if isinstance(present, torch.Tensor):
            present.copy_(_tensor(values))
        elif present is None:
            raise MissingError(f"cnn_manual.py: Convolution has no {name}")
        else:
            setattr(layer, name, _tensor(values))
    return layer


def _further(parameter: inspect.Parameter) -> list[object]:
    """Return a value for an argument of an edition beyond the four that all have; none where its default will do."""
    if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
        return []
    if parameter.name == "seed":
        return [42]
    return [] if parameter.default is not parameter.empty and parameter.name != "verify" else [False]


class _Converted:
    """A layer whose results are brought to single precision, as they are in the other checks."""

    def __init__(self, layer: Any) -> None:  # noqa: ANN401  # theirs
        self._layer = layer

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Compute the layer's outputs."""
        return _as_tensor(self._layer.forward(inputs), "forward")

    def backward(
        self, inputs: torch.Tensor, outputs: torch.Tensor, outputs_gradient: torch.Tensor
    ) -> tuple[torch.Tensor, Any, list[torch.Tensor]]:
        """Compute the gradients of the inputs and of the variables."""
        downwards, those, gradients = _triple(self._layer.backward(inputs, outputs, outputs_gradient))
        return _as_tensor(downwards, "backward"), those, [_as_tensor(one, "backward") for one in gradients]


def _gradients(layer: Any, images: np.ndarray, outputs: np.ndarray, outputs_gradient: np.ndarray) -> Tree:  # noqa: ANN401  # theirs
    inputs, _, gradients = _triple(layer.backward(_tensor(images), _tensor(outputs), _tensor(outputs_gradient)))
    kernel, bias = (_array(gradient, "backward") for gradient in gradients)
    return {"inputs_gradient": _array(inputs, "backward"), "kernel_gradient": kernel, "bias_gradient": bias}


def _named(pair: Any) -> Tree:  # noqa: ANN401  # theirs
    kernel, bias = (_array(one, "backward") for one in pair)
    return {"kernel": kernel, "bias": bias}


def _triple(returned: Any) -> tuple[Any, Any, Any]:  # noqa: ANN401  # theirs
    """Check that backward gave the gradient by its inputs, two variables and the gradients by those.

    Raises:
        NotImplementedError: it gave nothing, as code that is not written.
        TypeError: it gave something else.
    """
    if returned is None or returned is Ellipsis:
        raise NotImplementedError("backward returned nothing")
    inputs, those, gradients = returned
    if len(those) != 2 or len(gradients) != 2:
        raise TypeError(f"backward returned {len(those)} variables and {len(gradients)} gradients, expected 2 and 2")
    return inputs, those, gradients


def _tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))


def _as_tensor(value: Any, of: str) -> torch.Tensor:  # noqa: ANN401  # theirs
    """Return numbers as a tensor of single precision.

    Raises:
        NotImplementedError: there are none, as of code that is not written.
    """
    if value is None or value is Ellipsis:
        raise NotImplementedError(f"{of} returned nothing")
    tensor = value.detach() if isinstance(value, torch.Tensor) else torch.as_tensor(np.asarray(value))
    return tensor.to(torch.float32)


def _array(value: Any, of: str) -> torch.Tensor:  # noqa: ANN401  # theirs
    """Return numbers as a tensor of its own, which nothing changes later."""
    return _as_tensor(value, of).clone()
