"""Hidden tests of freezing: which parameters a training step leaves as they were, bit by bit."""

from __future__ import annotations

import numpy as np
import pytest
from drivers import CHANNELS, shapes, step

from grader.authoring import Subject, equal

BEGINNINGS = (["model.0.", "model.1.", "model.2."], ["model.4.", "model.7."])
NUMBERS = (["model.1."], ["model.1.", "model.3."])
FROZEN = (["model.5.conv.weight", "model.10.bn.bias"], ["model.11.conv.bias", "model.3.bn.weight"])
LISTED = (0, 2, 4, 6, 8, 9)  # layers of whose number no other begins
FEATURES = (4, CHANNELS, 3, 5)


@pytest.mark.parametrize("freeze", BEGINNINGS, ids=" ".join)
def test_freeze_listed(student: Subject, reference: Subject, rng: np.random.Generator, freeze: list[str]) -> None:
    compare(student, reference, rng, freeze, [], of_listed=True)


@pytest.mark.parametrize("freeze", NUMBERS, ids=" ".join)
def test_freeze_numbers(student: Subject, reference: Subject, rng: np.random.Generator, freeze: list[str]) -> None:
    compare(student, reference, rng, freeze, [], of_listed=False)


@pytest.mark.parametrize("frozen", FROZEN, ids=" ".join)
def test_freeze_others(student: Subject, reference: Subject, rng: np.random.Generator, frozen: list[str]) -> None:
    compare(student, reference, rng, [f"model.{rng.choice(LISTED)}."], frozen, of_listed=False)


def compare(
    student: Subject,
    reference: Subject,
    rng: np.random.Generator,
    freeze: list[str],
    frozen: list[str],
    *,
    of_listed: bool,
) -> None:
    """Compare the parameters that are to be frozen, or the others; of either at least half must be right as well."""
    before = {name: rng.normal(0.5, 0.5, shape).astype(np.float32) for name, shape in shapes().items()}
    features = {name: rng.normal(0.3, 1, FEATURES).astype(np.float32) for name in ("x", "target")}
    inputs = {"freeze": freeze, "frozen": frozen, "weights": before, **features}
    got, expected = (subject(step, **inputs)["after"] for subject in (student, reference))
    assert list(got) == list(expected), "the model has other parameters than before"
    moved = [name for name in before if not equal(got[name], before[name], rtol=0, atol=0)]
    assert moved, "no parameter learns, expected those that are not listed to"
    assert len(moved) < len(before) or of_listed, "every parameter learns, expected some to be frozen"
    learning = [name for name in before if not equal(expected[name], before[name], rtol=0, atol=0)]
    listed = [name for name in before if name not in learning]
    learns = [name for name in listed if name in moved]
    if len(learns) > (0 if of_listed else len(listed) / 2):
        number, what = parts(learns[0])
        counted = f"{len(learns)} of {len(listed)} parameters"
        raise AssertionError(f"model.{number}.{what} learns, expected it to be frozen ({counted})")
    astray = [name for name in learning if not equal(got[name], expected[name])]
    if len(astray) > (len(learning) / 2 if of_listed else 0):
        number, what = parts(astray[0])
        counted = f"{len(astray)} of {len(learning)} parameters"
        assert astray[0] in moved, f"model.{number}.{what} is frozen, expected it to learn ({counted})"
        raise AssertionError(f"model.{number}.{what} is not where a step leads ({counted})")


def parts(name: str) -> tuple[str, str]:
    """Split model.10.conv.weight into 10 and conv.weight."""
    _, number, what = name.split(".", 2)
    return number, what
