"""Regular expressions that read what students hand in: none takes more than linear time, whatever it is shown.

One line of a notebook, `%%writefile -a` and blanks, kept the process that reads submissions busy for ever.
"""

from __future__ import annotations

import importlib
import itertools
import pkgutil
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType
from typing import Any

import pytest

import grader.drivers
import grader.intake
import grader.submissions
import grader.wording

CHARACTERS = 10_000
BUDGET = 0.3  # processor seconds, in which a linear pattern reads fifty times as much
BEGINNINGS = ("", "-a", "%%", "a", "'", '"', "=")
REPEATED = (*"a1-_. \t\n#%\"'\\([=!é", "-a ", "--a ", "1.", "a.", "1_", "def ", "a = ", "= !", "\\\n", '\\"', " - ")
ENDS = ("", "\0", "!")


class OverBudgetError(Exception):
    """A pattern took more than its budget."""


@cache
def patterns() -> dict[re.Pattern[Any], str]:
    """Give the patterns of the rooms that read submissions, each once, with the first module and name that has it."""
    names: dict[re.Pattern[Any], str] = {}
    for room in (grader.submissions, grader.intake, grader.wording, grader.drivers):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            for name, value in vars(importlib.import_module(module.name)).items():
                for one in value if isinstance(value, tuple) else (value,):
                    if isinstance(one, re.Pattern):
                        names.setdefault(one, f"{module.name}:{name}")
    return names


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise OverBudgetError in what takes more processor time."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise OverBudgetError

    before = signal.signal(signal.SIGVTALRM, interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def reads_quickly(pattern: re.Pattern[Any], text: str) -> bool:
    shown: Any = text.encode() if isinstance(pattern.pattern, bytes) else text
    try:
        with within(BUDGET):
            pattern.match(shown)
            pattern.fullmatch(shown)
    except OverBudgetError:
        return False
    return True


def test_the_budget_is_noticed() -> None:
    assert not reads_quickly(re.compile(r"(?:-\w+[ \t]+)*([\w -]+?)[ \t]*"), "-a" + " " * CHARACTERS + "!")


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_no_pattern_takes_more_than_its_budget_over_a_long_text(beginning: str) -> None:
    slow = [
        (name, beginning, repeated, end)
        for repeated, end in itertools.product(REPEATED, ENDS)
        for text in [beginning + repeated * (CHARACTERS // len(repeated)) + end]
        for pattern, name in patterns().items()
        if not reads_quickly(pattern, text)
    ]
    assert slow == []
