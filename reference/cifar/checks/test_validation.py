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
    # A share computed in single precision is off by 6e-8, one sample more by 1/26.
    assert_matches({"accuracy": got["accuracy"]}, {"accuracy": expected["accuracy"]}, rtol=1e-5)


@pytest.mark.parametrize(("samples", "batch_size"), BATCHES, ids=["26 samples by 7", "23 samples by 4"])
def test_validate_confusion(
    student: Subject, reference: Subject, rng: np.random.Generator, samples: int, batch_size: int
) -> None:
    inputs = images_and_layer(rng, samples, batch_size)
    got, expected = (subject(validation, **inputs)["confusion"] for subject in (student, reference))
    of_each_class = expected.sum(axis=1)
    # Counts; shares of each row; and what editions hand out, where a column is divided by the sum of a row.
    forms = (expected, expected / of_each_class[:, np.newaxis], expected / of_each_class)
    assert_matches_either({"confusion": got}, *({"confusion": form} for form in forms))


@pytest.mark.parametrize(("samples", "batch_size"), BATCHES, ids=["26 samples by 7", "23 samples by 4"])
def test_validate_keeps_model(
    student: Subject, reference: Subject, rng: np.random.Generator, samples: int, batch_size: int
) -> None:
    inputs = images_and_layer(rng, samples, batch_size)
    got, expected = (subject(validation, **inputs) for subject in (student, reference))
    names = ("gradients", "parameters", "accuracy")  # the last so that nobody passes who does not validate
    assert_matches({name: got[name] for name in names}, {name: expected[name] for name in names}, rtol=1e-5)


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
