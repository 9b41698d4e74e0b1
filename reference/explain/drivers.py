"""How to call an implementation of `explain`. Not secret: the worker gets this file, students may read it.

Networks are lists of layers, made afresh for every call. They take batches alone; who hands them a single image is
called again with a batch of one, since the handout leaves open which of the two `grad_cam` is given.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # torch's own habit
from torch import nn

from grader.drivers.absent_modules import AbsentModule
from grader.drivers.implementation import Implementation, Tree

torch.set_num_threads(1)  # in a worker it is so; the reference gets its figures on one thread as well

STEP = 1e-4  # of central differences in float64
SAME = 1e-7  # two maps between 0 and 1 that are nowhere further apart are one
LONGEST_TEXT = 500  # characters that are handed back of what is printed
# Nothing keeps a student from a library that resizes otherwise than the reference does.
ENLARGING: tuple[dict[str, Any], ...] = (
    {"mode": "bilinear", "align_corners": False},
    {"mode": "bilinear", "align_corners": True},
    {"mode": "nearest"},
    {"mode": "nearest-exact"},
    {"mode": "area"},
    {"mode": "bicubic", "align_corners": False},
    {"mode": "bicubic", "align_corners": True},
    {"mode": "bicubic", "align_corners": False, "antialias": True},
)


class NoBatchError(ValueError):
    """The network was given something other than a batch of images."""


class Rectified(nn.Conv2d):
    """A convolution whose answer has passed its ReLU already: after it another ReLU changes nothing."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Convolve and rectify."""
        return F.relu(super().forward(x))


class Mean(nn.Module):
    """The mean over all places."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Average each channel of each image."""
        return x.mean(dim=(2, 3))


class Network(nn.Sequential):
    """Layers one after the other."""

    def __init__(self, layers: list[Tree], *, rectified: bool = False) -> None:
        super().__init__(*(_layer(spec, rectified=rectified) for spec in layers))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Score a batch."""
        return super().forward(_batch(x))


class NestedNetwork(nn.Module):
    """The same in blocks, each of which ends with a pooling layer."""

    def __init__(self, layers: list[Tree], *, rectified: bool = False) -> None:
        super().__init__()
        blocks: list[list[nn.Module]] = [[]]
        for spec in layers:
            blocks[-1].append(_layer(spec, rectified=rectified))
            if spec["kind"] == "pool":
                blocks.append([])
        self.blocks = nn.Sequential(*(nn.Sequential(*block) for block in blocks if block))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Score a batch."""
        return self.blocks(_batch(x))


class FunctionalNetwork(nn.Module):
    """The same, but what has no parameters and is no pooling layer stands in `forward` alone."""

    def __init__(self, layers: list[Tree], *, rectified: bool = False) -> None:
        super().__init__()
        self.kinds = [spec["kind"] for spec in layers]
        counts = {"conv": 0, "pool": 0, "linear": 0}
        self.names: list[str] = []
        for spec in layers:
            kind = spec["kind"]
            if kind in counts:
                counts[kind] += 1
                setattr(self, f"{kind}{counts[kind]}", _layer(spec, rectified=rectified))
            self.names.append(f"{kind}{counts.get(kind, '')}")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Score a batch."""
        x = _batch(x)
        for kind, name in zip(self.kinds, self.names, strict=True):
            match kind:
                case "relu":
                    x = F.relu(x)
                case "flatten":
                    x = x.flatten(1)
                case "mean":
                    x = x.mean(dim=(2, 3))
                case _:
                    x = getattr(self, name)(x)
        return x


STYLES = {"flat": Network, "nested": NestedNetwork, "functional": FunctionalNetwork}


class Images:
    """A dataset, as torch's are: `dataset[i]` is an image and its class."""

    def __init__(self, images: np.ndarray, labels: list[int]) -> None:
        self.images, self.targets = torch.tensor(images), list(labels)

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        if not -len(self) <= index < len(self):
            raise IndexError(f"there are {len(self)} images, and none has the index {index}")
        return self.images[index], self.targets[index]


