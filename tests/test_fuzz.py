"""The fuzzer's targets hold on what they start from, so that a finding of `make fuzz` is one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fuzz.__main__ import NAMES
from fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds_and_every_beginning_of_them(name: str) -> None:
    target, seeds = TARGETS[name]
    assert seeds()
    for seed in seeds():
        for end in {*range(0, len(seed), max(1, len(seed) // 20)), len(seed)}:
            target(seed[:end])


def test_every_target_can_be_asked_for() -> None:
    assert sorted(NAMES) == sorted(TARGETS)


def test_a_target_that_is_none_is_named_with_those_that_are() -> None:
    asked = [sys.executable, "-m", "tests.fuzz", "wires"]
    ran = subprocess.run(asked, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "no target is called wires: there are wire, wire-text, zip" in ran.stderr
