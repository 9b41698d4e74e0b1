"""A harness as courses write them: the same hidden tests, student and reference in the tests' own process.

It stands in for the usual way in the benchmarks. Loaded by `pytest -p plain_harness`; SUBMISSION names the folder.
"""

from __future__ import annotations

import copy
import importlib
import os
import sys
import tomllib
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from grader.sandbox.guest.program import Program

COURSE = Path(__file__).parents[2] / "reference" / "convnet"
if os.environ.get("WITH_TORCH"):
    importlib.import_module("torch")


def tree(folder: Path) -> dict[str, str]:
    """Read the Python files of a folder."""
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.py")}


def subject(sources: dict[str, str]) -> Callable[..., object]:
    """Call drivers on an implementation, here and now."""
    program = Program(sources)

    def call(driver: Callable[..., object], **inputs: object) -> object:
        with program.running():
            return driver(program, **copy.deepcopy(inputs))

    return call


sys.path.insert(0, str(COURSE))  # where the tests find `drivers`
SOLUTION = tree(COURSE / "solution")
WRITTEN = tomllib.loads((COURSE / "assignment.toml").read_text())["files"]
PROVIDED = {path: text for path, text in SOLUTION.items() if path not in WRITTEN}
STUDENT = subject({**tree(Path(os.environ["SUBMISSION"])), **PROVIDED})
REFERENCE = subject(SOLUTION)


def generator(name: str, case: str) -> np.random.Generator:
    """Draw as the real harness does."""
    return np.random.default_rng([0, zlib.crc32(name.encode()), zlib.crc32(case.encode())])


@pytest.fixture
def student() -> Callable[..., object]:
    """Run a driver on the submission."""
    return STUDENT


@pytest.fixture
def reference() -> Callable[..., object]:
    """Run a driver on the reference."""
    return REFERENCE


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Draw a case's inputs."""
    return generator(request.node.originalname, request.node.name)