def feature_maps(impl: Implementation, network: Tree, images: np.ndarray, *, rectified: bool = False) -> Tree:
    """Give the feature maps of images layer by layer.

    With `rectified` the ReLU after a convolution counts as part of it: the reference alone is asked for that.
    """
    maps, _ = _feature_maps(impl, network, torch.tensor(images), rectified=rectified)
    return {"layers": len(maps), "maps": maps}


def feature_maps_and_traces(
    impl: Implementation, network: Tree, images: np.ndarray, others: np.ndarray, traces: str, *, training: bool = False
) -> Tree:
    """Give the feature maps, and what is left of the call."""
    given = torch.tensor(images)
    maps, model = _feature_maps(impl, network, given, rectified=False, training=training)
    return {"maps": maps, **_traces(model, given, others, traces)}


def grad_cams(impl: Implementation, network: Tree, image: np.ndarray, targets: list[int]) -> Tree:
    """Give the map of each of these classes."""
    return {"maps": [_grad_cam(impl, network, image, target)[0] for target in targets]}


def grad_cam_and_traces(
    impl: Implementation, network: Tree, images: np.ndarray, others: np.ndarray, traces: str, *, training: bool = False
) -> Tree:
    """Give the map of the first class for the first image, and what is left of the call."""
    heat, model, given = _grad_cam(impl, network, images[0], 0, training=training)
    return {"maps": [heat], **_traces(model, given[None], others, traces)}


def accepted_maps(_impl: Implementation, network: Tree, image: np.ndarray, target: int, *, grey: bool = False) -> Tree:
    """Compute every map that is right, scaled to [0, 1], in double precision and from differences of scores alone.

    The mean gradient of a channel is the slope of the score where the whole channel is raised by the same number,
    divided by how many places it has. With `grey` the maps are those of 256 grey values that were enlarged after that.
    """
    layers = network["layers"]
    model = Network(layers).double().eval()
    last = max(place for place, spec in enumerate(layers) if spec["kind"] == "conv")
    parts = list(model.children())
    ends = [last + 1, last + 2] if layers[last + 1]["kind"] == "relu" else [last + 1]
    found: list[torch.Tensor] = []
    with torch.no_grad():
        for end in ends:
            before, after = nn.Sequential(*parts[:end]), nn.Sequential(*parts[end:])
            activations = before(torch.tensor(image).double()[None])
            for score in (_logit, _log_probability):
                heat = _weighted(activations, lambda x: score(after(x), target))  # noqa: B023  # called at once
                found += _resized(heat, image.shape[1:], grey=grey)
    heats = torch.cat([_to_unit_interval(heat) for heat in found])[:, 0].numpy()
    kept, count = np.empty_like(heats), 0
    for heat in heats:
        if not (np.abs(kept[:count] - heat).max((1, 2)) <= SAME).any():
            kept[count] = heat
            count += 1
    return {"maps": [*kept[:count].astype(np.float32)]}


def picks(impl: Implementation, network: Tree, images: np.ndarray, labels: list[int], n: int) -> Tree:
    """Pick examples: give the images that are said to be right, and to be wrong."""
    return _examples(_call(impl, "pick_examples", model=_model(network), dataset=Images(images, labels), n=n), images)


def picks_and_traces(
    impl: Implementation, network: Tree, images: np.ndarray, others: np.ndarray, traces: str, *, training: bool = False
) -> Tree:
    """Pick examples of images of which every second one is of the first class, and tell what is left of the call."""
    model = _model(network, training=training)
    labels = [index % 2 for index in range(len(images))]
    found = _examples(_call(impl, "pick_examples", model=model, dataset=Images(images, labels), n=2), images)
    return {**found, **_traces(model, torch.tensor(images), others, traces)}


def shortage(impl: Implementation, network: Tree, images: np.ndarray, labels: list[int], n: int) -> Tree:
    """Pick examples, and tell what is raised, how often it is warned, what is printed, and which examples come."""
    with _captum():
        impl.load("explain:pick_examples")  # what cannot be read or found tells of no shortage
    printed, raised, found = io.StringIO(), "", None
    with warnings.catch_warnings(record=True) as warned, contextlib.redirect_stdout(printed):
        warnings.simplefilter("always")
        with contextlib.redirect_stderr(printed):
            try:
                found = _call(impl, "pick_examples", model=_model(network), dataset=Images(images, labels), n=n)
            except NotImplementedError:
                raise
            except Exception as error:  # noqa: BLE001  # theirs; an exception of any kind says that there are too few
                raised = type(error).__name__
    text = printed.getvalue().strip()[:LONGEST_TEXT]
    examples = {} if raised else _examples(found, images)
    return {"raised": raised, "warnings": len(warned), "printed": text, "examples": examples}


