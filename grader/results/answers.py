"""Which wrong answers are the same, and what an instructor named them. Pure.

Two answers are one where they stand at the same places, were asked for the same inputs, and agree to within rounding.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from grader.model.answer import AnswerPlace, NamedAnswer
from grader.model.result import NamedMistake, Verdict
from grader.model.status import Status

CLOSE: Final = 1e-5  # of an array's length: far above what the order of sums in float32 changes
NEAR: Final = 1.001 * CLOSE  # which of two answers the tolerance is taken of changes it by less
BY_ANSWER: Final = "same-answer-"
"""What the names of mistakes begin with that are recognised by an answer."""
LEAST: Final = 2  # students

Answer = tuple[AnswerPlace, ...]


@dataclass(frozen=True, slots=True)
class AnswerGroup:
    """Students who gave the same wrong answer to a check, which no known mistake explains; `answer` is the first's."""

    assignment: str
    check: str
    students: tuple[str, ...]
    answer: Answer

    @property
    def code(self) -> str:
        """Return what the group is called in commands: the same as long as the first of its students is in it."""
        text = repr([(place.place, [f"{number:.4g}" for number in place.numbers]) for place in self.answer])
        return f"{self.assignment}/{self.check}/{hashlib.sha256(text.encode()).hexdigest()[:6]}"

    @property
    def drivers(self) -> tuple[str, ...]:
        """List the drivers that asked for the answer."""
        return tuple(dict.fromkeys(place.place.partition(" | ")[0] for place in self.answer))


def agree(one: Answer, other: Answer) -> bool:
    """Return whether two wrong answers to a check are the same."""
    if not one or [place.place for place in one] != [place.place for place in other]:
        return False
    return all(_is_close(left.numbers, right.numbers) for left, right in zip(one, other, strict=True))


def _is_close(one: Sequence[float], other: Sequence[float]) -> bool:
    length = max(one[0], other[0])
    return one[1] == other[1] and all(
        abs(left - right) <= CLOSE * max(length, abs(left)) for left, right in zip(one, other, strict=True)
    )


def answer_groups(assignment: str, answers: Iterable[tuple[str, str, Answer]]) -> tuple[AnswerGroup, ...]:
    """Group students by the same wrong answer to a check, the largest group first.

    Args:
        assignment: Its name.
        answers: Student, check and answer, of those whose mistake is not known.
    """
    found: dict[tuple[str, ...], _Alike] = {}
    for student, check, answer in sorted(answers, key=lambda one: one[:2]):
        if answer:
            found.setdefault((check, *(place.place for place in answer)), _Alike()).add(student, answer)
    groups = [
        AnswerGroup(assignment, key[0], tuple(members), first)
        for key, alike in found.items()
        for _, first, members in alike.groups
        if len(members) >= LEAST
    ]
    return tuple(sorted(groups, key=lambda group: (-len(group.students), group.code)))


@dataclass(slots=True)
class _Alike:
    """Answers at the same places, grouped: `groups` are when each was begun, by which answer, and who gave it.

    They are in the order of `sums`, of their last numbers, which answers that agree have nearly in common: an answer is
    compared with those near it, not with all that a class came up with.
    """

    sums: list[float] = field(default_factory=list)
    groups: list[tuple[int, Answer, list[str]]] = field(default_factory=list)

    def add(self, student: str, answer: Answer) -> None:
        """Put a student into the first group that gave the answer, or begin one."""
        last = [place.numbers[-1] for place in answer]
        reach = sum(NEAR * max(place.numbers[0], abs(one)) for place, one in zip(answer, last, strict=True))
        total = sum(last)
        if not math.isfinite(total + reach):
            return  # such an answer agrees with none
        start, stop = bisect_left(self.sums, total - reach), bisect_right(self.sums, total + reach)
        near = sorted(self.groups[start:stop], key=lambda group: group[0])
        members = next((members for _, first, members in near if agree(first, answer)), None)
        if members is None:
            place = bisect_right(self.sums, total)
            self.sums.insert(place, total)
            self.groups.insert(place, (len(self.groups), answer, [student]))
        else:
            members.append(student)


def told_by_answer(verdicts: Iterable[Verdict], named: Mapping[str, Sequence[NamedAnswer]]) -> list[Verdict]:
    """Name the mistakes of failed checks that an instructor named by their answers, where no other explains them.

    What was named so before and is not any more is taken back.
    """
    told = []
    for verdict in verdicts:
        others = tuple(mistake for mistake in verdict.mistakes if not mistake.name.startswith(BY_ANSWER))
        found = () if others or verdict.status is not Status.FAILED else named.get(verdict.check, ())
        by_answer = tuple(
            NamedMistake(one.name, one.says, one.hint) for one in found if agree(one.answer, verdict.answer)
        )[:1]
        mistakes = (*others, *by_answer)
        told.append(verdict if mistakes == verdict.mistakes else replace(verdict, mistakes=mistakes))
    return told
