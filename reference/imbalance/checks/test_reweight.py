"""Hidden tests of reweight. But for two checks only the proportion of the weights counts, not their sum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from drivers import KINDS, class_weights, weight_row, weight_shares, weight_sum

from grader.authoring import Subject, assert_matches

LONG_TAILED = [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]
# Computed in float32, 1 - beta**n of a class of one image has only 1e-4 / 6e-8 = 1700 steps: it is off by 3e-4.
SINGLE_PRECISION = {"rtol": 1e-3, "atol": 0.0}


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
    """Test alone: what kind of object comes back, with which shape and signs."""
    got, expected = (subject(class_weights, **case.inputs(rng)) for subject in (student, reference))
    kind = got["kind"] if got["kind"] in KINDS else "something else"
    assert kind == expected["kind"], f"reweight returns {kind}, expected {expected['kind']}"
    shape, wanted = np.shape(got["weights"]), np.shape(expected["weights"])
    assert shape == wanted, f"the weights have shape {shape}, expected {wanted}: one for each class"
    assert (got["weights"] > 0).all(), "a weight is not positive, expected all to be: every class has images here"


@pytest.mark.parametrize("case", RATIO, ids=str)
def test_reweight_ratio(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    """Test alone: the shares of the classes with the default beta."""
    inputs = case.inputs(rng)
    assert_matches(student(weight_shares, **inputs), reference(weight_shares, **inputs), **SINGLE_PRECISION)


@pytest.mark.parametrize("case", BETA, ids=str)
def test_reweight_beta(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    """Test alone: the shares of the classes with other values of beta."""
    inputs = case.inputs(rng)
    assert_matches(student(weight_shares, **inputs), reference(weight_shares, **inputs), **SINGLE_PRECISION)


@pytest.mark.parametrize("case", NORMALISED, ids=str)
def test_reweight_normalised(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    """Test alone: the sum of the weights."""
    inputs = case.inputs(rng)
    got, expected = (subject(weight_sum, **inputs) for subject in (student, reference))
    assert not got["are_all_alike"], "all classes weigh the same, expected more for those that are rarer"
    assert_matches(got, expected, **SINGLE_PRECISION)


@pytest.mark.parametrize("case", EMPTY, ids=str)
def test_reweight_empty_class(student: Subject, rng: np.random.Generator, case: Case) -> None:
    """Test alone: what an empty class does to the weights; their kind and the others' proportion are tested above."""
    inputs = case.inputs(rng)
    weights = student(weight_row, **inputs)["weights"]
    assert isinstance(weights, np.ndarray), "reweight returns no numbers, expected a weight for each class"
    assert_matches(weights.shape, (len(inputs["counts"]),))
    odd = int((~np.isfinite(weights)).sum())
    assert not odd, f"{odd} of {weights.size} weights are NaN or infinite, expected none"
    has_images = np.array(inputs["counts"]) > 0
    rest = [count for count in inputs["counts"] if count]
    share = student(weight_shares, counts=rest, beta=inputs["beta"])["share"]
    assert np.ptp(share), "all classes weigh the same, expected more for those that are rarer"
    among_the_rest = weights[has_images] / weights[has_images].sum()
    assert_matches({"share": among_the_rest}, {"share": share}, **SINGLE_PRECISION)
