"""A text that is no Python has an empty tree, whatever parsing it raises."""

from __future__ import annotations

import warnings

import pytest

from grader.model.python_tree import python_tree


@pytest.mark.parametrize(
    "text",
    ["def f(:", "x = 1\0", "x = '\ud800'", "(" * 5_000, "-" * 200_000 + "1", "x = " + "9" * 10_000],
    ids=["syntax", "null byte", "surrogate", "brackets", "signs", "number"],
)
def test_a_text_that_is_no_python_has_an_empty_tree(text: str) -> None:
    """What each of these raises is another exception."""
    assert python_tree(text).body == []


def test_odd_escapes_are_no_warning() -> None:
    """A student's texts are only parsed; a warning would name a file of the grader."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(python_tree("path = 'C:\\data'\nassert 1 is 1\n").body) == 2
