"""Which layers a network went through, concluded from the numbers that went in and came out.

What a worker counts is no evidence: it is the same for everybody. Here the parameters are known to be filled with
hidden numbers. So what came out of a layer can be computed anew, and what goes into it has to be made of the picture
and of what came out before, by functions that have no parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, Final

import numpy as np

from grader.authoring.compare import equal

Array = np.ndarray
Shape = Sequence[int]

MOST_CALLS: Final = 24  # of layers that are looked at; the figures have 9
MOST_NUMBERS: Final = 1 << 17  # of an array, or of all parameters together
MOST_KERNEL: Final = 9
LARGEST: Final = 1e6  # that numbers may become
MOST_PARTS: Final = 3  # that are joined
STRIDES: Final = (1, 2, 3)
EPSILONS: Final = (1e-5, 1e-3, 1e-4, 1e-6, 1e-8)  # of batch norm: nn.BatchNorm2d's own first
MOST_PADDING: Final = 4  # pixels at each border, before a layer
# Sums of up to 600 float32 products, whose order is free: at most 3 % of this is used over 20 seeds.
RTOL, SHARE_OF_LARGEST = 1e-4, 1e-5


@dataclass(frozen=True)
class Trace:
    """What is shown of a forward pass.

    `shapes`: of the parameters that were used, in the order of their first use, in layers that are shown.
    `sizes`: heights and widths that went into convolutions. `has_scores`: whether the scores are made of it. `fault`:
    where the first layer is that is not shown, empty where all are.
    """

    shapes: list[list[int]]
    sizes: list[tuple[int, int]]
    has_scores: bool
    fault: str


def filled(numbers: Array, shapes: Sequence[Shape]) -> list[Array]:
    """Fill parameters of these shapes with numbers, one after the other, as the driver does."""
    found, place = [], 0
    for shape in shapes:
        found.append(np.resize(np.roll(numbers, -place), tuple(shape)))
        place += found[-1].size
    return found


def traced(answer: Any, numbers: Array, x: Array) -> Trace:  # noqa: ANN401  # what a worker sent
    """Follow a forward pass layer by layer, as far as its numbers show."""
    shapes = plain_shapes(answer["shapes"])
    if shapes is None:
        return Trace([], [], has_scores=False, fault="its parameters are too many or too large to be followed")
    parameters = filled(numbers, shapes)
    known, used, sizes = [x], dict[int, None](), list[tuple[int, int]]()
    fault = "" if answer["calls"] else "no layer of torch's was seen to use its parameters"
    for number, call in enumerate(answer["calls"][:MOST_CALLS], start=1):
        taken, given, result = [int(place) for place in call["places"]], call["input"], call["output"]
        if not (taken and are_images(len(x), given, result) and all(0 <= place < len(shapes) for place in taken)):
            fault = f"layer {number} is given something else than pictures"
        elif not is_made_of(given, known):
            fault = f"layer {number} is given numbers that are not what came before, pooled, upsampled, joined or cut"
        elif not any(
            is_near(result, each) for each in outputs(given, [parameters[place] for place in taken], result.shape)
        ):
            fault = f"layer {number} is no convolution and no batch norm of its parameters"
        if fault:
            break
        known.append(result)
        used |= dict.fromkeys(taken)
        sizes += [given.shape[2:]] if parameters[taken[0]].ndim == 4 else []
    scores = answer["scores"]
    return Trace(
        [shapes[place] for place in used],
        sizes,
        has_scores=not fault and are_images(len(x), scores) and is_made_of(scores, known[1:]),
        fault=fault,
    )


def plain_shapes(shapes: Sequence[Shape]) -> list[list[int]] | None:
    """Return the shapes of parameters as lists of numbers, or None where they are more than is looked at."""
    found = [[int(size) for size in shape[:5]] for shape in shapes[: 2 * MOST_CALLS]]
    sizes = [np.prod(shape, dtype=float) for shape in found]
    is_small = all(size > 0 for shape in found for size in shape) and sum(sizes) <= MOST_NUMBERS
    return found if is_small else None


def are_images(count: int, *values: object) -> bool:
    """Return whether values are arrays of shape (N, C, H, W), of so many pictures, that can be computed with."""
    return all(
        isinstance(value, Array)
        and value.ndim == 4
        and len(value) == count
        and value.dtype == np.float32
        and 0 < value.size <= MOST_NUMBERS
        and bool((np.abs(value) < LARGEST).all())
        for value in values
    )


def is_near(got: Array, expected: Array) -> bool:
    """Return whether an array is another one, but for rounding."""
    if got.shape != expected.shape:
        return False
    largest = max(1.0, float(np.abs(expected).max()))
    return equal(got, expected.astype(np.float32), rtol=RTOL, atol=SHARE_OF_LARGEST * largest)


def outputs(x: Array, parameters: Sequence[Array], shape: Shape) -> Iterator[Array]:
    """Compute what layers with these parameters make of pictures, where it has the shape that came out."""
    first, *others = (array.astype(np.float64) for array in parameters)
    axes = [array.ndim for array in parameters]
    if axes in ([4], [4, 1]) and first.shape[2] == first.shape[3] <= MOST_KERNEL:
        bias = others[0][:, None, None] if others else 0.0
        for plain in chain(convolved(x, first, shape), transposed(x, first, shape)):
            if not others or len(others[0]) == plain.shape[1]:
                yield plain + bias
    elif axes == [1, 1] and len(first) == len(others[0]) == x.shape[1]:
        mean, variance = x.mean((0, 2, 3), np.float64, keepdims=True), x.var((0, 2, 3), np.float64, keepdims=True)
        for epsilon in EPSILONS:
            yield (x - mean) / np.sqrt(variance + epsilon) * first[:, None, None] + others[0][:, None, None]


def convolved(x: Array, weight: Array, shape: Shape) -> Iterator[Array]:
    """Convolve pictures, for every stride and padding that gives the height and width of a shape."""
    kernel, sizes = weight.shape[2], np.array(x.shape[2:])
    if weight.shape[1] != x.shape[1]:
        return
    for stride in STRIDES:
        for padding in range(kernel + 1):
            if ((sizes + 2 * padding - kernel) // stride + 1 == shape[2:]).all():
                padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
                windows = np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel), axis=(2, 3))
                sums = np.tensordot(windows[:, :, ::stride, ::stride], weight, ([1, 4, 5], [1, 2, 3]))
                yield np.moveaxis(sums, 3, 1)


def transposed(x: Array, weight: Array, shape: Shape) -> Iterator[Array]:
    """Transpose a convolution, for every stride and padding that gives the height and width of a shape."""
    kernel, (height, width) = weight.shape[2], x.shape[2:]
    if weight.shape[0] != x.shape[1]:
        return
    for stride in STRIDES:
        whole = np.array([(side - 1) * stride + kernel for side in (height, width)])
        for padding in range(kernel + 1):
            more = np.array(shape[2:]) - (whole - 2 * padding)  # the output padding
            if ((more >= 0) & (more < stride)).all():
                canvas = np.zeros((len(x), weight.shape[1], *(whole + stride)))
                for row in range(kernel):
                    for column in range(kernel):
                        part = np.tensordot(weight[:, :, row, column], x, ([0], [1]))
                        places = (
                            slice(row, row + height * stride, stride),
                            slice(column, column + width * stride, stride),
                        )
                        canvas[:, :, *places] += np.moveaxis(part, 0, 1)
                yield canvas[:, :, padding : padding + shape[2], padding : padding + shape[3]]


def is_made_of(target: Array, known: Sequence[Array], parts: int = MOST_PARTS) -> bool:
    """Return whether pictures are others that are known, or several of them joined, put through simple functions."""
    wanted = target.shape[1]
    fitting = [source for source in reversed(known) if source.shape[1] <= wanted]
    for made in (usual_forms, other_forms):
        for source in fitting:
            channels = source.shape[1]
            for form in made(source, target.shape[2:]):
                is_first = len(form) == len(target) and is_near(target[:, :channels], form)
                is_whole = channels == wanted
                if is_first and (is_whole or (parts > 1 and is_made_of(target[:, channels:], known, parts - 1))):
                    return True
    return False


def usual_forms(x: Array, size: tuple[int, int]) -> Iterator[Array]:
    """Pool pictures or copy their pixels to a size, with ReLU or without."""
    changed = next(resized(x, size), None)
    if changed is not None:
        yield changed
        yield np.maximum(changed, 0)  # the same as before pooling or copying


def other_forms(x: Array, size: tuple[int, int]) -> Iterator[Array]:
    """Change the size of pictures in every way, before or after every activation."""
    for activated in activations(x):
        yield from resized(activated, size)
    if x.shape[2:] != size:  # otherwise both orders are the same
        for changed in resized(x, size):
            yield from activations(changed)


def activations(x: Array) -> Iterator[Array]:
    """Put pictures through what may stand between two layers, nothing and ReLU first."""
    yield x
    yield np.maximum(x, 0)
    for slope in (0.01, 0.1, 0.2):
        yield np.where(x > 0, x, slope * x)
    small = np.minimum(x, 0)
    yield np.where(x > 0, x, np.expm1(small))
    yield 1 / (1 + np.exp(-x.clip(-60, 60)))
    yield np.tanh(x)
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    yield powers / powers.sum(axis=1, keepdims=True)


def resized(x: Array, size: tuple[int, int]) -> Iterator[Array]:
    """Pool pictures, upsample or pad them to a size, in each way that is in use, torch's default first."""
    height, width = x.shape[2:]
    border, is_uneven = divmod(size[0] - height, 2)
    if size == (height, width):
        yield x
        return
    if height % size[0] == width % size[1] == 0:
        blocks = x.reshape(*x.shape[:2], size[0], height // size[0], size[1], width // size[1])
        yield blocks.max((3, 5))
        yield blocks.mean((3, 5))
        yield blocks[:, :, :, 0, :, 0]
    if size[0] % height == size[1] % width == 0:
        yield x.repeat(size[0] // height, axis=2).repeat(size[1] // width, axis=3)
        for places in (middles, corners):
            rows, columns = blending(places, height, size[0]), blending(places, width, size[1])
            yield np.asarray(rows @ x @ columns.T)
    if 0 < border <= MOST_PADDING and not is_uneven and size[1] - width == 2 * border < 2 * min(height, width):
        borders = ((0, 0), (0, 0), (border, border), (border, border))
        yield np.pad(x, borders)
        yield np.pad(x, borders, mode="reflect")
        yield np.pad(x, borders, mode="edge")


def middles(old: int, new: int) -> Array:
    """Place the middles of new pixels among old ones, as torch does by default."""
    return ((np.arange(new) + 0.5) * old / new - 0.5).clip(0, old - 1)


def corners(old: int, new: int) -> Array:
    """Place new pixels among old ones so that the corners meet."""
    return np.linspace(0, old - 1, new)


@lru_cache(maxsize=64)
def blending(places: Callable[[int, int], Array], old: int, new: int) -> Array:
    """Give the share of each old pixel in each new one, shape (new, old)."""
    return np.stack([np.interp(places(old, new), np.arange(old), row) for row in np.eye(old)], axis=1)
