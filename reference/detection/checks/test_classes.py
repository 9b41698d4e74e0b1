"""Hidden tests of the class loss: of one detection layer, and of several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from drivers import SHOWN, adding_up, boxes, examples, gradient, loss, sum_of_layers

from grader.authoring import Note, NotWritten, Show, Subject, assert_matches, assert_shape, equal
from grader.authoring.figures import image_panel, images_figure

SIZES = ((4, 3), (6, 5))  # boxes and classes of a layer
PLAIN = {"cp": 1.0, "cn": 0.0, "pos_weight": 1.0}
SMOOTH = ({"cp": 0.95, "cn": 0.05, "pos_weight": 1.0}, {"cp": 0.8, "cn": 0.1, "pos_weight": 1.0})
WEIGHTS = (2.5, 0.4)
HYPS = ({"cls": 0.3, "cls_pw": 0.6, "label_smoothing": 0.2}, {"cls": 0.5, "cls_pw": 1.7, "label_smoothing": 0.1})
EMPTY = {  # boxes and classes of each layer
    "a layer without boxes": ((4, 3), (0, 3), (3, 3)),
    "no boxes at all": ((0, 3), (0, 3)),
    "one class": ((4, 1), (3, 1)),
    "one class, one layer": ((5, 1),),
}
CLASSES = ("disc", "square", "triangle")  # of the provided detector
MOST_BOXES = 8  # of a picture
GREYS = 15  # steps from black to white


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]} boxes, {size[1]} classes")
def test_loss_value(
    student: Subject,
    reference: Subject,
    files: Subject,
    rng: np.random.Generator,
    note: Note,
    figure: Show,
    size: tuple[int, int],
) -> None:
    if size == SIZES[0]:
        show_boxes(files, reference, note, figure)
    inputs = layer(rng, *size) | PLAIN
    assert_matches(student(loss, **inputs), reference(loss, **inputs))


@pytest.mark.parametrize("targets", SMOOTH, ids=lambda targets: f"cp {targets['cp']}, cn {targets['cn']}")
def test_loss_smoothing(
    student: Subject, reference: Subject, rng: np.random.Generator, targets: dict[str, float]
) -> None:
    inputs = layer(rng, 5, 4) | targets
    assert_matches(student(loss, **inputs), reference(loss, **inputs))


@pytest.mark.parametrize("weight", WEIGHTS, ids="pos_weight {}".format)
def test_loss_positive_weight(student: Subject, reference: Subject, rng: np.random.Generator, weight: float) -> None:
    inputs = layer(rng, 5, 4) | PLAIN | {"pos_weight": weight}
    assert_matches(student(loss, **inputs), reference(loss, **inputs))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]} boxes, {size[1]} classes")
def test_loss_gradient(student: Subject, reference: Subject, rng: np.random.Generator, size: tuple[int, int]) -> None:
    inputs = layer(rng, *size) | PLAIN
    got, expected = student(gradient, **inputs), reference(gradient, **inputs)
    assert np.any(got["gradient"]), "no gradient reaches the predictions: is the loss still a tensor of torch's?"
    assert_matches(got, expected)


@pytest.mark.parametrize("hyp", HYPS, ids=lambda hyp: f"cls_pw {hyp['cls_pw']}, epsilon {hyp['label_smoothing']}")
def test_loss_layers(
    student: Subject, reference: Subject, rng: np.random.Generator, note: Note, hyp: Mapping[str, float]
) -> None:
    classes = 3 if hyp is HYPS[0] else 2
    layers = [as_pair(layer(rng, boxes, classes)) for boxes in (4, 1, 5)]
    compare_sum(student, reference, layers, hyp, note)


@pytest.mark.parametrize("case", EMPTY)
def test_loss_empty(student: Subject, reference: Subject, rng: np.random.Generator, note: Note, case: str) -> None:
    compare_sum(student, reference, [as_pair(layer(rng, *size)) for size in EMPTY[case]], HYPS[0], note)


def show_boxes(files: Subject, reference: Subject, note: Note, figure: Show) -> None:
    """Show what the trained detector that was handed in finds in pictures; it earns nothing."""
    pictures = reference(examples)["pictures"]
    got = files(boxes, pictures=pictures)
    if got["problem"]:
        note("pictures/detector.pth holds no weights of the provided detector")
    greys = (pictures.mean(axis=1) * GREYS).round() * (255 / GREYS)
    images = []
    for number, (grey, rows) in enumerate(zip(greys, got["found"][:SHOWN], strict=False), start=1):
        found = assert_shape(rows, (None, 5), name="boxes")[:MOST_BOXES] if len(rows) else ()
        named = [(*row[:4], CLASSES[int(row[4]) % len(CLASSES)]) for row in found]
        pixels = np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)
        images.append(image_panel(f"picture {number}", pixels, named))
    if images:
        figure(images_figure("What your detector finds", "each in grey, with the boxes found", images))


def compare_sum(
    student: Subject, reference: Subject, layers: list[list[np.ndarray]], hyp: Mapping[str, float], note: Note
) -> None:
    """Compare the sum over layers with the reference's.

    What is wrong in the loss of one layer costs its own checks alone: then the sum of made-up losses is compared.
    """
    given = {"layers": layers, "hyp": dict(hyp)}
    got, expected = (subject(sum_of_layers, **given) for subject in (student, reference))
    if equal(got, expected):
        return
    if is_charged(student, reference, *layers[0]) and equal(student(adding_up, **given), reference(adding_up, **given)):
        note("compared with other losses in the place of classification_loss, which is wrong by itself")
        return
    if expected["loss"] != 0 and np.all(got["loss"] == 0):
        raise NotWritten("class_loss is 0 though there are boxes of several classes: is it written?")
    assert_matches(got, expected)


def is_charged(student: Subject, reference: Subject, ps: np.ndarray, tcls: np.ndarray) -> bool:
    """Return whether a fault of classification_loss fails one of the checks of its own."""
    kinds = (PLAIN, *SMOOTH, *(PLAIN | {"pos_weight": weight} for weight in WEIGHTS))
    return any(
        not equal(student(loss, **inputs), reference(loss, **inputs))
        for inputs in ({"ps": ps, "tcls": tcls} | kind for kind in kinds)
    )


def layer(rng: np.random.Generator, boxes: int, classes: int) -> dict[str, Any]:
    """Draw predictions, and classes of which no two neighbours are the same.

    The mean of the logits is not 0: what smoothing adds to one end would be taken away at the other.
    """
    first = rng.integers(classes)
    return {
        "ps": rng.normal(1.5, 2, (boxes, 5 + classes)).astype(np.float32),
        "tcls": (first + np.arange(boxes)) % classes,
    }


def as_pair(drawn: dict[str, Any]) -> list[np.ndarray]:
    return [drawn["ps"], drawn["tcls"]]
