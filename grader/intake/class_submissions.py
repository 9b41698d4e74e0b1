"""Read what a class handed in: submissions, who and when, from paths and a roster."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from grader.course.assignment import CourseAssignment
from grader.errors import MomentError, UsageError
from grader.gradebook.book import Gradebook, current_user
from grader.gradebook.records import Student
from grader.intake.collect import MOST_TOLD, Finder, SubmissionSource
from grader.intake.roster import RosterFile, read_roster
from grader.intake.selection import DuplicatePolicy, Group, choose, grouped, reader_of, settle_choices
from grader.intake.teams import read_teams, teams_of
from grader.intake.unpack import staging
from grader.model.assignment import Assignment
from grader.rules.late import moment, takes_time_away
from grader.submissions.members import listed
from grader.wording.text import counted, one_line

ROSTER: Final = ".csv"
EVERYBODY: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandInOptions:
    """Where submissions are, who and when; which of several counts, who is asked, and who handed in together."""

    paths: tuple[Path, ...]
    roster: Path | None = None
    submitted_at: tuple[str, ...] = ()
    several: DuplicatePolicy = DuplicatePolicy.LATEST
    ask: Callable[[Group], int | None] | None = None
    groups: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassSubmissions:
    """What each student handed in, who never handed in anything, and everybody's number in the gradebook.

    `sections` are those of the roster by the student's identifier; None where no roster was read.
    """

    groups: Sequence[Group]
    missing: Sequence[Student]
    numbers: dict[str, int]
    sections: Mapping[str, str] | None = None


def read_class(
    options: HandInOptions,
    course: CourseAssignment,
    book: Gradebook,
    out: Path,
    stack: ExitStack,
    tell: Callable[[str], None],
) -> ClassSubmissions:
    """Find the submissions of a class and choose which of several counts; keep in the gradebook who is in it.

    Args:
        options: Where they are.
        course: The assignment.
        book: Remembers students, extensions and earlier choices.
        out: Where exports are unpacked; nothing below it is a submission.
        stack: What is unpacked stays until it ends.
        tell: Is told what is left aside.

    Raises:
        UsageError: something about the call.
    """
    assignment = course.assignment
    groups, roster = found_in(options, course, out, stack, tell)
    enrolled = roster.roster.students
    numbers = book.runs.enrol([*enrolled, *(group.student for group in groups if not group.student.on_roster)])
    _keep_extensions(book, assignment, roster, numbers)
    for group in groups:
        choose(group, options.several)
    chosen = book.results.choices(assignment.name)
    remembered = {identifier: chosen[number] for identifier, number in numbers.items() if number in chosen}
    settle_choices(groups, remembered, options.ask)
    present = {group.student.identifier for group in groups}
    absent = [student for student in enrolled if student.identifier not in present]
    before = book.results.handed_in(assignment.name)
    missing = [student for student in absent if numbers[student.identifier] not in before]
    if kept := len(absent) - len(missing):
        tell(f"{counted(kept, 'student')} of the roster handed in before and not here: their grades stay as they are")
    sections = {identifier: row.section for identifier, row in roster.rows.items() if row.section}
    return ClassSubmissions(groups=groups, missing=missing, numbers=numbers, sections=sections)


def found_in(
    options: HandInOptions, course: CourseAssignment, out: Path, stack: ExitStack, tell: Callable[[str], None]
) -> tuple[list[Group], RosterFile]:
    """Find the submissions of a class by student, with the times that are known, and read the roster.

    Raises:
        UsageError: something about the call.
    """
    assignment = course.assignment
    paths, roster_path = roster_among(options, tell)
    roster = read_roster(roster_path, assignment.time_zone) if roster_path is not None else RosterFile()
    finder = Finder(assignment, stack.enter_context(staging(out)), out)
    sources = [*finder.find(paths), *_in_roster(roster)]
    for sentence in (*roster.left_aside, *finder.ignored):
        tell(sentence)
    teams = teams_of(roster) if options.groups is None else read_teams(options.groups, roster)
    if course.variant is not None and any(len(members) > 1 for members in teams.members.values()):
        raise UsageError(f"{course.name} has variants, each of which is one student's: its submissions are no team's")
    reader = stack.enter_context(reader_of(assignment, course.provided))
    groups = grouped(sources, roster, reader, teams)
    for sentence in _sharing_names(sources, roster):
        tell(sentence)
    if not groups:
        raise UsageError(f"there is no submission in {', '.join(map(str, paths)) or roster_path}")
    _set_times(groups, roster, options.submitted_at, assignment.time_zone)
    return groups, roster


def _sharing_names(sources: Iterable[SubmissionSource], roster: RosterFile) -> Iterator[str]:
    """Say of each submission that came under a name which several of the roster have whose it may be."""
    told = dict.fromkeys((source.submitter.identifier, roster.roster.sharing(source.submitter)) for source in sources)
    shared = [(name, students) for name, students in told if students]
    for name, students in shared[:MOST_TOLD]:
        yield (
            f"{one_line(name)}: {len(students)} students of the roster go by this name "
            f"({listed([student.identifier for student in students])}), and nothing says whose it is; "
            "a roster with the platform's own numbers tells"
        )
    if more := shared[MOST_TOLD:]:
        yield f"{len(more)} more such: {listed([one_line(name) for name, _ in more])}"


def roster_among(options: HandInOptions, tell: Callable[[str], None]) -> tuple[list[Path], Path | None]:
    """Find the roster among the paths: it may be the only one, and name the submissions in a column.

    A CSV that lies in one folder with other paths may be a student's, as `submissions/*` names all: it is no roster.

    Raises:
        UsageError: there are several.
    """
    rosters = [path for path in options.paths if path.suffix.lower() == ROSTER and path.is_file()]
    others = [path for path in options.paths if path not in rosters]
    folders = {path.absolute().parent for path in others}
    unsure = [path for path in rosters if path.absolute().parent in folders and len(others) > 1]
    if unsure:
        tell(f"{listed([path.name for path in unsure])}: no roster, since it lies among submissions; name it --roster")
    rosters = [path for path in rosters if path not in unsure]
    if options.roster is not None:
        rosters.append(options.roster)
    if len(rosters) > 1:
        raise UsageError(f"there are {len(rosters)} rosters, expected one: {', '.join(map(str, rosters))}")
    return others, next(iter(rosters), None)


def _in_roster(roster: RosterFile) -> Iterable[SubmissionSource]:
    for row in roster.rows.values():
        if row.submission is not None:
            yield SubmissionSource(row.submitter, row.submission, "roster", row.submitted_at)


def _set_times(groups: Sequence[Group], roster: RosterFile, texts: Sequence[str], zone: str) -> None:
    """Put in the times that the caller and the roster know: for one student, then the platform's own, then for all."""
    given = {}
    for text in texts:
        student, equals, time = text.rpartition("=")
        try:
            given[student if equals else EVERYBODY] = moment(time, zone)
        except MomentError as error:
            raise UsageError(f"--submitted-at is {error}") from None
    known = {group.student.identifier for group in groups}
    for student in given.keys() - known - {EVERYBODY}:
        near = difflib.get_close_matches(student, known, n=3, cutoff=0.4)
        raise UsageError(f"--submitted-at names {student}, who handed in nothing; the nearest: {', '.join(near)}")
    for group in groups:
        identifier = group.student.identifier
        row = roster.rows.get(identifier)
        by_caller = given.get(identifier)
        by_default = (row.submitted_at if row is not None else None) or given.get(EVERYBODY)
        group.items = [
            replace(item, submitted_at=by_caller or item.submitted_at or by_default) for item in group.items
        ]  # fmt: skip


def _keep_extensions(book: Gradebook, assignment: Assignment, roster: RosterFile, numbers: dict[str, int]) -> None:
    """Keep the extensions that a roster gives, where they are not kept already.

    Raises:
        UsageError: some of them end before the deadline.
    """
    policy = assignment.late
    given = {identifier: row.extension for identifier, row in roster.rows.items() if row.extension is not None}
    early = [name for name, length in given.items() if policy is not None and takes_time_away(policy, length)]
    if policy is not None and early:
        raise UsageError(f"the roster's extension of {listed(early)} ends before the deadline {policy.due} itself")
    by_hand = book.decisions.by_hand(assignment.name)
    for identifier, row in roster.rows.items():
        if row.extension is None:
            continue
        kept = by_hand.get(numbers[identifier])
        if kept is None or kept.extension != row.extension:
            number, length = numbers[identifier], row.extension.as_written
            book.decisions.extend(number, assignment.name, length, current_user(), "stands on the roster")
