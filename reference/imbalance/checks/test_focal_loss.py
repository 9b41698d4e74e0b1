"""Hidden tests of FocalLoss. A submission is judged in the form that it recognisably has.

Only the first check looks at how large losses are. In the others a common factor does not count, such as that of a
sum in the place of a mean: losses are compared in units of one of them with the reference's, so that this fault costs
its points once. Whatever else a check is about, the losses of ordinary images have to be right in it.
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
    loss_and_gradient,
    losses_without_weights,
    relative_gradients,
    relative_losses,
    unchanged_by_a_scale,
    unchanged_by_a_shift,
)

from grader.authoring import Note, Subject, assert_matches, assert_shape

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
FOCAL = {"gamma": 2.0}


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
        loss = float(assert_shape(got["loss"], (), name="the loss"))
        gradient = assert_shape(got["gradient"], (3, CLASSES), name="the gradient")
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
def test_focal_weighted(
    student: Subject, reference: Subject, rng: np.random.Generator, note: Note, images: int
) -> None:
    """Test alone: by how much weights change the loss of a batch; a common factor of all losses does not count."""
    plain, weights = batch(rng, images), weight(rng)
    for form in forms(student):
        compare(student, reference, form, single_images(plain), f"{form}_loss_over_another")
        for average in averages(student, form, note):
            name = f"{form}_loss_with_weights_over_without"
            compare(student, reference, form, [plain, plain | weights], name, average)


@pytest.mark.parametrize("advantage", [1.5, -1.5], ids=["predicted well", "predicted badly"])
def test_focal_confident(student: Subject, reference: Subject, rng: np.random.Generator, advantage: float) -> None:
    """Test alone: the factor of one image for gamma 2; a common factor of all losses does not count."""
    one, other = batch(rng, 1), batch(rng, 1)
    one["logits"][0, one["targets"]] += np.float32(advantage)
    for form in forms(student):
        compare(student, reference, form, [one, other, one | FOCAL], f"{form}_loss_over_cross_entropy")


@pytest.mark.parametrize("gammas", [[0.5, 2.0], [1.5, 3.0, 5.0]], ids=str)
def test_focal_gammas(student: Subject, reference: Subject, rng: np.random.Generator, gammas: list[float]) -> None:
    """Test alone: that gamma is the exponent of 1 - p; a common factor of all losses does not count."""
    for form in forms(student):
        one, other = image(rng, form), image(rng, form)
        with_gammas = [one | {"gamma": gamma} for gamma in (1.0, *gammas)]
        # A factor near 1 or 0 would lose digits to the power: it is between 0.2 and 0.8 here.
        name = f"{form}_loss_over_cross_entropy"
        compare(student, reference, form, [one, other, *with_gammas], name, atol=1e-6)


@pytest.mark.parametrize("images", [4, 7], ids=lambda count: f"{count} images")
def test_focal_batch(student: Subject, reference: Subject, rng: np.random.Generator, images: int) -> None:
    """Test alone: that a batch is the mean of its images, gamma's factors included; a common factor does not count."""
    several = batch(rng, images)
    alone = single_images(several)
    for form in forms(student):
        compare(student, reference, form, [*alone, *(one | FOCAL for one in alone)], f"{form}_loss_over_another")
        compare(student, reference, form, [several, several | FOCAL], f"{form}_loss_over_cross_entropy")


@pytest.mark.parametrize("weighing", [0.3, 2.5], ids=["a weight below 1", "a weight above 1"])
def test_focal_class_balanced(student: Subject, reference: Subject, rng: np.random.Generator, weighing: float) -> None:
    """Test alone: that gamma's factor is the same with weights, whatever they do; a common factor does not count.

    Without weights the losses have to be right, so that `with_gamma` is the reference's.
    """
    for form in forms(student):
        one, other, weights = image(rng, form), image(rng, form), weight(rng)
        weights["weight"][one["targets"]] = weighing
        name, bare = f"{form}_loss_over_cross_entropy", [one, other, one | FOCAL]
        compare(student, reference, form, bare, name)
        for average in averages(student, form):
            _, with_gamma, weighted, both = ratios(
                student, form, [*bare, one | weights, one | weights | FOCAL], average
            )
            assert_matches({name: both}, {name: weighted * with_gamma})


@pytest.mark.parametrize("classes", [2, 12, 30], ids=lambda count: f"{count} classes")
def test_focal_classes(student: Subject, reference: Subject, rng: np.random.Generator, classes: int) -> None:
    """Test alone: losses of batches with any number of classes; a common factor does not count."""
    batches = [batch(rng, 3, classes), batch(rng, 3, classes)]
    for form in forms(student):
        compare(student, reference, form, batches, f"{form}_loss_over_another")


