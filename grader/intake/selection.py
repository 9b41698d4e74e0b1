"""Sort what was found by student, and say which of several submissions counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import PurePosixPath
from typing import TypeAlias

from grader.errors import JudgingError, SubmissionError
from grader.gradebook.records import Student
from grader.intake.collect import SubmissionSource
from grader.intake.export_forms import NBGRADER
from grader.intake.identify import Key, Submitter
from grader.intake.roster import RosterFile
from grader.intake.stamps import stated_time
from grader.intake.teams import Teams
from grader.model.assignment import Assignment
from grader.sandbox.host.limited_process import LimitedProcess
from grader.submissions.limited import named_over_bugs, named_over_limits, reading_process
from grader.submissions.members import visible
from grader.submissions.read import Submission, read_submission
from grader.wording.text import storable

Reader: TypeAlias = LimitedProcess[tuple[SubmissionSource, str], Submission]
"""A process that reads hand-ins for as long as it is open, each with the identifier of who handed it in."""


class DuplicatePolicy(StrEnum):
    """Which of several submissions of one student counts."""

    LATEST = "latest"
    BEST = "best"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Item:
    """One submission before it is read. `read` raises SubmissionError where it cannot be, JudgingError for a bug.

    `is_kept` says that the gradebook holds it already. `read_ahead` lets it be read by and by, for the next `read`.
    """

    read: Callable[[], Submission]
    source: str
    origin: str
    submitted_at: dt.datetime | None
    late: bool = False
    is_kept: bool = False
    read_ahead: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Group:
    """What one student handed in; `chosen` is the one that counts, -1 where nobody can tell, None where the best does.

    `why` says how it was chosen: nothing where there was one, `latest`, `best` or `asked`. `accounts` counts those of a
    platform that it came from: where there are several, all that makes them one student is a name.
    """

    student: Student
    items: list[Item] = field(default_factory=list)
    chosen: int | None = 0
    why: str = ""
    message: str = ""
    accounts: int = 1


def grouped(sources: Iterable[SubmissionSource], roster: RosterFile, reader: Reader, teams: Teams) -> list[Group]:
    """Sort submissions by student, in the order of identifiers; a team's is that of each of its members.

    Where several accounts of a platform go by a student's name, they are hers whose numbers the roster has.
    """
    found = [(source, roster.roster.student(source.submitter)) for source in sources]
    accounts: dict[str, set[Key]] = {}
    for source, student in found:
        if (account := source.submitter.account) is not None:
            accounts.setdefault(student.identifier, set()).add(account)
    groups: dict[str, Group] = {}
    for source, named in found:
        account, others = source.submitter.account, accounts.get(named.identifier, set())
        known = set(filter(roster.roster.holds, others))
        is_hers = len(others) < 2 or not known or account is None or account in known
        students = teams.who(source.submitter, named) if is_hers else (_stranger(source.submitter),)
        for student in students:
            group = groups.setdefault(student.identifier, Group(student))
            group.accounts = max(1, len(known or others)) if is_hers else 1
            group.items.append(item_of(source, student, reader))
    return [groups[identifier] for identifier in sorted(groups)]


def _stranger(submitter: Submitter) -> Student:
    """Return the student of an account that goes by another's name."""
    number = "" if submitter.account is None else submitter.account[1]
    is_told = number in submitter.identifier.replace("_", " ").split()
    return Student(
        storable(submitter.identifier if is_told else f"{submitter.identifier} {number}"), storable(submitter.name)
    )


def item_of(source: SubmissionSource, student: Student, reader: Reader) -> Item:
    """Make a hand-in readable."""
    asked = (source, student.identifier)
    waiting: list[Callable[[], Submission]] = []

    def read_ahead() -> None:
        if not source.problem and not waiting:
            waiting.append(reader.ahead(asked))

    def read() -> Submission:
        if source.problem:
            raise SubmissionError(f"submission {visible(source.path.name)} {source.problem}")
        with named_over_limits(source.path):
            return waiting.pop()() if waiting else reader.call(asked)

    path = storable(str(source.path))
    return Item(read, path, source.origin, source.submitted_at, source.late, read_ahead=read_ahead)


def read_ahead(groups: Iterable[Group]) -> None:
    """Let submissions be read in the process that reads them, while this one does something else."""
    for group in groups:
        for item in group.items:
            item.read_ahead()


def reader_of(assignment: Assignment, provided: Mapping[str, str]) -> Reader:
    """Start a process that reads what is handed in for an assignment: before this one has threads."""

    def read(asked: tuple[SubmissionSource, str]) -> Submission:
        source, identifier = asked
        return named_over_bugs(source.path, partial(_handed_in, source, identifier, assignment, provided))

    return reading_process(read)


def _handed_in(
    source: SubmissionSource, identifier: str, assignment: Assignment, provided: Mapping[str, str]
) -> Submission:
    submission = read_submission(source.path, assignment, provided)
    is_told = assignment.late is not None and source.origin != NBGRADER
    stated = stated_time(source.path, assignment.time_zone) if is_told else ""
    notes = (*submission.notes, stated) if stated else submission.notes
    return replace(submission, label=identifier, notes=notes)


def choose(group: Group, several: DuplicatePolicy) -> None:
    """Say which submission of a group counts, as far as times tell."""
    if len(group.items) == 1:
        return
    group.why = several.value
    names = ", ".join(visible(PurePosixPath(item.source).name) for item in group.items)
    if group.accounts > 1:
        group.chosen = -1
        group.message = (
            f"{group.accounts} accounts of the platform go by this name, and nothing says whose is whose: {names}"
        )
        return
    if several is DuplicatePolicy.BEST:
        group.chosen = None
        return
    times = [item.submitted_at for item in group.items]
    known = [time for time in times if time is not None]
    if several is DuplicatePolicy.LATEST and len(known) == len(times) and known.count(max(known)) == 1:
        group.chosen = times.index(max(known))
        return
    if _are_equal(group.items):  # a team's, as a platform files it under each member
        group.chosen = next((place for place, time in enumerate(times) if time is not None), 0)
        return
    group.chosen = -1
    group.message = f"{len(group.items)} submissions, and nothing says which counts: {names}"


def _are_equal(items: Sequence[Item]) -> bool:
    """Return whether submissions that can be read hold the same."""
    try:
        return len({item.read().digest for item in items}) == 1
    except (SubmissionError, JudgingError):
        return False


def settle_choices(
    groups: Iterable[Group], remembered: Mapping[str, str], ask: Callable[[Group], int | None] | None
) -> None:
    """Let a person say which submission counts where nothing else tells.

    `remembered` is by student what was chosen before, by the digest of what it holds. `ask` returns the place of the
    one that counts, or None; it is None where nobody can be asked.
    """
    for group in groups:
        if group.chosen != -1:
            continue
        before = remembered.get(group.student.identifier)
        places = (place for place, item in enumerate(group.items) if before is not None and _holds(item, before))
        place = next(places, None)
        if place is None and ask is not None:
            place = ask(group)
        if place is not None:
            group.chosen, group.why, group.message = place, "asked", ""


def _holds(item: Item, digest: str) -> bool:
    try:
        return item.read().digest == digest
    except (SubmissionError, JudgingError):
        return False
