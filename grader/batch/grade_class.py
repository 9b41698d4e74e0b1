"""Grade a class: what `grade batch` and `grade regrade` do once their arguments are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial

from grader.batch.class_report import write_class_page
from grader.batch.executors.local import local_executor
from grader.batch.executors.protocol import BatchExecutor, load_for_workers
from grader.batch.interrupt import Stop, interruptible
from grader.batch.jobs import RunConfig
from grader.batch.last_call import BatchCall, remember
from grader.batch.options import ClassOptions, opened_class
from grader.batch.output_folder import OutputFolder
from grader.batch.progress import ProgressDisplay
from grader.batch.rank_class import RankedClass
from grader.batch.regrade import StoredSubmissions
from grader.batch.run import BatchRun, Plan
from grader.batch.statistics import RunStatistics
from grader.course.assignment import CourseAssignment
from grader.course.fingerprint import course_fingerprint
from grader.errors import GradebookLostError, UsageError
from grader.gradebook.book import Gradebook, current_user
from grader.gradebook.class_grades import read_grades
from grader.gradebook.records import NewRun, RunState
from grader.intake.class_submissions import ClassSubmissions, HandInOptions, read_class
from grader.intake.selection import Group
from grader.reporting.html import template_environment
from grader.sandbox.host.server import strangers_are_isolated
from grader.submissions.members import listed
from grader.wording.text import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """How a run ended: what it found, and what a person needs to go on."""

    statistics: RunStatistics
    run: int
    state: RunState
    gradebook: str
    previous: int | None
    checks: tuple[str, ...]


def run_batch(options: ClassOptions, handed_in: HandInOptions, tell: Callable[[str], None]) -> RunReport:
    """Grade what a class handed in.

    Raises:
        UsageError: something about the call.
        OutputError, GradebookError, GradebookLostError, CourseError, MachineError: as they say.
    """
    _refuse_unisolated(options)
    with ExitStack() as stack:
        course = options.course.load(options.assignment)
        folder, book = stack.enter_context(opened_class(options, tell, is_new=True))
        found = read_class(handed_in, course, book, folder.out, stack, tell)
        remember(folder, _call(options, handed_in))
        report = _run(options, course, book, folder, "batch", found)
    if untimed := report.statistics.untimed:
        tell(
            f"nothing says when {counted(len(untimed), 'student')} handed in ({listed(untimed)}), so nothing is "
            "deducted for lateness there: give times in the roster or with --submitted-at"
        )
    return report


def _call(options: ClassOptions, handed_in: HandInOptions) -> BatchCall:
    return BatchCall(
        submissions=tuple(str(path.absolute()) for path in handed_in.paths),
        roster="" if handed_in.roster is None else str(handed_in.roster.absolute()),
        submitted_at=handed_in.submitted_at,
        several=handed_in.several.value,
        seed=options.seed,
        view=options.view.value,
        examples=options.examples,
        groups="" if handed_in.groups is None else str(handed_in.groups.absolute()),
    )


def run_regrade(options: ClassOptions, only: Sequence[str], tell: Callable[[str], None]) -> RunReport:
    """Grade again what the gradebook holds, as far as something has changed.

    Raises:
        UsageError: the gradebook holds nothing of this assignment, or of these students.
        OutputError, GradebookError, GradebookLostError, CourseError, MachineError: as they say.
    """
    _refuse_unisolated(options)
    course = options.course.load(options.assignment)
    with opened_class(options, tell) as (folder, book):
        for identifier in only:
            book.runs.student(identifier)
        stored = StoredSubmissions(book, course)
        groups = stored.groups(only)
        if not groups:
            raise UsageError(f"{book.place} holds no submission of {options.assignment}: start with grade batch")
        numbers = book.runs.enrol([group.student for group in groups])
        found = ClassSubmissions(groups=groups, missing=(), numbers=numbers)
        return _run(options, course, book, folder, "regrade", found, stored.fetch)


def _refuse_unisolated(options: ClassOptions) -> None:
    """Refuse to grade here what this platform cannot isolate; the workers of a cluster refuse for themselves.

    Raises:
        MachineError: see `strangers_are_isolated`.
    """
    if not options.cluster:
        strangers_are_isolated(options.consent)


def _run(
    options: ClassOptions,
    course: CourseAssignment,
    book: Gradebook,
    folder: OutputFolder,
    command: str,
    found: ClassSubmissions,
    prefetch: Callable[[Sequence[Group]], None] | None = None,
) -> RunReport:
    """Grade what was found, and write the page of the class."""
    groups, numbers, missing = found.groups, found.numbers, found.missing
    record = course_fingerprint(course, options.seed, isolated=options.consent is None)
    environment = template_environment()
    config = RunConfig(
        course.folder,
        record.digest,
        options.seed,
        options.view,
        tuple(record.versions.items()),
        options.consent,
        options.examples,
    )
    before = book.runs.of(course.name)
    started = NewRun(course.name, command, record.digest, record.document, str(folder.out), current_user())
    submissions = sum(len(group.items) for group in groups)
    stop = Stop()
    with ExitStack() as stack:
        progress = stack.enter_context(ProgressDisplay(course.name, submissions + len(missing)))
        if options.cluster:
            from grader.batch.executors.dask_connection import connect  # noqa: PLC0415  # of use to few classes

            executor: BatchExecutor = connect(options.cluster, course, config, progress.write, stop.is_requested)
        else:
            executor = local_executor(
                options.jobs, options.memory_mb, submissions, course.assignment.runtime, progress.write,
                partial(load_for_workers, config),
            )  # fmt: skip
        stack.callback(executor.shutdown)
        stack.enter_context(interruptible(stop, executor.drop, progress.write))
        is_alone = stack.enter_context(folder.held())
        number = book.runs.begin(started)
        for killed in book.runs.end_killed(course.name, str(folder.out), number) if is_alone else ():
            progress.write(f"run {killed} was killed, and is recorded as stopped: what it had kept is not graded again")
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
            RankedClass(
                book=book, course=course, folder=folder, environment=environment, view=options.view, run=number
            ).rank(run.statistics.weigh_anew)
        book.runs.end(number, state)
    grades = read_grades(book, course.assignment)
    write_class_page(book, course, folder, environment, grades, found.sections, only_changed=not options.again)
    run.statistics.total = submissions + len(missing)
    checks = tuple(check.name for check in course.assignment.checks)
    previous = before[-1].number if before else None
    return RunReport(
        statistics=run.statistics, run=number, state=state, gradebook=book.place, previous=previous, checks=checks,
    )  # fmt: skip
