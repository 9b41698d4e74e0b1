"""Find a mistake for each function of a new assignment: a mutant that answers, and otherwise than the solution."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import numpy as np

from grader.lint.mutants import Mutant, mutants
from grader.lint.scaffold.inputs import SEEDS, SIZES, Tree, are_words, is_answer, same
from grader.lint.scaffold.solution import Asked, Form
from grader.model.observation import Value

MOST_MUTANTS: Final = 60
CLEAR: Final = 0.1
"""A difference that nobody takes for one of rounding, relative."""
LIKELY: Final = ("total", "sign", "arithmetic", "axis", "constant")
"""Words of operators whose mutants people make as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of a solution that a known mistake makes: a text that occurs once, and what stands in its place."""

    asked: Asked
    old: str
    new: str


def change_of(
    asked: Asked, text: str, file: str, given: Mapping[str, str], make: Callable[[Mapping[str, str]], Tree]
) -> Change | None:
    """Return a change of a function that shows in each case; None where no mutant is one.

    Args:
        asked: The function or layer, with its lines in the text.
        text: The solution.
        file: Its path.
        given: The inputs that it works on.
        make: Makes what answers from sources by path.
    """
    with closing(make({file: text})) as tree:
        right = answers(asked, tree, given)
    only_words = asked.form is Form.VALUE or all(map(are_words, right))  # then they are what is asked for
    seen = (lambda one: one) if only_words else without_counts
    every = mutants(text, file)
    inside = [one for one in every if asked.first <= one.line <= asked.last]
    others = [one for one in every if not asked.first <= one.line <= asked.last]  # what it calls may be all it does
    for mutant in (
        *sorted(inside, key=_unlikeliness)[:MOST_MUTANTS],
        *sorted(others, key=_unlikeliness)[:MOST_MUTANTS],
    ):
        with closing(make({file: mutant.source})) as tree:
            wrong = answers(asked, tree, given)
        if all(
            is_answer(one) and not same(seen(one), seen(other), CLEAR) for one, other in zip(wrong, right, strict=True)
        ):
            old, new = changed_text(text, mutant.source)
            return Change(asked=asked, old=old, new=new)
    return None


def answers(asked: Asked, tree: Tree, given: Mapping[str, str]) -> list[Value]:
    """Return what a tree gives in each case."""
    return [tree.answer(given, size, seed, asked.times) for size in asked.sizes or SIZES for seed in SEEDS]


def without_counts(value: Value) -> Value:
    """Return a tree without its single whole numbers: a check is not to rest on these alone, which can be guessed."""
    match value:
        case dict():
            return {key: without_counts(item) for key, item in value.items()}
        case list() | tuple():
            return [without_counts(item) for item in value]
        case np.ndarray() | np.generic() if value.ndim or value.dtype.kind in "fc":
            return value
        case float():
            return value
    return []


def changed_text(before: str, after: str) -> tuple[str, str]:
    """Return the smallest run of whole expressions or lines that changed and occurs once, and what it became."""
    start = next((at for at, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), len(before))
    tail = 0
    while tail < min(len(before), len(after)) - start and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    end = len(before) - tail
    first, last = before.rfind("\n", 0, start) + 1, before.find("\n", end)
    last = len(before) if last < 0 else last
    while before.count(before[first:last]) > 1 and first:
        first = before.rfind("\n", 0, first - 1) + 1
    first += len(before[first:last]) - len(before[first:last].lstrip())
    if before.count(before[first:last]) > 1:  # the indentation told them apart
        first = before.rfind("\n", 0, first) + 1
    return before[first:last], after[first : last + len(after) - len(before)]


def _unlikeliness(mutant: Mutant) -> tuple[int, int]:
    words = mutant.operator.lower()
    return next((place for place, word in enumerate(LIKELY) if word in words), len(LIKELY)), mutant.line
