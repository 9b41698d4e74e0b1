"""Hidden tests of FocalLoss. A submission is judged in the form that it recognisably has.

Only the first check looks at the loss itself. The others divide it by the submission's own cross entropy, and where
they can they expect nothing but what the submission itself says of single images: one fault costs its points once.
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
    SAME,
    gradient_and_slopes,
    kind_of_loss,
    loss_and_gradient,
    losses_without_weights,
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
NEEDS_WEIGHTS = "judged with a weight of 1 for each class: without weights this FocalLoss does not work"
NEVER = np.float32(-30)  # the score of a class that a sigmoid is sure of: its term is 1e-13
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
        assert_numbers(got)
        loss, gradient = got["loss"], got["gradient"]
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
    """Test alone: how large the loss is with gamma 0, without weights where it works without any."""
    batches = [batch(rng, images), batch(rng, images) | {"gamma": 0.0}]
    for form in forms(student, note):
        inputs = {"form": form, "average": "plain", "batches": batches}
        got, expected = (subject(losses_without_weights, **inputs) for subject in (student, reference))
        assert_numbers(got)
        if got["needs_weights"]:
            note(NEEDS_WEIGHTS)
        names = (f"{form}_loss", f"{form}_loss_with_gamma_0")
        found, wanted = (dict(zip(names, one["losses"], strict=True)) for one in (got, expected))
        assert_matches(found, wanted)


@pytest.mark.parametrize("images", [3, 5], ids=lambda count: f"{count} images")
def test_focal_weighted(student: Subject, rng: np.random.Generator, note: Note, images: int) -> None:
    """Test alone: by which numbers the losses that single images have are multiplied, and the sum divided."""
    plain, weights = batch(rng, images), weight(rng)
    of_images = weights["weight"][plain["targets"]]
    for form in forms(student):
        for average in averages(student, form, note):
            weighted, *own = ratios(student, form, [plain, plain | weights, *single_images(plain)], average)
            assert np.ptp(own), "all images have the same loss, expected it to depend on their scores"
            total = of_images.sum() if average == "weighted" else images
            expected = np.float32(images / total * (of_images * own).sum() / np.sum(own))
            assert_matches({f"{form}_loss_with_weights_over_without": weighted}, {
                f"{form}_loss_with_weights_over_without": expected
            })  # fmt: skip


@pytest.mark.parametrize("advantage", [1.5, -1.5], ids=["predicted well", "predicted badly"])
def test_focal_confident(student: Subject, reference: Subject, rng: np.random.Generator, advantage: float) -> None:
    """Test alone: the factor of one image for gamma 2."""
    one = batch(rng, 1)
    one["logits"][0, one["targets"]] += np.float32(advantage)
    for form in forms(student):
        batches = [one, one | {"gamma": 2.0}]
        name = f"{form}_loss_over_cross_entropy"
        assert_matches({name: ratios(student, form, batches)}, {name: ratios(reference, form, batches)})


@pytest.mark.parametrize("gammas", [[0.5, 2.0], [1.5, 3.0, 5.0]], ids=str)
def test_focal_gammas(student: Subject, rng: np.random.Generator, gammas: list[float]) -> None:
    """Test alone: that gamma is the exponent of a factor below 1, whatever that factor is."""
    for form in forms(student):
        one = image(rng, form)
        with_gammas = [one | {"gamma": gamma} for gamma in (1.0, *gammas)]
        first, *others = ratios(student, form, [one, *with_gammas])
        assert 0 < first < 1, f"with gamma 1 the loss is {first:.3g} times as large as with gamma 0, expected less"
        name = f"{form}_loss_over_cross_entropy"
        # A factor near 1 or 0 would lose digits to the power: it is between 0.2 and 0.8 here.
        assert_matches({name: np.array(others)}, {name: first ** np.array(gammas, np.float32)}, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("images", [4, 7], ids=lambda count: f"{count} images")
def test_focal_batch(student: Subject, rng: np.random.Generator, images: int) -> None:
    """Test alone: that a batch is the mean of its images, gamma's factors included."""
    several = batch(rng, images)
    alone = single_images(several)
    batches = [several, several | {"gamma": 2.0}, *alone, *(one | {"gamma": 2.0} for one in alone)]
    for form in forms(student):
        focal, *own = ratios(student, form, batches)
        plain, with_gamma = own[:images], own[images:]
        assert np.ptp(plain), "all images have the same loss, expected it to depend on their scores"
        name = f"{form}_loss_over_cross_entropy"
        assert_matches({name: focal}, {name: np.float32(np.sum(with_gamma) / np.sum(plain))})


@pytest.mark.parametrize("weighing", [0.3, 2.5], ids=["a weight below 1", "a weight above 1"])
def test_focal_class_balanced(student: Subject, rng: np.random.Generator, weighing: float) -> None:
    """Test alone: that weight and gamma change the loss of an image independently of each other."""
    for form in forms(student):
        one, other, weights = image(rng, form), image(rng, form), weight(rng)
        weights["weight"][one["targets"]] = weighing
        focal = {"gamma": 2.0}
        for average in averages(student, form):
            batches = [one, one | weights, one | focal, one | weights | focal, other]
            weighted, with_gamma, both, another = ratios(student, form, batches, average)
            assert another > 0 and abs(another - 1) > SAME, "all images have the same loss, expected it to differ"
            name = f"{form}_loss_over_cross_entropy"
            assert_matches({name: both}, {name: weighted * with_gamma})


