"""Hidden tests of validation, in main.py or in solver.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drivers import validation

from grader.authoring import Subject, assert_matches, assert_matches_either

CLASSES = 10
BATCHES = ((26, 7), (23, 4))  # the last batch of each is smaller than the others


@pytest.mark.parametrize(("samples", "batch_size"), BATCHES, ids=["26 samples by 7", "23 samples by 4"])
def test_validate_accuracy(
    student: Subject, reference: Subject, rng: np.random.Generator, samples: int, batch_size: int
) -> None:
    inputs = images_and_layer(rng, samples, batch_size)
    got, expected = (subject(validation, **inputs) for subject in (student, reference))
    assert got["accuracy"] is not None, "validate returns no accuracy, expected it before the confusion matrix"
    # A share computed in single precision is off by 6e-8, one sample more by 1/26.
    assert_matches({"accuracy": got["accuracy"]}, {"accuracy": expected["accuracy"]}, rtol=1e-5)


@pytest.mark.parametrize(("samples", "batch_size"), BATCHES, ids=["26 samples by 7", "23 samples by 4"])
def test_validate_confusion(
    student: Subject, reference: Subject, rng: np.random.Generator, samples: int, batch_size: int
) -> None:
    inputs = images_and_layer(rng, samples, batch_size)
    got, expected = (subject(validation, **inputs)["confusion"] for subject in (student, reference))
    assert got is not None, "validate returns no confusion matrix, expected it after the accuracy"
    assert_matches_either({"confusion": got}, *({"confusion": form} for form in accepted(expected)))


@pytest.mark.parametrize(("samples", "batch_size"), BATCHES, ids=["26 samples by 7", "23 samples by 4"])
def test_validate_keeps_model(
    student: Subject, reference: Subject, rng: np.random.Generator, samples: int, batch_size: int
) -> None:
    inputs = images_and_layer(rng, samples, batch_size)
    got, expected = (subject(validation, **inputs) for subject in (student, reference))
    names = ("gradients", "parameters")
    assert_matches({name: got[name] for name in names}, {name: expected[name] for name in names}, rtol=1e-5)
    # Nobody passes who does not validate: either the model saw every sample, or a result says that it was done.
    if got["was_shown_all"] is not True and not any(
        agrees(got["confusion"], form) for form in accepted(expected["confusion"])
    ):
        assert_matches({"accuracy": got["accuracy"]}, {"accuracy": expected["accuracy"]}, rtol=1e-5)


def accepted(counts: np.ndarray) -> tuple[np.ndarray, ...]:
    """Give the forms of a confusion matrix: counts, shares of each row, and columns divided by the sums of rows."""
    of_each_class = counts.sum(axis=1)
    return counts, counts / of_each_class[:, np.newaxis], counts / of_each_class  # editions hand out the last


def agrees(got: object, form: np.ndarray) -> bool:
    """Tell whether a submission's matrix is one of these, whatever it is."""
    is_matrix = isinstance(got, np.ndarray) and got.shape == form.shape and got.dtype.kind in "iuf"
    return is_matrix and bool(np.allclose(got, form, rtol=1e-4, atol=1e-5))


def images_and_layer(rng: np.random.Generator, samples: int, batch_size: int) -> dict[str, Any]:
    """Draw data of which every class is a part and about half is classified rightly, but all of the last batch."""
    images = rng.normal(size=(samples, 3, 4, 4)).astype(np.float32)
    weight = rng.normal(0, 0.5, size=(CLASSES, 48)).astype(np.float32)
    labels = np.concatenate([np.arange(CLASSES), rng.integers(0, CLASSES, samples - CLASSES)])
    right = (images.reshape(samples, -1) @ weight.T).argmax(axis=1)
    chosen = rng.random(samples) < 0.7
    chosen[:CLASSES] = False
    chosen[-(samples % batch_size) :] = True
    labels = np.where(chosen, right, labels)
    return {"images": images, "labels": labels, "weight": weight, "batch_size": batch_size}
