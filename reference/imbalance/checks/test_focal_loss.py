"""Hidden tests of FocalLoss. A submission is judged in the form that it recognisably has.

Only the first check looks at the loss itself. The others divide it by the submission's own cross entropy, so that a sum
in the place of a mean, or a factor too much, costs its points once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from drivers import (
    AVERAGES,
    FORMS,
    KINDS,
    gradient_and_slopes,
    kind_of_loss,
    loss_and_gradient,
    losses,
    relative_losses,
    unchanged_by_a_scale,
    unchanged_by_a_shift,
)

from grader.authoring import Note, Subject, assert_matches

CLASSES = 10
# What the form is recognised by: the same for all checks, so that they agree.
PROBE = {
    "logits": np.linspace(-2, 2, 3 * CLASSES, dtype=np.float32).reshape(CLASSES, 3).T.copy(),
    "targets": np.array([0, 4, 9]),
}
WEIGHTED_PROBE = PROBE | {"weight": np.linspace(0.2, 2, CLASSES, dtype=np.float32)}
REMARKS = {
    "softmax": "softmax form recognised: adding a number to all scores of an image changes nothing",
    "sigmoid": "sigmoid form recognised: each class is decided by itself, as in section 4 of the paper",
    "plain": "mean recognised: weighted losses are divided by the number of images",
    "weighted": "weighted mean recognised: weighted losses are divided by the sum of their weights",
}
STEP = 1e-2


@dataclass(frozen=True)
class Certain:
    """Images with scores of plus and minus a thousand: for the correct class, or for the one after it."""

    is_right: bool
    gamma: float

    def __str__(self) -> str:
        return f"certain and {'right' if self.is_right else 'wrong'}, gamma {self.gamma:g}"

    def batch(self, rng: np.random.Generator) -> dict[str, Any]:
        targets = rng.integers(0, CLASSES, 3)
        logits = np.full((3, CLASSES), -1000, np.float32)
        logits[np.arange(3), targets if self.is_right else (targets + 1) % CLASSES] = 1000
        return {"logits": logits, "targets": targets, "gamma": float(self.gamma)}

    def assert_sound(self, got: dict[str, Any]) -> None:
        """Accept any finite loss that is near 0 for what is right and large for what is wrong."""
        loss, gradient = np.float32(got["loss"]), got["gradient"]
        assert np.isfinite(loss), f"the loss is {loss}, expected a finite number"
        odd = int((~np.isfinite(gradient)).sum())
        assert not odd, f"{odd} of {gradient.size} values of the gradient are NaN or infinite, expected none"
        if self.is_right:
            assert abs(loss) < 0.1, f"the loss is {loss:.3g}, expected nearly 0: every image is classified correctly"
        else:
            assert loss > 1, f"the loss is {loss:.3g}, expected a large number: every image is classified wrongly"


@pytest.mark.parametrize("images", [4, 6], ids=lambda count: f"{count} images")
def test_focal_cross_entropy(
    student: Subject, reference: Subject, rng: np.random.Generator, note: Note, images: int
) -> None:
    batches = [batch(rng, images), batch(rng, images) | {"gamma": 0.0}]
    for form in forms(student, note):
        inputs = {"form": form, "average": "plain", "batches": batches}
        got, expected = (subject(losses, **inputs)["losses"] for subject in (student, reference))
        names = (f"{form}_loss", f"{form}_loss_with_gamma_0")
        assert_matches(dict(zip(names, got, strict=True)), dict(zip(names, expected, strict=True)))


@pytest.mark.parametrize("images", [3, 5], ids=lambda count: f"{count} images")
def test_focal_weighted(
    student: Subject, reference: Subject, rng: np.random.Generator, note: Note, images: int
) -> None:
    plain, weights = batch(rng, images), weight(rng)
    for form in forms(student):
        for average in averages(student, form, note):
            inputs = {"form": form, "average": average, "batches": [plain, plain | weights]}
            assert_same_ratio(student, reference, inputs, f"{form}_loss_with_weights_over_without")


@pytest.mark.parametrize("advantage", [1.5, -1.5], ids=["predicted well", "predicted badly"])
def test_focal_confident(student: Subject, reference: Subject, rng: np.random.Generator, advantage: float) -> None:
    one = batch(rng, 1)
    one["logits"][0, one["targets"]] += np.float32(advantage)
    for form in forms(student):
        inputs = {"form": form, "average": "plain", "batches": [one, one | {"gamma": 2.0}]}
        assert_same_ratio(student, reference, inputs, f"{form}_loss_over_cross_entropy")


@pytest.mark.parametrize("gammas", [[0.5, 1.0, 2.0], [1.5, 3.0, 5.0]], ids=str)
def test_focal_gammas(student: Subject, reference: Subject, rng: np.random.Generator, gammas: list[float]) -> None:
    one = batch(rng, 1)
    for form in forms(student):
        inputs = {"form": form, "average": "plain", "batches": [one, *(one | {"gamma": gamma} for gamma in gammas)]}
        assert_same_ratio(student, reference, inputs, f"{form}_loss_over_cross_entropy")


@pytest.mark.parametrize("images", [4, 7], ids=lambda count: f"{count} images")
def test_focal_batch(student: Subject, reference: Subject, rng: np.random.Generator, images: int) -> None:
    several = batch(rng, images)
    for form in forms(student):
        inputs = {"form": form, "average": "plain", "batches": [several, several | {"gamma": 2.0}]}
        assert_same_ratio(student, reference, inputs, f"{form}_loss_over_cross_entropy")


@pytest.mark.parametrize("images", [4, 6], ids=lambda count: f"{count} images")
def test_focal_class_balanced(student: Subject, reference: Subject, rng: np.random.Generator, images: int) -> None:
    several = batch(rng, images)
    balanced = several | weight(rng) | {"gamma": 2.0}
    for form in forms(student):
        for average in averages(student, form):
            inputs = {"form": form, "average": average, "batches": [several, balanced]}
            assert_same_ratio(student, reference, inputs, f"{form}_loss_over_cross_entropy")


@pytest.mark.parametrize("classes", [2, 12, 30], ids=lambda count: f"{count} classes")
def test_focal_classes(student: Subject, reference: Subject, rng: np.random.Generator, classes: int) -> None:
    first, second = batch(rng, 3, classes), batch(rng, 3, classes)
    for form in forms(student):
        inputs = {"form": form, "average": "plain", "batches": [first, second]}
        assert_same_ratio(student, reference, inputs, f"{form}_loss_over_another")


@pytest.mark.parametrize("gamma", [0.0, 2.0], ids=lambda gamma: f"gamma {gamma:g}")
def test_focal_tensor(student: Subject, rng: np.random.Generator, gamma: float) -> None:
    got = student(kind_of_loss, batch=batch(rng, 3) | {"gamma": gamma})
    kind = got["kind"] if got["kind"] in KINDS else "something else"
    assert kind == "a tensor", f"the loss is {kind}, expected a tensor: nothing else can be differentiated"
    assert got["shape"] == [], f"the loss has shape {tuple(got['shape'])}, expected a tensor of no dimensions"
    assert got["has_gradient"], "the loss does not know how it was computed, expected a tensor with a gradient"


@pytest.mark.parametrize("gamma", [1.0, 2.0], ids=lambda gamma: f"gamma {gamma:g}")
def test_focal_gradient(student: Subject, rng: np.random.Generator, gamma: float) -> None:
    given = batch(rng, 2) | {"gamma": gamma}
    given["logits"] *= np.float32(0.3)  # where nothing is certain, gamma's factor has a slope
    for form in forms(student):
        got = student(gradient_and_slopes, form=form, batch=given, step=STEP)
        gradient, slopes = got["gradient"], (got["above"] - got["below"]) / np.float32(2 * STEP)
        assert np.any(gradient), "the gradient by the scores is 0 everywhere, expected the loss's slopes"
        # Central differences in float32, compared with torch's gradient over 300 seeds: off by 8e-5 at most.
        assert_matches({"gradient": gradient}, {"gradient": slopes}, rtol=1e-2, atol=2e-3)


@pytest.mark.parametrize("case", [Certain(is_right, gamma) for is_right in (True, False) for gamma in (0, 2)], ids=str)
def test_focal_extreme(student: Subject, rng: np.random.Generator, case: Certain) -> None:
    given = case.batch(rng)
    for form in forms(student):
        case.assert_sound(student(loss_and_gradient, form=form, batch=given))


@pytest.mark.parametrize(
    "case", [Certain(is_right, gamma) for is_right in (True, False) for gamma in (0.5, 0.25)], ids=str
)
def test_focal_extreme_gamma(student: Subject, rng: np.random.Generator, case: Certain) -> None:
    given = case.batch(rng)
    for form in forms(student):
        case.assert_sound(student(loss_and_gradient, form=form, batch=given))


def forms(student: Subject, note: Note = lambda text: None) -> list[str]:
    """Recognise the form; the reference, which has both when asked for them, is judged in both."""
    unchanged = student(unchanged_by_a_shift, batch=PROBE)
    found = [form for form in FORMS if unchanged[form] is (form == "softmax")] or ["softmax"]
    if len(found) == 1:
        note(REMARKS[found[0]])
    return found


def averages(student: Subject, form: str, note: Note = lambda text: None) -> list[str]:
    """Recognise by what a weighted sum is divided."""
    unchanged = student(unchanged_by_a_scale, form=form, batch=WEIGHTED_PROBE)
    found = [average for average in AVERAGES if unchanged[average] is (average == "weighted")] or ["plain"]
    if len(found) == 1:
        note(REMARKS[found[0]])
    return found


def assert_same_ratio(student: Subject, reference: Subject, inputs: dict[str, Any], name: str) -> None:
    """Compare losses in units of the first of them, which is the submission's own."""
    got, expected = (subject(relative_losses, **inputs)["ratio"] for subject in (student, reference))
    assert_matches({name: got}, {name: expected})


def batch(rng: np.random.Generator, images: int, classes: int = CLASSES) -> dict[str, Any]:
    """Draw scores and correct classes; two of these are different, and the last class is among them."""
    targets = rng.integers(0, classes - 1, images)
    targets[0] = classes - 1
    logits = rng.normal(0, 1.5, (images, classes)).astype(np.float32)
    logits[np.arange(images), targets] += np.float32(1.5)  # as after some training: gamma's factor differs from 1
    return {"logits": logits, "targets": targets}


def weight(rng: np.random.Generator) -> dict[str, np.ndarray]:
    return {"weight": rng.uniform(0.2, 3, CLASSES).astype(np.float32)}