def predictions(_impl: Implementation, network: Tree, images: np.ndarray) -> Tree:
    """Classify images."""
    with torch.no_grad():
        return {"predicted": _model(network)(torch.tensor(images)).argmax(dim=1)}


def _feature_maps(
    impl: Implementation, network: Tree, images: torch.Tensor, *, rectified: bool, training: bool = False
) -> tuple[list[np.ndarray], nn.Module]:
    model = _model(network, rectified=rectified, training=training)
    found = _call(impl, "feature_maps", model=model, images=images)
    if isinstance(found, dict):
        found = list(found.values())
    if not isinstance(found, list | tuple):
        raise TypeError(f"feature_maps returned {type(found).__name__}, expected a dict of tensors")
    return [_array(one, "feature_maps") for one in found], model


def _grad_cam(
    impl: Implementation, network: Tree, image: np.ndarray, target: int, *, training: bool = False
) -> tuple[np.ndarray, nn.Module, torch.Tensor]:
    """Give the map of one class, the network and the image: handed over alone or, where that fails, in a batch.

    The map is scaled to [0, 1], so that whoever makes a mistake is told its name whichever scale is in use.
    """
    first: Exception | None = None
    for given in (torch.tensor(image), torch.tensor(image)[None]):
        model = _model(network, training=training)
        try:
            heat = _array(_call(impl, "grad_cam", model=model, image=given, target_class=target), "grad_cam")
            return _scaled(heat, image.shape[1:]), model, given.reshape(image.shape)
        except NotImplementedError:
            raise
        except Exception as error:  # noqa: BLE001  # theirs, raised below if no form of the image works
            if first is not None:
                raise (error if isinstance(first, NoBatchError) else first) from None
            first = error
    raise AssertionError("no form of the image was tried")


def _model(network: Tree, *, rectified: bool = False, training: bool = False) -> nn.Module:
    kind = STYLES[network["style"]]
    return kind(network["layers"], rectified=rectified).train(training)


def _layer(spec: Tree, *, rectified: bool) -> nn.Module:
    """Make a layer and give it its parameters."""
    match spec["kind"]:
        case "conv":
            outputs, inputs, *kernel = spec["weight"].shape
            kind = Rectified if rectified else nn.Conv2d
            layer: nn.Module = kind(inputs, outputs, tuple(kernel), spec.get("stride", 1), spec.get("padding", 0))
        case "linear":
            layer = nn.Linear(spec["weight"].shape[1], spec["weight"].shape[0])
        case "relu":
            return nn.ReLU()
        case "norm":
            layer = nn.BatchNorm2d(spec["weight"].shape[0])
        case "pool":
            return nn.MaxPool2d(spec["size"])
        case "flatten":
            return nn.Flatten()
        case _:
            return Mean()
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(spec["weight"]))  # type: ignore[operator]  # torch's attribute by name
        layer.bias.copy_(torch.tensor(spec["bias"]))  # type: ignore[operator]  # likewise
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean, layer.running_var = torch.tensor(spec["mean"]), torch.tensor(spec["variance"])
    return layer


def _batch(x: torch.Tensor) -> torch.Tensor:
    if x.dim() != 4:  # axes of a batch
        raise NoBatchError(f"the network is given shape {tuple(x.shape)}, expected a batch of images, (N, C, H, W)")
    return x


def _logit(scores: torch.Tensor, target: int) -> torch.Tensor:
    return scores[0, target]


def _log_probability(scores: torch.Tensor, target: int) -> torch.Tensor:
    """Give log p of a class; the slopes of p itself are the same but for a factor above 0."""
    return F.log_softmax(scores, dim=1)[0, target]


