"""`grade pack`: make the zip that is handed in."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from grader.commands.arguments import CourseFolder, MaybeAssignmentName, course_at
from grader.course.discovery import default_submission
from grader.course.reproducible_zip import READABLE, zipped
from grader.errors import UsageError
from grader.reporting.build_log import Guarded
from grader.submissions.members import listed
from grader.submissions.pack import select_files
from grader.submissions.read import read_submission
from grader.submissions.result_places import refuse_brought_links
from grader.wording.text import counted


def pack(
    assignment: MaybeAssignmentName = "",
    folder: Annotated[Path | None, typer.Argument(help="Where your work lies; by default student/ASSIGNMENT.")] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The zip to write; by default ASSIGNMENT.zip here.", dir_okay=False),
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Write the zip although something that is asked for is not there.")
    ] = False,
    course: CourseFolder = None,
) -> None:
    """Make the zip that is handed in: what the assignment asks for, and nothing else."""
    place = course_at(course)
    assignment = assignment or place.name_at(Path.cwd())
    loaded = place.load(assignment)
    work = folder or default_submission(place, assignment)
    made = select_files(work, loaded.assignment, set(loaded.provided))
    if not anyway:
        made.refuse_incomplete()
    target = out or Path(f"{assignment}.zip")
    refuse_brought_links(target, (work,))
    data = zipped({path: (content, READABLE) for path, content in made.files.items()})
    try:
        target.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}") from None
    table = Table("file", "bytes", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for path, content in made.files.items():
        table.add_row(path, str(len(content)))
    console = Console(highlight=False, markup=False)
    console.print(Guarded(table))
    if made.left_out:
        console.print(f"left out, not asked for: {listed(made.left_out)}", soft_wrap=True)
    for fault in made.faults:
        console.print(fault, soft_wrap=True)
    graded_as = read_submission(target, loaded.assignment, loaded.provided).digest
    sys.stdout.write(f"{target}: {counted(len(made.files), 'file')}, {len(data)} bytes\n")
    sys.stdout.write(f"sha256 of the zip     {hashlib.sha256(data).hexdigest()}\n")
    sys.stdout.write(f"submission in reports {graded_as}\n")
