"""The fifteen checks with gradescope-utils: methods of a TestCase with a weight, and its runner."""

from __future__ import annotations

import unittest
from collections.abc import Callable
from pathlib import Path

import networks
from cases import INPUTS
from expected import compare
from gradescope_utils.autograder_utils.decorators import weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner


class TestNetworks(unittest.TestCase):
    """Filled below: a method for each check."""


def method(name: str) -> Callable[[unittest.TestCase], None]:
    """Write the method of a check."""

    @weight(1)
    def run(_self: unittest.TestCase) -> None:
        compare(name, getattr(networks, name))

    return run


for check in INPUTS:
    setattr(TestNetworks, f"test_{check}", method(check))

if __name__ == "__main__":
    with Path("results.json").open("w", encoding="utf-8") as results:
        JSONTestRunner(stream=results).run(unittest.defaultTestLoader.loadTestsFromTestCase(TestNetworks))
