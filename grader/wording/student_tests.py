"""What a student's own tests come to, in words. Pure."""

from __future__ import annotations

UNSTEADY = "the tests pass code in one run and fail the same code in another"
UNREADABLE = "what the tests report cannot be read"
NO_TEST = "no test is written yet"
OF_PYTEST = ("tmp_path", "tmp_path_factory", "capsys", "capfd", "caplog", "recwarn", "request")
"""Fixtures that are not there where a student's tests run."""


def unsupported_says(fixture: str) -> str:
    """Say that a test asks for a fixture that is not there."""
    asked = fixture if fixture in OF_PYTEST else "a fixture that is not there"
    return f"a test asks for {asked}, expected monkeypatch and fixtures of its own file, without parameters"


def refused_says(refused: int, right: int) -> str:
    """Say on how many right solutions tests fail."""
    return f"the tests fail code that is right; right solutions that they refuse: {refused} of {right}"


def missed_says(missed: int, wrong: int) -> str:
    """Say how many mistakes tests do not find."""
    return f"the tests pass code that is wrong; mistakes that they do not find: {missed} of {wrong}"


def endless_says(most: int) -> str:
    """Say that tests never come to an end of what they ask."""
    return f"the tests make more than {most} different calls, or other ones in each run: seed what they draw from"
