"""What hidden tests use besides comparison: the types of their fixtures, unreadable answers, numeric derivatives.

The fixtures are `student`, `reference`, `files`, `note`, `measure`, `figure` and `rng`, a `numpy.random.Generator` that
is seeded from the course's seed, the check and the case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from grader.model.expression import ExpressionProblem
from grader.model.figure import Figure
from grader.model.status import Status
from grader.wording.expressions import explained

Subject = Callable[..., Any]
"""`subject(driver, **inputs)` runs a driver and returns what it returned: numbers, texts, arrays, lists, dicts."""

Note = Callable[[str], None]
"""`note(sentence)` adds a sentence to the line of a check that is passed."""

Measure = Callable[[Any], None]
"""`measure(value)` keeps the number that a check measures, once a case; the rubric's table `measure` says what of."""


Show = Callable[[Figure], None]
"""`figure(made)` shows a figure of `authoring.figures` in the report of a check, once a case."""


class NotWritten(AssertionError):  # noqa: N818  # not an error of ours: the way a case ends
    """What a case asks for is left empty; the text says where."""


class Unreadable(AssertionError):  # noqa: N818  # not an error of ours: the way a case ends
    """What a case asks for is there and is no answer; the text says where and why."""


class Inconclusive(AssertionError):  # noqa: N818  # not an error of ours: the way a case ends
    """A case finds no fault and cannot find out more here: its points wait for a person, neither lost nor given.

    The text says what was looked at, and what was not.
    """


def assert_readable(problems: Mapping[str, Sequence[str]], asked: str) -> None:
    """End the case where a driver could not read what is asked for.

    Args:
        problems: By what is asked for, a status and a sentence, as `grader.drivers.answers.collected` gives them.
        asked: What this case asks for.

    Raises:
        NotWritten: it is left empty.
        Unreadable: it is there, and is no answer.
    """
    if asked not in problems:
        return
    status, sentence = problems[asked]
    if status == Status.UNWRITTEN.value:
        raise NotWritten(sentence)
    raise Unreadable(sentence)


def assert_formula(problem: str, name: str, symbols: str) -> None:
    """End the case where an answer is no formula.

    Args:
        problem: Why, a word that `grader.drivers.expressions` raised its error with; nothing if it is one.
        name: How the sentence names the answer.
        symbols: What formulas may be made of, for the sentence: "k, NF and NC".

    Raises:
        NotWritten: it is left empty.
        Unreadable: it is there, and is none.
    """
    if problem == ExpressionProblem.EMPTY.value:
        raise NotWritten(f"{name} {explained(problem, symbols)}")
    if problem:
        raise Unreadable(f"{name} {explained(problem, symbols)}")


def central_difference(function: Callable[[np.ndarray], float], point: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """Differentiate a scalar function numerically.

    Args:
        function: Maps an array of the point's shape to a number.
        point: Where to differentiate, any shape, float64.
        step: Half the distance of the two evaluations; 1e-5 balances truncation and rounding in float64.

    Returns:
        The gradient, of the point's shape; its error is of the order of step squared.

    Source: Press et al., Numerical Recipes, 3rd edition, section 5.7.
    """
    gradient = np.zeros_like(point, dtype=np.float64)
    for index in np.ndindex(point.shape):
        moved = point.copy()
        moved[index] = point[index] + step
        above = function(moved)
        moved[index] = point[index] - step
        gradient[index] = (above - function(moved)) / (2 * step)
    return gradient