def _weighted(activations: torch.Tensor, score: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """Add up channels by the slope of the score; shapes (1, K, h, w) and (1, 1, h, w)."""
    heat = torch.zeros_like(activations[:, :1])
    for channel in range(activations.shape[1]):
        raised, lowered = activations.clone(), activations.clone()
        raised[:, channel] += STEP
        lowered[:, channel] -= STEP
        heat += (score(raised) - score(lowered)) / (2 * STEP) * activations[:, channel]
    return heat


def _resized(heat: torch.Tensor, size: tuple[int, ...], *, grey: bool) -> Iterator[torch.Tensor]:
    """Enlarge a map in every way; negative values kept, and left out before or after that."""
    starts = [heat, F.relu(heat)]
    if grey:
        starts = [kind(255 * _to_unit_interval(one)) for one in starts for kind in (torch.floor, torch.round)]
    for way in ENLARGING if heat.shape[2:] != size else ENLARGING[:1]:
        for start in starts:
            enlarged = F.interpolate(start, size=size, **way)
            yield from (enlarged, F.relu(enlarged), enlarged.clamp(start.min(), start.max()))


def _to_unit_interval(heat: torch.Tensor) -> torch.Tensor:
    span = heat.max() - heat.min()
    return torch.zeros_like(heat) if span == 0 else (heat - heat.min()) / span


def _traces(model: nn.Module, images: torch.Tensor, others: np.ndarray, kind: str) -> Tree:
    """Tell what is left of a call: hooks, scores of other images, the images, or how many batches were counted.

    Batch norm scores other images by their own mean in training, and by what it has learned in evaluation.
    """
    if kind == "images":
        return {"images": images.detach()}
    if kind == "statistics":
        norms = [part for part in model.modules() if isinstance(part, nn.BatchNorm2d)]
        return {"batches": [int(norm.num_batches_tracked or 0) for norm in norms]}
    places = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    left = [[getattr(part, place) for place in places] for part in model.modules()]
    if kind == "hooks":
        return {"hooks": [sum(map(len, hooks)) for hooks in left]}
    for hooks in (hooks for part in left for hooks in part):
        hooks.clear()  # they cost their own points, and may raise an exception where there are no gradients
    with torch.no_grad():
        return {"scores": model(torch.tensor(others))}


def _examples(found: Any, images: np.ndarray) -> Tree:  # noqa: ANN401  # theirs
    """Give the images that right and wrong examples stand for, and how many indices there are of either kind."""
    pair = [_indices(one) for one in _pair(found)]
    inside = [[index for index in one if 0 <= index < len(images)] for one in pair]
    right, wrong = (images[np.array(one, int)] for one in inside)
    return {"counts": [len(one) for one in pair], "right": right, "wrong": wrong}


def _pair(found: Any) -> list[Any]:  # noqa: ANN401  # theirs
    """Give right and wrong examples; of a dict those are wrong whose name says so.

    Raises:
        TypeError: there are no two of them.
    """
    if isinstance(found, dict):
        found = [found[name] for name in sorted(found, key=lambda name: _tells_wrong(str(name)))]
    if not isinstance(found, list | tuple) or len(found) != 2:  # right and wrong ones
        raise TypeError(f"pick_examples returned {type(found).__name__}, expected two lists of indices")
    return list(found)


def _tells_wrong(name: str) -> bool:
    return any(part in name.casefold() for part in ("wrong", "incorrect", "mis", "false", "bad"))


def _indices(found: Any) -> list[int]:  # noqa: ANN401  # theirs
    """Give indices as a list of Python's integers."""
    if isinstance(found, torch.Tensor | np.ndarray):
        found = found.reshape(-1).tolist()
    return [int(one) for one in found]


def _array(found: Any, of: str) -> np.ndarray:  # noqa: ANN401  # theirs
    """Give numbers of any kind as an array of float32.

    Raises:
        NotImplementedError: there are none, as of code that is not written.
        TypeError: they are something else.
    """
    if found is None:
        raise NotImplementedError(f"{of} returned None")
    if isinstance(found, list | tuple):
        return np.stack([_array(one, of) for one in found]) if found else np.zeros(0, np.float32)
    if isinstance(found, torch.Tensor):
        found = found.detach().cpu().numpy()
    if not isinstance(found, np.ndarray | np.number | int | float):
        raise TypeError(f"{of} returned {type(found).__name__}, expected a tensor")
    return np.asarray(found, np.float32)


def _scaled(heat: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Scale a map to [0, 1] and leave out axes of one; one that is alike everywhere, or has NaN, stays as it is."""
    if heat.shape in ((1, *size), (1, 1, *size), (*size, 1)):
        heat = heat.reshape(size)
    if not heat.size or not np.isfinite(heat).all():
        return heat
    span = np.ptp(heat)
    return heat if span == 0 else (heat - heat.min()) / span


def _call(impl: Implementation, name: str, **arguments: Any) -> Any:  # noqa: ANN401  # see above
    """Call a function of theirs, or raise if it returned nothing.

    Arguments are handed over by name where all names are the assignment's, in whatever order, and else in its order.
    """
    with _captum():
        function = impl.load(f"explain:{name}")
        try:
            named = arguments.keys() <= inspect.signature(function).parameters.keys()
        except (TypeError, ValueError):  # of what has no signature
            named = False
        found = function(**arguments) if named else function(*arguments.values())
    if found is None:
        raise NotImplementedError(f"{name} returned None")
    return found


@contextmanager
def _captum() -> Iterator[None]:
    """Let those parts of captum be imported that the handout speaks of, where captum is not installed.

    What draws is a stand-in then.
    """
    if "captum" in sys.modules:
        yield
        return
    package, attr = AbsentModule("captum"), AbsentModule("captum.attr")
    vars(attr).update(LayerGradCam=LayerGradCam, LayerActivation=LayerActivation, LayerAttribution=LayerAttribution)
    vars(package).update(attr=attr, __path__=[])
    names = {"captum": package, "captum.attr": attr}
    before = {name: sys.modules[name] for name in names if name in sys.modules}
    sys.modules.update(names)
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(before)


class LayerAttribution:
    """What captum's classes of layers have in common."""

    @staticmethod
    def interpolate(heat: torch.Tensor, interpolate_dims: Any, interpolate_mode: str = "nearest") -> torch.Tensor:  # noqa: ANN401  # a size
        """Enlarge maps, shape (N, K, h, w), to (N, K, *interpolate_dims)."""
        return F.interpolate(heat, interpolate_dims, mode=interpolate_mode)


class LayerActivation(LayerAttribution):
    """What captum's class of this name gives: the output of a layer."""

    def __init__(self, forward_func: Callable[..., torch.Tensor], layer: nn.Module, device_ids: object = None) -> None:
        self.forward_func, self.layer, self.device_ids = forward_func, layer, device_ids

    def _run(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        kept: list[torch.Tensor] = []
        hook = self.layer.register_forward_hook(lambda _layer, _inputs, output: kept.append(output))
        try:
            with torch.enable_grad():
                return self.forward_func(inputs), kept[0]
        finally:
            hook.remove()

    def attribute(self, inputs: torch.Tensor, **_named: object) -> torch.Tensor:
        """Give the layer's output, detached, shape (N, K, h, w)."""
        return self._run(inputs)[1].detach()


class LayerGradCam(LayerActivation):
    """What captum's class of this name gives: the channels' sum weighed by mean gradients, with its sign."""

    def attribute(
        self,
        inputs: torch.Tensor,
        target: Any = None,  # noqa: ANN401  # an index, or one for each image
        relu_attributions: bool = False,  # noqa: FBT001, FBT002  # captum's signature
        **_named: object,
    ) -> torch.Tensor:
        """Give a map for each image, shape (N, 1, h, w)."""
        scores, output = self._run(inputs)
        chosen = torch.as_tensor(0 if target is None else target).reshape(-1).expand(len(scores))
        (gradients,) = torch.autograd.grad(scores.gather(1, chosen[:, None]).sum(), output)
        heat = (gradients.mean(dim=(2, 3), keepdim=True) * output).sum(dim=1, keepdim=True).detach()
        return F.relu(heat) if relu_attributions else heat
