"""`grade gradescope`: grade what Gradescope laid out, or make the zip that lets it."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from grader.commands.arguments import AssignmentName, ConsentOption, CourseFolder, course_at, named_course, warn
from grader.errors import ExitCode, UsageError
from grader.intake.roster import read_roster
from grader.integrations.bundle import Terms, write_bundle
from grader.integrations.gradescope import RESULTS, Limit, grade_in, write_results
from grader.integrations.platform import LOG_WIDTH
from grader.model.assignment import Assignment
from grader.reporting.terminal import rendering
from grader.results.visibility import VisibleResult

AUTOGRADER: Final = Path("/autograder")  # Gradescope's own folder


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
    roster: Annotated[
        Path | None,
        typer.Option("--roster", help="The CSV by which variants were handed out; with --bundle it goes into the zip."),
    ] = None,
    no_isolation: ConsentOption = None,
    course: CourseFolder = None,
) -> None:
    """Grade the submission that Gradescope laid out, or make the zip that lets it."""
    if zip_file is not None:
        if no_isolation is not None:
            raise UsageError("--no-isolation is for grading: Gradescope's containers isolate what a bundle grades")
        options = ("--limit", str(limit), "--hours", f"{hours:g}") if limit else ()
        loaded = course_at(course).load(assignment)
        if (loaded.variant is None) != (roster is None):
            said = "has variants: give --roster" if roster is None else "has no variants: leave out --roster"
            raise UsageError(f"{assignment} {said}")
        write_bundle(loaded, zip_file, Terms(minutes, options, package_index, _read(roster, loaded.assignment)))
        held = f"holds the reference and the hidden tests of {assignment}"
        warn(f"{zip_file} {held}: it is for Gradescope, not for students")
        return
    allowed = Limit(limit, dt.timedelta(hours=hours)) if limit else None
    find = partial(named_course, course)
    results = grade_in(root, find, assignment, allowed, consent=no_isolation, roster=roster, tell=warn, show=_show)
    try:
        write_results(root, results)
    except OSError as error:
        warn(f"{root / RESULTS} cannot be written: {error.strerror}")
        raise typer.Exit(ExitCode.BROKEN) from None
    warn(f"results: {root / RESULTS}")


def _read(roster: Path | None, assignment: Assignment) -> bytes:
    """Return a roster as it stands in its file; nothing where there is none.

    Raises:
        UsageError: it cannot be read, or says nothing that can be understood.
    """
    if roster is None:
        return b""
    if not read_roster(roster, assignment.time_zone).rows:
        raise UsageError(f"roster {roster} has no students")
    return roster.read_bytes()


def _show(visible: VisibleResult) -> None:
    Console(width=LOG_WIDTH, highlight=False).print(rendering(visible), crop=False)
