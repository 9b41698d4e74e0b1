"""What `grade review` does once its arguments are read: find the write-ups, serve the app, end when told to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import uvicorn

from grader.batch.last_call import last_call
from grader.batch.options import ClassOptions
from grader.batch.output_folder import OutputFolder
from grader.course.assignment import RUBRIC, CourseAssignment
from grader.course.discovery import Course
from grader.errors import UsageError
from grader.gradebook.book import Gradebook, existing_database, gradebook
from grader.intake.class_submissions import HandInOptions, roster_among
from grader.intake.collect import Finder, SubmissionSource
from grader.intake.roster import RosterFile, read_roster
from grader.intake.teams import read_teams, teams_of
from grader.intake.unpack import staging
from grader.reporting.html import template_environment, template_folder
from grader.review.access import LOOPBACK, Secrets, listening
from grader.review.answer_desk import AnswerDesk
from grader.review.app import review_app
from grader.review.marking_session import MarkingPlan, MarkingSession, Progress
from grader.review.pages import prepared
from grader.review.writeups import CodeDigests, NamedSubmissions, Sources, by_student
from grader.submissions.members import listed
from grader.wording.text import counted

GRACE_SECONDS: Final = 2  # for answers that are under way when it is told to end


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """What `review` is told; `named` is where the submissions are.

    Without it the write-ups are where the gradebook remembers them, or where the last batch was told.
    """

    course: Course
    assignment: str
    who: str
    out: Path
    named: HandInOptions | None = None
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
        place = existing_database(options.gradebook, options.out.absolute())
        book = stack.enter_context(gradebook(place, tell))
        desk = AnswerDesk(
            ClassOptions(
                course=options.course, assignment=options.assignment, out=options.out, gradebook=options.gradebook
            )
        )
        if not course.assignment.by_hand and book.runs.of(course.name) and not desk.read().groups:
            raise UsageError(
                f"{options.assignment} has no row that is marked by hand, and no wrong answer that several gave: add "
                f"[[by_hand]] to reference/{options.assignment}/{RUBRIC}"
            )
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
        named = options.named or _last_batch(options, book)
        if named is not None:
            digests = CodeDigests(course)
            stack.callback(digests.close)
            found = _submissions(named, options.out.absolute(), course, book, stack, tell)
            sources.named = NamedSubmissions(found, digests)
        opened = stack.enter_context(listening(options.port))
        secrets = Secrets()
        port = int(opened.getsockname()[1])
        pages = prepared(template_environment())
        app = review_app(session, pages, template_folder(), port, secrets, start=start, after=after, desk=desk)
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


def _last_batch(options: ReviewOptions, book: Gradebook) -> HandInOptions | None:
    """Return what the last batch was told, where something that it read is not in its place any more.

    Exports are unpacked for as long as a batch takes. None where all is there, or what was named then is not.
    """
    stored = book.results.submissions(options.assignment)
    if all(Path(one.handed_in.source).exists() for one in stored if one.handed_in.source):
        return None
    try:
        call = last_call(OutputFolder(options.out.absolute(), options.assignment))
    except UsageError:
        return None
    roster, groups = (Path(text) if text and Path(text).is_file() else None for text in (call.roster, call.groups))
    return HandInOptions(paths=tuple(map(Path, call.submissions)), roster=roster, groups=groups)


def _submissions(
    named: HandInOptions,
    out: Path,
    course: CourseAssignment,
    book: Gradebook,
    stack: ExitStack,
    tell: Callable[[str], None],
) -> dict[str, list[SubmissionSource]]:
    """Find what was handed in, sorted by student; a team's is that of each of its members."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        folder = stack.enter_context(staging(out))
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}; exports are unpacked there") from None
    finder = Finder(course.assignment, folder, out)
    paths, place = roster_among(named, tell)
    submissions = list(finder.find(paths)) if paths else []
    for sentence in finder.ignored:
        tell(sentence)
    roster = RosterFile() if place is None else read_roster(place, course.assignment.time_zone)
    students = [stored.student for stored in book.results.submissions(course.name)]
    found, strangers = by_student(submissions, roster.roster, students)
    teams = teams_of(roster) if named.groups is None else read_teams(named.groups, roster)
    for identifier, team in teams.of.items():
        members = [member.identifier for member in teams.members[team]]
        together = [one for member in members for one in found.get(member, ())]
        if identifier not in found and together:
            found[identifier] = together
    _tell_problems([one for several in found.values() for one in several], tell)
    if strangers:
        tell(f"{listed(strangers)}: of no student that the gradebook knows, left aside")
    return found


def _tell_problems(submissions: Sequence[SubmissionSource], tell: Callable[[str], None]) -> None:
    for submission in submissions:
        if submission.problem:
            tell(f"{submission.submitter.identifier}: {submission.path.name} {submission.problem}")
