"""How to call an implementation of `layers`. Not secret: the worker gets this file, students may read it.

Names are free: a layer is found by its name or by its weights, a network by the layers that it is made of. What the
constructor of a convolution does not take, such as a stride, is made up for around the layer, so that it costs nobody
anything; what it takes has to mean what it means for `nn.Conv2d`.
"""

from __future__ import annotations

import inspect
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # torch's own habit
from torch import nn

from grader.drivers.implementation import Implementation, Tree
from grader.drivers.imports import MissingError
from grader.drivers.recorded_operations import unrecorded

torch.set_num_threads(1)  # in a worker it is so; the reference gets its figures on one thread as well

Used = TypeVar("Used")

PROVIDED = "provided/"
CLASS = re.compile(r"^class[ \t]+(\w+)", re.MULTILINE)
FACTORY = re.compile(
    r"^def[ \t]+((?!\w*(?:train|test|eval|fit|run|plot|show|load|save|acc|time))\w*(?:net|model|cnn)\w*)[ \t]*\(",
    re.MULTILINE | re.IGNORECASE,
)
BUILDER = re.compile(
    r"^def[ \t]+(\w+)[ \t]*\([^\n]*\n(?:[ \t][^\n]*\n|\n)*?[ \t][^\n]*\bSequential[ \t]*\(", re.MULTILINE
)
OBJECT = re.compile(
    r"^(\w+(?=[ \t]*=[ \t]*(?:nn\.|torch\.nn\.)?(?:Sequential|\w*(?:net|model|cnn)\w*)[ \t]*\()"
    r"|\w*(?:net|model|cnn)\w*(?=[ \t]*=[ \t]*[\w.]+[ \t]*\())",
    re.MULTILINE | re.IGNORECASE,
)
KINDS = {
    "linear": r"linear|dense|fully_?connected|fc",
    "convolution": r"conv",
}
NETWORK_NAME = re.compile(r"net|model|cnn|classifier|block", re.IGNORECASE)
OWN_NAME = re.compile(r"my|own|custom|hand|manual|scratch|naive|mine", re.IGNORECASE)
# What the arguments of constructors are called.
MEANINGS = {
    "in": r"in|n_?in|c_?in|in(put)?_?(features?|channels?|dims?|size|ch|c|planes)|num_?in\w*|d_?in",
    "out": (
        r"out|n_?out|c_?out|d_?out|out(put)?_?(features?|channels?|dims?|size|ch|c|planes)"
        r"|num_?out\w*|(num|n)?_?(filters|kernels)"
    ),
    "kernel_size": r"k|ks|f|kernel(_?size)?|filter_?size|size",
    "stride": r"s|strides?|step",
    "padding": r"p|pad(ding|s)?",
    "dilation": r"d|dilations?",
    "groups": r"g|groups|num_?groups",
    "bias": r"b|(use_?|has_?|with_?)?bias",
    "linear": r"(my_?)?(linear|dense|fc|fully_?connected)(_?(layer|cls|class|type|module|kind))?|lin",
    "convolution": r"(my_?)?conv(olution)?(2d)?(_?(layer|cls|class|type|module|kind))?",
    "channels": r"(in_?|num_?|n_?)?(in_?)?channels",
    "classes": r"(num_?|n_?)?(classes|outputs?)|out\w*",
}
PLAIN = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": True}
PAIRED = (  # what is given as pairs
    (),
    ("kernel_size",),
    ("kernel_size", "stride", "padding", "dilation"),
    ("kernel_size", "stride"),
)
MOST_TENSORS = 64  # of a network, that are told
FIRST_FULLY_CONNECTED = {400: "valid", 1024: "same"}  # inputs by what the convolutions do at the border


def linear_loaded(impl: Implementation, weight: np.ndarray, bias: np.ndarray, x: np.ndarray) -> Tree:
    """Load the state of an `nn.Linear` into a layer; give what torch computes with the parameters that it has then."""
    with torch.no_grad(), unrecorded():
        given = nn.Linear(weight.shape[1], weight.shape[0])
        layer = _linear(_layer_class(impl, "linear"), weight)
        return {"y": F.linear(torch.from_numpy(x), *_loaded(layer, given, weight, bias))}


