"""What `grade batch`, `grade regrade` and `grade diff` do once their arguments are read."""

from __future__ import annotations

import difflib
import getpass
import json
import os
import sys
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from grader.batch.class_report import write_class_page
from grader.batch.executors.dask_connection import connect
from grader.batch.executors.local import LocalExecutor
from grader.batch.executors.memory import MIB, SHARE_OF_MACHINE, bytes_per_process, machine_bytes, processes_within
from grader.batch.executors.protocol import BatchExecutor
from grader.batch.interrupt import Stop, interruptible
from grader.batch.jobs import RunConfig
from grader.batch.output_folder import OutputFolder
from grader.batch.progress import ProgressDisplay
from grader.batch.regrade import StoredSubmissions
from grader.batch.run import BatchRun, Plan
from grader.batch.statistics import RunStatistics
from grader.course.assignment import CourseAssignment
from grader.course.discovery import Course
from grader.course.fingerprint import CourseFingerprint, course_fingerprint, fingerprint_from
from grader.errors import GradebookLostError, MomentError, OutputError, UsageError
from grader.gradebook.book import Gradebook, gradebook
from grader.gradebook.class_grades import read_grades, tell_decided_since
from grader.gradebook.records import NewRun, Run, RunState, Student
from grader.gradebook.run_diff import Comparison, RunSnapshot, compared
from grader.intake.collect import Finder, SubmissionSource
from grader.intake.roster import RosterFile, read_roster
from grader.intake.selection import DuplicatePolicy, Group, choose, grouped, settle_choices
from grader.intake.unpack import staging
from grader.model import Result
from grader.reporting.html import template_environment
from grader.results import from_json
from grader.rules.late import Extension, extension, moment
from grader.sandbox.host.server import strangers_are_isolated
from grader.views import one_line
from grader.visibility import View

DATABASE: Final = "gradebook.sqlite"
ROSTER: Final = ".csv"
EVERYBODY: Final = ""
TAKEN_BACK: Final = "none"
UTC: Final = "UTC"  # where an assignment has no late policy, and so no time zone


@dataclass(frozen=True, slots=True)
class Options:
    """What both `batch` and `regrade` are told.

    Without a `cluster` the cores of this machine do the work. `consent` are the words that turn isolation off.
    """

    course: Course
    assignment: str
    out: Path
    gradebook: str = ""
    jobs: int | None = None
    memory_mb: int | None = None
    seed: int | None = None
    view: View = View.STUDENT
    again: bool = False
    cluster: str = ""
    consent: str | None = None


