"""Hidden tests of reweight. But for one check only the proportion of the weights counts, not their sum.

What is asked beside the proportion is asked of weights that have one of the proportions that people compute: which of
them it is, is judged by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from drivers import KINDS, kind_and_shares, weight_row, weight_shares

from grader.authoring import Subject, assert_matches, assert_matches_either, assert_shape

LONG_TAILED = [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]
# Computed in float32, 1 - beta**n of a class of one image has only 1e-4 / 6e-8 = 1700 steps: it is off by 3e-4.
SINGLE_PRECISION = {"rtol": 1e-3, "atol": 0.0}
DEFAULT_BETA = 0.9999


@dataclass(frozen=True)
class Case:
    """Class sizes, written down or drawn, and a beta: None is the default."""

    name: str
    counts: tuple[int, ...] | int
    beta: float | None = None

    def __str__(self) -> str:
        return self.name

    def inputs(self, rng: np.random.Generator) -> dict[str, Any]:
        drawn = [int(count) for count in np.exp(rng.uniform(0, 8, 7)).round()]
        counts = drawn if isinstance(self.counts, int) else list(self.counts)
        return {"counts": counts, "beta": self.beta}


FOUR_CLASSES = (645, 387, 232, 139)
KIND = (Case("4 classes", FOUR_CLASSES), Case("10 classes", tuple(LONG_TAILED)))
RATIO = (*KIND, Case("a class of one image", (1000, 30, 1)), Case("7 classes of random sizes", 7))
BETA = (
    Case("beta 0.9", (20, 10, 5, 1), 0.9),
    Case("beta 0.99", FOUR_CLASSES, 0.99),
    Case("beta 0.999", tuple(LONG_TAILED), 0.999),
    Case("beta 0", FOUR_CLASSES, 0.0),
)
NORMALISED = (
    Case("4 classes", FOUR_CLASSES),
    Case("10 classes", tuple(LONG_TAILED)),
    Case("3 classes, beta 0.99", (500, 50, 5), 0.99),
)
EMPTY = (Case("the last class is empty", (500, 100, 20, 0)), Case("the first class is empty, beta 0.9", (0, 9, 3), 0.9))


@pytest.mark.parametrize("case", KIND, ids=str)
def test_reweight_tensor(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    """Test alone: what comes back, with which shape and signs; a common factor does not count.

    Of which kind the weights are is taken on the driver's word.
    """
    inputs = case.inputs(rng)
    got, expected = (subject(kind_and_shares, **inputs) for subject in (student, reference))
    kind = got["kind"] if got["kind"] in KINDS else "something else"
    assert kind == expected["kind"], f"reweight returns {kind}, expected {expected['kind']}"
    weights, wanted = got["share"], expected["share"]
    shape = np.shape(weights)
    assert shape == wanted.shape, f"the weights have shape {shape}, expected {wanted.shape}: one for each class"
    assert (weights > 0).all(), "a weight is not positive, expected all to be: every class has images here"
    assert_known_shares(shares(weights), shares(wanted), inputs)


@pytest.mark.parametrize("case", RATIO, ids=str)
def test_reweight_ratio(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    """Test alone: the shares of the classes with the default beta."""
    compare_shares(student, reference, case.inputs(rng))


@pytest.mark.parametrize("case", BETA, ids=str)
def test_reweight_beta(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    """Test alone: that the shares of the classes follow beta, by whichever formula."""
    inputs = case.inputs(rng)
    counts, beta = np.array(inputs["counts"], float), inputs["beta"]
    effective = np.float32((1 - beta**counts) / (1 - beta**counts).sum())
    got, expected = (subject(weight_shares, **inputs) for subject in (student, reference))
    assert_matches_either(got, expected, {"share": effective}, **SINGLE_PRECISION)


@pytest.mark.parametrize("case", NORMALISED, ids=str)
def test_reweight_normalised(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    """Test alone: the sum of the weights."""
    inputs = case.inputs(rng)
    got, expected = (row(subject, inputs) for subject in (student, reference))
    assert_known_shares(shares(got), shares(expected), inputs)
    assert_matches({"sum_of_weights": got.sum()}, {"sum_of_weights": expected.sum()}, **SINGLE_PRECISION)


@pytest.mark.parametrize("case", EMPTY, ids=str)
def test_reweight_empty_class(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    """Test alone: what an empty class does to the weights of the others; a common factor does not count."""
    inputs = case.inputs(rng)
    weights = row(student, inputs)
    odd = int((~np.isfinite(weights)).sum())
    assert not odd, f"{odd} of {weights.size} weights are NaN or infinite, expected none"
    has_images = np.array(inputs["counts"]) > 0
    rest = inputs | {"counts": [count for count in inputs["counts"] if count]}
    assert_known_shares(shares(weights[has_images]), shares(row(reference, rest)), rest)


def row(subject: Subject, inputs: dict[str, Any]) -> np.ndarray:
    """Ask for the weights in a row: their kind and their shape are judged by one check alone."""
    return assert_shape(subject(weight_row, **inputs)["weights"], (len(inputs["counts"]),), name="the weights")


def shares(weights: np.ndarray) -> np.ndarray:
    """Divide weights by their sum; what has none stays as it is."""
    with np.errstate(all="ignore"):
        total = weights.sum()
        return weights / total if np.isfinite(total) and total else weights


def compare_shares(student: Subject, reference: Subject, inputs: dict[str, Any]) -> None:
    assert_matches(student(weight_shares, **inputs), reference(weight_shares, **inputs), **SINGLE_PRECISION)


def assert_known_shares(got: np.ndarray, expected: np.ndarray, inputs: dict[str, Any]) -> None:
    """Check that shares are the expected ones, or those of a formula that is taken for the right one elsewhere."""
    counts, beta = np.array(inputs["counts"], float), DEFAULT_BETA if inputs["beta"] is None else inputs["beta"]
    others = (
        1 / counts,
        1 - beta**counts,
        1 / (1 - DEFAULT_BETA**counts),
        1 / (1 - (1 - 1 / counts.sum()) ** counts),
        1 / np.sqrt(counts),
        *([1 / (1 - counts**beta)] if (counts > 1).all() else []),
    )
    known = ({"share": np.float32(one / one.sum())} for one in others)
    assert_matches_either({"share": got}, {"share": expected}, *known, **SINGLE_PRECISION)
