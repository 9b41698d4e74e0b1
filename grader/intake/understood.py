"""What `grade batch` would understand of a class, before anything is graded or kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.course.assignment import CourseAssignment
from grader.course.discovery import Course
from grader.errors import JudgingError, SubmissionError, UsageError
from grader.gradebook.records import Student
from grader.intake.class_submissions import HandInOptions, found_in
from grader.intake.entries import files_below
from grader.intake.selection import Group, choose
from grader.intake.unpack import zip_names
from grader.submissions.members import listed, visible


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderstoodSubmission:
    """One submission as it is understood. `problem` says why it cannot be graded, `counts` whether it would be.

    `unreadable` are sentences about files of the assignment that are there and cannot be read.

    `attempt` of `attempts` are those of one student; `files` are the assignment's that were found, `missing` those that
    were not. `submitted_at` is None where nothing says.
    """

    student: Student
    source: str
    origin: str
    submitted_at: dt.datetime | None
    is_late: bool
    attempt: int
    attempts: int
    counts: bool
    files: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderstoodClass:
    """What lies there. `absent` are on the roster alone; `ignored` are sentences about what is no submission."""

    assignment: str
    submissions: tuple[UnderstoodSubmission, ...]
    absent: tuple[Student, ...]
    ignored: tuple[str, ...]
    has_roster: bool


def understood(options: HandInOptions, course: CourseAssignment) -> UnderstoodClass:
    """Read what a class handed in, running and keeping nothing.

    Raises:
        UsageError: something about the call.
    """
    ignored: list[str] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="grade-collect-")))
        found, roster = found_in(options, course, folder, stack, ignored.append)
        submissions = []
        for group in found:
            choose(group, options.several)
            submissions += list(_of_group(group))
    present = {group.student.identifier for group in found}
    absent = tuple(student for student in roster.roster.students if student.identifier not in present)
    return UnderstoodClass(
        assignment=course.name, submissions=tuple(submissions), absent=absent, ignored=tuple(ignored),
        has_roster=bool(roster.roster.students),
    )  # fmt: skip


def _of_group(group: Group) -> Iterator[UnderstoodSubmission]:
    for place, item in enumerate(group.items):
        files: tuple[str, ...] = ()
        missing: tuple[str, ...] = ()
        unreadable: tuple[str, ...] = ()
        problem = ""
        try:
            submission = item.read()
            missing = submission.missing
            unreadable = tuple(f"{visible(path)} {why}" for path, why in submission.unreadable.items())
            files = tuple(submission.sources)
        except (SubmissionError, JudgingError) as error:
            problem = str(error)
        yield UnderstoodSubmission(
            student=group.student, source=Path(item.source).name, origin=item.origin, submitted_at=item.submitted_at,
            is_late=item.late, attempt=place + 1, attempts=len(group.items),
            counts=group.chosen is None or group.chosen == place, files=files, missing=missing,
            unreadable=unreadable,
            problem=problem or (group.message if group.chosen == -1 else ""),
        )  # fmt: skip


def assignment_of(course: Course, paths: Sequence[Path]) -> str:
    """Tell which assignment was handed in, by the names of the files that lie there.

    Raises:
        UsageError: nothing tells, or several fit as well.
    """
    names = [name.rpartition("/")[2].casefold() for path in paths for name in _names(path)]
    counts = {name: _occurrences(course.load(name), names) for name in course.names()}
    most = max(counts.values(), default=0)
    fitting = [name for name, count in counts.items() if count == most]
    if most and len(fitting) == 1:
        return fitting[0]
    of = listed(fitting) if most else "no assignment of the course"
    raise UsageError(f"the files are those of {of}: say of which with --assignment")


def _names(path: Path) -> Iterator[str]:
    """List the names of files below a path, and in the zips there."""
    for name in files_below(path) if path.is_dir() else [path.name]:
        yield name
        if name.lower().endswith(".zip"):
            yield from zip_names(path / name if path.is_dir() else path) or ()


def _occurrences(course: CourseAssignment, names: Sequence[str]) -> int:
    """Count the files that may be the assignment's: exports write names of their own before those."""
    wanted = {file.rpartition("/")[2].casefold() for file in course.assignment.files}
    return sum(any(name == one or name.endswith((f"_{one}", f" - {one}")) for one in wanted) for name in names)
