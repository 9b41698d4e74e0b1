"""Hidden tests of the training step, in main.py or in solver.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drivers import edition, training

from grader.authoring import Note, Subject, assert_matches

CLASSES = 10
OTHER_EDITION = "the training step was taken from Solver._compute_loss_update_params of solver.py"


@pytest.mark.parametrize("momentum", [0.0, 0.9], ids="momentum {}".format)
def test_train_step(
    student: Subject, reference: Subject, note: Note, rng: np.random.Generator, momentum: float
) -> None:
    compare(student, reference, note, batches(rng, samples=4, batch_size=4) | {"momentum": momentum})


@pytest.mark.parametrize("momentum", [0.0, 0.9], ids="momentum {}".format)
def test_train_epoch(
    student: Subject, reference: Subject, note: Note, rng: np.random.Generator, momentum: float
) -> None:
    compare(student, reference, note, batches(rng, samples=8, batch_size=3) | {"momentum": momentum})


@pytest.mark.parametrize("samples", [4, 5], ids="{} samples".format)
def test_train_criterion(
    student: Subject, reference: Subject, note: Note, rng: np.random.Generator, samples: int
) -> None:
    weighted = {"class_weights": rng.uniform(0.2, 5.0, CLASSES).astype(np.float32)}
    compare(student, reference, note, batches(rng, samples, batch_size=samples) | weighted)


def batches(rng: np.random.Generator, samples: int, batch_size: int) -> dict[str, Any]:
    return {
        "images": rng.normal(size=(samples, 3, 4, 4)).astype(np.float32),
        "labels": rng.integers(0, CLASSES, samples),
        "weight": rng.normal(0, 0.2, size=(CLASSES, 48)).astype(np.float32),
        "batch_size": batch_size,
        "momentum": 0.0,
        "class_weights": None,
    }


def compare(student: Subject, reference: Subject, note: Note, inputs: dict[str, Any]) -> None:
    got, expected = (subject(training, **inputs) for subject in (student, reference))
    assert_matches(got["parameters"], expected["parameters"])
    if student(edition)["file"] == "solver.py":
        note(OTHER_EDITION)
