"""Weights as they are handed in: read, or the word for why not."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.drivers.checkpoints import read_checkpoint


def saved(value: object) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


class Runs:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, ("executed",)


WEIGHTS = {"layer.weight": torch.ones(2, 3)}


def test_a_state_dict_is_read() -> None:
    found = read_checkpoint(saved(WEIGHTS))
    assert (found.problem, list(found.weights)) == ("", ["layer.weight"])
    assert torch.equal(found.weights["layer.weight"], WEIGHTS["layer.weight"])


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (saved(Runs()), "objects"),
        (saved(torch.nn.Linear(2, 2)), "objects"),
        (saved(WEIGHTS)[:-40], "damaged"),
        (b"", "damaged"),
        (saved([torch.ones(2)]), "no-state-dict"),
        (saved({"epoch": 3, **WEIGHTS}), "no-state-dict"),
        (saved({"large": torch.zeros(300, 1000)}), "too-large"),
    ],
    ids=["an object that runs", "a network", "cut off", "empty", "a list", "more than tensors", "too large"],
)
def test_what_is_no_state_dict_is_told_apart_and_never_executed(
    data: bytes, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = read_checkpoint(data, max_bytes=1 << 20)
    assert (found.problem, found.weights) == (problem, {})
    assert list(tmp_path.iterdir()) == []
