"""`grade restore`: lay out what `grade backup` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.batch.backup import restore_backup
from grader.commands.arguments import CourseFolder, refuse_no_course, warn
from grader.commands.class_options import RESULTS, GradebookPlace, OutFolder
from grader.wording.text import counted


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="What grade backup wrote.")],
    *,
    out: OutFolder = RESULTS,
    gradebook: GradebookPlace = "",
    course: CourseFolder = None,
) -> None:
    """Lay out a backup in a folder that holds no results, once it is found whole."""
    refuse_no_course(course)
    count = restore_backup(file, out, gradebook)
    warn(f"{counted(count, 'file')} laid out in {out}")