@pytest.mark.parametrize("images", [3, 5], ids=lambda count: f"{count} images")
def test_focal_tensor(student: Subject, reference: Subject, rng: np.random.Generator, images: int) -> None:
    """Test alone: that the loss is a number that has a gradient; a common factor does not count."""
    batches = [batch(rng, images), batch(rng, images)]
    for form in forms(student):
        assert_gradients(student, reference, form, batches)
        for one in student(relative_gradients, form=form, batches=batches):
            assert_shape(one["loss"], (), name="the loss")


@pytest.mark.parametrize("scale", [0.3, 0.5], ids=lambda scale: f"scores times {scale:g}")
def test_focal_gradient(student: Subject, reference: Subject, rng: np.random.Generator, scale: float) -> None:
    """Test alone: the gradient of single images with gamma 2; a common factor of all losses does not count."""
    batches = [batch(rng, 1), batch(rng, 1) | FOCAL, batch(rng, 1) | FOCAL]
    for given in batches:
        given["logits"] *= np.float32(scale)  # where nothing is certain, gamma's factor has a slope
    for form in forms(student):
        assert_gradients(student, reference, form, batches)


@pytest.mark.parametrize("case", [Certain(is_right, gamma) for is_right in (True, False) for gamma in (0, 2)], ids=str)
def test_focal_extreme(student: Subject, reference: Subject, rng: np.random.Generator, case: Certain) -> None:
    """Test alone: scores that a float32 cannot tell from certainty; a common factor of all losses does not count.

    The cross entropy of ordinary images has to be right. A loss without gradient is looked at by itself.
    """
    given, ordinary = case.batch(rng), single_images(batch(rng, 2))
    for form in forms(student):
        compare(student, reference, form, ordinary, f"{form}_loss_over_another")
        case.assert_sound(student(loss_and_gradient, form=form, batch=given))


@pytest.mark.parametrize(
    "case", [Certain(is_right, gamma) for is_right in (True, False) for gamma in (0.5, 0.25)], ids=str
)
def test_focal_extreme_gamma(student: Subject, reference: Subject, rng: np.random.Generator, case: Certain) -> None:
    """Test alone: the slope of a power below 1 at a factor of 0; a common factor of all losses does not count.

    The focal loss of ordinary images has to be right.
    """
    given, ordinary = case.batch(rng), single_images(batch(rng, 2))
    for form in forms(student):
        batches = [*ordinary, *(one | FOCAL for one in ordinary)]
        compare(student, reference, form, batches, f"{form}_loss_over_another")
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


def ratios(subject: Subject, form: str, batches: list[dict[str, Any]], average: str = "plain") -> Any:  # noqa: ANN401  # one or several
    """Compute losses in units of the first of them."""
    got = subject(relative_losses, form=form, average=average, batches=batches)
    assert_numbers(got)
    assert_shape(got["ratio"], () if len(batches) == 2 else (len(batches) - 1,), name="the losses")
    return got["ratio"]


def compare(
    student: Subject,
    reference: Subject,
    form: str,
    batches: list[dict[str, Any]],
    name: str,
    average: str = "plain",
    atol: float | None = None,
) -> None:
    """Compare all losses but the first, in units of that one, with the reference's."""
    got, expected = (ratios(subject, form, batches, average) for subject in (student, reference))
    assert_matches({name: got}, {name: expected}, atol=atol)


def assert_gradients(student: Subject, reference: Subject, form: str, batches: list[dict[str, Any]]) -> None:
    """Compare losses and gradients of batches with the reference's, all in units of the first loss."""
    got, expected = (subject(relative_gradients, form=form, batches=batches) for subject in (student, reference))
    for one, right in zip(got, expected, strict=True):
        assert_numbers(one)
        has_gradient = np.any(assert_shape(one["gradient"], right["gradient"].shape, name="the gradient"))
        kind = one["kind"] if one["kind"] in KINDS else "something else"
        is_tensor = kind == KINDS[0]
        assert has_gradient or is_tensor, f"the loss is {kind}, expected a tensor: nothing else can be differentiated"
        assert has_gradient, (
            "the gradient by the scores is 0 everywhere, expected a loss that knows how it was computed"
        )
        found = {f"{form}_loss_over_another": np.float32(np.ravel(one["loss"])[:1]), "gradient": one["gradient"]}
        wanted = {f"{form}_loss_over_another": right["loss"].reshape(1), "gradient": right["gradient"]}
        assert_matches(found, wanted)


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
