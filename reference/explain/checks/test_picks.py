"""Hidden tests of pick_examples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drivers import picks, predictions, shortage

from grader.authoring import Subject

CLASSES = 4


@pytest.mark.parametrize("count", [24, 300], ids="{} images".format)
def test_pick_right(student: Subject, reference: Subject, rng: np.random.Generator, count: int) -> None:
    """Test alone: that the first examples are classified rightly; the images 0 and 1 are not."""
    judge(student, reference, draw_data(rng, count, is_right=False), "right")


@pytest.mark.parametrize("count", [24, 300], ids="{} images".format)
def test_pick_wrong(student: Subject, reference: Subject, rng: np.random.Generator, count: int) -> None:
    """Test alone: that the second examples are classified wrongly; the images 0 and 1 are not."""
    judge(student, reference, draw_data(rng, count, is_right=True), "wrong")


@pytest.mark.parametrize(("n", "right"), [(3, 2 / 3), (12, 1 / 3)], ids=["n = 3", "n = 12, most of them wrong"])
def test_pick_count(student: Subject, reference: Subject, rng: np.random.Generator, n: int, right: float) -> None:
    """Test alone: how many there are, where one kind is rarer; the two may be swapped."""
    data = draw_data(rng, 90, is_right=True, share=right)
    got = student(picks, **data, n=n)
    for kind in ("right", "wrong"):
        found = got[kind]
        assert len(found) == n, f"{len(found)} examples are said to be {kind}, expected {n}"
        assert len(set(found)) == n, f"{len(set(found))} different examples are said to be {kind}, expected {n}"
    both = set(got["right"]) & set(got["wrong"])
    assert not both, f"{len(both)} examples are said to be right and wrong, expected none"
    predicted = reference(predictions, network=data["network"], images=data["images"])["predicted"]
    is_right = predicted == np.array(data["labels"])
    fitting = sum(bool(is_right[one % 90]) for one in got["right"]) + sum(
        not is_right[one % 90] for one in got["wrong"]
    )
    assert max(fitting, 2 * n - fitting) > 1.5 * n, f"{fitting} of {2 * n} examples are what they are said to be"


@pytest.mark.parametrize("kind", ["right", "wrong"], ids="few {} ones".format)
def test_pick_shortage(student: Subject, rng: np.random.Generator, kind: str) -> None:
    """Test alone: whether anything tells that there are too few; an exception of any kind, a warning or a line does."""
    data = draw_data(rng, 30, is_right=True)
    is_right = np.arange(30) >= 30 - 2  # so many there are, the very last ones
    data["labels"] = labels(rng, data, is_right if kind == "right" else ~is_right)
    enough, scarce = student(shortage, **data, n=2), student(shortage, **data, n=5)
    assert not enough["raised"], "where there are just enough examples, pick_examples raises an exception"
    assert min(enough["sizes"], default=0) > 1, "pick_examples gives too few where there are enough"
    is_told = scarce["raised"] or scarce["warnings"] > enough["warnings"]
    is_printed = scarce["printed"] and scarce["printed"] != enough["printed"]
    assert is_told or is_printed, (
        f"5 of either kind are asked for where 2 are {kind}: nothing tells so, expected an exception or a warning"
    )


def judge(student: Subject, reference: Subject, data: dict[str, Any], kind: str) -> None:
    """Compare examples of one kind with what the network says of them."""
    found = student(picks, **data, n=4)[kind]
    predicted = reference(predictions, network=data["network"], images=data["images"])["predicted"]
    count = len(predicted)
    assert found, f"no examples are said to be {kind}, expected 4"
    outside = sum(not 0 <= one < count for one in found)
    assert not outside, f"{outside} of {len(found)} examples are no indices from 0 to {count - 1}"
    is_right = predicted[found] == np.array(data["labels"])[found]
    odd = int(np.sum(is_right != (kind == "right")))
    assert not odd, f"{odd} of {len(found)} examples that are said to be {kind} are not, expected none"


def draw_data(rng: np.random.Generator, count: int, *, is_right: bool, share: float = 0.5) -> dict[str, Any]:
    """Draw images of which the network classifies a share rightly, and all or none of the first two."""
    weight = rng.normal(size=(CLASSES, 48)).astype(np.float32)
    head = {"kind": "linear", "weight": weight, "bias": np.zeros(CLASSES, np.float32)}
    data: dict[str, Any] = {
        "network": {"style": "flat", "layers": [{"kind": "flatten"}, head]},
        "images": rng.normal(size=(count, 3, 4, 4)).astype(np.float32),
    }
    chosen = rng.permutation(count) < share * count
    chosen[:2] = is_right
    data["labels"] = labels(rng, data, chosen)
    return data


def labels(rng: np.random.Generator, data: dict[str, Any], is_right: np.ndarray) -> list[int]:
    """Give each image the class that the network predicts, or another one."""
    weight = data["network"]["layers"][1]["weight"]
    predicted = (data["images"].reshape(len(is_right), -1) @ weight.T).argmax(axis=1)
    others = (predicted + rng.integers(1, CLASSES, len(is_right))) % CLASSES
    return [int(one) for one in np.where(is_right, predicted, others)]