def convolution_loaded(impl: Implementation, weight: np.ndarray, bias: np.ndarray, x: np.ndarray) -> Tree:
    """Load the state of an `nn.Conv2d` into a layer; give what torch computes with the parameters that it has then."""
    with torch.no_grad(), unrecorded():
        given = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2])
        layer = _tried(_layer_class(impl, "convolution"), weight, PLAIN, lambda layer: layer)
        return {"y": F.conv2d(torch.from_numpy(x), *_loaded(layer, given, weight, bias))}


def linear_outputs(impl: Implementation, weight: np.ndarray, bias: np.ndarray, x: np.ndarray) -> Tree:
    """Apply a layer with these parameters to a batch; give its outputs, and what the batch is afterwards."""
    with torch.no_grad():
        layer = _linear(_layer_class(impl, "linear"), weight)
        _carry(layer, [weight, bias])
        given = torch.from_numpy(x.copy())
        return {"y": _tensor(layer(given), layer), "x": given}


def convolution_outputs(
    impl: Implementation,
    weight: np.ndarray,
    bias: np.ndarray,
    x: np.ndarray,
    options: dict[str, int],
    *,
    form: str = "valid",
) -> Tree:
    """Apply a convolution with these parameters to images; give its outputs, and what the images are afterwards.

    Args:
        impl: Whose layer.
        weight: As that of an `nn.Conv2d`, shape (O, C / groups, k, k).
        bias: Shape (O,); of size 0 for a layer without bias.
        x: Images, shape (N, C, H, W).
        options: `stride`, `padding`, `dilation` and `groups` where they are not what `nn.Conv2d` takes by itself.
        form: `same` for layers that keep the size of their images without being asked to.
    """
    with torch.no_grad():
        kind = _layer_class(impl, "convolution")
        asked = PLAIN | options | ({} if bias.size else {"bias": False})
        if form == "same" and _takes(kind, "padding") and "padding" not in options:
            asked["padding"] = weight.shape[2] // 2
        given = torch.from_numpy(x.copy())
        return {"y": _convolved(kind, weight, bias, given, asked), "x": given}


def border(impl: Implementation) -> Tree:
    """Tell whether a convolution keeps the size of its images without being asked to: `same`, or `valid`."""
    with suppress(Exception), torch.no_grad(), unrecorded():
        kind, weight = _layer_class(impl, "convolution"), np.ones((1, 1, 3, 3), np.float32)
        x = torch.ones(1, 1, 4, 5)
        if _convolved(kind, weight, np.zeros(1, np.float32), x, PLAIN).shape[-2:] == x.shape[-2:]:
            return {"form": "same"}
    return {"form": "valid"}


def network_border(impl: Implementation, *, own: bool) -> Tree:
    """Tell what the convolutions of a network do at the border, by how many inputs its fully connected layers have."""
    with suppress(Exception), torch.no_grad(), unrecorded():
        for tensor in _tensors(_network(impl, own=own)):
            for inputs, form in FIRST_FULLY_CONNECTED.items():
                if tensor.numel() == 128 * inputs:
                    return {"form": form}
    return {"form": "valid"}


def standard_scores(impl: Implementation, tensors: list[np.ndarray], images: np.ndarray, *, form: str) -> Tree:
    """Score images by the network of torch's layers; give the shapes of its parameters as well."""
    with torch.no_grad(), unrecorded():  # torch's layers are what it has to consist of
        network = _network(impl, own=False, form=form)
        return _scores(network, tensors, images)


def own_scores(impl: Implementation, tensors: list[np.ndarray], images: np.ndarray, *, form: str) -> Tree:
    """Score images by the network of the submission's own layers; give the shapes of its parameters as well.

    Returns:
        `shapes`, `scores`, and `norms`: how many batch normalisations were left out, which task 1 does not have.
    """
    with torch.no_grad():
        network = _network(impl, own=True, form=form)
        return {**_scores(network, tensors, images), "norms": _norms(network)}


