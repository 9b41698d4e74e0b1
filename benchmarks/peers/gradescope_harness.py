"""The same hidden tests as methods of a unittest class, run by gradescope-utils. SUBMISSION names the folder."""

from __future__ import annotations

import importlib.util
import inspect
import itertools
import sys
import unittest
from collections.abc import Callable, Iterator
from pathlib import Path

from gradescope_utils.autograder_utils.decorators import weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner
from plain_harness import COURSE, REFERENCE, STUDENT, generator


def cases(test: Callable[..., None]) -> Iterator[dict[str, object]]:
    """List the parametrised arguments of a test."""
    axes = []
    for mark in getattr(test, "pytestmark", []):
        given = mark.args[0]
        names = [name.strip() for name in given.split(",")] if isinstance(given, str) else list(given)
        axes.append([dict(zip(names, values if len(names) > 1 else (values,), strict=True)) for values in mark.args[1]])
    for combination in itertools.product(*axes):
        yield {name: value for part in combination for name, value in part.items()}


class Suite(unittest.TestCase):
    """Filled below: one method for each test."""


def method(test: Callable[..., None]) -> Callable[[unittest.TestCase], None]:
    """Turn a test function into a weighted method."""
    fixtures = {"student": STUDENT, "reference": REFERENCE}
    wanted = inspect.signature(test).parameters

    @weight(1)
    def run(_self: unittest.TestCase) -> None:
        for number, case in enumerate(cases(test)):
            given = {**fixtures, "rng": generator(test.__name__, str(number)), **case}
            test(**{name: value for name, value in given.items() if name in wanted})

    return run


for file in sorted((COURSE / "checks").glob("test_*.py")):
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    for name, test in vars(module).items():
        if name.startswith("test_"):
            setattr(Suite, name, method(test))

if __name__ == "__main__":
    with Path(sys.argv[1]).open("w") as results:
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(Suite)
        outcome = JSONTestRunner(visibility="visible", stream=results).run(suite)
    sys.exit(not outcome.wasSuccessful())
