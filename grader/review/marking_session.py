"""A marker's session: whose write-up is next, how far the class is, what is saved. All state is in the gradebook."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import PurePosixPath
from statistics import fmean
from typing import Final

from grader.errors import UnreadableError
from grader.gradebook.book import Gradebook
from grader.gradebook.ranking import pseudonym
from grader.gradebook.records import GivenMark, StoredSubmission, Student
from grader.model.assignment import Assignment
from grader.model.status import Outcome
from grader.review.mark_form import Read, Typed, read
from grader.review.preview import Preview, PreviewKind, preview
from grader.review.writeups import Found, Sources

MOST_COMMENTS: Final = 9  # as many as there are keys to pick them by
MOST_OPEN: Final = 4  # files that are kept between the page and what it asks for
CODE_REMARKS: Final = {
    Outcome.UNREADABLE: "the code could not be read, so that marks do not count before it can",
    Outcome.UNDECIDED: "which of several submissions counts is undecided",
    Outcome.FAILED: "the code was not graded yet",
    Outcome.VOID: "the course's own code failed on this submission",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a class is: students whose rows are all marked, and of how many."""

    marked: int
    total: int


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file as a marker sees it. `problem` ends a sentence about it and says why there is nothing to see."""

    name: str
    data: bytes = b""
    preview: Preview = field(default_factory=lambda: Preview(PreviewKind.OTHER))
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkingPlan:
    """What of a class one marker works on: some rows or all, a share of the students, under pseudonyms or names.

    `share` is which part of how many: 2 of 4 has every fourth student, from the second on, whoever marks the others.
    Second marks count for nothing: they are kept beside the first ones, which a second marker does not see.
    """

    rows: tuple[str, ...] = ()
    share: tuple[int, int] = (1, 1)
    is_blind: bool = False
    is_second: bool = False


@dataclass(frozen=True, slots=True)
class MarkerFigures:
    """How many rows somebody marked, and the mean share of their points."""

    who: str
    rows: int
    mean: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that two marked differently: the mark that counts, and the second one."""

    number: int
    row: str
    first: GivenMark
    second: GivenMark

    @property
    def size(self) -> Fraction:
        """Return by how many points the two differ."""
        return abs((self.first.points or Fraction(0)) - (self.second.points or Fraction(0)))


def second_marking(assignment: str) -> str:
    """Return under which name second marks of an assignment are kept."""
    return f"{assignment}: second marking"


