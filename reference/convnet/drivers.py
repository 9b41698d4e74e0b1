"""How to call an implementation of `convnet`. Not secret: the worker gets this file, students may read it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from inspect import signature
from types import SimpleNamespace
from typing import Any

import numpy as np

from grader.drivers.implementation import Implementation, Tree

Definition = dict[str, Any]

HOMES = {
    "Conv2D": "modules.convolution:Conv2D",
    "MaxPooling": "modules.max_pool:MaxPooling",
    "ReLU": "modules.relu:ReLU",
    "Linear": "modules.linear:Linear",
}
CRITERION = {"type": "SoftmaxCrossEntropy"}


def layer_forward(impl: Implementation, kind: str, arguments: list[int], parameters: Tree, x: np.ndarray) -> Tree:
    """Build one layer, give it its parameters, and run it forward."""
    return {"out": _layer(impl, kind, arguments, parameters).forward(x)}


def layer_backward(
    impl: Implementation, kind: str, arguments: list[int], parameters: Tree, x: np.ndarray, dout: np.ndarray
) -> Tree:
    """Run one layer forward and backward, and hand back its gradients alone."""
    layer = _layer(impl, kind, arguments, parameters)
    layer.forward(x)
    layer.backward(dout)
    return _gradients(layer, parameters)


def layer_both_ways(
    impl: Implementation, kind: str, arguments: list[int], parameters: Tree, x: np.ndarray, dout: np.ndarray
) -> Tree:
    """Run one layer forward and backward, and hand back its output and its gradients."""
    return _there_and_back(_layer(impl, kind, arguments, parameters), parameters, x, dout)


def layer_twice(
    impl: Implementation,
    kind: str,
    arguments: list[int],
    parameters: Tree,
    first: list[np.ndarray],
    second: list[np.ndarray],
) -> Tree:
    """Run a new layer on the second of two batches, another on both; hand back what each gave, and for the first."""
    fresh = _there_and_back(_layer(impl, kind, arguments, parameters), parameters, *second)
    used = _layer(impl, kind, arguments, parameters)
    before = _there_and_back(used, parameters, *first)
    return {"before": before, "again": _there_and_back(used, parameters, *second), "fresh": fresh}


def layer_and_its_arguments(
    impl: Implementation, kind: str, arguments: list[int], parameters: Tree, x: np.ndarray, dout: np.ndarray
) -> Tree:
    """Run one layer forward and backward; hand back what it was given, as it is then, and what it computed of it.

    Another layer is given twice the gradient: `dx_of_twice` is its dx.
    """
    scaled = _layer(impl, kind, arguments, parameters)
    scaled.forward(x.copy())
    scaled.backward(2 * dout)
    layer = _layer(impl, kind, arguments, parameters)
    out = layer.forward(x)
    after_forward = x.copy()
    layer.backward(dout)
    return {
        "arguments": {"x_after_forward": after_forward, "x": x, "dout": dout},
        "values": {"out": out, "dx": getattr(layer, "dx", None), "dx_of_twice": getattr(scaled, "dx", None)},
    }


def network_built(impl: Implementation, definitions: list[Definition]) -> Tree:
    """Build a network and tell of which layers it is made, with the parameters they start from."""
    network = _network(impl, definitions)
    return {
        "types": [_kind(impl, layer) for layer in network.modules],
        "criterion": _kind(impl, network.criterion),
        "modules": _first_parameters(network),
    }


def unknown_criterion(impl: Implementation, definitions: list[Definition], criterion: str) -> Tree:
    """Build a network with the known criterion, then one with an unknown: which exception is that?"""
    modules = _first_parameters(_network(impl, definitions))
    try:
        _built(impl, definitions, {"type": criterion})
    except ValueError:
        return {"modules": modules, "raised": "ValueError"}
    except Exception as error:  # noqa: BLE001  # theirs: whatever it is, it is not the one that is asked for
        return {"modules": modules, "raised": type(error).__name__}
    return {"modules": modules, "raised": "nothing"}


def network_forward(
    impl: Implementation, definitions: list[Definition], parameters: list[Tree], x: np.ndarray, y: np.ndarray
) -> Tree:
    """Build a network, give it its parameters, and run it forward."""
    probs, loss = _network(impl, definitions, parameters).forward(x, y)
    return {"probs": probs, "loss": loss}


def network_backward(
    impl: Implementation, definitions: list[Definition], parameters: list[Tree], x: np.ndarray, y: np.ndarray
) -> Tree:
    """Run a network forward and backward, and hand back the gradients of its parameters and of its input.

    The dx of pooling layers is left out: where ReLU made several pixels of a window zero, either of them may be
    taken for the maximum.
    """
    network = _network(impl, definitions, parameters)
    network.forward(x, y)
    network.backward()
    return {
        "modules": [
            {"dw": getattr(layer, "dw", None), "db": getattr(layer, "db", None)} if given else {}
            for layer, given in zip(network.modules, parameters, strict=False)
        ],
        "dx": getattr(network.modules[0], "dx", None),
    }


def sgd_steps(
    impl: Implementation,
    parameters: list[Tree],
    gradients: list[list[Tree]],
    rates: list[float],
    momentum: float,
) -> Tree:
    """Take one step of SGD per learning rate, and hand back the parameters after each.

    The layers are stand-ins, so that the optimizer is judged alone; where `parameters` has an empty dict stands one
    without parameters, as ReLU is.
    """
    model = SimpleNamespace(modules=[_stand_in(given) for given in parameters])
    optimizer = impl.load("optimizer.sgd:SGD")(model, learning_rate=rates[0], reg=0.0, momentum=momentum)
    after = {}
    for step, (rate, given) in enumerate(zip(rates, gradients, strict=True), start=1):
        optimizer.learning_rate = rate
        for layer, gradient in zip(model.modules, given, strict=True):
            _give(layer, gradient)
        optimizer.update(model)
        after[f"step_{step}"] = [
            {name: np.array(getattr(layer, name)) for name in given}
            for layer, given in zip(model.modules, parameters, strict=True)
        ]
    return after


def training(
    impl: Implementation,
    definitions: list[Definition],
    parameters: list[Tree],
    images: np.ndarray,
    labels: np.ndarray,
    learning_rate: float,
    num_epochs: int,
    batch_size: int,
) -> Tree:
    """Train a network with the course's trainer, as train.py does, and hand back how it went.

    The first weights are given, the learning rate stays as it is and nothing pulls the weights to zero: the first two
    are judged elsewhere, the third is left open by the handout.
    """
    network = _network(impl, definitions, parameters)
    optimizer = impl.load("optimizer.sgd:SGD")(network, learning_rate=learning_rate, reg=0.0, momentum=0.9)
    trainer = impl.load("trainer:ClassifierTrainer")()
    theirs = np.random.MT19937(0)
    for owner, names in ((network, ("forward", "backward")), (optimizer, ("update",))):
        for name in names:
            setattr(owner, name, _drawing_apart(getattr(owner, name), theirs))
    network.forward = _with_a_loss(network.forward)
    np.random.seed(0)  # noqa: NPY002  # the trainer draws batches from it, and constructors may have drawn any number
    losses, accuracies = trainer.train(
        images,
        labels,
        network,
        learning_rate_decay=1.0,
        num_epochs=num_epochs,
        batch_size=batch_size,
        optimizer=optimizer,
    )
    return {"losses": np.array(losses), "accuracies": np.array(accuracies)}


def _drawing_apart(function: Callable[..., Any], theirs: np.random.MT19937) -> Callable[..., Any]:
    """Let a function draw from a generator of its own: those who draw after it get the numbers they would without it.

    To exchange the generator takes a hundredth of the time of reading its state and writing it back.
    """

    def called(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401  # theirs
        ours = np.random.get_bit_generator()  # that of the trainer
        np.random.set_bit_generator(theirs)
        try:
            return function(*arguments, **named)
        finally:
            np.random.set_bit_generator(ours)

    return called


def _with_a_loss(forward: Callable[..., Any]) -> Callable[..., Any]:
    """Let a loss that is no number fail where it is returned: the trainer looks at it after the next step."""

    def called(x: np.ndarray, y: np.ndarray) -> tuple[Any, float]:
        probs, loss = forward(x, y)
        return probs, float(loss)

    return called


def _layer(impl: Implementation, kind: str, arguments: list[int], parameters: Tree) -> Any:  # noqa: ANN401  # theirs
    layer = impl.load(HOMES[kind])(*arguments)
    _give(layer, parameters)
    return layer


def _network(impl: Implementation, definitions: list[Definition], parameters: list[Tree] | None = None) -> Any:  # noqa: ANN401  # theirs
    network = _built(impl, definitions, CRITERION)
    for layer, given in zip(network.modules, parameters or [], strict=False):
        _give(layer, given)
    return network


def _built(impl: Implementation, definitions: list[Definition], criterion: Definition) -> Any:  # noqa: ANN401  # theirs
    return impl.load("modules.conv_classifier:ConvNet")([dict(one) for one in definitions], dict(criterion))


def _kind(impl: Implementation, part: Any) -> str:  # noqa: ANN401  # theirs
    """Say what a layer or criterion is: by the class that stands in the file of that name, or by what it does."""
    for kind, home in HOMES.items():
        with suppress(Exception):  # a file that cannot be read is missed where it is asked for
            if isinstance(part, impl.load(home)):
                return kind
    with suppress(Exception):  # whatever raises here is none of these
        weight = getattr(part, "weight", None)
        if weight is not None:
            return {4: "Conv2D", 2: "Linear"}[np.ndim(weight)]
        if "y" in signature(part.forward).parameters:
            _, loss = part.forward(np.zeros((1, 3)), np.array([1]))
            return "SoftmaxCrossEntropy" if np.isclose(loss, np.log(3)) else type(part).__name__
        x = np.arange(-8.0, 8.0).reshape(1, 1, 4, 4)
        out = part.forward(x.copy())
        if np.array_equal(out, np.maximum(x, 0)):
            return "ReLU"
        if np.size(out) < x.size and np.max(out) == x.max():
            return "MaxPooling"
    return type(part).__name__


def _first_parameters(network: Any) -> list[Tree]:  # noqa: ANN401  # theirs
    return [
        {name: getattr(layer, name) for name in ("weight", "bias") if hasattr(layer, name)} for layer in network.modules
    ]


def _give(layer: object, values: Tree) -> None:
    for name, value in values.items():
        setattr(layer, name, value.copy())  # who writes into it must not change another layer's


def _there_and_back(layer: Any, parameters: Tree, x: np.ndarray, dout: np.ndarray) -> Tree:  # noqa: ANN401  # theirs
    out = layer.forward(x.copy())  # who writes into them is found elsewhere
    layer.backward(dout.copy())
    given = {"out": out, **_gradients(layer, parameters)}
    return {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in given.items()}


def _gradients(layer: object, parameters: Tree) -> Tree:
    names = ("dx", "dw", "db") if parameters else ("dx",)
    return {name: getattr(layer, name, None) for name in names}


def _stand_in(parameters: Tree) -> object:
    name = "Conv2D" if np.ndim(parameters.get("weight")) == 4 else "Linear" if parameters else "ReLU"
    kind = type(name, (), {})
    layer = kind()
    _give(layer, parameters)
    return layer
