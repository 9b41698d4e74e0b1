"""What the author of an assignment imports: comparison for hidden tests, patches for known mistakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from grader.compare import assert_matches, assert_matches_either
from grader.model import Status

__all__ = [
    "Mistake",
    "NotWritten",
    "Replacement",
    "assert_matches",
    "assert_matches_either",
    "assert_readable",
    "central_difference",
    "replace",
]


class NotWritten(AssertionError):  # noqa: N818  # not an error of ours: the way a case ends
    """What a case asks for is left empty; the text says where."""


def assert_readable(problems: Mapping[str, Sequence[str]], asked: str) -> None:
    """End the case where a driver could not read what is asked for.

    Args:
        problems: By what is asked for, a status and a sentence, as `grader.answers.collected` gives them.
        asked: What this case asks for.

    Raises:
        NotWritten: it is left empty.
        AssertionError: it is there, and is no answer.
    """
    if asked not in problems:
        return
    status, sentence = problems[asked]
    if status == Status.UNWRITTEN.value:
        raise NotWritten(sentence)
    raise AssertionError(sentence)


@dataclass(frozen=True, slots=True)
class Replacement:
    """A piece of a solution file and what a mistaken student has in its place."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """A known misconception: a small patch of the reference and the sentence that names it.

    Args:
        name: Kebab-case, unique in the assignment.
        says: One sentence for the student.
        hint: A question that leads to the mistake.
        patch: What to replace in the reference.
        fails: Every check that a submission with this mistake fails.
        teaches: Markdown with a minimal example, for `grade explain`.
    """

    name: str
    says: str
    hint: str
    patch: tuple[Replacement, ...]
    fails: tuple[str, ...]
    teaches: str


def replace(file: str, old: str, new: str) -> Replacement:
    """Replace a text that occurs exactly once in a solution file."""
    return Replacement(file, old, new)


def central_difference(function: Callable[[np.ndarray], float], point: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """Differentiate a scalar function numerically.

    Args:
        function: Maps an array of the point's shape to a number.
        point: Where to differentiate, any shape, float64.
        step: Half the distance of the two evaluations; 1e-5 balances truncation and rounding in float64.

    Returns:
        The gradient, of the point's shape; its error is of the order of step squared.
    """
    gradient = np.zeros_like(point, dtype=np.float64)
    for index in np.ndindex(point.shape):
        moved = point.copy()
        moved[index] = point[index] + step
        above = function(moved)
        moved[index] = point[index] - step
        gradient[index] = (above - function(moved)) / (2 * step)
    return gradient
