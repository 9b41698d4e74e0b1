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
from grader.gradebook.final_grade import Override
from grader.gradebook.ranking import pseudonym
from grader.gradebook.records import GivenMark, ManualDecisions, NewMark, StoredSubmission, Student
from grader.model.assignment import Assignment, ManualRow
from grader.model.status import Outcome
from grader.review.mark_form import Read, Typed, for_member, is_apart, read
from grader.review.preview import Preview, PreviewKind, preview
from grader.review.writeups import Found, Sources
from grader.submissions.members import listed
from grader.wording.text import counted

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
    row: ManualRow
    first: GivenMark
    second: GivenMark

    @property
    def is_settled(self) -> bool:
        """Return whether somebody saved the mark that counts after the second one, which they were shown."""
        return self.first.given_at > self.second.given_at

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
        self._groups = handed_in_together(self._stored, book.results.first_kept(assignment.name))
        """The students of each submission by the first of them, who stands for all."""
        part, parts = self.plan.share
        share = set(list(self._groups)[part - 1 :: parts])
        self._stored = {number: one for number, one in self._stored.items() if number in share}
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
        """Find a student by name: who stands for them, where they handed in together with others."""
        known = self._book.runs.people()
        return next(
            (
                number
                for number in self._stored
                if identifier in (known[one].identifier for one in self._groups[number])
            ),
            None,
        )

    def together(self, number: int) -> list[str]:
        """List who else handed in the submission of a student, by identifier; under pseudonyms nobody."""
        others = self._groups[number][1:]
        if self.plan.is_blind or not others:
            return []
        known = self._book.runs.people()
        return [known[one].identifier for one in others]

    def rows_marked(self) -> dict[int, int]:
        """Count the rows of each student that have points, given in a mark or set by hand; in a group all members'."""
        decided = self._book.decisions.by_hand(self._about)
        nothing = ManualDecisions()
        rows = [row.name for row in self.assignment.by_hand]
        return {
            number: sum(
                all(decided.get(one, nothing).has_settled([row]) for one in self._groups[number]) for row in rows
            )
            for number in self.order
        }

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
        more = [CODE_REMARKS.get(stored.outcome, "")]
        if members := len(self._groups[number]) - 1:
            names = "" if self.plan.is_blind else f": {listed(self.together(number))}"
            more.append(f"handed in together with {counted(members, 'other')}, who get the same marks{names}")
        return Found(found.files, (*filter(None, more), *found.remarks))

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

    def set_by_hand(self, number: int) -> list[tuple[str, Override]]:
        """List the points that were set by hand and count instead of marks, each with whose they are.

        That is nothing for the student, and for another who handed in with them their identifier.
        """
        decided = self._book.decisions.by_hand(self._about)
        members = self._groups[number]
        whose = ("", *(self.together(number) or ["another of them"] * (len(members) - 1)))
        return [
            (name, override)
            for member, name in zip(members, whose, strict=True)
            if member in decided
            for override in decided[member].overrides
        ]

    def markers(self) -> list[MarkerFigures]:
        """Count what each marker has marked of these rows in the whole class, who marked most first."""
        maximum = {row.name: row.points for row in self.assignment.by_hand}
        shares: dict[str, list[float]] = {}
        for mark in self._marked_once():
            if mark.points is not None and maximum.get(mark.row):
                shares.setdefault(mark.who, []).append(float(mark.points / maximum[mark.row]))
        figures = [MarkerFigures(who, len(found), fmean(found)) for who, found in shares.items()]
        return sorted(figures, key=lambda one: (-one.rows, one.who))

    def differences(self, number: int | None = None) -> list[Difference]:
        """List the rows that a second marker marked otherwise, of all students or of one, the largest difference first.

        Those that are settled come last. A second marker is told of none.
        """
        if self.plan.is_second:
            return []
        name = self.assignment.name
        both = (self._book.decisions.marked(name), self._book.decisions.marked(second_marking(name)))
        first, second = (
            {(mark.student, mark.row): mark for mark in marks if mark.points is not None} for marks in both
        )
        found = [
            Difference(one, row, first[one, row.name], second[one, row.name])
            for one in (self.order if number is None else (number,))
            for row in self.assignment.by_hand
            if (one, row.name) in first
            and (one, row.name) in second
            and first[one, row.name].points != second[one, row.name].points
        ]
        return sorted(found, key=lambda one: (one.is_settled, -one.size))

    def comments(self) -> dict[str, list[str]]:
        """List the comments that were used before on each row, the most frequent first."""
        return used_comments(self._marked_once())

    def _marked_once(self) -> list[GivenMark]:
        """List the newest marks of the whole class, those of a group once."""
        others = {one for members in self._groups.values() for one in members[1:]}
        return [mark for mark in self._book.decisions.marked(self._about) if mark.student not in others]

    def apart(self, number: int) -> list[str]:
        """List which members of a group were marked otherwise than it in some row, as before they were in it."""
        newest = {mark.row: mark for mark in self.given(number)}
        others = self._groups[number][1:]
        known = self._book.runs.people() if others else {}
        return [
            "one of them" if self.plan.is_blind else known[one].identifier
            for one in others
            if any(is_apart(newest.get(row), mark) for row, mark in {m.row: m for m in self.given(one)}.items())
        ]

    def save(self, number: int, typed: Mapping[str, Typed]) -> Read:
        """Save what was typed, all of it or nothing; without errors and conflicts it is saved."""
        rows = self.assignment.by_hand
        while True:
            given = {one: self.given(one) for one in self._groups[number]}
            entry = read(rows, typed, given[number])
            if entry.errors or entry.conflicts:
                return entry
            marks: dict[int, Sequence[NewMark]] = {
                one: entry.marks if one == number else for_member(rows, entry.marks, given[number], own)
                for one, own in given.items()
            }
            if self._book.decisions.mark_together(self._about, marks, self.who):
                return entry  # else another came between


def handed_in_together(
    stored: Mapping[int, StoredSubmission], first_kept: Mapping[int, int]
) -> dict[int, tuple[int, ...]]:
    """Sort students by the submission that stands for them: the members of a group under the first of them.

    The order is that in which the first submission of each was kept: whoever hands in later comes last, so that the
    share of a marker stays what it was.
    """
    groups: dict[tuple[str, str] | int, list[int]] = {}
    for number in sorted(stored, key=lambda number: first_kept[number]):
        handed_in = stored[number].handed_in
        key = (handed_in.source, handed_in.digest) if handed_in.source else number
        groups.setdefault(key, []).append(number)
    return {members[0]: tuple(members) for members in groups.values()}


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
