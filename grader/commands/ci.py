"""`grade ci`: grade in a job of a continuous-integration system."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from grader.commands.arguments import (
    AssignmentName,
    ConsentOption,
    CourseFolder,
    SeedOption,
    StudentOption,
    ViewOption,
    named_course,
    warn,
)
from grader.course.discovery import refuse_course_within
from grader.errors import ExitCode, UsageError
from grader.integrations.ci import CiContext, ci_outputs, classroom50_run, write
from grader.integrations.platform import NotJudged, Platform, bug_of_ours, detected, exit_code, judged, nobody, outcome
from grader.reporting.html import template_environment
from grader.results.visibility import View

OUT: Final = Path("grade-results")


def ci(
    assignment: AssignmentName,
    submission: Annotated[
        Path | None,
        typer.Option("--submission", "-s", help="By default where you are."),
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
    student: StudentOption = "",
    no_isolation: ConsentOption = None,
    course: CourseFolder = None,
) -> None:
    """Grade in a CI job: write what its platform reads and exit as it expects."""
    where = platform or detected(os.environ)
    context = CiContext(where, os.environ, out, secrets.token_hex(16), view, prefix)
    if where is Platform.CLASSROOM50:
        classroom50_run(context.environ, context.now)  # before minutes are spent on a job that cannot report
    named = named_course(course)  # raises where none is: nothing is written for a job that was called wrongly
    path = submission or Path.cwd()
    refuse_course_within(named, assignment, path)
    identify = (lambda _: student) if student else nobody
    ended = judged(lambda: named, assignment, path, seed, consent=no_isolation, identify=identify)
    if isinstance(ended, NotJudged):
        warn(ended.sentence)
    try:
        outputs = ci_outputs(ended, context, template_environment())
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001  # a result that cannot be written down: the job is told all the same
        ended = bug_of_ours(error)
        outputs = ci_outputs(ended, context, template_environment())
    try:
        write(outputs, Path.cwd(), path)
    except OSError as error:
        warn(f"the results cannot be written: {error}")
        raise typer.Exit(ExitCode.BROKEN) from None
    sys.stdout.write("".join(f"{text.rstrip()}\n" for text in outputs.log))
    raise typer.Exit(exit_code(outcome(ended, view), where))