def own_scores_one_by_one(
    impl: Implementation, tensors: list[np.ndarray], images: np.ndarray, seconds: float, *, form: str
) -> Tree:
    """Score images one at a time by the network of own layers, until so many seconds of processor time are over."""
    with torch.no_grad():
        network = _network(impl, own=True, form=form)
        shapes = _shapes(network)
        if not _has_sizes(network, tensors):
            return {"shapes": shapes, "scores": []}
        _carry(network, tensors)
        started, scores = time.process_time(), []
        for image in torch.from_numpy(images):
            scores.append(_tensor(network(image[None]), network))
            if time.process_time() - started > seconds:
                break
        return {"shapes": shapes, "scores": scores}


def times(
    impl: Implementation,
    tensors: list[np.ndarray],
    images: np.ndarray,
    seconds: float,
    *,
    form: str,
    how: dict[str, str] | None = None,
) -> Tree:
    """Measure how long both networks take for an image, in turns, on one thread, until so many seconds are over.

    The network of torch's layers is one of the course's, so that nothing of the submission slows it down: that of task
    1, or one that differs from it in `how`, activations and poolings with blanks between them.

    Returns:
        `own` and `default`: seconds, one for each image, or for fewer.
    """
    with torch.no_grad(), unrecorded():
        own = _network(impl, own=True, form=form)
        default = StandardNetwork(tensors, **{name: kinds.split() for name, kinds in (how or {}).items()})
        _carry(own, tensors)
        found: dict[str, list[float]] = {"own": [], "default": []}
        default(torch.from_numpy(images[:1]))  # whose first call is slower
        started = time.process_time()
        for image in torch.from_numpy(images):
            for name, network in (("own", own), ("default", default)):
                before = time.perf_counter()  # a processor's clock may tick but once in ten milliseconds
                network(image[None])
                found[name].append(time.perf_counter() - before)
            if time.process_time() - started > seconds:
                break
        return {name: np.array(spent) for name, spent in found.items()}


def torch_linear(_impl: Implementation, weight: np.ndarray, bias: np.ndarray, x: np.ndarray) -> Tree:
    """Compute in double precision what `nn.Linear` does with these parameters."""
    with torch.no_grad(), unrecorded():
        return {"y": F.linear(*(torch.from_numpy(array).double() for array in (x, weight, bias))).float()}


def torch_convolution(
    _impl: Implementation,
    weight: np.ndarray,
    bias: np.ndarray,
    x: np.ndarray,
    options: dict[str, int],
    *,
    form: str = "valid",
) -> Tree:
    """Compute in double precision what `nn.Conv2d` does with these parameters and options."""
    padded = {"padding": weight.shape[2] // 2} if form == "same" and "padding" not in options else {}
    with torch.no_grad(), unrecorded():
        given, kernel, added = (torch.from_numpy(array).double() for array in (x, weight, bias))
        return {"y": F.conv2d(given, kernel, added if bias.size else None, **padded, **options).float()}


def network_shapes(impl: Implementation) -> Tree:
    """Tell the shapes of the parameters of the network of torch's layers; none where there is none."""
    with suppress(Exception), torch.no_grad(), unrecorded():
        return {"shapes": _shapes(_network(impl, own=False))}
    return {"shapes": []}


def torch_scores(
    _impl: Implementation,
    tensors: list[np.ndarray],
    images: np.ndarray,
    form: str,  # noqa: ARG001  # as the others
    activations: str = "relu relu relu relu",
    poolings: str = "max max",
    last: str = "none",
) -> Tree:
    """Compute in double precision what a network of torch's layers does with these parameters.

    Args:
        _impl: Not asked.
        tensors: The parameters in the order of their use.
        images: Shape (N, 3, 32, 32).
        form: What the convolutions do at the border.
        activations: What follows each layer but the last, a key of ACTIVATIONS, with blanks between them.
        poolings: What follows each convolution, a key of POOLINGS.
        last: What follows the last layer, a key of ACTIVATIONS.
    """
    with torch.no_grad(), unrecorded():
        network = StandardNetwork(tensors, activations.split(), poolings.split(), last).double()
        return {"scores": network(torch.from_numpy(images).double()).float()}


ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "none": lambda x: x,
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "softmax": lambda x: x.softmax(dim=1),
}


