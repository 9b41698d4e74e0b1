"""`grade handout`: make the course folder that students get."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from grader.commands.arguments import AssignmentName, CourseFolder, course_at
from grader.course.discovery import Course
from grader.course.handout import hand_out
from grader.course.student_files import student_files, write_files
from grader.errors import UsageError
from grader.judging.grading import record_answers


def handout(
    assignment: AssignmentName,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to make; it must not be there yet.")],
    course: CourseFolder = None,
) -> None:
    """Make the course folder that students get: stubs, public checks, and no reference."""
    loaded = course_at(course).load(assignment)
    if out.exists():
        raise UsageError(f"{out} is there already: a hand-out is made afresh, name another folder")
    made = hand_out(loaded, student_files(loaded))
    write_files(out, made.files)
    for name, data in made.data.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(data)
    count = record_answers(Course(out).load(assignment), loaded)
    sys.stdout.write(
        f"{len(made.checks)} public checks, {len(made.files) + len(made.data)} files and {count} recordings in {out}\n"
    )
