"""A hidden test of everything together: train.py made small enough for implementations with Python loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from drivers import training

from grader.authoring import assert_matches

Subject = Callable[..., Any]

SAMPLES = 12


@pytest.mark.parametrize("classes", [3, 4], ids=["three classes", "four classes"])
def test_training_overfits(student: Subject, reference: Subject, draw: np.random.Generator, classes: int) -> None:
    inputs = images_and_network(draw, classes)
    assert_matches(student(training, **inputs), reference(training, **inputs))


def images_and_network(draw: np.random.Generator, classes: int) -> dict[str, Any]:
    labels = draw.permutation(np.arange(SAMPLES) % classes)
    patterns = draw.normal(0, 50, size=(classes, 3, 8, 8))  # pixels without their mean spread about as far
    return {
        "definitions": [
            {"type": "Conv2D", "in_channels": 3, "out_channels": 4, "kernel_size": 3, "stride": 1, "padding": 1},
            {"type": "ReLU"},
            {"type": "MaxPooling", "kernel_size": 2, "stride": 2},
            {"type": "Linear", "in_dim": 64, "out_dim": classes},
        ],
        "parameters": [
            {"weight": draw.normal(0, 1e-3, size=(4, 3, 3, 3)), "bias": np.zeros(4)},
            {},
            {},
            {"weight": draw.normal(0, 1e-3, size=(64, classes)), "bias": np.zeros(classes)},
        ],
        "images": patterns[labels] + draw.normal(0, 15, size=(SAMPLES, 3, 8, 8)),
        "labels": labels,
        "learning_rate": 2e-3,
        "num_epochs": 7,
        "batch_size": 6,
    }
