"""Hidden tests of the weights that were handed in, on images that nobody has trained with."""

from __future__ import annotations

import numpy as np
import pytest
from drivers import images_to_test, predictions

from grader.authoring import Subject, assert_matches

# Trained as configured, the reference reaches 0.35, 0.60 and 0.90 on made-up images. Of 300 images, a network that is
# right on 0.33 has 75 and more right in all but 13 of 10,000 draws.
LEAST = {"TwoLayerNet": 0.25, "VanillaCNN": 0.36, "MyModel": 0.45}
PROBLEMS = {
    "objects": "asks for objects other than tensors and was not read, expected torch.save(model.state_dict(), file)",
    "damaged": "is cut off or damaged, expected a file as torch.save writes it",
    "too-large": "claims more than 64 MiB of weights and was not read",
    "no-state-dict": "holds no state dict, expected torch.save(model.state_dict(), file)",
    "other-network": "has other names or shapes than the class that was handed in, expected weights of that very class",
}


@pytest.mark.parametrize("count", [300, 350], ids=["one draw", "another draw"])
def test_checkpoint_twolayer(student: Subject, reference: Subject, rng: np.random.Generator, count: int) -> None:
    classify(student, reference, rng, count, "TwoLayerNet", [3072, 256, 10])


@pytest.mark.parametrize("count", [300, 350], ids=["one draw", "another draw"])
def test_checkpoint_cnn(student: Subject, reference: Subject, rng: np.random.Generator, count: int) -> None:
    classify(student, reference, rng, count, "VanillaCNN", [])


@pytest.mark.parametrize("count", [300, 350], ids=["one draw", "another draw"])
def test_checkpoint_my_model(student: Subject, reference: Subject, rng: np.random.Generator, count: int) -> None:
    classify(student, reference, rng, count, "MyModel", [])


def classify(
    student: Subject, reference: Subject, rng: np.random.Generator, count: int, model: str, arguments: list[int]
) -> None:
    """Compare what a network says of test images with their labels, which no worker is told."""
    test_set = reference(images_to_test, seed=int(rng.integers(1 << 31)), count=count)
    got = student(predictions, model=model, arguments=arguments, images=test_set["images"])
    problem = PROBLEMS.get(got["problem"], "cannot be loaded")
    assert not got["problem"], f"the checkpoint of {model} {problem}"
    assert_matches(np.shape(got["predicted"]), (count,))
    right, least = int(np.sum(got["predicted"] == test_set["labels"])), round(LEAST[model] * count)
    assert right >= least, f"{model} is right on {right} of {count} test images, expected at least {least}"
