"""Hidden tests of several layers together, of a network that learns, and of the work that is done in Python."""

from __future__ import annotations

import itertools
import os
from typing import Any

import numpy as np
import pytest
from drivers import chain, digits, trained_classes, work

from grader.authoring import Note, Subject, assert_matches

# The one that most mistakes show in is first: what fails is not tried with the others.
SETTINGS = {"5-3-2": [(5, 3, 2)], "5-3-2,10-3-2": [(5, 3, 2), (10, 3, 2)], "5-3-1": [(5, 3, 1)], "5-1-1": [(5, 1, 1)]}
TRAINED, TESTED = 1400, 300
BAND = 0.07  # of accuracy: sums in another order turn at most 2 % of the images, the least of what shows here 14 %
SLACK = 4  # lines and operations: the least loop over 8 more rows has 8 more


@pytest.mark.parametrize("strides", [(1, 1), (2, 1, 2)], ids=str)
def test_several_layers(
    student: Subject, reference: Subject, rng: np.random.Generator, strides: tuple[int, ...]
) -> None:
    channels, layers, shape = 2, [], (11, 14)
    for place, stride in enumerate(strides):
        filters = 3 + place
        layers.append(
            {
                "kernel": rng.normal(0, 0.4, size=(2, 2, channels, filters)).astype(np.float32),
                "bias": rng.normal(0, 0.3, size=filters).astype(np.float32),
                "stride": stride,
            }
        )
        shape, channels = tuple((extent - 2) // stride + 1 for extent in shape), filters
    images = rng.normal(size=(2, 11, 14, 2)).astype(np.float32)
    inputs: dict[str, Any] = {"images": images, "layers": layers}
    inputs["gradient"] = rng.normal(size=(2, *shape, channels)).astype(np.float32)
    assert_matches(student(chain, **inputs), reference(chain, **inputs))


@pytest.mark.parametrize("setting", SETTINGS)
def test_one_epoch(student: Subject, reference: Subject, note: Note, setting: str) -> None:
    """An accuracy has to lie in a band around that of the reference."""
    rng = np.random.default_rng(20)  # the same first weights for everybody: the accuracies are compared
    drawn = reference(digits, folder=os.environ.get("MNIST", ""), count=TRAINED, others=TESTED)
    wanted = drawn.pop("wanted")
    shape, sizes = drawn["images"].shape[1:], []
    for filters, size, stride in SETTINGS[setting]:
        kernel = rng.normal(0, (2 / (size * size * shape[2])) ** 0.5, size=(size, size, shape[2], filters)).astype(
            np.float32
        )
        sizes.append({"kernel": kernel, "stride": stride})
        shape = (*((extent - size) // stride + 1 for extent in shape[:2]), filters)
    weight = rng.normal(0, 0.1, size=(int(np.prod(shape)), 10)).astype(np.float32)
    inputs = {
        **drawn,
        "sizes": sizes,
        "weight": weight,
        "batch_size": 10,
        "rate": 2.4 / len(drawn["images"][0]),
    }  # smaller steps for more pixels
    got, expected = (np.asarray(subject(trained_classes, **inputs)["classes"]) for subject in (student, reference))
    accuracy, band = (
        (classes == wanted).mean() if classes.shape == wanted.shape else 0.0 for classes in (got, expected)
    )
    assert accuracy >= band - BAND, (
        f"after one epoch {100 * accuracy:.1f} % of the test images are classified rightly, expected {100 * band:.1f} %"
    )
    note(f"{setting}: {100 * accuracy:.1f} %")


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_no_loops(student: Subject, direction: str) -> None:
    """Work is counted beside the submission; the closed form: it does not grow with the images."""

    def counted(*shape: int) -> dict[str, Any]:
        found: Any = student(work, shape=[*shape], kernel_size=3, stride=1, filters=3)
        return dict(found[direction])

    small = counted(2, 9, 10, 2)
    shape = {"forward": (2, 7, 8, 3), "backward": (2, 9, 10, 2)}[direction]
    assert tuple(small["shape"]) == shape, f"{direction} gives another shape than {shape} for images of (2, 9, 10, 2)"
    assert small["lines"], f"{direction} executes no line of Python"
    grown = {
        "rows": [(2, 17, 10, 2), (2, 25, 10, 2)],
        "columns": [(2, 9, 18, 2), (2, 9, 26, 2)],
        "samples": [(10, 9, 10, 2), (18, 9, 10, 2)],
    }
    for what, shapes in grown.items():
        counts = [small, *(counted(*shape) for shape in shapes)]
        for name, words in (("lines", "lines of Python"), ("operations", "operations of torch")):
            # A loop grows with every step; a copy that is needed for one size and not for another grows once.
            more = min(after[name] - before[name] for before, after in itertools.pairwise(counts))
            assert more <= SLACK, f"{direction} executes {more} more {words} for 8 more {what}, expected none"
