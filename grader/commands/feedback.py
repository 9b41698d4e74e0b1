"""`grade feedback`: give the reports back, as a platform takes them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from grader.batch.feedback import FeedbackOptions, Target, write_feedback
from grader.batch.options import ClassOptions
from grader.commands.arguments import AssignmentName, CourseFolder, ViewOption, course_at, warn
from grader.commands.class_options import RESULTS, GradebookPlace, OutFolder
from grader.results.visibility import View
from grader.wording.text import counted, one_line

MOST_NAMES = 10


def feedback(
    assignment: AssignmentName,
    *,
    to: Annotated[Target, typer.Option("--to", help="Where it goes.")],
    download: Annotated[
        Path | None, typer.Option("--download", help="The platform's download; by default what the last batch graded.")
    ] = None,
    roster: Annotated[Path | None, typer.Option("--roster", help="By default that of the last batch.")] = None,
    sender: Annotated[str, typer.Option("--sender", help="Of mails: the address that they come from.")] = "",
    view: ViewOption = View.STUDENT,
    out: OutFolder = RESULTS,
    gradebook: GradebookPlace = "",
    course: CourseFolder = None,
) -> None:
    """Write the report of every student for a platform to take back, without hidden data."""
    options = ClassOptions(course=course_at(course), assignment=assignment, out=out, gradebook=gradebook)
    asked = FeedbackOptions(target=to, view=view, download=download, roster=roster, sender=sender)
    written = write_feedback(options, asked, warn)
    sys.stdout.write(f"{written.place}\n")
    warn(f"{counted(written.written, 'report')} written")
    if written.left:
        more = f" and {len(written.left) - MOST_NAMES} more" if len(written.left) > MOST_NAMES else ""
        warn(f"not written: {'; '.join(map(one_line, written.left[:MOST_NAMES]))}{more}")
