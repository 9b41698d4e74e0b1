"""Hidden tests of the classifier: what it gives, what its training moves, and what it predicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drivers import classifier_scores, moved_by_training, predicted_labels, transfer, transfer_at_usual_width

from grader.authoring import Note, Subject, assert_matches, assert_shape

BREEDS = 3
LEAST = 0.72  # of unseen images: two of three breeds cannot reach it; the reference 0.8 and more over 16 seeds
MOST_AT_ENDS = 0.9  # of scores: a few of a tanh stay within where features nearly cancel
WIDTH = "Classifier takes a backbone of the usual width alone, expected it to ask backbone.channels"
STATISTICS = "batch normalisation of the frozen backbone counted training images: it was not in inference mode"


@pytest.mark.parametrize(("size", "classes"), [((32, 48), 5), ((64, 32), 7)], ids=["5 classes", "7 classes"])
def test_classifier_scores(
    student: Subject, reference: Subject, rng: np.random.Generator, size: tuple[int, int], classes: int
) -> None:
    inputs = {"images": pictures(rng, 3, size), "classes": classes, "seed": int(rng.integers(1 << 31))}
    got, expected = student(classifier_scores, **inputs), reference(classifier_scores, **inputs)
    assert got["seen"], "forward of Classifier does not call the backbone, expected backbone(images)"
    assert_matches({"images of the backbone": got["seen"][0]}, {"images of the backbone": expected["seen"][0]})
    finite = assert_shape(got["finite"], np.shape(expected["finite"]), kind="b", name="the scores")
    assert finite.all(), "forward of Classifier returns scores that are not finite"
    assert not np.all(got["of_classes"]), "forward of Classifier returns probabilities, expected logits"
    assert not np.all(got["of_images"]), "forward of Classifier returns shares that sum to 1 over the images"
    assert not np.all(got["bounded"]), (
        "forward of Classifier returns numbers from 0 to 1 alone, expected logits: a sigmoid?"
    )
    assert np.mean(got["at_ends"]) < MOST_AT_ENDS, (
        "forward of Classifier returns numbers from -1 to 1 alone, expected logits: a tanh?"
    )
    assert not got["is_wide"], WIDTH
    assert_matches({"features": got["features"]}, {"features": expected["features"]})


@pytest.mark.parametrize("count", [48, 64], ids="{} images".format)
def test_backbone_frozen(
    student: Subject, reference: Subject, rng: np.random.Generator, note: Note, count: int
) -> None:
    inputs, true = problem(rng, count)
    training = {name: value for name, value in inputs.items() if name != "unseen"}
    trained = student(moved_by_training, **training)
    moves_backbone, moves_head = assert_shape(trained["moved"], (2,), kind="b", name="what moved")
    assert not moves_backbone, "training moves parameters of the backbone, expected it to move the head alone"
    assert trained["is_open"], "no parameter of the head takes gradients: its requires_grad is False"
    assert trained["is_connected"], "the scores have no gradients, so that nothing can learn from them"
    assert trained["is_held"], "the optimizer holds no parameter of the head"
    assert moves_head, "training moves no parameter of the head"
    got = student(transfer, **inputs)
    expected = reference(transfer_at_usual_width if got["is_wide"] else transfer, **inputs)
    assert_matches(
        {"the backbone's parameters": got["parameters"]}, {"the backbone's parameters": expected["parameters"]}
    )
    assert_learned(got, expected, true)
    statistics = np.asarray(expected["statistics"])
    if np.any(assert_shape(got["statistics"], statistics.shape, name="the statistics") != statistics):
        note(STATISTICS)


@pytest.mark.parametrize("sizes", [(4, 4, 1), (5, 2)], ids=str)
def test_predict_labels(student: Subject, reference: Subject, rng: np.random.Generator, sizes: tuple[int, ...]) -> None:
    compare_labels(student, reference, rng, sizes, training=False)


@pytest.mark.parametrize("sizes", [(6, 3), (3, 5)], ids=str)
def test_predict_labels_in_use(
    student: Subject, reference: Subject, rng: np.random.Generator, sizes: tuple[int, ...]
) -> None:
    compare_labels(student, reference, rng, sizes, training=True)


def compare_labels(
    student: Subject, reference: Subject, rng: np.random.Generator, sizes: tuple[int, ...], *, training: bool
) -> None:
    inputs = {
        "batches": [rng.integers(0, 256, (count, 3, 4, 5)).astype(np.uint8) for count in sizes],
        "weight": rng.normal(size=(400, 3)).astype(np.float32),
        "training": training,
    }
    got, expected = student(predicted_labels, **inputs), np.asarray(reference(predicted_labels, **inputs)["labels"])
    labels = assert_shape(got["labels"], expected.shape, kind="iu", name="the labels")
    assert_matches({"labels": labels.astype(np.int64)}, {"labels": expected})


def pictures(rng: np.random.Generator, count: int, size: tuple[int, int]) -> np.ndarray:
    return rng.integers(0, 256, (count, 3, *size)).astype(np.uint8)


def problem(rng: np.random.Generator, count: int) -> tuple[dict[str, Any], np.ndarray]:
    """Draw images of breeds that differ in colour, and unseen ones with their breeds, which no worker is told."""
    colours = np.array([[220, 40, 40], [40, 210, 50], [50, 60, 220]])
    labels, true = (rng.permutation(np.arange(number) % BREEDS) for number in (count, 42))
    images, unseen = (
        (colours[breeds][:, :, None, None] + rng.normal(0, 3, (len(breeds), 3, 32, 32))).clip(0, 255).astype(np.uint8)
        for breeds in (labels, true)
    )
    return {"images": images, "labels": labels, "unseen": unseen, "seed": int(rng.integers(1 << 31))}, true


def assert_learned(got: dict[str, Any], expected: dict[str, Any], true: np.ndarray) -> None:
    predicted = assert_shape(got["predicted"], np.shape(expected["predicted"]), kind="iu", name="the labels")
    right, least = int(np.sum(predicted == true)), round(LEAST * len(true))
    assert right >= least, f"after training {right} of {len(true)} unseen images are right, expected at least {least}"
