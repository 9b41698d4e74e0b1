"""Hidden tests of pick_examples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drivers import picks, predictions, shortage

from grader.authoring import Subject, assert_shape

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
    for kind, found in zip(("right", "wrong"), got["counts"], strict=True):
        assert found == n, f"{found} examples are said to be {kind}, expected {n}"
    chosen = [places(got, kind, data) for kind in ("right", "wrong")]
    for kind, one in zip(("right", "wrong"), chosen, strict=True):
        assert len(set(one)) == n, f"{len(set(one))} different examples are said to be {kind}, expected {n}"
    both = set.intersection(*map(set, chosen))
    assert not both, f"{len(both)} examples are said to be right and wrong, expected none"
    is_right = judged(reference, data)
    fitting = sum(is_right[chosen[0]]) + sum(~is_right[chosen[1]])
    assert max(fitting, 2 * n - fitting) > 1.5 * n, f"{fitting} of {2 * n} examples are what they are said to be"


@pytest.mark.parametrize("kind", ["right", "wrong"], ids="few {} ones".format)
def test_pick_shortage(student: Subject, reference: Subject, rng: np.random.Generator, kind: str) -> None:
    """Test alone: whether anything tells that there are too few; an exception of any kind, a warning or a line does.

    Whether something tells is taken on the driver's word.
    """
    data = draw_data(rng, 30, is_right=True)
    is_right = np.arange(30) >= 30 - 2  # so many there are, the very last ones
    data["labels"] = labels(rng, data, is_right if kind == "right" else ~is_right)
    enough, scarce = student(shortage, **data, n=2), student(shortage, **data, n=5)
    kind_raised = str(enough["raised"])[:80]
    assert not kind_raised, f"where there are just enough examples, pick_examples raises {kind_raised}"
    chosen = [places(enough["examples"], one, data) for one in ("right", "wrong")]
    assert min(map(len, chosen)) > 1, "pick_examples gives too few where there are enough"
    fitting = [bool(one) for one in judged(reference, data)[chosen[0]]]
    assert len(set(fitting)) == 1, "examples of one kind are partly classified rightly where there are just enough"
    is_told = scarce["raised"] or scarce["warnings"] > enough["warnings"]
    is_printed = scarce["printed"] and scarce["printed"] != enough["printed"]
    assert is_told or is_printed, (
        f"5 of either kind are asked for where 2 are {kind}: nothing tells so, expected an exception or a warning"
    )


def judge(student: Subject, reference: Subject, data: dict[str, Any], kind: str) -> None:
    """Compare examples of one kind with what the network says of them."""
    found = places(student(picks, **data, n=4), kind, data)
    assert found, f"no examples are said to be {kind}, expected 4"
    odd = int(np.sum(judged(reference, data)[found] != (kind == "right")))
    assert not odd, f"{odd} of {len(found)} examples that are said to be {kind} are not, expected none"


def judged(reference: Subject, data: dict[str, Any]) -> np.ndarray:
    """Tell which images the network classifies rightly, shape (N,)."""
    predicted = reference(predictions, network=data["network"], images=data["images"])["predicted"]
    return np.asarray(predicted == np.array(data["labels"]))


def places(got: Any, kind: str, data: dict[str, Any]) -> list[int]:  # noqa: ANN401  # theirs
    """Find the images that are said to be of a kind among those of the dataset, no two of which are the same."""
    images, number = data["images"], ("right", "wrong").index(kind)
    count = got["counts"][number]
    inside = assert_shape(got[kind], (min(len(got[kind]), count), *images.shape[1:]))
    assert len(inside) == count, f"{count - len(inside)} of {count} examples are no indices from 0 to {len(images) - 1}"
    found = [np.flatnonzero((images == one).all(axis=(1, 2, 3))) for one in inside]
    assert all(map(len, found)), "what is said to be an example is no image of the dataset"
    return [int(one[0]) for one in found]


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