class MarkingSession:
    """What one marker works on."""

    def __init__(
        self, assignment: Assignment, book: Gradebook, sources: Sources, who: str, plan: MarkingPlan | None = None
    ) -> None:
        self.plan = plan or MarkingPlan()
        chosen = tuple(row for row in assignment.by_hand if not self.plan.rows or row.name in self.plan.rows)
        self.assignment = replace(assignment, by_hand=chosen)
        self.who = who
        self._about = second_marking(assignment.name) if self.plan.is_second else assignment.name
        self._book = book
        self._sources = sources
        stored = [one for one in book.results.submissions(assignment.name) if one.outcome is not Outcome.SUPERSEDED]
        # One entry for each student: the one that counts, or the first where nobody knows which does.
        self._stored: dict[int, StoredSubmission] = {}
        for one in stored:
            if one.counts or one.number not in self._stored:
                self._stored[one.number] = one
        part, parts = self.plan.share
        self._stored = {number: self._stored[number] for number in list(self._stored)[part - 1 :: parts]}
        self._shown = dict(self._stored)
        if self.plan.is_blind:
            secret = book.rankings.secret()
            for number, one in self._stored.items():
                self._shown[number] = replace(one, student=Student(pseudonym(secret, one.student.identifier)))
        order = sorted(self._shown, key=lambda number: self._shown[number].student.identifier)
        self.order: tuple[int, ...] = tuple(order if self.plan.is_blind else self._stored)
        self.files: Callable[[int], Found] = functools.cache(self._find)
        """Which files a student's rows are judged from, with what a marker should know of the submission."""
        self.file: Callable[[int, int], OpenFile | None] = functools.lru_cache(MOST_OPEN)(self._opened)
        """A student's file by its place in the list; None where there is no such place."""

    # -------------------------------------------------------------------------------------------- students

    def student(self, number: int) -> StoredSubmission | None:
        """Return a student by number; None for one who has nothing to mark."""
        return self._shown.get(number)

    def named(self, identifier: str) -> int | None:
        """Find a student by name."""
        return next((number for number, one in self._stored.items() if one.student.identifier == identifier), None)

    def rows_marked(self) -> dict[int, int]:
        """Count the rows with points of each student."""
        counts = dict.fromkeys(self.order, 0)
        rows = {row.name for row in self.assignment.by_hand}
        for touched in self._book.decisions.marked(self._about):
            if touched.points is not None and touched.row in rows and touched.student in counts:
                counts[touched.student] += 1
        return counts

    def progress(self, counts: Mapping[int, int]) -> Progress:
        """Return how far the class is."""
        return Progress(sum(map(self.is_whole, counts.values())), len(counts))

    def is_whole(self, count: int) -> bool:
        """Return whether so many rows are all of them."""
        return count >= len(self.assignment.by_hand)

    def next_unmarked(self, counts: Mapping[int, int], after: int | None = None) -> int | None:
        """Return the next student with a row that is not marked, from the beginning again after the last."""
        start = self.order.index(after) + 1 if after in counts else 0
        circle = (*self.order[start:], *self.order[:start])
        return next((number for number in circle if not self.is_whole(counts[number])), None)

    def beside(self, number: int) -> tuple[int, int]:
        """Return the students before and after one, in a circle."""
        place = self.order.index(number)
        return self.order[place - 1], self.order[(place + 1) % len(self.order)]

    # ----------------------------------------------------------------------------------------------- files

    def _find(self, number: int) -> Found:
        stored = self._stored[number]
        found = self._sources.find(stored)
        if self.plan.is_blind:
            found = self._without_names(number, found)
        remark = CODE_REMARKS.get(stored.outcome)
        return Found(found.files, (remark, *found.remarks)) if remark else found

    def _without_names(self, number: int, found: Found) -> Found:
        """Take the student's name out of what is told of the files; what stands in them may tell it all the same."""
        student, shown = self._stored[number].student, self._shown[number].student.identifier
        files = [
            replace(file, name=f"file {place}{PurePosixPath(file.name).suffix}")
            for place, file in enumerate(found.files, start=1)
        ]
        remarks = list(found.remarks)
        for text in filter(None, (student.identifier, student.name)):
            remarks = [remark.replace(text, shown) for remark in remarks]
        return Found(tuple(files), tuple(remarks))

    def _opened(self, number: int, place: int) -> OpenFile | None:
        files = self.files(number).files
        if not 0 <= place < len(files):
            return None
        writeup = files[place]
        try:
            data = writeup.read()
            return OpenFile(writeup.name, data, preview(writeup.name, data))
        except UnreadableError as error:
            return OpenFile(writeup.name, problem=str(error))

    # ----------------------------------------------------------------------------------------------- marks

    def given(self, number: int) -> list[GivenMark]:
        """List every version of a student's marks."""
        return self._book.decisions.marks(self._about, number)

    def markers(self) -> list[MarkerFigures]:
        """Count what each marker has marked of these rows in the whole class, who marked most first."""
        maximum = {row.name: row.points for row in self.assignment.by_hand}
        shares: dict[str, list[float]] = {}
        for mark in self._book.decisions.marked(self._about):
            if mark.points is not None and maximum.get(mark.row):
                shares.setdefault(mark.who, []).append(float(mark.points / maximum[mark.row]))
        figures = [MarkerFigures(who, len(found), fmean(found)) for who, found in shares.items()]
        return sorted(figures, key=lambda one: (-one.rows, one.who))

    def differences(self) -> list[Difference]:
        """List the rows that a second marker marked otherwise, the largest difference first."""
        name = self.assignment.name
        both = (self._book.decisions.marked(name), self._book.decisions.marked(second_marking(name)))
        first, second = (
            {(mark.student, mark.row): mark for mark in marks if mark.points is not None} for marks in both
        )
        found = [
            Difference(number, row.title, first[number, row.name], second[number, row.name])
            for number in self.order
            for row in self.assignment.by_hand
            if (number, row.name) in first
            and (number, row.name) in second
            and first[number, row.name].points != second[number, row.name].points
        ]
        return sorted(found, key=lambda one: one.size, reverse=True)

    def comments(self) -> dict[str, list[str]]:
        """List the comments that were used before on each row, the most frequent first."""
        return used_comments(self._book.decisions.marked(self._about))

    def save(self, number: int, typed: Mapping[str, Typed]) -> Read:
        """Save what was typed, all of it or nothing; without errors and conflicts it is saved."""
        entry = read(self.assignment.by_hand, typed, self.given(number))
        while not entry.errors and not entry.conflicts:
            if self._book.decisions.mark(number, self._about, entry.marks, self.who):
                break
            entry = read(self.assignment.by_hand, typed, self.given(number))  # another came between
        return entry


def used_comments(touched: Sequence[GivenMark]) -> dict[str, list[str]]:
    """Sort comments by row: the most frequent first, of equally frequent ones the latest."""
    uses: dict[str, dict[str, tuple[int, int]]] = {}
    for place, row in enumerate(touched):
        if row.comment:
            count, _ = uses.setdefault(row.row, {}).get(row.comment, (0, 0))
            uses[row.row][row.comment] = count + 1, place
    return {
        row: sorted(counts, key=lambda text: counts[text], reverse=True)[:MOST_COMMENTS] for row, counts in uses.items()
    }
