"""Hidden tests of FocalLoss. A submission is judged in the form that it recognisably has.

Only the first check looks at how large losses are. In the others a common factor does not count, such as that of a
sum in the place of a mean: losses are compared in units of one of them with the reference's, so that this fault costs
its points once. Whatever else a check is about, the losses of ordinary images have to be right in it, or those of a
formula that is known and wrong in one thing: that costs the points of the one check that is about it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest
from drivers import (
    AVERAGES,
    FORMS,
    KINDS,
    loss_and_gradient,
    losses,
    losses_without_weights,
    needs_weights,
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
# What the formula is recognised by: four batches without any symmetry, and four gammas. As in all batches, but in those
# of the check of the number of classes, an image is of the last class: who counts classes in the batch counts them all.
FORMULA_PROBES: list[dict[str, Any]] = [
    {
        "logits": (2 * np.sin(step * np.arange(3 * CLASSES))).reshape(3, CLASSES).astype(np.float32),
        "targets": np.array(targets),
        "gamma": gamma,
    }
    for step, targets, gamma in (
        (1.0, [0, 4, 9], 1.0),
        (2.3, [8, 1, 9], 1.0),
        (3.7, [9, 6, 0], 1.0),
        (0.6, [7, 9, 4], 1.0),
        *((1.0, [0, 4, 9], gamma) for gamma in (2.0, 0.5, 0.0)),
    )
]
REMARKS = {
    "softmax": "softmax form recognised: adding a number to all scores of an image changes nothing",
    "sigmoid": "sigmoid form recognised: each class is decided by itself, as in section 4 of the paper",
    "plain": "mean recognised: weighted losses are divided by the number of images",
    "weighted": "weighted mean recognised: weighted losses are divided by the sum of their weights",
}
NEEDS_WEIGHTS = "judged with a weight of 1 for each class: without weights this FocalLoss does not work"
NEVER = np.float32(-30)  # the score of a class that a sigmoid is sure of: its term is 1e-13
FOCAL = {"gamma": 2.0}
KNOWN: dict[str, Any] = {"rtol": 2e-4, "atol": 1e-6, "equal_nan": True}  # known formulas differ by a hundredth and more


Array = np.ndarray[Any, np.dtype[np.float64]]


def log_softmax(logits: Array, axis: int = 1) -> Array:
    moved = logits - logits.max(axis=axis, keepdims=True)
    return np.asarray(moved - np.log(np.exp(moved).sum(axis=axis, keepdims=True)))


def log_sigmoid(logits: Array) -> Array:
    return np.asarray(-np.logaddexp(0, -logits))


def softmax_terms(logits: Array, is_correct: Array, axis: int = 1) -> Array:
    """Return log p of the correct classes, shape (N, 1)."""
    return log_softmax(logits, axis)[is_correct][:, None]


def sigmoid_terms(logits: Array, is_correct: Array) -> Array:
    """Return log p of every class's own decision, shape (N, C)."""
    return log_sigmoid(np.where(is_correct, logits, -logits))


def decided_terms(log_p: Array, is_correct: Array) -> Array:
    """Return log p of every class's own decision from its log probability, shape (N, C)."""
    return np.where(is_correct, log_p, np.log1p(-np.exp(np.minimum(log_p, -1e-12))))