@dataclass(frozen=True, slots=True)
class HandInOptions:
    """What `batch` is told besides: where submissions are, who and when."""

    paths: tuple[Path, ...]
    roster: Path | None = None
    submitted_at: tuple[str, ...] = ()
    several: DuplicatePolicy = DuplicatePolicy.LATEST
    ask: Callable[[Group], int | None] | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: what it found, and what a person needs to go on."""

    statistics: RunStatistics
    run: int
    state: RunState
    gradebook: str
    previous: int | None
    checks: tuple[str, ...]


def run_batch(options: Options, handed: HandInOptions, tell: Callable[[str], None]) -> Ended:
    """Grade what a class handed in.

    Raises:
        UsageError: something about the call.
        OutputError, GradebookError, GradebookLostError, CourseError, MachineError: as they say.
    """
    _refuse_unisolated(options)
    with ExitStack() as stack:
        course = options.course.load(options.assignment)
        folder, book = _opened(options, tell, stack)
        zone = UTC if course.assignment.late is None else course.assignment.late.time_zone
        paths, roster_path = _roster_among(handed)
        roster = read_roster(roster_path, zone) if roster_path is not None else RosterFile()
        finder = Finder(course.assignment, stack.enter_context(staging(folder.out)), folder.out)
        handins = [*finder.find(paths), *_in_roster(roster)]
        for sentence in finder.ignored:
            tell(sentence)
        groups = grouped(handins, roster, course.assignment, course.provided)
        if not groups:
            raise UsageError(f"there is no submission in {', '.join(map(str, paths)) or roster_path}")
        _set_times(groups, roster, handed.submitted_at, zone)
        everybody = [*roster.roster.students, *(group.student for group in groups if not group.student.on_roster)]
        numbers = book.runs.enrol(everybody)
        _extend(book, options.assignment, roster, numbers)
        for group in groups:
            choose(group, handed.several)
        identifiers = {number: identifier for identifier, number in numbers.items()}
        choices = book.results.choices(options.assignment)
        chosen = {identifiers[number]: digest for number, digest in choices.items() if number in identifiers}
        settle_choices(groups, chosen, handed.ask)
        present = {group.student.identifier for group in groups}
        missing = [student for student in roster.roster.students if student.identifier not in present]
        return _run(options, course, book, folder, "batch", groups, numbers, missing)


def run_regrade(options: Options, only: Sequence[str], tell: Callable[[str], None]) -> Ended:
    """Grade again what the gradebook holds, as far as something has changed.

    Raises:
        UsageError: the gradebook holds nothing of this assignment, or of these students.
        OutputError, GradebookError, GradebookLostError, CourseError, MachineError: as they say.
    """
    _refuse_unisolated(options)
    with ExitStack() as stack:
        course = options.course.load(options.assignment)
        folder, book = _opened(options, tell, stack, is_new=False)
        for identifier in only:
            book.runs.student(identifier)
        shelf = StoredSubmissions(book, course)
        groups = shelf.groups(only)
        if not groups:
            raise UsageError(f"{book.place} holds no submission of {options.assignment}: start with grade batch")
        numbers = book.runs.enrol([group.student for group in groups])
        return _run(options, course, book, folder, "regrade", groups, numbers, [], prefetch=shelf.fetch)


def run_class(options: Options, tell: Callable[[str], None]) -> Path:
    """Write the page of a class from what the gradebook holds; give its place.

    Raises:
        UsageError: the gradebook holds nothing of this assignment.
        OutputError, GradebookError, GradebookLostError, CourseError: as they say.
    """
    with ExitStack() as stack:
        course = options.course.load(options.assignment)
        folder, book = _opened(options, lambda _: None, stack, is_new=False)
        if not book.runs.of(course.name):
            raise UsageError(f"{book.place} holds no run of {options.assignment}: start with grade batch")
        grades = read_grades(book, course.assignment)
        tell_decided_since(grades, course.name, tell)
        write_class_page(book, course, folder, template_environment(), grades)
        return folder.class_page


def database(options_gradebook: str, out: Path) -> str:
    """Say where the gradebook is: as told, or in the folder of results."""
    return options_gradebook or str(out / DATABASE)


def current_user() -> str:
    """Name the person who runs this."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in containers
        return f"user {os.getuid()}"


def _refuse_unisolated(options: Options) -> None:
    """Refuse to grade here what this platform cannot isolate; the workers of a cluster refuse for themselves.

    Raises:
        MachineError: see `strangers_are_isolated`.
    """
    if not options.cluster:
        strangers_are_isolated(options.consent)


def _opened(
    options: Options, tell: Callable[[str], None], stack: ExitStack, *, is_new: bool = True
) -> tuple[OutputFolder, Gradebook]:
    """Make sure that results can be written, and open the gradebook."""
    folder = OutputFolder(options.out.absolute(), options.assignment)
    find = database if is_new else existing_database
    place = find(options.gradebook, folder.out)
    try:
        folder.make()
    except OutputError as error:
        raise UsageError(str(error)) from None
    return folder, stack.enter_context(gradebook(place, tell))


def _roster_among(handed: HandInOptions) -> tuple[list[Path], Path | None]:
    """Find the roster among the paths: it may be the only one, and name the submissions in a column."""
    rosters = [path for path in handed.paths if path.suffix.lower() == ROSTER and path.is_file()]
    if handed.roster is not None:
        rosters.append(handed.roster)
    if len(rosters) > 1:
        raise UsageError(f"there are {len(rosters)} rosters, expected one: {', '.join(map(str, rosters))}")
    return [path for path in handed.paths if path not in rosters], next(iter(rosters), None)


def _in_roster(roster: RosterFile) -> Iterable[SubmissionSource]:
    for row in roster.rows.values():
        if row.submission is not None:
            yield SubmissionSource(row.owner, row.submission, "roster", row.submitted_at)


