"""Run tests of another framework: a method of unittest's, a function of nose's, examples with what they print."""

from __future__ import annotations

import doctest
import inspect
import re
import unittest
from collections.abc import Mapping
from typing import Any

import numpy as np


def nose_function(name: str) -> Any:  # noqa: ANN401  # a function that asserts
    """Return what `nose.tools` had under a name, such as `assert_equal`: a method of unittest's."""
    words = name.removesuffix("_").split("_")
    return getattr(unittest.TestCase(), words[0] + "".join(map(str.capitalize, words[1:])))


def run_method(
    case: type[unittest.TestCase], name: str, most: float | None = None, names: Mapping[str, Any] | None = None
) -> None:
    """Run one method of a class of tests, between its own setting up and tearing down.

    Args:
        case: The class.
        name: The method.
        most: What a method that sets its score itself has to set for all its points.
        names: What a class is made with besides the method's name, where it grades a notebook.

    Raises:
        AssertionError: it sets less than that, or whatever the method raises.
    """
    one = case(name) if names is None else case(name, names)  # type: ignore[call-arg]  # its own __init__ takes them
    scores: list[float] = []
    asked = inspect.signature(getattr(one, name)).parameters
    given = {"set_score": scores.append, "set_leaderboard_value": lambda _value: None}
    given = {argument: value for argument, value in given.items() if argument in asked}
    case.setUpClass()
    try:
        one.setUp()
        try:
            getattr(one, name)(**given)
        finally:
            one.tearDown()
    finally:
        case.tearDownClass()
    if most is not None and "set_score" in asked and not (scores and scores[-1] >= most):
        raise AssertionError(f"this earns {scores[-1] if scores else 0:g} of {most:g} points there")


def run_examples(text: str, names: Mapping[str, Any]) -> None:
    """Run examples such as `>>> f(2)` with the line that is expected below each.

    Scalars of numpy are shown as plain numbers where no example expects them with their type, as before numpy 2.

    Raises:
        AssertionError: an example prints something else.
    """
    examples = doctest.DocTestParser().get_doctest(text, dict(names), "examples", None, 0)
    has_types = any(re.search(r"\bnp\.(\w+\(|True_|False_)", example.want) for example in examples.examples)
    try:
        with np.printoptions(legacy=False if has_types else "1.25"):
            doctest.DebugRunner(verbose=False).run(examples)
    except doctest.DocTestFailure as failure:
        raise AssertionError("an example does not print what is expected") from failure
    except doctest.UnexpectedException as error:
        raise error.exc_info[1] from None