# How log p of each term comes from the scores; beside those of the two forms, wrong ways that people write.
SCORES: dict[str, Callable[[Array, Array], Array]] = {
    "softmax": softmax_terms,
    "sigmoid": sigmoid_terms,
    "softmax over the batch": lambda z, is_correct: softmax_terms(z, is_correct, axis=0),
    "softmax of softmax": lambda z, is_correct: softmax_terms(np.exp(log_softmax(z)), is_correct),
    "softmax of sigmoid": lambda z, is_correct: softmax_terms(np.exp(log_sigmoid(z)), is_correct),
    "sigmoid of sigmoid": lambda z, is_correct: sigmoid_terms(np.exp(log_sigmoid(z)), is_correct),
    "sigmoid of softmax": lambda z, is_correct: sigmoid_terms(np.exp(log_softmax(z)), is_correct),
    "decisions of softmax": lambda z, is_correct: decided_terms(log_softmax(z), is_correct),
    "correct class alone": lambda z, is_correct: log_sigmoid(z[is_correct])[:, None],
    "every class alike": lambda z, is_correct: log_sigmoid(z),
}
# Of which p comes in gamma's factor alone, where it is another than in the logarithm.
OF_FACTORS = {"softmax": "correct class alone", "sigmoid": "every class alike"}
# The factor of each term from log p and gamma; beside the right one, wrong ways that people write.
FACTORS: dict[str, Callable[[Array, float], Array]] = {
    "power": lambda log_p, gamma: (-np.expm1(log_p)) ** gamma,
    "of p": lambda log_p, gamma: np.exp(gamma * log_p),
    "of 1 + p": lambda log_p, gamma: (1 + np.exp(log_p)) ** gamma,
    "of 1 - log p": lambda log_p, gamma: (1 - log_p) ** gamma,
    "of 1 + log p": lambda log_p, gamma: (1 + log_p) ** gamma,
    "1 minus the power of p": lambda log_p, gamma: 1 - np.exp(gamma * log_p),
    "multiplied": lambda log_p, gamma: -gamma * np.expm1(log_p),
    "of the image": lambda log_p, gamma: (-np.expm1(log_p.sum(axis=1, keepdims=True))) ** gamma,
    "without the logarithm": lambda log_p, gamma: (-np.expm1(log_p)) ** gamma * np.exp(log_p) / -log_p,
}
MISPLACED = ("multiplied", "1 minus the power of p")  # gamma stands elsewhere: the check of the exponent is about that
NO_LOGARITHM = "without the logarithm"  # which the check of the cross entropy is about
FIXED = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)  # exponents that people write in


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A loss that is right, or wrong in a way that is known: how p comes from the scores, and its factor.

    `exponent` stands in the place of gamma where it is a number; the factor may have a p of its own.
    """

    scores: str
    scores_of_factor: str | None = None
    factor: str = "power"
    exponent: float | None = None

    def loss(self, given: dict[str, Any], average: str = "plain") -> float:
        """Compute the loss of a batch in double precision; what is no number comes out as NaN."""
        logits, targets = given["logits"].astype(float), given["targets"]
        is_correct = np.eye(logits.shape[1], dtype=bool)[targets]
        gamma = given.get("gamma", 0.0) if self.exponent is None else self.exponent
        with np.errstate(all="ignore"):
            log_p = SCORES[self.scores](logits, is_correct)
            log_p_of_factor = SCORES[self.scores_of_factor or self.scores](logits, is_correct)
            costs = -(FACTORS[self.factor](log_p_of_factor, gamma) * log_p).sum(axis=1)
        weights = given["weight"].astype(float)[targets] if "weight" in given else np.ones(len(targets))
        return float((weights * costs).sum() / (weights.sum() if average == "weighted" else len(targets)))

    def ratios(self, batches: list[dict[str, Any]], average: str = "plain") -> np.ndarray[Any, np.dtype[np.float32]]:
        """Compute the losses of all batches but the first, in units of that one."""
        first, *others = (self.loss(one, average) for one in batches)
        return np.float32(others) / np.float32(first or np.nan)

    def gradient(self, given: dict[str, Any]) -> Array:
        """Compute the gradient by the logits from central differences, right to eight digits."""
        step, slopes = 1e-4, np.zeros(given["logits"].shape)
        for place in np.ndindex(slopes.shape):
            moved = np.zeros(slopes.shape)
            moved[place] = step
            up, down = (self.loss(given | {"logits": given["logits"] + side * moved}) for side in (1, -1))
            slopes[place] = (up - down) / (2 * step)
        return slopes

    def shown(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return a batch of which this formula's loss is not 0: that of a single image may be, and so may gamma 0."""
        if self.scores == "softmax over the batch":
            classes = given["logits"].shape[1]
            beside = np.linspace(-1, 1, 3 * classes, dtype=np.float32).reshape(classes, 3).T
            targets = np.append(given["targets"], [0, classes // 2, classes - 1])
            given = given | {"logits": np.concatenate([given["logits"], beside]), "targets": targets}
        if self.factor in MISPLACED and not given.get("gamma"):
            given = given | {"gamma": 1.0}
        return given

    def is_right(self, form: str) -> bool:
        return self == Formula(scores=form)


@cache
def formulas(form: str) -> tuple[Formula, ...]:
    """List what a loss is recognised as: the form itself first, then what is wrong in one thing, then in two."""
    factors = [(factor, None) for factor in FACTORS] + [("power", exponent) for exponent in FIXED]
    if form == "softmax":
        factors.remove(("of the image", None))  # which has one term there
    others = product((form, *(name for name in SCORES if name not in (*FORMS, OF_FACTORS["sigmoid"]))), factors)
    found = [Formula(scores=scores, factor=factor, exponent=exponent) for scores, (factor, exponent) in others]
    found += [Formula(scores=scores, scores_of_factor=form) for scores in SCORES if scores not in FORMS]
    found.append(Formula(scores=form, scores_of_factor=OF_FACTORS[form]))
    return tuple(
        sorted(found, key=lambda one: (one.scores != form) + (one.factor != "power" or one.exponent is not None))
    )


@dataclass(frozen=True)
class Certain:
    """Images with scores of plus and minus a thousand: for the correct class, or for the one after it."""

    is_right: bool
    gamma: float

    def __str__(self) -> str:
        return f"certain and {'right' if self.is_right else 'wrong'}, gamma {self.gamma:g}"

    def batch(self, rng: np.random.Generator) -> dict[str, Any]:
        targets = rng.integers(0, CLASSES, 3)
        targets[0] = CLASSES - 1
        logits = np.full((3, CLASSES), -1000, np.float32)
        logits[np.arange(3), targets if self.is_right else (targets + 1) % CLASSES] = 1000
        return {"logits": logits, "targets": targets, "gamma": float(self.gamma)}

    def assert_sound(self, got: dict[str, Any], *, is_right: bool) -> None:
        """Accept any finite loss; of a right formula, one near 0 for what is right and large for what is wrong."""
        loss = float(assert_shape(got["loss"], (), name="the loss"))
        gradient = assert_shape(got["gradient"], (3, CLASSES), name="the gradient")
        assert np.isfinite(loss), f"the loss is {loss}, expected a finite number"
        odd = int((~np.isfinite(gradient)).sum())
        assert not odd, f"{odd} of {gradient.size} values of the gradient are NaN or infinite, expected none"
        if not is_right:
            return
        if self.is_right:
            assert abs(loss) < 0.1, f"the loss is {loss:.3g}, expected nearly 0: every image is classified correctly"
        else:  # whatever its sign, which is a factor of all losses
            assert abs(loss) > 1, f"the loss is {loss:.3g}, expected a large number: every image is classified wrongly"


@pytest.mark.parametrize("images", [4, 6], ids=lambda count: f"{count} images")
def test_focal_cross_entropy(
    student: Subject, reference: Subject, rng: np.random.Generator, note: Note, images: int
) -> None:
    """Test alone: how large the loss is with gamma 0, without weights where it works without any.

    Where gamma's factor is wrong, which another check is about, the loss is compared with gamma 1 and that factor.
    """
    batches = [batch(rng, images), batch(rng, images) | {"gamma": 0.0}]
    for form in forms(student, note):
        formula = replace(recognised(student, form), scores=form, scores_of_factor=None)
        if formula.factor == NO_LOGARITHM:
            formula = replace(formula, factor="power")
        names = (f"{form}_loss", f"{form}_loss_with_gamma_0")
        if not formula.is_right(form):
            batches, names = (
                [one | {"gamma": 1.0} for one in batches],
                (f"{form}_loss", f"{form}_loss_of_another_batch"),
            )
        inputs = {"form": form, "average": "plain", "batches": batches}
        computed = losses_without_weights
        if student(needs_weights, **inputs)["needs_weights"]:
            computed = losses
            note(NEEDS_WEIGHTS)
        got = student(computed, **inputs)
        assert_numbers(got)
        right = reference(computed, **inputs)["losses"]
        expected = right if formula.is_right(form) else [np.float32(formula.loss(one)) for one in batches]
        found, wanted = (dict(zip(names, numbers, strict=True)) for numbers in (got["losses"], expected))
        assert_matches(found, wanted)


@pytest.mark.parametrize("images", [3, 5], ids=lambda count: f"{count} images")
def test_focal_weighted(
    student: Subject, reference: Subject, rng: np.random.Generator, note: Note, images: int
) -> None:
    """Test alone: by how much weights change the loss of a batch; a common factor of all losses does not count."""
    plain, weights = batch(rng, images), weight(rng)
    for form in forms(student):
        formula = recognised(student, form)
        compare_without_weights(student, formula, form, plain | {"gamma": 0.0})
        compare(student, reference, formula, form, single_images(plain), f"{form}_loss_over_another")
        for average in averages(student, formula, form, note):
            name = f"{form}_loss_with_weights_over_without"
            compare(student, reference, formula, form, [plain, plain | weights], name, average)


@pytest.mark.parametrize("advantage", [1.5, -1.5], ids=["predicted well", "predicted badly"])
def test_focal_confident(student: Subject, reference: Subject, rng: np.random.Generator, advantage: float) -> None:
    """Test alone: the factor of one image for gamma 2; a common factor of all losses does not count."""
    one, other = batch(rng, 1), batch(rng, 1)
    one["logits"][0, one["targets"]] += np.float32(advantage)
    for form in forms(student):
        formula = recognised(student, form)
        if formula.scores == form:
            formula = replace(formula, scores_of_factor=None)
        if formula.factor not in (*MISPLACED, NO_LOGARITHM):
            formula = replace(formula, factor="power")
        compare(student, reference, formula, form, [one, other, one | FOCAL], f"{form}_loss_over_cross_entropy")


@pytest.mark.parametrize("gammas", [[0.5, 2.0], [1.5, 3.0, 5.0]], ids=str)
def test_focal_gammas(student: Subject, reference: Subject, rng: np.random.Generator, gammas: list[float]) -> None:
    """Test alone: that gamma is the exponent, as it is given; a common factor of all losses does not count."""
    for form in forms(student):
        one, other = image(rng, form), image(rng, form)
        with_gammas = [one | {"gamma": gamma} for gamma in (1.0, *gammas)]
        # A factor near 1 or 0 would lose digits to the power: it is between 0.2 and 0.8 here.
        name, formula = f"{form}_loss_over_cross_entropy", replace(recognised(student, form), exponent=None)
        if formula.factor in MISPLACED:
            formula = replace(formula, factor="power")
        compare(student, reference, formula, form, [one, other, *with_gammas], name, atol=1e-6)


@pytest.mark.parametrize("images", [4, 7], ids=lambda count: f"{count} images")
def test_focal_batch(student: Subject, reference: Subject, rng: np.random.Generator, images: int) -> None:
    """Test alone: that a batch is the mean of its images, gamma's factors included; a common factor does not count."""
    several = batch(rng, images)
    alone = single_images(several)
    for form in forms(student):
        formula, name = recognised(student, form), f"{form}_loss_over_another"
        compare(student, reference, formula, form, [*alone, *(one | FOCAL for one in alone)], name)
        name = f"{form}_loss_over_cross_entropy"
        compare(student, reference, formula, form, [several, several | FOCAL], name)


@pytest.mark.parametrize("weighing", [0.3, 2.5], ids=["a weight below 1", "a weight above 1"])
def test_focal_class_balanced(student: Subject, reference: Subject, rng: np.random.Generator, weighing: float) -> None:
    """Test alone: that gamma's factor is the same with weights, whatever they do; a common factor does not count.

    Without weights the losses have to be right, so that `with_gamma` is the reference's.
    """
    for form in forms(student):
        one, other, weights = image(rng, form), image(rng, form), weight(rng)
        weights["weight"][one["targets"]] = weighing
        name, bare = f"{form}_loss_over_cross_entropy", [one, other, one | FOCAL]
        formula = recognised(student, form)
        compare(student, reference, formula, form, bare, name)
        for average in averages(student, formula, form):
            shown = [formula.shown(each) for each in (*bare, one | weights, one | weights | FOCAL)]
            _, with_gamma, weighted, both = ratios(student, form, shown, average)
            expected = weighted * with_gamma
            if len(shown[0]["targets"]) > 1:  # the weights of several images are no factor
                expected = formula.ratios(shown, average)[-1:].reshape(())
            assert_matches({name: both}, {name: expected})


@pytest.mark.parametrize("classes", [2, 12, 30], ids=lambda count: f"{count} classes")
def test_focal_classes(student: Subject, reference: Subject, rng: np.random.Generator, classes: int) -> None:
    """Test alone: losses of batches with any number of classes, also of one that has no image of the last class.

    A common factor does not count.
    """
    batches = [batch(rng, 3, classes) for _ in range(3)]
    batches[-1]["targets"] %= classes - 1
    for form in forms(student):
        compare(student, reference, recognised(student, form), form, batches, f"{form}_loss_over_another")


@pytest.mark.parametrize("images", [3, 5], ids=lambda count: f"{count} images")
def test_focal_tensor(student: Subject, reference: Subject, rng: np.random.Generator, images: int) -> None:
    """Test alone: that the loss is a number that has a gradient; a common factor does not count."""
    batches = [batch(rng, images), batch(rng, images)]
    for form in forms(student):
        assert_gradients(student, reference, recognised(student, form), form, batches)
        for one in student(relative_gradients, form=form, batches=batches):
            assert_shape(one["loss"], (), name="the loss")


@pytest.mark.parametrize("scale", [0.3, 0.5], ids=lambda scale: f"scores times {scale:g}")
def test_focal_gradient(student: Subject, reference: Subject, rng: np.random.Generator, scale: float) -> None:
    """Test alone: the gradient of single images with gamma 2; a common factor of all losses does not count."""
    batches = [batch(rng, 1), batch(rng, 1) | FOCAL, batch(rng, 1) | FOCAL]
    for given in batches:
        given["logits"] *= np.float32(scale)  # where nothing is certain, gamma's factor has a slope
    for form in forms(student):
        assert_gradients(student, reference, recognised(student, form), form, batches)


@pytest.mark.parametrize("case", [Certain(is_right, gamma) for is_right in (True, False) for gamma in (0, 2)], ids=str)
def test_focal_extreme(student: Subject, reference: Subject, rng: np.random.Generator, case: Certain) -> None:
    """Test alone: scores that a float32 cannot tell from certainty; a common factor of all losses does not count.

    The cross entropy of ordinary images has to be right. A loss without gradient is looked at by itself.
    """
    given, ordinary = case.batch(rng), single_images(batch(rng, 3))
    for form in forms(student):
        formula = recognised(student, form)
        compare(student, reference, formula, form, ordinary, f"{form}_loss_over_another")
        if np.isfinite(formula.loss(given)):
            got = student(loss_and_gradient, form=form, batch=given)
            case.assert_sound(got, is_right=formula.is_right(form))


@pytest.mark.parametrize(
    "case", [Certain(is_right, gamma) for is_right in (True, False) for gamma in (0.5, 0.25)], ids=str
)
def test_focal_extreme_gamma(student: Subject, reference: Subject, rng: np.random.Generator, case: Certain) -> None:
    """Test alone: the slope of a power below 1 at a factor of 0; a common factor of all losses does not count.

    The focal loss of ordinary images has to be right.
    """
    given, ordinary = case.batch(rng), single_images(batch(rng, 2))
    for form in forms(student):
        formula, batches = recognised(student, form), [*ordinary, *(one | FOCAL for one in ordinary)]
        compare(student, reference, formula, form, batches, f"{form}_loss_over_another")
        if formula.factor == "power":  # the slope of another factor is another matter
            got = student(loss_and_gradient, form=form, batch=given)
            case.assert_sound(got, is_right=formula.is_right(form))


def forms(student: Subject, note: Note = lambda text: None) -> list[str]:
    """Recognise the form; the reference, which has both when asked for them, is judged in both."""
    # With gamma 0 a wrong factor may leave no loss; next to it the cross entropy is there, whatever p the factor takes.
    unchanged = student(unchanged_by_a_shift, batch=PROBE | {"gamma": 1.0})
    if not any(unchanged.values()):
        unchanged = student(unchanged_by_a_shift, batch=PROBE | {"gamma": 1e-6}, finite=True)
    found = [form for form in FORMS if unchanged[form] is (form == "softmax")] or ["softmax"]
    if len(found) == 1:
        note(REMARKS[found[0]])
    return found


@cache
def known_ratios(form: str) -> tuple[tuple[Formula, ...], np.ndarray]:
    """List the known formulas, and the ratios that they give, a row each."""
    known = formulas(form)
    return known, np.stack([one.ratios(FORMULA_PROBES) for one in known])


def recognised(student: Subject, form: str) -> Formula:
    """Recognise the formula by the losses of four batches and four gammas; what is none of the known is the right one.

    It is the same in all checks, and earns nothing by itself.
    """
    got = student(relative_losses, form=form, average="plain", batches=FORMULA_PROBES)["ratio"]
    known, ratios = known_ratios(form)
    if np.shape(got) != ratios.shape[1:]:
        return Formula(scores=form)
    places = np.flatnonzero(np.isclose(got, ratios, **KNOWN).all(axis=1))
    return known[places[0]] if places.size else Formula(scores=form)


def averages(student: Subject, formula: Formula, form: str, note: Note = lambda text: None) -> list[str]:
    """Recognise by what a weighted sum is divided."""
    unchanged = student(unchanged_by_a_scale, form=form, batch=formula.shown(WEIGHTED_PROBE))
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
    formula: Formula,
    form: str,
    batches: list[dict[str, Any]],
    name: str,
    average: str = "plain",
    atol: float | None = None,
) -> None:
    """Compare all losses but the first, in units of that one, with the reference's or with a known formula's."""
    shown = batches if formula.is_right(form) else [formula.shown(one) for one in batches]
    got, expected = ratios(student, form, shown, average), ratios(reference, form, shown, average)
    if not formula.is_right(form):
        expected = formula.ratios(shown, average).reshape(np.shape(expected))
        got = np.where(np.isfinite(expected), got, expected)  # where the formula has no value, none is asked for
    assert_matches({name: got}, {name: expected}, atol=atol)


def compare_without_weights(student: Subject, formula: Formula, form: str, one: dict[str, Any]) -> None:
    """Compare the loss with weights of 1 with that without any, where that is there and right."""
    inputs = {"form": form, "average": "plain", "batches": [one]}
    if not formula.is_right(form) or student(needs_weights, **inputs)["needs_weights"]:
        return
    without, ones = (student(computed, **inputs)["losses"] for computed in (losses_without_weights, losses))
    if ones and np.allclose(without, formula.loss(one), **KNOWN):
        name = f"{form}_loss_with_weights_of_1"
        assert_matches({name: ones[0]}, {name: without[0]})


def assert_gradients(
    student: Subject, reference: Subject, formula: Formula, form: str, batches: list[dict[str, Any]]
) -> None:
    """Compare losses and gradients of batches with the reference's or a known formula's, in units of the first loss."""
    shown = batches if formula.is_right(form) else [formula.shown(one) for one in batches]
    got, expected = (subject(relative_gradients, form=form, batches=shown) for subject in (student, reference))
    if not formula.is_right(form):
        unit = formula.loss(shown[0])
        expected = [
            {"loss": np.float32(formula.loss(one) / unit), "gradient": np.float32(formula.gradient(one) / unit)}
            for one in shown
        ]
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
    """Cut a batch into batches of one image, whose class changes its place with the last one."""
    logits, targets = several["logits"].copy(), several["targets"]
    last, images = logits.shape[1] - 1, np.arange(len(targets))
    logits[images, targets], logits[:, last] = logits[:, last].copy(), logits[images, targets]
    return [{"logits": logits[[place]], "targets": np.array([last])} for place in images]


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