def _set_times(groups: Sequence[Group], roster: RosterFile, texts: Sequence[str], zone: str) -> None:
    """Put in the times that the caller and the roster know: for one student, then the platform's own, then for all."""
    told = {}
    for text in texts:
        student, equals, time = text.rpartition("=")
        try:
            told[student if equals else EVERYBODY] = moment(time, zone)
        except MomentError as error:
            raise UsageError(f"--submitted-at is {error}") from None
    known = {group.student.identifier for group in groups}
    for student in told.keys() - known - {EVERYBODY}:
        near = difflib.get_close_matches(student, known, n=3, cutoff=0.4)
        raise UsageError(f"--submitted-at names {student}, who handed in nothing; the nearest: {', '.join(near)}")
    for group in groups:
        identifier = group.student.identifier
        row = roster.rows.get(identifier)
        by_roster = row.submitted_at if row is not None else None

        by_caller, by_default = told.get(identifier), by_roster or told.get(EVERYBODY)
        group.items = [
            replace(item, submitted_at=by_caller or item.submitted_at or by_default) for item in group.items
        ]  # fmt: skip


def _extend(book: Gradebook, assignment: str, roster: RosterFile, numbers: dict[str, int]) -> None:
    """Keep the extensions that a roster gives, where they are not kept already."""
    by_hand = book.decisions.by_hand(assignment)
    for identifier, row in roster.rows.items():
        if row.extension is None:
            continue
        kept = by_hand.get(numbers[identifier])
        if kept is None or kept.extension != row.extension:
            length = _length(row.extension)
            book.decisions.extend(numbers[identifier], assignment, length, current_user(), "stands on the roster")


def _run(
    options: Options,
    course: CourseAssignment,
    book: Gradebook,
    folder: OutputFolder,
    command: str,
    groups: Sequence[Group],
    numbers: dict[str, int],
    missing: Sequence[Student],
    prefetch: Callable[[Sequence[Group]], None] | None = None,
) -> Ended:
    """Settle all groups."""
    record = course_fingerprint(course, options.seed, isolated=options.consent is None)
    environment = template_environment()
    config = RunConfig(
        course.folder, record.digest, options.seed, options.view, tuple(record.versions.items()), options.consent
    )
    before = book.runs.of(course.name)
    started = NewRun(course.name, command, record.digest, record.document, str(folder.out), current_user())
    submissions = sum(len(group.items) for group in groups)
    stop = Stop()
    with ExitStack() as stack:
        progress = stack.enter_context(ProgressDisplay(course.name, submissions + len(missing)))
        if options.cluster:
            executor: BatchExecutor = connect(options.cluster, course, config, progress.write, stop.is_requested)
        else:
            executor = local_executor(options, course, submissions, progress.write)
        stack.callback(executor.shutdown)
        stack.enter_context(interruptible(stop, executor.drop, progress.write))
        number = book.runs.begin(started)
        plan = Plan(course, config, record, number, options.again)
        run = BatchRun(plan, book, folder, environment, progress.update)
        run.statistics.has_roster = any(group.student.on_roster for group in groups) or bool(missing)
        if prefetch is not None:
            run.prefetch = prefetch
        try:
            run.over(groups, numbers, executor, stop.is_requested)
        except BaseException:
            executor.drop()
            with suppress(GradebookLostError):  # that is told already
                book.runs.end(number, RunState.STOPPED)
            raise
        state = RunState.STOPPED if stop.is_requested() else RunState.FINISHED
        if state is RunState.FINISHED:
            run.note_missing(missing, numbers)
        book.runs.end(number, state)
    write_class_page(book, course, folder, environment, read_grades(book, course.assignment))
    run.statistics.total = submissions + len(missing)
    checks = tuple(check.name for check in course.assignment.checks)
    previous = before[-1].number if before else None
    return Ended(run.statistics, number, state, book.place, previous, checks)


def local_executor(
    options: Options, course: CourseAssignment, submissions: int, tell: Callable[[str], None]
) -> BatchExecutor:
    """Return as many processes as there are cores, submissions and memory for."""
    wanted = options.jobs or (len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1)
    max_bytes = options.memory_mb * MIB if options.memory_mb else int(machine_bytes() * SHARE_OF_MACHINE)
    fitting = processes_within(max_bytes, course.assignment.runtime)
    if fitting < wanted:
        each = bytes_per_process(course.assignment.runtime) // MIB
        tell(
            f"{fitting} process{'' if fitting == 1 else 'es'} instead of {wanted}: "
            f"each may need {each} MiB of the {max_bytes // MIB} MiB that all may take together"
        )
    count = max(1, min(wanted, fitting, submissions))
    return LocalExecutor(count, max_bytes)


