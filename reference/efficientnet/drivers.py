"""How to call an implementation of `efficientnet`. Not secret: the worker gets this file, students may read it.

Names and order of a constructor's arguments are free: they are found by what they mean. What a layer is made of is seen
from the operations that torch executes, whichever modules or functions they come from.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, NamedTuple

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
CHANNELS = r"channels?|chs?|c|planes?|filters|dim|size|features|feats?"
NO_SKIP = r"(no|without|omit|remove)(skip|residual|shortcut|res|identity)\w*|(is)?first\w*"
MEANINGS = {
    "repeats": r"(num|n)?(repeats?|repetitions|reps|layers|elements|blocks)|n|depth|count|times",
    "in_channels": rf"(n|c|ch|num)?in(put)?(s|{CHANNELS})?|inp|channels?in|c|channels?",
    "out_channels": rf"(n|c|ch|num)?out(put)?(s|{CHANNELS})?|oup|channels?out|filters",
    "expansion": r"e|t|exp(and|ansion)?(ratio|factor|rate)?",
    "stride": r"(dw|depthwise)?strides?|st|s",  # s is also the handout's letter for the compression: see _meaning
    "compression": r"s|r|(se|squeeze|rd|reduction)?(compression|ratio|reduction|factor|rate|s)|se|squeeze(excite)?",
    "dropout": r"d|p|(drop(out|path|connect)?|stochasticdepth)(rate|prob|p|ratio)?",
    "skip": rf"(use|add|has|with|id)?(skip|residual|shortcut|res|identity)(connection|connect|conn)?s?|{NO_SKIP}",
    "num_classes": r"(num|n)?class(es)?(num)?|k|outputs?|(num)?labels",
}
# What published elements have to be told besides, where it has no default.
BESIDES: dict[str, Any] = {
    r"k|ks|kernels?(size)?": 3,
    r"p|pad(ding)?": 1,
    r"(norm|bn)(layer)?": nn.BatchNorm2d,
    r"act(ivation)?(layer|fn|func)?": nn.SiLU,
}
BOUNDED = ("hardtanh", "clamp", "clamp_max", "elu", "tanh")  # ReLU6 under whatever name, and SELU, which scales
ENTERED = {"convolution": 0, "addmm": 1, "mm": 0}  # which argument of a layer is what it is given
LINEAR = ("convolution", "addmm", "mm", "bmm", "baddbmm", "mv", "addmv")
GATES = {"sigmoid": torch.sigmoid, "hardsigmoid": nn.functional.hardsigmoid, "open": torch.ones_like}
SIZE = [9, 7]  # odd, so that all ways to pad at stride 2 are the same
SMALL = 1e-3
TRIES = 12  # a ReLU between few units can be 0 for every image by chance: two are so in one layer of eight
LARGE = 25.0  # activations hand it on
EPSILON = 7  # its place among the arguments of a batch norm


class Convolution(NamedTuple):
    """One that torch executes: which, on what, what it gives, and how its input was padded before it."""

    number: int
    execute: Callable[..., torch.Tensor]
    arguments: tuple[Any, ...]
    result: torch.Tensor
    pads: list[int]

    @property
    def row(self) -> list[int]:
        """Return channels in and out, height and width of the kernel, stride and groups."""
        x, weight, stride, groups = (self.arguments[place] for place in (0, 1, 3, 8))
        return [x.shape[1], weight.shape[0], *weight.shape[2:], stride[0], groups]

    def of(self, z: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
        """Execute it without bias and with same padding on other numbers, those of its first k channels; others are 0.

        Args:
            z: Shape (N, k, H, W).
            kernel: From each of the channels to each of them, shape (k, k, 3, 3); the middle is for a kernel of 1 x 1.
        """
        x, weight, padding, groups = (self.arguments[place] for place in (0, 1, 4, 8))
        wide = torch.zeros(len(z), x.shape[1], *z.shape[2:])
        wide[:, : z.shape[1]] = z[:, : x.shape[1]]
        lacking = [weight.shape[3] // 2 - padding[-1]] * 2 + [weight.shape[2] // 2 - padding[0]] * 2
        padded = nn.functional.pad(wide, [max(pair) for pair in zip(self.pads, lacking, strict=True)])
        return self.execute(padded, _weights(kernel, list(weight.shape), groups), None, *self.arguments[3:])


Instead = Callable[[Convolution], torch.Tensor | None]


class _EnoughError(Exception):
    """All was seen that is looked at."""


class Operations(TorchDispatchMode):
    """Write down what torch executes, and put hidden numbers into it.

    What `instead` gives stands for what a convolution gives. Where it is there, batch norms hand on what they get, and
    so do activations with an upper bound with what is positive, before convolution number `last`, as all others do with
    large numbers.

    Raises:
        _EnoughError: of an operation, once there were `enough` convolutions.
    """

    def __init__(
        self,
        *,
        instead: Instead | None = None,
        last: int | None = None,
        gate: str | None = None,
        parameters: Iterable[torch.Tensor] = (),
        head: torch.Tensor | None = None,
        enough: int | None = None,
    ) -> None:
        super().__init__()
        self.instead, self.last, self.gate = instead, last, gate
        self.head = _pointer(head)  # weights of a last layer, which may be a convolution
        self.own = {_pointer(one): one for one in parameters if one.numel()}  # whose use is written down
        self.convolutions: list[Convolution] = []  # of more than one place
        self.norms: list[tuple[tuple[Any, ...], torch.Tensor]] = []  # with what, and what each gives
        self.linear: list[
            tuple[torch.Tensor | None, torch.Tensor]
        ] = []  # the weights of all such steps, what each gives
        self.products: list[tuple[torch.Tensor, torch.Tensor]] = []  # with weights, of which a sum makes such a step
        self.steps = 0  # how many of these torch has an operation for
        self.taken: set[int] = set()  # parameters of convolutions and norms
        self.unlisted: set[int] = set()  # parameters of convolutions that are not among those that were given
        self.pads: dict[int, tuple[torch.Tensor, list[int]]] = {}
        self.arrived: torch.Tensor | None = None  # the first gradient of what a convolution gives
        self.enough = enough
        self.entered: dict[int, torch.Tensor] = {}  # after so many convolutions, what the next linear layer is given

    def __torch_dispatch__(self, func: Any, types: object, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401  # torch's
        """Execute an operation and note it (torch's protocol)."""
        name = func.overloadpacket.__name__
        if self.instead is not None:
            other = self._other(name, func, args, kwargs or {})
            if other is not None:
                return other
        result = func(*args, **(kwargs or {}))
        return self._noted(name, func, args, result)

    def _other(
        self, name: str, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> torch.Tensor | None:
        """Return what stands for the result of an activation or of its gradient; None where it is executed."""
        plain, x = name.strip("_"), args[0] if args else None
        if plain in BOUNDED and self._is_before_the_last(x):
            before = x.clone()
            result = func(*args, **kwargs)
            return result.copy_(torch.where(before > 0, before, result))
        if self.gate is not None and plain in GATES and _is_one_place(x):
            return GATES[self.gate](x)
        if self.gate == "hardsigmoid" and name == "sigmoid_backward":
            return x / 6  # the slope of a hard sigmoid between -3 and 3
        return x.clone() if name == "hardtanh_backward" else None

    def _noted(self, name: str, func: Callable[..., Any], args: tuple[Any, ...], result: Any) -> Any:  # noqa: ANN401  # torch's
        """Write an operation down, and return what it gives or what stands for that."""
        is_wide = name == "convolution" and not _is_one_place(args[0])
        is_norm = "batch_norm" in name
        if name in ENTERED and self.convolutions:
            self._note_what_enters(name, args)
        if name in ("mul", "sum") and self.own:
            self._note_a_sum_of_products(name, args, result)
        if name in LINEAR or is_norm:
            used = [self.own[there] for one in args[:3] if (there := _pointer(one)) in self.own] if self.own else []
            if is_wide or is_norm:
                self.taken.update(map(_pointer, used))
                if is_wide and self.own and isinstance(args[1], nn.Parameter) and _pointer(args[1]) not in self.own:
                    self.unlisted.add(_pointer(args[1]))
            if name in LINEAR:
                self.steps += 1
                weights = (one for one in used if one.dim() > 1 and one.numel() == one.shape[:2].numel())
                weight = next(weights, None)
                self.linear.append((weight, result if weight is None else result.clone()))  # it may be written into
        if is_wide:
            pads = self.pads.get(id(args[0]), (None, [0, 0, 0, 0]))[1]
            seen = Convolution(number=len(self.convolutions), execute=func, arguments=args, result=result, pads=pads)
            self.convolutions.append(seen)
            if len(self.convolutions) == self.enough:
                raise _EnoughError
            other = None if self.instead is None else self.instead(seen)
            return result if other is None else other
        if name == "constant_pad_nd":
            self.pads[id(result)] = (result, list(args[1]))
        elif name == "convolution_backward" and self.arrived is None and self._is_looked_at(args[0], args[2]):
            self.arrived = args[0]
        elif is_norm:
            self.norms.append((args, result[0]))
            return result if self.instead is None else (args[0].clone(), *result[1:])
        return result

    def _note_a_sum_of_products(self, name: str, args: tuple[Any, ...], result: torch.Tensor) -> None:
        """Note a layer that is written out as the sum over products of its weights and what it is given."""
        if name == "sum":
            summed_up = _pointer(args[0])
            self.linear += [(weight, result) for weight, product in self.products if _pointer(product) == summed_up]
            return
        weights = (self.own[there] for one in args if (there := _pointer(one)) in self.own)
        self.products += [(one, result) for one in weights if one.dim() > 1 and one.numel() == one.shape[:2].numel()]

    def _note_what_enters(self, name: str, args: tuple[Any, ...]) -> None:
        """Keep what the first linear layer after a convolution is given: of a product what is no parameter."""
        place = ENTERED[name]
        x = args[place + 1].T if name != "convolution" and _pointer(args[place]) in self.own else args[place]
        if len(x) == len(self.convolutions[-1].result):
            self.entered.setdefault(len(self.convolutions), x.flatten(2) if x.dim() > 2 else x[:, :, None])

    def _is_looked_at(self, gradient: torch.Tensor, weight: torch.Tensor) -> bool:
        """Return whether a convolution is none of squeeze and excite, and not the head where that is known."""
        return _pointer(weight) != self.head if self.head else not _is_one_place(gradient)

    def _is_before_the_last(self, x: torch.Tensor) -> bool:
        """Return whether an activation is before the last convolution, or between the layers of squeeze and excite."""
        if _is_one_place(x):
            return sum(_is_one_place(result) for _, result in self.linear) % 2 == 1
        return self.last is None or len(self.convolutions) <= self.last


def convolutions(
    impl: Implementation,
    kind: str,
    arguments: Tree,
    size: list[int],
    z: np.ndarray,
    kernel: np.ndarray,
    branches: np.ndarray | None = None,
    marks: np.ndarray | None = None,
) -> Tree:
    """List the convolutions that are executed in evaluation, and what each gives for the same numbers.

    Returns:
        `rows`: of each, channels in and out, height and width of the kernel, stride and groups, shape (L, 6); `sizes`:
        height and width of what it gives, shape (L, 2); `outputs`: what it gives for z with these weights (see
        `Convolution.of`), L arrays; `marked`: what the weights of each hold once one after the other was filled with a
        number of `marks`, shape (L,), where these are given; `after`: what comes out of an element whose projection
        gives `branches` (see `summed`), likewise.
    """
    layer = _built(impl, kind, arguments).eval()
    seen = _run(layer, arguments, size).convolutions
    with torch.no_grad():
        outputs = [one.of(torch.tensor(z), torch.tensor(kernel)) for one in seen]
    after: Tree = {}
    if branches is not None:
        x = torch.zeros(branches.shape[1], _inputs(arguments), *size)
        after["after"] = _with_branches(layer, kind, arguments, x, branches)
    if marks is not None:
        after["marked"] = _marked([one.arguments[1] for one in seen], marks)
    return after | {
        "rows": np.array([one.row for one in seen]).reshape(-1, 6),
        "sizes": np.array([one.result.shape[2:] for one in seen]).reshape(-1, 2),
        "outputs": outputs,
    }


def _marked(weights: list[torch.Tensor], marks: np.ndarray) -> np.ndarray:
    """Fill weights one after the other, each with a number of its own; return what they hold then."""
    with torch.no_grad():
        for weight, mark in zip(weights, marks, strict=False):
            weight.fill_(float(mark))
        return np.array([float(weight.flatten()[0]) for weight in weights], np.float32)


def summed(
    impl: Implementation,
    kind: str,
    arguments: list[Tree],
    x: np.ndarray,
    branches: np.ndarray,
    *,
    to_the_end: bool = False,
) -> Tree:
    """Run elements in evaluation on x, where their projections give other numbers.

    Args:
        impl: Whose elements.
        kind: Of element or block.
        arguments: Of the constructor of each of several such elements or blocks, which are run one by one.
        x: Shape (N, C, H, W).
        branches: What the projection of each element gives at all places, shape (R, N, D).
        to_the_end: Activations with an upper bound hand on what they get after the last projection, too.

    Returns:
        `outputs`: of each, shape (N, D, H, W); `inputs`: what each has left of x.
    """
    outputs, left = [], []
    for one in arguments:
        given = torch.tensor(x)
        layer = _built(impl, kind, one).eval()
        outputs.append(_with_branches(layer, kind, one, given, branches, to_the_end=to_the_end))
        left.append(given)
    return {"outputs": outputs, "inputs": left}


def dropped(impl: Implementation, kind: str, arguments: list[Tree], branches: np.ndarray) -> Tree:
    """Run elements in training and in evaluation, where their projections give other numbers.

    Args:
        impl: Whose elements.
        kind: Of element.
        arguments: Of the constructor of each of several elements.
        branches: Shape (1, N, D).

    Returns:
        `training` and `evaluation`: of each element what is lowest and highest in each channel over all images and
        places, shape (2, D), beside what it hands on in evaluation where its projection gives nothing.
    """
    found: dict[str, list[torch.Tensor]] = {"training": [], "evaluation": []}
    x = torch.full((branches.shape[1], _inputs(arguments[0]), 3, 3), LARGE)
    for one in arguments:
        layer = _built(impl, kind, one).eval()
        handed_on = _with_branches(layer, kind, one, x.clone(), 0 * branches, to_the_end=True)
        for mode, outputs in found.items():
            layer.train(mode == "training")
            output = _with_branches(layer, kind, one, x.clone(), branches, to_the_end=True) - handed_on
            outputs.append(torch.stack([output.amin(dim=(0, 2, 3)), output.amax(dim=(0, 2, 3))]))
    return found


def carried(
    impl: Implementation, kind: str, arguments: Tree, sizes: list[list[int]], z: np.ndarray, kernel: np.ndarray
) -> Tree:
    """Run an element on images of some sizes, where z, shape (1, k), goes into its projection at all places."""
    layer = _built(impl, kind, arguments).eval()
    last = len(_run(layer, arguments, SIZE).convolutions) - 1

    def instead(one: Convolution) -> torch.Tensor | None:
        if one.number % (last + 1) != last:
            return None
        height, width = one.arguments[0].shape[2:]
        left, right, top, bottom = one.pads
        places = torch.ones(1, 1, height - top - bottom, width - left - right)
        return one.of(torch.tensor(z)[:, :, None, None] * places, torch.tensor(kernel))

    with torch.no_grad(), Operations(instead=instead, gate="open"):
        return {"outputs": [_output(layer, torch.zeros(1, _inputs(arguments), *size)) for size in sizes]}


def squeezed(
    impl: Implementation, arguments: Tree, x: np.ndarray, rows: np.ndarray, v: np.ndarray, gate: str | None = None
) -> Tree:
    """Run squeeze and excite on x with given weights and without biases.

    Args:
        impl: Whose layer.
        arguments: Of its constructor.
        x: Shape (N, C, H, W).
        rows: Weights of the first units of the first layer, shape (R, C); further units repeat them.
        v: Weights to each channel, of all units together, shape (C,).
        gate: `sigmoid` or `hardsigmoid`, in the place of the layer's own.

    Returns:
        `output`, shape (N, C, H, W), and `hidden`: what the first layer gives, the mean over all places, shape (N, h).
    """
    layer, given = _built(impl, "squeeze", arguments).eval(), torch.tensor(x)
    pairs = _fill(layer, given, [x.shape[1]], rows, v, is_alone=True)
    with torch.no_grad(), Operations(instead=_nothing, gate=gate, parameters=_firsts(pairs)) as seen:
        output = _output(layer, given)
    return {"output": output, "hidden": [*_hidden(seen, pairs, len(x)), torch.zeros(len(x), 0)][0]}


def slopes(
    impl: Implementation,
    arguments: Tree,
    x: np.ndarray,
    rows: np.ndarray,
    v: np.ndarray,
    w: np.ndarray,
    gate: str | None = None,
) -> Tree:
    """Differentiate sum(w * y) by the weights of squeeze and excite; for the arguments see `squeezed`.

    Returns:
        `first` and `second`: gradients of the weights of both layers, the sum and the mean over the units, shape (C,);
        `lacking`: how many parameters have none; `is_overwritten`: see `_differentiate`.
    """
    layer, given, channels = _built(impl, "squeeze", arguments).eval(), torch.tensor(x), x.shape[1]
    pairs = _fill(layer, given, [channels], rows, v, is_alone=True)
    with Operations(instead=_nothing, gate=gate):
        is_overwritten = _differentiate((_output(layer, given, detached=False) * torch.tensor(w)).sum())
    found = [torch.zeros(channels)] * 2
    for place, one in enumerate(pairs[0] if pairs else ()):
        if one.grad is not None:
            found[place] = one.grad.reshape(one.shape[:2]).sum(dim=1 - _channel_axis(one, channels, place))
    found[1] = found[1] * channels / max(1, pairs[0][1].numel()) if pairs else found[1]
    return {"first": found[0], "second": found[1], "lacking": _lacking(layer), "is_overwritten": is_overwritten}


def gated(
    impl: Implementation,
    kind: str,
    arguments: Tree,
    z: np.ndarray,
    rows: np.ndarray,
    v: np.ndarray,
    gate: str | None = None,
) -> Tree:
    """Run elements whose 3 x 3 convolutions give z, with given weights in squeeze and excite.

    Args:
        impl: Whose elements.
        kind: Of element or block.
        arguments: Of its constructor.
        z: Of the first k channels at all places, shape (N, k); others get zeros.
        rows: Shape (R, k); for this and the following see `squeezed`.
        v: Shape (k,), repeated for further channels.
        gate: The function in the place of the elements' own.

    Returns:
        `hidden`: what the first layer of each squeeze and excite gives, shapes (N, h); `projected`: what goes into the
        last convolution, the mean over all places, shape (N, e C).
    """
    layer, x = _built(impl, kind, arguments).eval(), torch.zeros(len(z), _inputs(arguments), *SIZE)
    seen = _run(layer, arguments, SIZE).convolutions
    kernels = _kernels(seen, kind)
    pairs = _fill(layer, x, [seen[number].row[1] for number in kernels], rows, v)

    def instead(one: Convolution) -> torch.Tensor | None:
        return _spread(z, one.result) if one.number in kernels else None

    operations = Operations(instead=instead, last=len(seen) - 1, gate=gate, parameters=_firsts(pairs))
    with torch.no_grad(), operations as again:
        _output(layer, x)
    last = again.convolutions[-1].arguments[0] if again.convolutions else torch.zeros(len(z), 0, 1, 1)
    return {"hidden": _hidden(again, pairs, len(x)), "projected": last.mean(dim=(2, 3))}


def handed_on(impl: Implementation, kind: str, arguments: Tree, z: np.ndarray) -> Tree:
    """Give what enters the next layer where each convolution gives z, 2 z or -z, in evaluation, with gates alike.

    Args:
        impl: Whose element or network.
        kind: Of element, or `cellnet`, of which the first convolution alone is looked at.
        arguments: Of its constructor.
        z: Of the first k channels at all places of N images, shape (N, k), all positive; others get zeros.

    Returns:
        `positive`, `twice` and `negative`: for each convolution but the last what enters the next convolution or linear
        layer, those of squeeze and excite among them, for the first image at the place where it is largest, shapes
        (1, k).
    """
    layer, x = _built(impl, kind, arguments).eval(), torch.zeros(len(z), _inputs(arguments), *SIZE)
    count = max(2, len(_run(layer, arguments, SIZE).convolutions)) if kind in ELEMENTS.values() else 2
    if kind in ELEMENTS.values():
        _make_gates_alike(layer, x)
    found: Tree = {}
    for name, factor, last in (("positive", 1.0, count - 1), ("twice", 2.0, count - 1), ("negative", -1.0, -1)):

        def instead(one: Convolution, factor: float = factor) -> torch.Tensor:
            return _spread(np.float32(factor) * z, one.result)

        operations = Operations(instead=instead, last=last, enough=count, parameters=layer.parameters())
        with torch.no_grad(), suppress(_EnoughError), operations as seen:
            _output(layer, x)
        found[name] = []
        for number in range(1, count):
            entered = seen.entered.get(number, torch.zeros(len(z), 0, 1))
            place = entered.abs().argmax(dim=2, keepdim=True)
            found[name].append(entered.gather(2, place)[:1, : z.shape[1], 0])
    return found


def normed(
    impl: Implementation, kind: str, arguments: Tree, z: np.ndarray, scale: np.ndarray, shift: np.ndarray
) -> Tree:
    """Give in training what follows the convolutions of an element, each of which gives z.

    Args:
        impl: Whose element or network.
        kind: Of element, or `cellnet`, of which the first convolution alone is looked at.
        arguments: Of its constructor.
        z: Of the first k channels at all places, shape (N, k); others get zeros.
        scale: Weights of all batch norms, shape (k,), repeated for further channels.
        shift: Their biases, likewise.

    Returns:
        `outputs`: what the norm after each convolution gives, the first k channels of one place, shape (N, k); of shape
        (N, 0) where none follows.
    """
    layer, x = _built(impl, kind, arguments).train(), torch.zeros(len(z), _inputs(arguments), *SIZE)
    put: list[torch.Tensor] = []

    def instead(one: Convolution) -> torch.Tensor:
        put.append(_spread(z, one.result))
        return put[-1]

    enough = None if kind in ELEMENTS.values() else 2
    with torch.no_grad(), suppress(_EnoughError), Operations(instead=instead, enough=enough) as seen:
        _output(layer, x)
    return {"outputs": [_after(one, seen, scale, shift)[:, : z.shape[1]] for one in put]}


def statistics(impl: Implementation, kind: str, arguments: Tree, x: np.ndarray, mean: np.ndarray) -> Tree:
    """Follow the means of the first batch norm of an element, whose convolution hands the input on.

    Args:
        impl: Whose element.
        kind: Of element.
        arguments: Of its constructor.
        x: The input at all places, shape (N, C).
        mean: What the norm has learned before, shape (C,).

    Returns:
        `trained` and `evaluated`: how far the means of the first channels move, shape (C,), of no length where none are
        kept; `output`: what the norm gives for x in evaluation, without weight and bias, shape (N, C); `counts`: of the
        element's convolutions and norms.
    """
    layer, channels = _built(impl, kind, arguments).eval(), x.shape[1]
    given = torch.tensor(x)[:, :, None, None].repeat(1, 1, *SIZE)

    def instead(one: Convolution) -> torch.Tensor | None:
        return _spread(x, one.result) if one.number == 0 else None

    first = _run(layer, arguments, SIZE)
    found: Tree = {"counts": [len(first.convolutions), len(first.norms)]}
    for args, _ in first.norms[:1]:
        means, variances = (torch.zeros(0) if one is None else one for one in args[3:5])
        for name, training in (("trained", True), ("evaluated", False)):
            with torch.no_grad():
                means.zero_()[:channels] = torch.tensor(mean)[: len(means)]
                variances.fill_(1 - args[EPSILON])
                before = means.clone()
                layer.train(training)
                with Operations(instead=instead) as seen:
                    _output(layer, given)
                found[name] = (means - before)[:channels]
        found["output"] = _renormed(seen.norms[0][0], np.ones(1, np.float32), np.zeros(1, np.float32))[:, :channels]
    return found


def gradients(
    impl: Implementation, kind: str, arguments: Tree, x: np.ndarray, branches: np.ndarray, w: np.ndarray
) -> Tree:
    """Differentiate sum(w * |w| * y) in evaluation, where y is what an element gives; see `summed`.

    Args:
        impl: Whose element.
        kind: Of element.
        arguments: Of its constructor.
        x: Shape (N, C, H, W).
        branches: Shape (1, N, D).
        w: Shape (N, D), for all places.

    Returns:
        `arrived`: the gradient of what the projection gives, at the first place, shape (N, D); `lacking`: how many
        parameters have none; `is_overwritten`: see `_differentiate`.
    """
    found: Tree = {}
    for _ in range(TRIES):
        layer = _built(impl, kind, arguments).eval()
        ends = _ends(_run(layer, arguments, SIZE).convolutions, kind, arguments)
        with Operations(instead=_branches(ends, branches)) as seen:
            output = _output(layer, torch.tensor(x), detached=False)
            is_overwritten = _differentiate((_spread(w * np.abs(w), output.detach()) * output).sum())
        arrived = torch.zeros(0) if seen.arrived is None else seen.arrived[:, :, 0, 0]
        found = {"arrived": arrived, "lacking": _lacking(layer), "is_overwritten": is_overwritten}
        if not found["lacking"]:
            break
    return found


def scores(impl: Implementation, arguments: Tree, size: list[int], features: np.ndarray, weight: np.ndarray) -> Tree:
    """Score images whose features are given, shape (N, F), by given weights of the last layer, shape (K, F).

    Returns:
        `scores`, shape (N, K); `odd`: how many are NaN or infinite with the weights that the network begins with.
    """
    layer = _built(impl, "cellnet", arguments).eval()
    x = torch.zeros(len(features), 3, *size)
    logits = torch.tensor(features) @ torch.tensor(weight).T
    with torch.no_grad():
        with Operations() as seen:
            fresh = _output(layer, x)
        with Scoring(seen.steps, logits):
            return {"scores": _output(layer, x), "odd": int((~fresh.isfinite()).sum())}


def summary(impl: Implementation, size: list[int]) -> Tree:
    """Give torchinfo's summary of a network for an image of a size, line by line; nothing where it is not installed."""
    torchinfo = sys.modules.get("torchinfo")
    if torchinfo is None:
        return {"lines": []}
    layer = _built(impl, "cellnet", {"num_classes": 3}).eval()
    text = str(torchinfo.summary(layer, input_size=(1, 3, *size), depth=2, verbose=0, col_width=18))
    return {"lines": text.splitlines()}


class Scoring(TorchDispatchMode):
    """Put logits, shape (N, K), in the place of what the last of some linear layers gives."""

    def __init__(self, last: int, logits: torch.Tensor) -> None:
        super().__init__()
        self.left, self.logits = last, logits

    def __torch_dispatch__(self, func: Any, types: object, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401  # torch's
        """Execute an operation, or give what stands for it (torch's protocol)."""
        result = func(*args, **(kwargs or {}))
        if func.overloadpacket.__name__ not in LINEAR:
            return result
        self.left -= 1
        return _spread(self.logits.numpy(), result) if self.left == 0 else result


def network_gradients(impl: Implementation, arguments: Tree, x: np.ndarray, weight: np.ndarray, w: np.ndarray) -> Tree:
    """Differentiate sum(w * y) in evaluation, where y are the scores, with given weights of the last layer.

    What the last convolution gives is large and positive then, so that no activation after it takes anything away. All
    scores are 0: where w adds up to 0 over the classes of each image, a softmax after them only scales the gradient.

    Args:
        impl: Whose network.
        arguments: Of its constructor.
        x: Images, shape (N, 3, H, W).
        weight: Of the last layer, from its first k features to each class, shape (K, k); from others they are 0.
        w: Shape (N, K).

    Returns:
        `arrived`: the gradient of what the last convolution gives, its first k channels, each at the place where it is
        largest, since dropout may take it from others, shape (N, k); `signs`: of each parameter the sign of its largest
        gradient, 0 where there is none, infinity and NaN as they are, shape (P,); `unlisted`: how many kernels are used
        that are no parameters of the network; `is_overwritten`: see `_differentiate`.
    """
    layer, given = _built(impl, "cellnet", arguments).eval(), torch.tensor(x)
    with torch.no_grad():
        with Operations(parameters=layer.parameters()) as first:
            _output(layer, given)
        heads = [one for one, _ in first.linear if one is not None and _pointer(one) not in first.taken]
        weights = {_pointer(one) for one in heads}
        for one in layer.parameters():  # so that all gates are alike
            if _pointer(one) in weights:
                one.mul_(SMALL)
            elif one.numel() and _pointer(one) not in first.taken:
                one.fill_(0.5)
        for head in heads[-1:]:
            features = head.numel() // len(w[0])
            rows = nn.functional.pad(torch.tensor(weight), [0, max(0, features - weight.shape[1])])[:, :features]
            head.copy_((rows if head.shape[0] == len(rows) else rows.T).reshape(head.shape))
    last = len(first.convolutions) - 1

    def instead(one: Convolution) -> torch.Tensor | None:
        if one.number != last:
            return None
        return LARGE + torch.linspace(0, 1, one.result.numel()).reshape(one.result.shape)

    operations = Operations(instead=instead, last=last, head=heads[-1] if heads else None)
    with operations as seen, Scoring(first.steps, torch.zeros(w.shape)):
        is_overwritten = _differentiate((_output(layer, given, detached=False) * torch.tensor(w)).sum())
    arrived = torch.zeros(0)
    if seen.arrived is not None:
        places = seen.arrived[:, : weight.shape[1]].flatten(2)
        arrived = places.gather(2, places.abs().argmax(dim=2, keepdim=True))[:, :, 0]
    found = np.array([0.0 if one.grad is None else float(one.grad.abs().max()) for one in _learned(layer)])
    return {
        "arrived": arrived,
        "signs": np.where(np.isfinite(found), np.sign(found), found).astype(np.float32),
        "unlisted": len(first.unlisted),
        "is_overwritten": is_overwritten,
    }


def _built(impl: Implementation, kind: str, arguments: Tree) -> nn.Module:
    """Make a layer, its arguments found by what they mean.

    Raises:
        TypeError: what is made is no module of torch.
    """
    make = _found(impl, *HOMES[kind])
    element = _found(impl, *HOMES[ELEMENTS[kind]]) if kind in ELEMENTS else None
    placed, named = _placed(make, arguments, element)
    layer = make(*placed, **named)
    if layer is None:
        raise NotImplementedError(f"{HOMES[kind][1]} returned None")
    if not isinstance(layer, nn.Module):
        raise TypeError(f"{HOMES[kind][1]} gives {type(layer).__name__}, expected a module of torch")
    if any(nn.parameter.is_lazy(one) for one in (*layer.parameters(), *layer.buffers())):
        with torch.no_grad():
            layer.eval()(torch.zeros(2, _inputs(arguments), *SIZE))  # such layers take their sizes from what they get
    for part in layer.modules():
        if isinstance(part, nn.BatchNorm2d) and part.weight is not None and not part.weight.any():
            nn.init.ones_(part.weight)  # where a branch is 0 to begin with, nothing is seen of it
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


def _placed(make: Any, arguments: Tree, element: Any = None) -> tuple[list[Any], Tree]:  # noqa: ANN401  # theirs
    """Give arguments as a constructor or function takes them: by name, or in order where it takes any number of them.

    Where it takes any name, what it has no name for is given under the names of the element that it hands them on to,
    then under the assignment's own. An argument that has no place is left out: how a layer is to be without it is not
    open then.
    """
    try:
        kinds = {one.kind for one in inspect.signature(make).parameters.values()}
    except (TypeError, ValueError):
        return list(arguments.values()), {}
    takes_any_name = inspect.Parameter.VAR_KEYWORD in kinds
    if inspect.Parameter.VAR_POSITIONAL in kinds and not takes_any_name:
        return list(arguments.values()), {}
    found = _meanings(make, arguments)
    named = {one.name: _in_its_unit(meaning, one, arguments[meaning]) for meaning, one in found.items()}
    for one in _parameters(make):
        besides = _besides(one)
        if one.name not in named and besides is not None:
            named[one.name] = besides
    left = {meaning: value for meaning, value in arguments.items() if meaning not in found}
    if takes_any_name and left:
        handed = {} if element is None else _meanings(element, arguments)
        for meaning, value in left.items():
            one = handed.get(meaning)
            named |= {meaning: value} if one is None else {one.name: _in_its_unit(meaning, one, value)}
    return [], named


def _meanings(make: Any, arguments: Tree) -> dict[str, inspect.Parameter]:  # noqa: ANN401  # theirs
    """Find the parameter for each of some arguments: by what its name means, else the next one that must be given."""
    parameters = _parameters(make)
    found: dict[str, inspect.Parameter] = {}
    for one in sorted(parameters, key=lambda one: one.name.casefold() == "s"):  # the others leave one meaning to it
        meaning = _meaning(one, [name for name in arguments if name not in found])
        if meaning is not None:
            found[meaning] = one
    taken = {one.name for one in found.values()}
    unnamed = [
        one for one in parameters if one.name not in taken and one.default is one.empty and _besides(one) is None
    ]
    return found | dict(zip([name for name in arguments if name not in found], unnamed, strict=False))


def _parameters(make: Any) -> list[inspect.Parameter]:  # noqa: ANN401  # theirs
    """List the parameters that have a name of their own."""
    several = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return [one for one in inspect.signature(make).parameters.values() if one.kind not in several]


def _besides(parameter: inspect.Parameter) -> Any:  # noqa: ANN401  # a number, or a class of torch
    """Return what an argument is that has to be given and is none of the assignment's; None for any other."""
    if parameter.default is not parameter.empty:
        return None
    return next((value for names, value in BESIDES.items() if re.fullmatch(names, _plain(parameter))), None)


def _meaning(parameter: inspect.Parameter, left: list[str]) -> str | None:
    """Find what an argument means, among what is left to be given; one that is a stride by default is a stride."""
    if isinstance(parameter.default, bool):  # whether there is squeeze and excite, say
        left = [meaning for meaning in left if meaning == "skip"]
    found = [meaning for meaning in left if re.fullmatch(MEANINGS[meaning], _plain(parameter))]
    if found[:2] == ["stride", "compression"] and not isinstance(parameter.default, int):
        return "compression"
    return next(iter(found), None)


def _plain(parameter: inspect.Parameter) -> str:
    return parameter.name.casefold().replace("_", "")


def _in_its_unit(meaning: str, parameter: inspect.Parameter, value: Any) -> Any:  # noqa: ANN401  # a number or a truth
    """Turn a compression around where a reduction by a whole number is expected, and a skip where it is left out."""
    if meaning == "skip" and re.fullmatch(NO_SKIP, _plain(parameter)):
        return not value
    default = parameter.default
    is_reduction = meaning == "compression" and isinstance(default, int | float) and default > 1
    return round(1 / value) if is_reduction else value


def _inputs(arguments: Tree) -> int:
    return int(arguments.get("in_channels", 3))


def _output(layer: nn.Module, x: torch.Tensor, *, detached: bool = True, is_theirs: bool = False) -> torch.Tensor:
    """Run a layer on a copy of an input, or on itself.

    Raises:
        NotImplementedError: it gives nothing, as code that is not written.
        TypeError: it gives something else than a tensor.
    """
    result = layer(x if is_theirs else x.clone())
    if result is None:
        raise NotImplementedError("forward returned None")
    if not isinstance(result, torch.Tensor):
        raise TypeError(f"forward returned {type(result).__name__}, expected a tensor")
    return result.detach() if detached else result


def _run(layer: nn.Module, arguments: Tree, size: list[int]) -> Operations:
    """Run a layer on two images of a size and return what was executed."""
    with torch.no_grad(), Operations() as seen:
        _output(layer, torch.linspace(-1, 1, 2 * _inputs(arguments) * size[0] * size[1]).reshape(2, -1, *size))
    return seen


def _kernels(seen: list[Convolution], kind: str) -> list[int]:
    """Return which convolutions are those of 3 x 3, one for each element; in an element by itself the largest."""
    areas = [one.row[2] * one.row[3] for one in seen]
    if kind not in ELEMENTS:
        return [areas.index(max(areas))] if areas else []
    return [number for number, area in enumerate(areas) if area > 1]


def _ends(seen: list[Convolution], kind: str, arguments: Tree) -> list[int]:
    """Return which convolutions are projections: the last of each element, all of which have as many."""
    counts = (len(_kernels(seen, kind)), int(arguments.get("repeats", 1)))
    elements = next((one for one in counts if one and len(seen) % one == 0), 1)
    each = len(seen) // elements
    return list(range(each - 1, len(seen), each)) if seen else []


def _branches(ends: list[int], branches: np.ndarray) -> Instead:
    """Put numbers in the places of what projections give, shape (R, N, D), and zeros for any further ones."""

    def instead(one: Convolution) -> torch.Tensor | None:
        if one.number not in ends:
            return None
        place = ends.index(one.number)
        return _spread(branches[place], one.result) if place < len(branches) else torch.zeros_like(one.result)

    return instead


def _with_branches(
    layer: nn.Module, kind: str, arguments: Tree, x: torch.Tensor, branches: np.ndarray, *, to_the_end: bool = False
) -> torch.Tensor:
    """Run elements whose projections give other numbers; for the arguments see `summed`."""
    training = layer.training
    ends = _ends(_run(layer.eval(), arguments, list(x.shape[2:])).convolutions, kind, arguments)
    last = None if to_the_end or not ends else ends[-1]
    layer.train(training)
    with torch.no_grad(), Operations(instead=_branches(ends, branches), last=last, gate="open"):
        return _output(layer, x, is_theirs=True)


def _nothing(_one: Convolution) -> None:
    """Leave a convolution as it is."""


def _spread(z: np.ndarray, like: torch.Tensor) -> torch.Tensor:
    """Lay numbers of the first channels, shape (N, k) or (N, k, H, W), out as a tensor of another shape, of zeros."""
    given = torch.tensor(z)
    wide = torch.zeros_like(like)
    given = given.reshape(*given.shape, *[1] * (wide.dim() - given.dim()))[:, : wide.shape[1]]
    wide[:, : given.shape[1]] = given
    return wide


def _weights(kernel: torch.Tensor, shape: list[int], groups: int) -> torch.Tensor:
    """Lay out weights, shape (k, k, 3, 3), as a convolution of some shape and groups has them; others are 0."""
    weight = torch.zeros(shape)
    down, right = (shape[2] - kernel.shape[2]) // 2, (shape[3] - kernel.shape[3]) // 2
    middle = nn.functional.pad(kernel, [right, right, down, down])  # cut off where the kernel is smaller
    count = min(len(kernel), shape[0])
    if groups == 1:
        taken = middle[:count, : shape[1]]
        weight[:count, : taken.shape[1]] = taken
        return weight
    each = max(1, shape[0] // groups)
    if shape[1] == each == 1:  # depthwise: the same by one step
        weight[:count, 0] = middle[range(count), range(count)]
        return weight
    for number in range(count):
        first = number // each * shape[1]
        taken = middle[number, first : first + shape[1]]
        weight[number, : len(taken)] = taken
    return weight


def _after(given: torch.Tensor, seen: Operations, scale: np.ndarray, shift: np.ndarray) -> torch.Tensor:
    """Give what the norm that got a tensor makes of it with other weights; of shape (N, 0) where there was none."""
    found = (args for args, _ in seen.norms if args[0] is given)
    return next((_renormed(args, scale, shift) for args in found), torch.zeros(len(given), 0))


def _renormed(args: tuple[Any, ...], scale: np.ndarray, shift: np.ndarray) -> torch.Tensor:
    """Repeat a batch norm with other weights, shape (k,), repeated for further channels; at the first place alone."""
    weight, bias = (torch.tensor(np.resize(one, args[0].shape[1])) for one in (scale, shift))
    with torch.no_grad():
        return torch.native_batch_norm(args[0], weight, bias, *args[3:])[0][:, :, 0, 0]


def _fill(
    layer: nn.Module, x: torch.Tensor, channels: list[int], rows: np.ndarray, v: np.ndarray, *, is_alone: bool = False
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Give the layers of each squeeze and excite their weights, its biases 0, and return the weights of both layers.

    Args:
        layer: It is run on x: what is a layer of squeeze and excite is seen from that.
        x: Shape (N, C, H, W).
        channels: Of each squeeze and excite.
        rows: See `squeezed`.
        v: See `squeezed`.
        is_alone: The layer is squeeze and excite by itself, so that all its parameters belong there.
    """
    with torch.no_grad(), Operations(parameters=layer.parameters()) as seen:
        _output(layer, x)
    taken = set() if is_alone else seen.taken
    found = {_pointer(one): one for one, _ in seen.linear if one is not None and _pointer(one) not in taken}
    pairs = list(zip(list(found.values())[::2], list(found.values())[1::2], strict=False))
    with torch.no_grad():
        for one in layer.parameters():
            if one.numel() and _pointer(one) not in taken and _pointer(one) not in found:
                one.zero_()
        for (first, second), wide in zip(pairs, channels, strict=False):
            _lay(first, rows, wide, 0)
            units = second.shape[1 - _channel_axis(second, wide, 1)]
            _lay(second, np.tile(np.resize(v, max(second.shape[:2])) / units, (units, 1)), wide, 1)
    return pairs


def _make_gates_alike(layer: nn.Module, x: torch.Tensor) -> None:
    """Set the weights of squeeze and excite to 0, however it uses them: gates do not depend on what it is given then.

    Those of activations stay: they have one number at most for each channel.
    """
    with torch.no_grad():
        with Operations(parameters=layer.parameters()) as seen:
            _output(layer, x)
        for one in layer.parameters():
            if one.numel() > max(one.shape, default=1) and _pointer(one) not in seen.taken:
                one.zero_()


def _firsts(pairs: list[tuple[torch.Tensor, torch.Tensor]]) -> list[torch.Tensor]:
    return [first for first, _ in pairs]


def _channel_axis(weight: torch.Tensor, channels: int, place: int) -> int:
    """Return which axis of the first or second layer's weights has the channels; the usual one if both or none have."""
    usual = 1 - place
    return usual if weight.shape[usual] == channels or weight.shape[place] != channels else place


def _lay(weight: torch.Tensor, values: np.ndarray, channels: int, place: int) -> None:
    """Set the weights of a layer to values, one row for each unit, shape (R, k); further rows repeat them."""
    axis = _channel_axis(weight, channels, place)
    units, wide = weight.shape[1 - axis], weight.shape[axis]
    rows = torch.zeros(units, wide)
    given = np.resize(values, (units, values.shape[1]))[:, :wide]
    rows[:, : given.shape[1]] = torch.tensor(given)
    weight.copy_((rows if axis == 1 else rows.T).reshape(weight.shape))


def _hidden(seen: Operations, pairs: list[tuple[torch.Tensor, torch.Tensor]], images: int) -> list[torch.Tensor]:
    """Give what the first layer of each squeeze and excite gave, the mean over all places, shapes (N, h)."""
    gave = {_pointer(one): result for one, result in reversed(seen.linear) if one is not None}
    found = []
    for one in (_by_image(gave[_pointer(first)], first, images) for first, _ in pairs if _pointer(first) in gave):
        rows = images if len(one) % images == 0 else 1  # one for all images where they are averaged
        means = one.mean(dim=(2, 3)) if one.dim() == 4 else one.reshape(rows, -1, one.shape[-1]).mean(dim=1)
        found.append(means.expand(images, -1) if len(means) == 1 else means)
    return found


def _by_image(given: torch.Tensor, weight: torch.Tensor, images: int) -> torch.Tensor:
    """Lay out what a layer gives with the images first and the units second, whichever way its product is written."""
    if given.dim() == 3 and given.shape[2] == 1:
        return given[:, :, 0]
    return given.T if given.shape == (len(weight), images) != (images, images) else given


def _differentiate(loss: torch.Tensor) -> bool:
    """Differentiate, and return whether torch refuses because something that is needed was written over."""
    try:
        loss.backward()  # type: ignore[no-untyped-call]  # torch's
    except RuntimeError as error:
        if "modified by an inplace operation" not in str(error):
            raise
        return True
    return False


def _lacking(layer: nn.Module) -> int:
    """Count the parameters without gradient."""
    return sum(one.grad is None or not bool(one.grad.any()) for one in _learned(layer))


def _learned(layer: nn.Module) -> list[nn.Parameter]:
    """List the parameters of a layer but the slopes of PReLU, which learn from negative numbers alone."""
    slopes = {id(one) for part in layer.modules() if isinstance(part, nn.PReLU) for one in part.parameters()}
    return [one for one in layer.parameters() if id(one) not in slopes]


def _pointer(x: object) -> int:
    """Return where a tensor's numbers are, which is the same for views of it; 0 for anything else."""
    return int(x.untyped_storage().data_ptr()) if isinstance(x, torch.Tensor) else 0


def _is_one_place(x: torch.Tensor) -> bool:
    return x.dim() == 2 or (x.dim() == 4 and x.shape[-1] * x.shape[-2] == 1)  # axes
