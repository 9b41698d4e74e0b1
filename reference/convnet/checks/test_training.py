"""A hidden test of everything together: train.py made small enough for implementations with Python loops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from drivers import training

from grader.authoring import Subject, assert_matches, no_example

SAMPLES, CLASSES, SIZE = 9, 3, 6  # as small as shows every fault: code that loops over all products is slow


@dataclass(frozen=True)
class Training:
    """A network, the shapes of its weights layer by layer, and how it learns the images by heart in few steps."""

    name: str
    definitions: tuple[dict[str, Any], ...]
    weights: tuple[tuple[int, ...], ...]
    learning_rate: float
    num_epochs: int

    def __str__(self) -> str:
        return self.name


CONVOLUTIONAL = Training(
    "Conv2D-ReLU-MaxPooling-Linear",
    (
        {"type": "Conv2D", "in_channels": 3, "out_channels": 4, "kernel_size": 3, "stride": 1, "padding": 1},
        {"type": "ReLU"},
        {"type": "MaxPooling", "kernel_size": 2, "stride": 2},
        {"type": "Linear", "in_dim": 36, "out_dim": CLASSES},
    ),
    weights=((4, 3, 3, 3), (), (), (36, CLASSES)),
    learning_rate=1.5e-3,
    num_epochs=3,
)
LINEAR = Training(
    "Linear alone",
    ({"type": "Linear", "in_dim": 108, "out_dim": CLASSES},),
    weights=((108, CLASSES),),
    learning_rate=2e-5,
    num_epochs=3,
)


@no_example("nobody follows a training by hand")
@pytest.mark.parametrize("case", [CONVOLUTIONAL, LINEAR], ids=str)
def test_training_overfits(student: Subject, reference: Subject, rng: np.random.Generator, case: Training) -> None:
    inputs = images_and_network(rng, case)
    assert_matches(student(training, **inputs), reference(training, **inputs))


def images_and_network(rng: np.random.Generator, case: Training) -> dict[str, Any]:
    labels = rng.permutation(np.arange(SAMPLES) % CLASSES)
    patterns = rng.normal(0, 50, size=(CLASSES, 3, SIZE, SIZE))  # pixels without their mean spread about as far
    return {
        "definitions": list(case.definitions),
        "parameters": [parameters(rng, shape) for shape in case.weights],
        "images": patterns[labels] + rng.normal(0, 15, size=(SAMPLES, 3, SIZE, SIZE)),
        "labels": labels,
        "learning_rate": case.learning_rate,
        "num_epochs": case.num_epochs,
        "batch_size": 3,
    }


def parameters(rng: np.random.Generator, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    if not shape:
        return {}
    outputs = shape[-1] if len(shape) == 2 else shape[0]  # those of a linear layer, or filters
    return {"weight": rng.normal(0, 1e-2, size=shape), "bias": np.zeros(outputs)}
