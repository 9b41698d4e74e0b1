"""`grade backup`: put results and gradebook into one file."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import typer

from grader.batch.backup import write_backup
from grader.commands.arguments import CourseFolder, refuse_no_course, warn
from grader.commands.class_options import RESULTS, GradebookPlace, OutFolder
from grader.wording.text import counted


def backup(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE.zip", help="By default grade-backup-DAY-TIME.zip where you are.")
    ] = None,
    *,
    out: OutFolder = RESULTS,
    gradebook: GradebookPlace = "",
    course: CourseFolder = None,
) -> None:
    """Put results and gradebook into one zip, also while a run writes to them."""
    refuse_no_course(course)
    target = file or Path(f"grade-backup-{dt.datetime.now():%Y-%m-%d-%H%M%S}.zip")  # noqa: DTZ005  # the wall clock's
    count = write_backup(out, target, gradebook)
    sys.stdout.write(f"{target}\n")
    warn(f"{counted(count, 'file')} kept; to lay them out again: grade restore {target} --out FOLDER")
