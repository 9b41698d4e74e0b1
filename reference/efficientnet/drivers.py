"""How to call an implementation of `efficientnet`. Not secret: the worker gets this file, students may read it.

Names and order of a constructor's arguments are free: they are found by what they mean. What a layer is made of is seen
from the operations that torch executes, whichever modules or functions they come from.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from grader.drivers.implementation import Implementation, Tree
from grader.drivers.imports import MissingError

torch.set_num_threads(1)  # in a worker it is so; the reference gets its figures on one thread as well

HOMES = {
    "squeeze": ("layers", "SqueezeExcite", r"squeeze_?(and_?)?excit\w*|se(_?(layer|block|module|net|unit))?"),
    "mbconv": ("layers", "MBConv", r"mb_?conv(_?(layer|element|unit|v2))?"),
    "fused": ("layers", "FusedMBConv", r"fused_?mb_?conv(_?(layer|element|unit|v2))?|mb_?conv_?fused"),
    "mbconv_block": ("layers", "mbconv_block", r"(make_?|create_?|build_?)?mb_?conv_?(block|blocks|stage|sequence)"),
    "fused_block": (
        "layers",
        "fused_mbconv_block",
        r"(make_?|create_?|build_?)?fused_?mb_?conv_?(block|blocks|stage|sequence)",
    ),
    "cellnet": ("model", "CellNet", r"cell_?(net|network|classifier)"),
}
# Names without underscores. Where a name says nothing, arguments are taken in the order in which they stand here.
ELEMENTS = {"mbconv_block": "mbconv", "fused_block": "fused"}  # whose arguments a block may hand on unnamed
CHANNELS = r"channels?|ch|c|planes|filters|dim|size|features|feats?"
MEANINGS = {
    "repeats": r"(num|n)?(repeats?|repetitions|reps|layers|elements|blocks)|n|depth|count|times",
    "in_channels": rf"(n|c|ch|num)?in(put)?(s|{CHANNELS})?|inp|channels?in|c|channels?",
    "out_channels": rf"(n|c|ch|num)?out(put)?(s|{CHANNELS})?|oup|channels?out|filters",
    "expansion": r"e|t|exp(and|ansion)?(ratio|factor|rate)?",
    "stride": r"(dw|depthwise)?strides?|st",
    "compression": r"s|r|(se|squeeze)?(compression|ratio|reduction|factor|rate|s)|squeeze(excite)?",
    "dropout": r"d|p|drop(out|path|connect)?(rate|prob|p|ratio)?",
    "skip": r"(use|add|has|with)?(skip|residual|shortcut|res|identity)(connection|connect|conn)?s?",
    "num_classes": r"(num|n)?class(es)?(num)?|k|outputs?|(num)?labels",
}
ACTIVATIONS = ("relu", "silu", "hardswish", "hardtanh", "gelu", "mish", "elu", "tanh", "sigmoid", "clamp", "softplus")
GATES = ("sigmoid", "hardsigmoid")


class Operations(TorchDispatchMode):
    """Write down what torch executes: convolutions of more than one place, norms, activations, and gates."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions: list[list[int]] = []
        self.sizes: list[list[int]] = []
        self.order: list[list[int]] = []

    def __torch_dispatch__(self, func: Any, types: object, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401  # torch's
        """Execute an operation and note it (torch's protocol)."""
        result = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        first = result[0] if isinstance(result, tuple | list) and result else result
        if name == "convolution" and args[0].shape[-1] * args[0].shape[-2] > 1:
            weight, stride, groups = args[1], args[3], args[8]
            inputs, outputs = args[0].shape[1], weight.shape[0]
            self.convolutions.append([inputs, outputs, *weight.shape[2:], stride[0], groups])
            self.sizes.append(list(result.shape[2:]))
            self.order.append([CONVOLUTION, outputs])
        elif "batch_norm" in name:
            self.order.append([NORM, first.shape[1]])
        elif isinstance(first, torch.Tensor) and name.strip("_") in GATES and _is_one_place(first):
            self.order.append([GATE, first.shape[1]])
        elif isinstance(first, torch.Tensor) and name.strip("_") in ACTIVATIONS and not _is_one_place(first):
            self.order.append([ACTIVATION, first.shape[1]])
        return result


CONVOLUTION, NORM, GATE, ACTIVATION = range(4)


def structure(impl: Implementation, kind: str, arguments: Tree, size: list[int]) -> Tree:
    """List what is executed for two images of a size, in evaluation.

    Returns:
        `convolutions`: of each, channels in and out, height and width of the kernel, stride and groups, shape (L, 6);
        `sizes`: what each of them gives, shape (L, 2); `order`: code and channels of what came one after the other,
        shape (M, 2).
    """
    layer = _built(impl, kind, arguments).eval()
    x = torch.linspace(-1, 1, 2 * _inputs(arguments) * size[0] * size[1]).reshape(2, -1, *size)
    with Operations() as seen:
        _output(layer, x)
    return {
        "convolutions": np.array(seen.convolutions).reshape(-1, 6),
        "sizes": np.array(seen.sizes).reshape(-1, 2),
        "order": np.array(seen.order).reshape(-1, 2),
    }


def outputs(
    impl: Implementation,
    kind: str,
    arguments: Tree,
    inputs: list[np.ndarray],
    *,
    training: bool = False,
    zeroed: bool = False,
) -> Tree:
    """Run one layer on several inputs, one after the other; with all its parameters at 0 if that is asked for."""
    layer = _built(impl, kind, arguments).train(training)
    if zeroed:
        _zero(layer, 0)
    with torch.no_grad():
        return {"outputs": [_output(layer, torch.tensor(x)) for x in inputs]}


def output_shapes(impl: Implementation, kind: str, arguments: Tree, shapes: list[list[int]]) -> Tree:
    """Run one layer on zeros and hand back the shapes of its outputs."""
    layer = _built(impl, kind, arguments).eval()
    with torch.no_grad():
        return {"shapes": [list(_output(layer, torch.zeros(shape)).shape) for shape in shapes]}


def output_and_first_element(impl: Implementation, kind: str, arguments: Tree, x: np.ndarray) -> Tree:
    """Run a block whose elements but the first have parameters at 0, and the first element by itself."""
    alone = _built(impl, kind, arguments | {"repeats": 1}).eval()
    block = _built(impl, kind, arguments).eval()
    own = list(alone.parameters())
    with torch.no_grad():
        for parameter, other in zip(block.parameters(), own, strict=False):
            if parameter.shape == other.shape:
                parameter.copy_(other)
    _zero(block, len(own))
    with torch.no_grad():
        return {"block": _output(block, torch.tensor(x)), "first": _output(alone, torch.tensor(x))}


def gradients(impl: Implementation, kind: str, arguments: Tree, x: np.ndarray) -> Tree:
    """Give the largest gradient of each parameter for a sum of squares, in evaluation; NaN where there is none."""
    layer = _built(impl, kind, arguments).eval()
    (_output(layer, torch.tensor(x), detached=False) ** 2).sum().backward()  # type: ignore[no-untyped-call]  # torch's
    found = [np.nan if one.grad is None else float(one.grad.abs().max()) for one in layer.parameters()]
    return {"largest": np.array(found, np.float32)}


def statistics(impl: Implementation, kind: str, arguments: Tree, x: np.ndarray) -> Tree:
    """Give the running means of the batch norms at first, after evaluation and after training, and how it evaluates."""
    layer, given = _built(impl, kind, arguments), torch.tensor(x)
    with torch.no_grad():
        layer.eval()
        means = [_means(layer)]
        _output(layer, given)
        means.append(_means(layer))
        layer.train()
        _output(layer, given)
        means.append(_means(layer))
        layer.eval()
        together, alone = _output(layer, given), _output(layer, given[:1])
    return {"first": means[0], "evaluated": means[1], "trained": means[2], "together": together[:1], "alone": alone}


def parameters(impl: Implementation, kind: str, arguments: Tree) -> Tree:
    """Give the shapes of all parameters, each with four axes, 1 where it has fewer, and how many numbers they are."""
    found = list(_built(impl, kind, arguments).parameters())
    shapes = [[*one.shape, 1, 1, 1, 1][:4] for one in found]
    return {"shapes": np.array(shapes).reshape(-1, 4), "count": sum(one.numel() for one in found)}


def _built(impl: Implementation, kind: str, arguments: Tree) -> nn.Module:
    """Make a layer, its arguments found by what they mean.

    Raises:
        TypeError: what is made is no module of torch.
    """
    make = _found(impl, *HOMES[kind])
    placed, named = _placed(make, arguments)
    if kind in ELEMENTS and _takes_any_name(make):
        left = {meaning: value for meaning, value in arguments.items() if meaning not in _meanings(make, arguments)}
        named |= _placed(_found(impl, *HOMES[ELEMENTS[kind]]), left)[1]
    layer = make(*placed, **named)
    if layer is None:
        raise NotImplementedError(f"{HOMES[kind][1]} returned None")
    if not isinstance(layer, nn.Module):
        raise TypeError(f"{HOMES[kind][1]} gives {type(layer).__name__}, expected a module of torch")
    return layer


def _found(impl: Implementation, module: str, name: str, others: str) -> Any:  # noqa: ANN401  # theirs
    """Load a class or function under its own name, or under one that says the same."""
    try:
        return impl.load(f"{module}:{name}")
    except MissingError:
        text = impl.sources.get(f"{module}.py", "")
        for other in re.findall(r"^(?:class|def)\s+(\w+)", text, re.MULTILINE):
            if re.fullmatch(others, other, re.IGNORECASE):
                return impl.load(f"{module}:{other}")
        raise


def _placed(make: Any, arguments: Tree) -> tuple[list[Any], Tree]:  # noqa: ANN401  # theirs
    """Give arguments as a constructor or function takes them: by name, or in order where it takes any number of them.

    An argument that has no place is left out: how a layer is to be without it is not open then.
    """
    try:
        kinds = {one.kind for one in inspect.signature(make).parameters.values()}
    except (TypeError, ValueError):
        return list(arguments.values()), {}
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return list(arguments.values()), {}
    found = _meanings(make, arguments)
    return [], {one.name: _in_its_unit(meaning, one, arguments[meaning]) for meaning, one in found.items()}


def _meanings(make: Any, arguments: Tree) -> dict[str, inspect.Parameter]:  # noqa: ANN401  # theirs
    """Find the parameter for each of some arguments: by what its name means, else the next one that must be given."""
    parameters = [one for one in inspect.signature(make).parameters.values() if one.kind is not one.VAR_KEYWORD]
    found: dict[str, inspect.Parameter] = {}
    for one in parameters:
        meaning = _meaning(one.name, [name for name in arguments if name not in found])
        if meaning is not None:
            found[meaning] = one
    taken = {one.name for one in found.values()}
    unnamed = [one for one in parameters if one.name not in taken and one.default is one.empty]
    return found | dict(zip([name for name in arguments if name not in found], unnamed, strict=False))


def _takes_any_name(make: Any) -> bool:  # noqa: ANN401  # theirs
    return any(one.kind is one.VAR_KEYWORD for one in inspect.signature(make).parameters.values())


def _meaning(name: str, left: list[str]) -> str | None:
    """Find what an argument means, among what is left to be given."""
    plain = name.casefold().replace("_", "")
    return next((meaning for meaning in left if re.fullmatch(MEANINGS[meaning], plain)), None)


def _in_its_unit(meaning: str, parameter: inspect.Parameter, value: Any) -> Any:  # noqa: ANN401  # a number or a truth
    """Turn a compression around where a reduction by a whole number is expected."""
    default = parameter.default
    is_reduction = meaning == "compression" and isinstance(default, int | float) and default > 1
    return round(1 / value) if is_reduction else value


def _inputs(arguments: Tree) -> int:
    return int(arguments.get("in_channels", 3))


def _output(layer: nn.Module, x: torch.Tensor, *, detached: bool = True) -> torch.Tensor:
    """Run a layer on a copy of an input.

    Raises:
        NotImplementedError: it gives nothing, as code that is not written.
        TypeError: it gives something else than a tensor.
    """
    result = layer(x.clone())
    if result is None:
        raise NotImplementedError("forward returned None")
    if not isinstance(result, torch.Tensor):
        raise TypeError(f"forward returned {type(result).__name__}, expected a tensor")
    return result.detach() if detached else result


def _zero(layer: nn.Module, after: int) -> None:
    """Set all parameters of a layer to 0 but for the first ones."""
    with torch.no_grad():
        for parameter in list(layer.parameters())[after:]:
            parameter.zero_()


def _means(layer: nn.Module) -> np.ndarray:
    """Give the running means of all batch norms, one after the other."""
    found = [part.running_mean for part in layer.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]  # noqa: SLF001  # what all batch norms are
    return np.concatenate([np.zeros(0), *(one.numpy().copy() for one in found if one is not None)]).astype(np.float32)


def _is_one_place(x: torch.Tensor) -> bool:
    return x.dim() == 2 or (x.dim() == 4 and x.shape[-1] * x.shape[-2] == 1)  # axes