POOLINGS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "none": lambda x: x,
    "max": lambda x: F.max_pool2d(x, 2),
    "avg": lambda x: F.avg_pool2d(x, 2),
}


def rows_left(kernels: Sequence[int], poolings: Sequence[str], *, padded: bool = False) -> int:
    """Return how many rows are left of an image behind convolutions and poolings; padded by half a kernel, or not."""
    rows = 32
    for kernel, pooling in zip(kernels, poolings, strict=True):
        rows += padded * 2 * (kernel // 2) - kernel + 1
        rows //= 1 if pooling == "none" else 2
    return rows


class StandardNetwork(nn.Module):
    """The network of task 1, or one of other sizes, with given parameters in the order of their use."""

    def __init__(
        self,
        tensors: list[np.ndarray],
        activations: Sequence[str] = ("relu",) * 4,
        poolings: Sequence[str] = ("max",) * 2,
        last: str = "none",
    ) -> None:
        super().__init__()
        self.tensors = nn.ParameterList(torch.from_numpy(tensor) for tensor in tensors)
        first, second, inputs = tensors[0].shape[2], tensors[2].shape[2], tensors[4].shape[1]
        is_valid = len(tensors[2]) * rows_left((first, second), poolings) ** 2 == inputs
        self.paddings = (0, 0) if is_valid else (first // 2, second // 2)
        self.activations = [ACTIVATIONS[name] for name in (*activations, last)]
        self.poolings = [POOLINGS[name] for name in poolings]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Score a batch of images."""
        weights, biases = [*self.tensors[::2]], [*self.tensors[1::2]]
        steps = zip(weights[:2], biases, self.paddings, self.activations, self.poolings, strict=False)
        for weight, bias, padding, activation, pooling in steps:
            x = pooling(activation(F.conv2d(x, weight, bias, padding=padding)))
        x = x.flatten(1)
        for weight, bias, activation in zip(weights[2:], biases[2:], self.activations[2:], strict=True):
            x = activation(F.linear(x, weight, bias))
        return x


def _layer_class(impl: Implementation, what: str) -> Any:  # noqa: ANN401  # theirs
    """Find the class of a layer: by the name that the handout gives it, by what its name says, or by its weights.

    Raises:
        MissingError: there is none. What the constructor of one that is called so raises goes through.
    """
    called, problem = re.compile(rf"(?:{KINDS[what]})", re.IGNORECASE), None
    exact = re.compile(rf"my_?(?:{KINDS[what]})(?:olution)?(?:al)?_?(?:2d)?(?:_?layer)?", re.IGNORECASE)

    def rank(target: str) -> int:
        name = target.partition(":")[2]
        if exact.fullmatch(name):
            return 0
        says = bool(called.search(name)) and not NETWORK_NAME.search(name)
        return (1 if OWN_NAME.search(name) else 2) if says else 3

    for target in sorted(_targets(impl, CLASS), key=rank):
        try:
            kind = impl.load(target)
            # A block around one of torch's layers is no layer of theirs, unless its name says that it is meant to be.
            if isinstance(kind, type) and (rank(target) == 0 or _is_layer(kind, what, may_be_torchs=rank(target) == 1)):
                return kind
        except Exception as error:  # noqa: BLE001  # theirs; a class that is something else may raise anything
            problem = error if problem is None and rank(target) < 3 else problem
    if problem is not None:
        raise problem
    raise MissingError(f"the submission defines no {what} of its own")


def _targets(impl: Implementation, pattern: re.Pattern[str]) -> list[str]:
    """List what a pattern finds at the top level of a submission's files, the last first."""
    found: dict[str, None] = {}
    for path, text in sorted(impl.sources.items()):
        if path.endswith(".py") and not path.startswith(PROVIDED):
            module = path.removesuffix(".py").replace("/", ".")
            found |= dict.fromkeys(f"{module}:{name}" for name in pattern.findall(text))
    return [*found][::-1]


def _is_layer(kind: type, what: str, *, may_be_torchs: bool) -> bool:
    """Return whether a class that is made for 2 inputs and 3 outputs has one weight, of the size of such a layer's."""
    if what == "linear":
        sizes, layer = {6}, _linear(kind, np.zeros((3, 2), np.float32))
    else:
        sizes, layer = {54}, _tried(kind, np.zeros((3, 2, 3, 3), np.float32), PLAIN, lambda layer: layer)
    large = [tensor.numel() for tensor in _tensors(layer) if tensor.dim() >= 2 and tensor.numel() > 3]
    parts = layer.modules() if isinstance(layer, nn.Module) else ()
    is_torchs = any(type(part).forward in {nn.Linear.forward, nn.Conv2d.forward} for part in parts)
    return set(large) == sizes and len(large) == 1 and (may_be_torchs or not is_torchs)


def _linear(kind: Any, weight: np.ndarray) -> Any:  # noqa: ANN401  # theirs
    return _built(kind, {"in": weight.shape[1], "out": weight.shape[0]}, {"bias": True})


def _tried(kind: Any, weight: np.ndarray, options: Tree, use: Callable[[Any], Used]) -> Used:  # noqa: ANN401  # theirs
    """Make a convolution with numbers and use it; if that raises, with a pair for the kernel, then pairs throughout."""
    first = None
    for pairs in PAIRED:
        try:
            return use(_convolution(kind, weight, options, pairs))
        except NotImplementedError:
            raise
        except Exception as error:  # noqa: BLE001  # theirs; layers that ask for pairs raise anything
            first = first or error
    assert first is not None
    raise first


def _convolution(kind: Any, weight: np.ndarray, options: dict[str, Any], pairs: tuple[str, ...]) -> Any:  # noqa: ANN401  # theirs
    out, inputs, size, _ = weight.shape
    sizes = {"in": inputs * (options["groups"] if _takes(kind, "groups") else 1), "out": out, "kernel_size": size}
    given = sizes | {name: value for name, value in options.items() if _takes(kind, name)}
    paired = {name: (value, value) if name in pairs else value for name, value in given.items()}
    return _built(kind, {name: paired.pop(name) for name in sizes}, paired)


def _built(kind: Any, sizes: Tree, options: Tree) -> Any:  # noqa: ANN401  # theirs
    """Make a layer; its sizes are found by what the arguments are called, or are the first arguments."""
    known = _parameters(kind)
    named = {meaning: name for meaning in sizes if (name := _named(known, meaning)) is not None}
    if len(set(named.values())) < len(sizes):
        if len(known) < len(sizes):
            raise TypeError(f"{kind.__name__} takes {len(known)} arguments, expected {len(sizes)}: {', '.join(sizes)}")
        named = dict(zip(sizes, known, strict=False))
    arguments = {named[meaning]: value for meaning, value in sizes.items()}
    for meaning, value in options.items():
        name = _named(known, meaning)
        if name is not None and name not in arguments:
            arguments[name] = value
    for name in ("device", "dtype"):
        if name in known and known[name].default is inspect.Parameter.empty:
            arguments[name] = None
    return kind(**arguments)


def _parameters(kind: Any) -> dict[str, inspect.Parameter]:  # noqa: ANN401  # theirs
    """Return the arguments of a constructor that have names, in their order."""
    return {
        name: one
        for name, one in inspect.signature(kind).parameters.items()
        if one.kind in {one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY}
    }


def _named(known: dict[str, inspect.Parameter], meaning: str) -> str | None:
    """Return the argument that means this, by its name."""
    return next((name for name in known if re.fullmatch(MEANINGS[meaning], name, re.IGNORECASE)), None)


def _takes(kind: Any, meaning: str) -> bool:  # noqa: ANN401  # theirs
    """Return whether a constructor of theirs takes an argument, as a number."""
    if getattr(kind.__init__, "__module__", "").startswith("torch."):
        return False  # inherited from nn.Conv2d for its parameters: what torch takes is no promise of theirs
    known = _parameters(kind)
    name = _named(known, meaning)
    return name is not None and not isinstance(known[name].default, str)


def _convolved(kind: Any, weight: np.ndarray, bias: np.ndarray, x: torch.Tensor, asked: Tree) -> torch.Tensor:  # noqa: ANN401  # theirs
    """Convolve images with a layer of theirs; what its constructor does not take is made up for around it."""
    absent = {name for name, value in asked.items() if value != PLAIN[name] and not _takes(kind, name)}
    if "bias" in absent:
        return _convolved(kind, weight, np.zeros(len(weight), np.float32), x, asked | {"bias": True})
    if "groups" in absent:
        count = asked["groups"]
        parts = zip(np.split(weight, count), np.split(bias, count), x.chunk(count, 1), strict=True)
        return torch.cat([_convolved(kind, *part, asked | {"groups": 1}) for part in parts], 1)
    if "dilation" in absent:
        step, size = asked["dilation"], weight.shape[2]
        large = step * (size - 1) + 1
        spread = np.zeros((*weight.shape[:2], large, large), np.float32)
        spread[:, :, ::step, ::step] = weight
        y = _convolved(kind, spread, bias, x, asked | {"dilation": 1})
        keeps_size = y.shape[-2:] == x.shape[-2:] and not _takes(kind, "padding")
        return _without_edge(y, large // 2 - size // 2 if keeps_size else 0)
    if "stride" in absent:
        step = asked["stride"]
        return _convolved(kind, weight, bias, x, asked | {"stride": 1})[..., ::step, ::step]
    if "padding" in absent:
        wide = F.pad(x, 4 * (asked["padding"],))
        y = _convolved(kind, weight, bias, wide, asked | {"padding": 0})
        return _without_edge(y, weight.shape[2] // 2 if y.shape[-2:] == wide.shape[-2:] else 0)

    def applied(layer: Any) -> torch.Tensor:  # noqa: ANN401  # theirs
        given = x.clone()
        _carry(layer, [weight, bias] if bias.size else [weight])
        y = _tensor(layer(given), layer)
        x.data = given  # whatever was done to it
        return y

    return _tried(kind, weight, asked, applied)


def _without_edge(y: torch.Tensor, edge: int) -> torch.Tensor:
    """Take so many rows and columns off at each border."""
    return y[..., edge : y.shape[-2] - edge, edge : y.shape[-1] - edge]


def _loaded(
    layer: Any,  # noqa: ANN401  # theirs
    given: nn.Module,
    weight: np.ndarray,
    bias: np.ndarray,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Load the state of one of torch's layers that has these parameters; return weight and bias.

    Raises:
        ValueError: it does not fit; the sentence names the parameters that the layer has.
    """
    _carry(given, [weight, bias])
    try:
        layer.load_state_dict(given.state_dict())
    except (RuntimeError, AttributeError):
        own = dict(layer.named_parameters()) if isinstance(layer, nn.Module) else {}
        if not own.keys() & given.state_dict().keys() and sorted(map(_shape, own.values())) == sorted(
            map(_shape, given.parameters())
        ):
            raise ValueError(
                f"the layer cannot load the state of nn.{type(given).__name__}: "
                "its parameters are not called weight and bias"
            ) from None
        has = " and ".join(f"{name} {tuple(tensor.shape)}" for name, tensor in [*own.items()][:MOST_TENSORS]) or "none"
        raise ValueError(
            f"the layer cannot load the state of nn.{type(given).__name__}: its parameters are {has}, "
            f"expected weight {weight.shape} and bias {bias.shape}"
        ) from None
    return layer.weight, layer.bias


def _shape(tensor: torch.Tensor) -> tuple[int, ...]:
    return tuple(tensor.shape)


def _network(impl: Implementation, *, own: bool, form: str = "valid") -> nn.Module:
    """Find a network by the layers that it is made of: own ones, or torch's; of several the last that fits.

    Raises:
        MissingError: there is none. What the constructor of one whose name says what it is raises goes through.
    """
    with unrecorded():  # a lazy layer is shown an image as the network is made
        return _network_found(impl, own=own, form=form)


def _network_found(impl: Implementation, *, own: bool, form: str) -> nn.Module:
    layers: dict[str, Any] = {}
    for what in KINDS:
        with suppress(Exception):
            layers[what] = _layer_class(impl, what)
    problems: dict[str, Exception] = {}
    for pattern in (CLASS, FACTORY, BUILDER, OBJECT):
        found = []
        for target in _targets(impl, pattern):
            try:
                found += _candidates(impl.load(target), layers, form)
            except Exception as error:  # noqa: BLE001  # theirs; what is no network may raise anything
                problems[target.partition(":")[2]] = error
        made = [network.eval() for network in found if _is_own(network, [*layers.values()]) == own]
        if own:
            made = [_without_norms(network) for network in made]
        if made:
            return next((network for network in made if _fits(network)), made[0])
    said = {name: error for name, error in problems.items() if NETWORK_NAME.search(name)}
    for name in sorted(said, key=lambda name: bool(OWN_NAME.search(name)) != own):
        if not own or OWN_NAME.search(name):
            raise said[name]
    made_of = "layers of its own" if own else "the layers of torch"
    raise MissingError(f"the submission defines no network of {made_of}")


def _candidates(kind: Any, layers: dict[str, Any], form: str) -> list[nn.Module]:  # noqa: ANN401  # theirs
    """Make the networks that a class or function can make without being told more than which layers to take."""
    if isinstance(kind, nn.Module):
        return [kind]
    if kind in layers.values() or not callable(kind) or (isinstance(kind, type) and not issubclass(kind, nn.Module)):
        return []
    known = _parameters(kind)
    torchs = {"linear": nn.Linear, "convolution": nn.Conv2d}
    found: list[nn.Module] = []
    takes_layers = any(_named(known, what) is not None for what in KINDS)
    for chosen in (torchs, layers) if takes_layers else (torchs,):
        arguments: Tree = {}
        for meaning, layer in chosen.items():
            name = _named(known, meaning)
            if name is not None:
                arguments[name] = layer
        for meaning, value in (("channels", 3), ("classes", 10)):
            name = _named(known, meaning)
            if name is not None and known[name].default is inspect.Parameter.empty:
                arguments[name] = value
        padding = _named(known, "padding")
        if padding is not None and form == "same" and _takes(kind, "padding"):
            arguments[padding] = 2
        flags = [name for name, one in known.items() if isinstance(one.default, bool)]
        for flipped in ({}, *({name: not known[name].default} for name in flags)):
            given = arguments | flipped
            if all(name in given or one.default is not one.empty for name, one in known.items()):
                network = kind(**given)
                found += [_materialised(network)] if isinstance(network, nn.Module) else []
    return found


def _materialised(network: nn.Module) -> nn.Module:
    """Show a network an image, if layers of it take their sizes from what they are first shown."""
    if any(nn.parameter.is_lazy(tensor) for tensor in network.parameters()):
        network(torch.zeros(1, 3, 32, 32))
    return network


def _is_own(network: nn.Module, layers: list[Any]) -> bool | None:
    """Return whether a network is made of own layers; None where it is made of neither own ones nor torch's."""
    parts = [*network.modules()]
    if any(isinstance(part, tuple(layers)) for part in parts):
        return True
    strangers = [part for part in parts if not type(part).__module__.startswith("torch.")]
    if any(tensor.dim() >= 2 for part in strangers for tensor in _direct(part)):
        return True
    return False if any(isinstance(part, nn.Conv2d) for part in parts) else None


class _LeftOut(nn.Identity):
    """What stands in the place of a batch normalisation."""


def _without_norms(network: nn.Module) -> nn.Module:
    """Leave the batch normalisations of torch out of a network, whose own layers are to be compared."""
    for part in [*network.modules()]:
        for name, inside in [*part.named_children()]:
            if isinstance(inside, nn.BatchNorm1d | nn.BatchNorm2d):
                setattr(part, name, _LeftOut())
    return network


def _norms(network: nn.Module) -> int:
    return sum(isinstance(part, _LeftOut) for part in network.modules())


def _fits(network: nn.Module) -> bool:
    """Return whether a network has as many numbers as that of task 1."""
    return sum(tensor.numel() for tensor in network.parameters()) in {64058, 143930}


def _scores(network: nn.Module, tensors: list[np.ndarray], images: np.ndarray) -> Tree:
    shapes = _shapes(network)
    if not _has_sizes(network, tensors):
        return {"shapes": shapes, "scores": np.zeros((0, 10), np.float32)}
    _carry(network, tensors)
    return {"shapes": shapes, "scores": _tensor(network(torch.from_numpy(images)), network)}


def _has_sizes(network: nn.Module, tensors: list[np.ndarray]) -> bool:
    """Return whether a network has a tensor for each of these, and no parameters besides."""
    sizes = [tensor.numel() for tensor in _tensors(network)]
    return len([*network.parameters()]) <= len(tensors) and all(tensor.size in sizes for tensor in tensors)


def _shapes(network: nn.Module) -> list[list[int]]:
    """List the shapes of a network's parameters; of all its tensors, where most of them are no parameters."""
    own = [*network.parameters()]
    return [list(tensor.shape) for tensor in (own if len(own) >= 10 else _tensors(network))][:MOST_TENSORS]


def _tensors(layer: Any) -> list[torch.Tensor]:  # noqa: ANN401  # theirs
    """List the tensors of a layer and of those inside: parameters, then buffers, then what are plain attributes."""
    if not isinstance(layer, nn.Module):
        return _direct(layer)
    known = {id(tensor): tensor for tensor in (*layer.parameters(), *layer.buffers())}
    plain = {id(tensor): tensor for part in layer.modules() for tensor in _direct(part)}
    return [*(known | plain).values()]


def _direct(layer: Any) -> list[torch.Tensor]:  # noqa: ANN401  # theirs
    """List the tensors that stand in a layer itself."""
    own = [*layer.parameters(recurse=False), *layer.buffers(recurse=False)] if isinstance(layer, nn.Module) else []
    return own + [value for value in vars(layer).values() if isinstance(value, torch.Tensor)]


def _carry(layer: Any, arrays: list[np.ndarray]) -> None:  # noqa: ANN401  # theirs
    """Copy numbers into a layer or network, into tensors of their shape, or else of their size, whatever their names.

    A bias for which no numbers are given becomes ones, so that it is seen.

    Raises:
        ValueError: there is no tensor for some of them.
    """
    free = _tensors(layer)
    for array in arrays:
        place = next((n for n, tensor in enumerate(free) if tuple(tensor.shape) == array.shape), None)
        if place is None:
            place = next((n for n, tensor in enumerate(free) if tensor.numel() == array.size), None)
        if place is None:
            raise ValueError(f"{type(layer).__name__} has no parameter that takes numbers of shape {array.shape}")
        tensor = free.pop(place)
        tensor.copy_(_turned(torch.from_numpy(array), tuple(tensor.shape)))
    if len(arrays) == 1:
        for tensor in free:
            if tensor.numel() == len(arrays[0]):
                tensor.fill_(1)


def _turned(numbers: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """Bring numbers into a shape of the same size: by swapping axes if that is enough."""
    if sorted(numbers.shape) == sorted(shape):
        axes: list[int] = []
        for extent in shape:
            axes.append(next(n for n, size in enumerate(numbers.shape) if size == extent and n not in axes))
        return numbers.permute(axes)
    if len(shape) == 2 and numbers.dim() == 4 and shape[1] == len(numbers) != shape[0]:
        return numbers.flatten(1).T
    return numbers.reshape(shape)


def _tensor(value: object, layer: Any) -> torch.Tensor:  # noqa: ANN401  # theirs
    """Check that an answer is a tensor; return its numbers in single precision.

    Raises:
        NotImplementedError: it is nothing, as of code that is not written.
        TypeError: it is something else.
    """
    if value is None or value is Ellipsis:
        raise NotImplementedError(f"forward of {type(layer).__name__} returned nothing")
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"forward of {type(layer).__name__} returned {type(value).__name__}, expected a tensor")
    return value.detach().to(torch.float32)