@pytest.mark.parametrize("classes", [2, 12, 30], ids=lambda count: f"{count} classes")
def test_focal_classes(student: Subject, reference: Subject, rng: np.random.Generator, classes: int) -> None:
    """Test alone: that the loss of one batch is to that of another as it should be, whatever number of classes."""
    batches = [batch(rng, 3, classes), batch(rng, 3, classes)]
    for form in forms(student):
        name = f"{form}_loss_over_another"
        assert_matches({name: ratios(student, form, batches)}, {name: ratios(reference, form, batches)})


@pytest.mark.parametrize("gamma", [0.0, 2.0], ids=lambda gamma: f"gamma {gamma:g}")
def test_focal_tensor(student: Subject, rng: np.random.Generator, gamma: float) -> None:
    """Test alone: what kind of object comes back."""
    got = student(kind_of_loss, batch=batch(rng, 3) | {"gamma": gamma})
    kind = got["kind"] if got["kind"] in KINDS else "something else"
    assert kind == "a tensor", f"the loss is {kind}, expected a tensor: nothing else can be differentiated"
    assert got["shape"] == [], f"the loss has shape {tuple(got['shape'])}, expected a tensor of no dimensions"
    assert got["has_gradient"], "the loss does not know how it was computed, expected a tensor with a gradient"


@pytest.mark.parametrize("gamma", [1.0, 2.0], ids=lambda gamma: f"gamma {gamma:g}")
def test_focal_gradient(student: Subject, rng: np.random.Generator, gamma: float) -> None:
    """Test alone: the gradient against the slopes of the submission's own loss."""
    given = batch(rng, 2) | {"gamma": gamma}
    given["logits"] *= np.float32(0.3)  # where nothing is certain, gamma's factor has a slope
    for form in forms(student):
        got = student(gradient_and_slopes, form=form, batch=given, step=STEP)
        assert_numbers(got)
        assert got["has_gradient"], "the loss has no gradient by the scores, expected a tensor computed from them"
        gradient, slopes = got["gradient"], (got["above"] - got["below"]) / np.float32(2 * STEP)
        assert np.any(gradient), "the gradient by the scores is 0 everywhere, expected the loss's slopes"
        # Central differences in float32, compared with torch's gradient over 300 seeds: off by 8e-5 at most.
        assert_matches({"gradient": gradient}, {"gradient": slopes}, rtol=1e-2, atol=2e-3)


@pytest.mark.parametrize("case", [Certain(is_right, gamma) for is_right in (True, False) for gamma in (0, 2)], ids=str)
def test_focal_extreme(student: Subject, rng: np.random.Generator, case: Certain) -> None:
    """Test alone: scores that a float32 cannot tell from certainty; a loss without gradient is looked at by itself."""
    given = case.batch(rng)
    for form in forms(student):
        case.assert_sound(student(loss_and_gradient, form=form, batch=given))


@pytest.mark.parametrize(
    "case", [Certain(is_right, gamma) for is_right in (True, False) for gamma in (0.5, 0.25)], ids=str
)
def test_focal_extreme_gamma(student: Subject, rng: np.random.Generator, case: Certain) -> None:
    """Test alone: the slope of a power below 1 at a factor of 0."""
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


def ratios(student: Subject, form: str, batches: list[dict[str, Any]], average: str = "plain") -> Any:  # noqa: ANN401  # one or several
    """Compute losses in units of the first of them, which is the submission's own."""
    got = student(relative_losses, form=form, average=average, batches=batches)
    assert_numbers(got)
    return got["ratio"]


def assert_numbers(got: dict[str, Any]) -> None:
    """Check that every loss is one number."""
    kind = got["odd"] if got["odd"] in ("", *KINDS) else "something else"
    size = " of another size" if kind in KINDS[:3] else ""
    assert not kind, f"FocalLoss returns {kind}{size}, expected a tensor of one number"


def single_images(several: dict[str, Any]) -> list[dict[str, Any]]:
    """Cut a batch into batches of one image."""
    logits, targets = several["logits"], several["targets"]
    return [{"logits": logits[[place]], "targets": targets[[place]]} for place in range(len(targets))]


def image(rng: np.random.Generator, form: str) -> dict[str, Any]:
    """Draw an image that is predicted with a probability between 0.2 and 0.8; a sigmoid has one term that counts."""
    one = batch(rng, 1)
    logits, correct = one["logits"][0], one["targets"][0]
    if form == "sigmoid":
        logits[:] = NEVER
    logits[correct] = -np.inf
    others = np.float32(0) if form == "sigmoid" else np.log(np.exp(logits).sum())
    logits[correct] = others + np.float32(rng.uniform(-1.35, 1.35))
    return one


def batch(rng: np.random.Generator, images: int, classes: int = CLASSES) -> dict[str, Any]:
    """Draw scores and correct classes; two of these are different, and the last class is among them."""
    targets = rng.integers(0, classes - 1, images)
    targets[0] = classes - 1
    logits = rng.normal(0, 1.5, (images, classes)).astype(np.float32)
    logits[np.arange(images), targets] += np.float32(1.5)  # as after some training: gamma's factor differs from 1
    return {"logits": logits, "targets": targets}


def weight(rng: np.random.Generator) -> dict[str, np.ndarray]:
    return {"weight": rng.uniform(0.2, 3, CLASSES).astype(np.float32)}
