"""The same wrong answers of a class, to be looked at and named beside the write-ups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grader.batch.answer_groups import forget_answer, groups_of, name_answer
from grader.batch.class_report import read_class
from grader.batch.options import ClassOptions
from grader.errors import UsageError
from grader.model.answer import NamedAnswer
from grader.reporting.class_data import SameAnswer

MOST_CHARACTERS: Final = 500  # of a sentence for students


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedGroup:
    """An answer that somebody named, and how many of the class are told so."""

    answer: NamedAnswer
    students: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The largest groups that nothing explains yet, and what was named."""

    groups: Sequence[SameAnswer]
    named: Sequence[NamedGroup]


@dataclass(frozen=True, slots=True)
class AnswerDesk:
    """Reads the groups of a class and keeps what they are to be told; both from disk each time, as others may write."""

    options: ClassOptions

    def read(self) -> Answers:
        """Read the groups of the class.

        Raises:
            UsageError: the gradebook holds nothing of this assignment.
            GradebookError, GradebookLostError, CourseError: as they say.
        """
        snapshot = read_class(self.options)
        told = [mistake["name"] for row in snapshot.students for one in row.checks.values() for mistake in one.mistakes]
        course = self.options.course.load(self.options.assignment)
        named = [
            NamedGroup(answer=one, students=told.count(one.name))
            for answers in course.named_answers.values()
            for one in answers
        ]
        return Answers(groups=snapshot.same_answers, named=named)

    def name(self, fields: Mapping[str, str], who: str) -> str:
        """Keep what a group is to be told, and return its name.

        Raises:
            UsageError: one of the sentences is missing or too long, or there is no such group any more.
            GradebookError, GradebookLostError, CourseError: as they say.
        """
        says, hint = (" ".join(fields.get(name, "").split()) for name in ("says", "hint"))
        if not says or not hint:
            raise UsageError("both sentences are what students are told: fill in both")
        if max(len(says), len(hint)) > MOST_CHARACTERS:
            raise UsageError(f"a sentence is longer than {MOST_CHARACTERS} characters")
        course = self.options.course.load(self.options.assignment)
        groups = groups_of(course, read_class(self.options).students)
        _, named = name_answer(course, groups, fields.get("group", ""), says=says, hint=hint, by=who)
        return named.name

    def take_back(self, name: str) -> None:
        """Take back what an answer was called.

        Raises:
            UsageError: none is called so.
            CourseError: as it says.
        """
        forget_answer(self.options.course.load(self.options.assignment), name)
