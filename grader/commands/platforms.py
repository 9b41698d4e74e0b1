"""The commands for other systems: grade where Gradescope or a CI job put a submission, export a result."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from grader.commands.arguments import (
    AssignmentName,
    ConsentOption,
    CourseFolder,
    SeedOption,
    ViewOption,
    course_at,
    warn,
)
from grader.course.discovery import COURSE_VARIABLE, Course
from grader.errors import ExitCode, MetadataError, NoCourseError, UsageError
from grader.integrations.bundle import Terms, bundle
from grader.integrations.ci import CiContext, classroom50_run, paper, write
from grader.integrations.gradescope import (
    METADATA,
    RESULTS,
    SUBMISSION,
    Limit,
    Metadata,
    document,
    limited,
    read_metadata,
    refused_until,
    write_results,
)
from grader.integrations.platform import Graded, Platform, Refusal, detected, exit_code, judged, outcome
from grader.model.result import Result
from grader.reporting.html import template_environment
from grader.reporting.terminal import rendering
from grader.results.codec import Json
from grader.results.visibility import View, visible_to
from grader.wording.text import points_text

AUTOGRADER = Path("/autograder")  # Gradescope's own folder
OUT = Path("grade-results")
WIDTH = 120  # of a log, which is read in a browser


def gradescope(
    assignment: AssignmentName,
    root: Annotated[
        Path, typer.Option("--root", help="Gradescope's folder, with submission/ and results/.", file_okay=False)
    ] = AUTOGRADER,
    zip_file: Annotated[
        Path | None,
        typer.Option("--bundle", metavar="OUT.zip", help="Make the zip to upload there instead.", dir_okay=False),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="How many submissions are graded within the hours; 0 is all.")
    ] = 0,
    hours: Annotated[float, typer.Option("--hours", min=0.01, help="The hours that --limit counts in.")] = 24.0,
    minutes: Annotated[
        int, typer.Option("--minutes", min=1, help="With --bundle: the time limit that is set in Gradescope.")
    ] = 10,
    package_index: Annotated[
        str, typer.Option("--package-index", metavar="URL", help="With --bundle: one more index to install from.")
    ] = "",
    no_isolation: ConsentOption = None,
    course: CourseFolder = None,
) -> None:
    """Grade the submission that Gradescope laid out, or make the zip that lets it."""
    if zip_file is not None:
        if no_isolation is not None:
            raise UsageError("--no-isolation is for grading: Gradescope's containers isolate what a bundle grades")
        options = ("--limit", str(limit), "--hours", f"{hours:g}") if limit else ()
        make_bundle(course_at(course), assignment, zip_file, Terms(minutes, options, package_index))
        return
    metadata = _metadata(root / METADATA)
    allowed = Limit(limit, dt.timedelta(hours=hours)) if limit else None
    results = _limited(metadata, allowed) or _graded(
        partial(course_at, course), assignment, root, metadata, no_isolation
    )
    try:
        write_results(root, results)
    except OSError as error:
        warn(f"{root / RESULTS} cannot be written: {error.strerror}")
        raise typer.Exit(ExitCode.BROKEN) from None
    warn(f"results: {root / RESULTS}")


def make_bundle(place: Course, assignment: str, zip_file: Path, terms: Terms) -> None:
    """Write the zip for Gradescope."""
    data = bundle(place.load(assignment), terms, template_environment())
    try:
        zip_file.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{zip_file} cannot be written: {error.strerror}") from None
    warn(f"{zip_file} holds the reference and the hidden tests of {assignment}: it is for Gradescope, not for students")


def _metadata(file: Path) -> Metadata | None:
    try:
        metadata = read_metadata(file)
    except MetadataError as error:
        warn(f"graded without due date and limit: {error}")
        return None
    if metadata is None:
        warn(f"graded without due date and limit: {file} is not there")
    return metadata


def _limited(metadata: Metadata | None, allowed: Limit | None) -> dict[str, Json] | None:
    if metadata is None or allowed is None:
        return None
    until = refused_until(metadata, allowed)
    if until is None:
        return None
    warn(f"not graded: over the limit until {until}")
    return limited(metadata, allowed, until)


def _graded(
    find: Callable[[], Course], assignment: str, root: Path, metadata: Metadata | None, consent: str | None
) -> dict[str, Json]:
    """Grade, and tell the instructor all: what is printed here is shown to instructors only."""
    ended = judged(find, assignment, root / SUBMISSION, consent=consent)
    if isinstance(ended, Refusal):
        warn(ended.sentence)
    else:
        Console(width=WIDTH, highlight=False).print(rendering(visible_to(ended.result, View.INSTRUCTOR)))
        _compare_totals(ended.result, metadata)
    return document(ended, metadata)


def _compare_totals(result: Result, metadata: Metadata | None) -> None:
    total = None if metadata is None else metadata.assignment.total_points
    if total is not None and total != float(result.max_score):
        warn(f"the assignment has {total:g} points on Gradescope, its rubric {points_text(result.max_score)}")


def ci(
    assignment: AssignmentName,
    submission: Annotated[
        Path | None,
        typer.Option("--submission", "-s", help="By default where you are, or student/ASSIGNMENT of the course there."),
    ] = None,
    platform: Annotated[
        Platform | None, typer.Option("--on", help="Whose job this is; by default told by the variables that it sets.")
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Where result.json, junit.xml, summary.md and report.html go.")
    ] = OUT,
    prefix: Annotated[
        str, typer.Option("--prefix", help="The submission's folder in its repository, for annotations.")
    ] = "",
    view: ViewOption = View.STUDENT,
    seed: SeedOption = None,
    no_isolation: ConsentOption = None,
    course: CourseFolder = None,
) -> None:
    """Grade in a CI job: write what its platform reads and exit as it expects."""
    where = platform or detected(os.environ)
    desk = CiContext(where, os.environ, out, secrets.token_hex(16), view, prefix)
    if where is Platform.CLASSROOM50:
        classroom50_run(desk.environ, desk.now)  # before minutes are spent on a job that cannot report
    path = submission or _handed_in(assignment, course)
    ended = judged(partial(course_at, course), assignment, path, seed, consent=no_isolation)
    if isinstance(ended, Refusal):
        warn(ended.sentence)
    sheet = paper(ended, "" if isinstance(ended, Refusal) else _shown(ended, view), desk, template_environment())
    try:
        write(sheet, Path.cwd())
    except OSError as error:
        warn(f"the results cannot be written: {error}")
        raise typer.Exit(ExitCode.BROKEN) from None
    sys.stdout.write("".join(f"{text.rstrip()}\n" for text in sheet.log))
    raise typer.Exit(exit_code(outcome(ended), where))


def _handed_in(assignment: str, course: Path | None) -> Path:
    """Find the submission of a job that does not name it."""
    here = Path.cwd()
    if course is not None or os.environ.get(COURSE_VARIABLE):
        return here
    try:
        return course_at(None).folder / "student" / assignment
    except NoCourseError:
        return here  # the same is found again, and told, when the course is needed


def _shown(ended: Graded, view: View) -> str:
    console = Console(width=WIDTH, highlight=False, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(rendering(visible_to(ended.result, view)))
    return captured.get()
