"""A hidden test of everything together: train.py made small enough for implementations with Python loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from drivers import training

Subject = Callable[..., Any]

SAMPLES = 12
BATCH = 4
# The reference, over 300 draws of each case: every image right in the end, loss at most 0.13 times that of guessing.
LEAST_ACCURACY = 0.9
MOST_LOSS = 0.5


@pytest.mark.parametrize("classes", [3, 4], ids=["three classes", "four classes"])
def test_training_overfits(student: Subject, draw: np.random.Generator, classes: int) -> None:
    history = student(training, **images_and_network(draw, classes))
    accuracy = history["accuracies"][-1]
    assert accuracy >= LEAST_ACCURACY, (
        f"the accuracy on {SAMPLES} training images is {accuracy:.3f} in the end, expected at least {LEAST_ACCURACY}"
    )
    loss, chance = float(np.mean(history["losses"][-SAMPLES // BATCH :])), float(np.log(classes))
    assert loss <= MOST_LOSS * chance, (
        f"the loss of the last epoch is {loss:.3f}, expected at most {MOST_LOSS * chance:.3f}: guessing gives {chance:.3f}"
    )


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
        "images": patterns[labels] + draw.normal(0, 15, size=(SAMPLES, 3, 8, 8)),
        "labels": labels,
        "learning_rate": 1e-3,
        "num_epochs": 10,
        "batch_size": BATCH,
    }