# ------------------------------------------------------------------------------------------------------------- diff


def side(book: Gradebook, run: Run) -> RunSnapshot:
    """Make one run ready to be compared."""
    entries = {entry.student.identifier: entry for entry in book.results.entries(run.number) if entry.counts}

    def result(number: int) -> Result:
        return from_json(json.loads(zlib.decompress(book.results.document(number))))

    marks = book.decisions.marks(run.assignment)
    return RunSnapshot(fingerprint_of(book, run), entries, book.decisions.overrides(run.assignment), result, marks)


def fingerprint_of(book: Gradebook, run: Run) -> CourseFingerprint:
    """Give what a run graded with."""
    return fingerprint_from(book.runs.course_document(run.course))


def run_named(book: Gradebook, name: str, position: int, assignment: str) -> Run:
    """Find a run by its number; where no name is given, by its place from the end.

    Raises:
        UsageError: there is none; the text lists those that there are.
    """
    runs = book.runs.of(assignment)
    if name:
        found = [run for run in runs if str(run.number) == name]
    else:
        found = runs[-position : len(runs) - position + 1] if len(runs) >= position else []
    if found:
        return found[0]
    listed = "; ".join(
        f"{run.number} ({one_line(run.assignment)}, {run.command}, {run.started_at:%Y-%m-%d %H:%M} UTC, {run.state})"
        for run in runs[-10:]
    )
    wanted = f"run {name}" if name else f"{position} runs"
    raise UsageError(f"there is no {wanted} in {book.place}; its runs: {listed or 'none'}")


def points(text: str) -> Fraction:
    """Read points as people write them: `6`, `4.5` or `13/2`.

    Raises:
        UsageError: they are none.
    """
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise UsageError(f"points are {text!r}, expected a number such as 4.5") from None


def existing_database(place: str, out: Path) -> str:
    """Say where a gradebook is that must be there.

    Raises:
        UsageError: it is not.
    """
    found = database(place, out)
    if not place and not Path(found).is_file():
        raise UsageError(f"{out} holds no gradebook: name the folder that grade batch wrote with --out")
    return found


def compare_runs(place: str, out: Path, old: str, new: str, assignment: str) -> tuple[Run, Run, Comparison]:
    """Compare two runs of one gradebook.

    Raises:
        UsageError: there are no such runs, or they are about two assignments.
        GradebookError: the gradebook cannot be used.
    """
    with gradebook(existing_database(place, out), lambda _: None) as book:
        after = run_named(book, new, 1, assignment)
        before = run_named(book, old, 2, assignment or after.assignment)
        if before.assignment != after.assignment:
            raise UsageError(f"run {before.number} is about {before.assignment}, run {after.number} {after.assignment}")
        return before, after, compared(side(book, before), side(book, after))


def give_override(course: CourseAssignment, place: str, what: tuple[str, str, str], by: str, why: str) -> None:
    """Keep points set by hand: `what` is the student, the check or nothing, and the points or `none`.

    Raises:
        UsageError: there is no such check, or the points are none.
        GradebookError: there is no such student.
    """
    student, check, text = what
    names = [row.name for row in course.assignment.checks]
    if check and check not in names:
        raise UsageError(f"{course.name} has no check {check!r}; its checks: {', '.join(names)}")
    number = None if text == TAKEN_BACK else points(text)
    with gradebook(place, lambda _: None) as book:
        book.decisions.override(
            book.runs.student(student), course.name, check, number, by or current_user(), _reason(why)
        )


def give_extension(place: str, assignment: str, student: str, length: str, by: str, why: str) -> None:
    """Keep more time for a student; `none` takes it back.

    Raises:
        UsageError: the length is none.
        GradebookError: there is no such student.
    """
    try:
        text = "" if length == TAKEN_BACK else _length(extension(length))
    except MomentError as error:
        raise UsageError(f"the extension is {error}") from None
    with gradebook(place, lambda _: None) as book:
        book.decisions.extend(book.runs.student(student), assignment, text, by or current_user(), _reason(why))


def _length(extended: Extension) -> str:
    return extended.until or str(extended)


def _reason(why: str) -> str:
    if not why.strip():
        raise UsageError("--why is empty, expected the reason: it stays in the gradebook")
    return why.strip()
