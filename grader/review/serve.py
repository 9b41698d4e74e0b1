"""What `grade review` does once its arguments are read: find the write-ups, serve the app, end when told to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import uvicorn

from grader.course.assignment import RUBRIC, CourseAssignment
from grader.course.discovery import Course
from grader.errors import UsageError
from grader.gradebook.book import Gradebook, existing_database, gradebook
from grader.intake.collect import Finder, SubmissionSource
from grader.intake.roster import RosterFile, read_roster
from grader.intake.unpack import staging
from grader.reporting.html import template_environment, template_folder
from grader.review.access import LOOPBACK, Secrets, listening
from grader.review.app import review_app
from grader.review.marking_session import MarkingPlan, MarkingSession, Progress
from grader.review.pages import prepared
from grader.review.writeups import CodeDigests, NamedSubmissions, Sources, by_student
from grader.submissions.members import listed
from grader.wording.text import counted

GRACE_SECONDS: Final = 2  # for answers that are under way when it is told to end


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """What `review` is told; without `paths` the write-ups are where the gradebook remembers them."""

    course: Course
    assignment: str
    who: str
    out: Path
    paths: tuple[Path, ...] = ()
    roster: Path | None = None
    gradebook: str = ""
    port: int = 0
    start: str = ""
    plan: MarkingPlan = field(default_factory=MarkingPlan)


def run_review(
    options: ReviewOptions, after: str, announce: Callable[[str], None], tell: Callable[[str], None]
) -> Progress:
    """Serve the app until it is told to end, and say how far the class is.

    `after` is the command to type once everything is marked. `announce` is given the address, `tell` what else a person
    should know.

    Raises:
        UsageError: something about the call.
        GradebookError, GradebookLostError, CourseError: as they say.
    """
    with ExitStack() as stack:
        course = options.course.load(options.assignment)
        if not course.assignment.by_hand:
            raise UsageError(
                f"{options.assignment} has no row that is marked by hand: add [[by_hand]] to "
                f"reference/{options.assignment}/{RUBRIC}"
            )
        place = existing_database(options.gradebook, options.out.absolute())
        book = stack.enter_context(gradebook(place, tell))
        sources = Sources(course, book)
        names = [row.name for row in course.assignment.by_hand]
        if unknown := [row for row in options.plan.rows if row not in names]:
            raise UsageError(f"{options.assignment} has no row {unknown[0]!r} to mark, expected {', '.join(names)}")
        session = MarkingSession(course.assignment, book, sources, options.who, options.plan)
        if not session.order:
            raise UsageError(f"{book.place} holds no submission of {options.assignment}: start with grade batch")
        start = session.named(options.start) if options.start else None
        if options.start:
            book.runs.student(options.start)  # refuses a name that it does not know, and offers the nearest
            if start is None:
                raise UsageError(f"{options.start} has handed in nothing for {options.assignment}")
        if options.paths:
            digests = CodeDigests(course)
            stack.callback(digests.close)
            sources.named = NamedSubmissions(_submissions(options, course, book, stack, tell), digests)
        opened = stack.enter_context(listening(options.port))
        secrets = Secrets()
        port = int(opened.getsockname()[1])
        pages = prepared(template_environment())
        app = review_app(session, pages, template_folder(), port, secrets, start=start, after=after)
        progress = session.progress(session.rows_marked())
        tell(f"{progress.marked} of {counted(progress.total, 'write-up')} marked; you mark as {options.who}")
        announce(f"http://{LOOPBACK}:{port}/?token={secrets.token}")
        config = uvicorn.Config(
            app, log_level="error", access_log=False, server_header=False, lifespan="off", http="h11", ws="none",
            loop="asyncio", timeout_graceful_shutdown=GRACE_SECONDS,
        )  # fmt: skip
        with suppress(KeyboardInterrupt):  # it ends first what is under way, then passes the signal on
            uvicorn.Server(config).run(sockets=[opened])
        return session.progress(session.rows_marked())


def _submissions(
    options: ReviewOptions, course: CourseAssignment, book: Gradebook, stack: ExitStack, tell: Callable[[str], None]
) -> dict[str, list[SubmissionSource]]:
    """Find what the caller named, sorted by student."""
    out = options.out.absolute()
    try:
        out.mkdir(parents=True, exist_ok=True)
        folder = stack.enter_context(staging(out))
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}; exports are unpacked there") from None
    finder = Finder(course.assignment, folder, out)
    submissions = list(finder.find(options.paths))
    for sentence in finder.ignored:
        tell(sentence)
    roster = read_roster(options.roster, course.assignment.time_zone) if options.roster is not None else RosterFile()
    students = [stored.student for stored in book.results.submissions(course.name)]
    found, strangers = by_student(submissions, roster.roster, students)
    _tell_problems([one for several in found.values() for one in several], tell)
    if strangers:
        tell(f"{listed(strangers)}: of no student that the gradebook knows, left aside")
    return found


def _tell_problems(submissions: Sequence[SubmissionSource], tell: Callable[[str], None]) -> None:
    for submission in submissions:
        if submission.problem:
            tell(f"{submission.submitter.identifier}: {submission.path.name} {submission.problem}")
