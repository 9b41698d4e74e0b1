"""`grade handout`: make the course folder that students get."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from grader.batch.output_folder import page_name
from grader.commands.arguments import AssignmentName, CourseFolder, course_at
from grader.course.assignment import CourseAssignment
from grader.course.discovery import Course
from grader.course.handout import hand_out
from grader.course.student_files import student_files, write_files
from grader.course.variants import variant_of
from grader.errors import UsageError
from grader.intake.roster import read_roster
from grader.judging.grading import RECORDINGS, record_answers
from grader.wording.text import counted


def handout(
    assignment: AssignmentName,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to make; it must not be there yet.")],
    roster: Annotated[
        Path | None,
        typer.Option("--roster", help="A CSV with a row for each student: a folder for each, with their variant."),
    ] = None,
    student: Annotated[
        str,
        typer.Option(
            "--student", metavar="ID", help="Make the variant of this student alone, by the roster's identifier."
        ),
    ] = "",
    course: CourseFolder = None,
) -> None:
    """Make the course folder that students get: stubs, public checks, and no reference."""
    loaded = course_at(course).load(assignment)
    if out.exists():
        raise UsageError(f"{out} is there already: a hand-out is made afresh, name another folder")
    if loaded.variant is None and (roster is not None or student):
        raise UsageError(
            f"{assignment} has no variants: everybody gets the same hand-out, without --roster and --student"
        )
    if loaded.variant is not None and (roster is None) == (not student):
        raise UsageError(f"{assignment} has variants: give --roster with all students, or --student with one")
    if roster is None:
        made = variant_of(loaded, student) if student else loaded
        files, count = _make(made, out)
        sys.stdout.write(f"{_public(made)} public checks, {files} files and {count} recordings in {out}\n")
        return
    identifiers = list(read_roster(roster, loaded.assignment.time_zone).rows)
    if not identifiers:
        raise UsageError(f"roster {roster} has no students")
    variants = _make_each(loaded, {identifier: out / page_name(identifier) for identifier in identifiers})
    of = counted(variants, "variant")
    sys.stdout.write(f"{_public(loaded)} public checks for {counted(len(identifiers), 'student')}, {of}, in {out}\n")


def _public(course: CourseAssignment) -> int:
    return sum(check.public for check in course.assignment.checks)


def _make_each(course: CourseAssignment, folders: Mapping[str, Path]) -> int:
    """Make a hand-out for each student; return how many variants there are, each of which is recorded once."""
    recorded: dict[int, Path] = {}
    for identifier, folder in folders.items():
        made = variant_of(course, identifier)
        number = 0 if made.variant is None else made.variant.number
        if number not in recorded:
            _make(made, folder)
            recorded[number] = folder
        else:
            _write(made, folder)
            shutil.copytree(recorded[number] / RECORDINGS, folder / RECORDINGS)
    return len(recorded)


def _make(course: CourseAssignment, out: Path) -> tuple[int, int]:
    """Write one hand-out and record for it what is right; return how many files and recordings it has."""
    files = _write(course, out)
    return files, record_answers(Course(out).load(course.name), course)


def _write(course: CourseAssignment, out: Path) -> int:
    made = hand_out(course, student_files(course))
    write_files(out, made.files)
    for name, data in made.data.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(data)
    return len(made.files) + len(made.data)
