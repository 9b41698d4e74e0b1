"""`grade review`: read the arguments, ask for the marker's name, say where the page is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.prompt import Prompt

from grader.commands.arguments import AssignmentName, CourseFolder, course_at, warn
from grader.commands.class_options import RESULTS, GradebookPlace, OutFolder, next_command
from grader.course.installation import install_command
from grader.errors import UsageError
from grader.gradebook.book import current_user
from grader.intake.class_submissions import HandInOptions
from grader.wording.text import counted, one_line

MAX_NAME = 100
MOST_SHARES = 1000


def review(
    assignment: AssignmentName,
    submissions: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="SUBMISSIONS",
            help="What `grade batch` was given; by default the write-ups are where the gradebook remembers them.",
        ),
    ] = None,
    *,
    by: Annotated[str, typer.Option("--as", metavar="NAME", help="Who marks; asked for where it is left out.")] = "",
    out: OutFolder = RESULTS,
    roster: Annotated[Path | None, typer.Option("--roster", help="The roster that `grade batch` was given.")] = None,
    start: Annotated[
        str, typer.Option("--start", metavar="STUDENT", help="Begin here, so that two who mark do not meet.")
    ] = "",
    row: Annotated[
        list[str] | None, typer.Option("--row", help="Mark this row alone, through all students; several times.")
    ] = None,
    share: Annotated[
        str,
        typer.Option("--share", metavar="K/N", help="The K-th of N shares of the students: each marker has another."),
    ] = "1/1",
    blind: Annotated[bool, typer.Option("--blind", help="Under pseudonyms, in their order.")] = False,
    second: Annotated[
        bool, typer.Option("--second", help="Mark a second time, without seeing the first; differences are listed.")
    ] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Of this machine; by default a free one.")] = 0,
    gradebook: GradebookPlace = "",
    course: CourseFolder = None,
) -> None:
    """Mark write-ups in the browser, beside the rows of the rubric. Ctrl-C ends it; what was saved is kept."""
    try:
        from grader.review.marking_session import MarkingPlan  # noqa: PLC0415  # an extra, which few need
        from grader.review.serve import ReviewOptions, run_review  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        raise UsageError(f"grade review needs {error.name}: {install_command('review')}") from None
    plan = MarkingPlan(rows=tuple(row or ()), share=_share(share), is_blind=blind, is_second=second)
    named = HandInOptions(paths=tuple(submissions), roster=roster) if submissions else None
    options = ReviewOptions(course_at(course), assignment, _marker(by), out, named, gradebook, port, start, plan)
    after = next_command("regrade", assignment, out, gradebook)

    def announce(address: str) -> None:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        warn("open that address in a browser on this machine; Ctrl-C ends")

    progress = run_review(options, after, announce, warn)
    warn(f"{progress.marked} of {counted(progress.total, 'write-up')} marked; to write the reports anew: {after}")


def _share(text: str) -> tuple[int, int]:
    """Read which share of how many is marked."""
    part, slash, parts = text.partition("/")
    if not (slash and part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts) <= MOST_SHARES):
        raise UsageError(f"--share is {text!r}, expected which of how many, such as 2/4")
    return int(part), int(parts)


def _marker(given: str) -> str:
    """Ask who marks, where nobody said so and somebody is there to be asked."""
    name = given
    if not given and sys.stdin.isatty() and sys.stderr.isatty():
        console = Console(stderr=True, highlight=False)
        name = Prompt.ask("your name, as it stands beside your marks", default=current_user(), console=console)
    name = one_line(name or current_user()).strip()
    if not name or len(name) > MAX_NAME:
        raise UsageError(f"--as is {len(name)} characters long, expected 1 to {MAX_NAME}")
    return name
