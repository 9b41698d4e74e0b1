"""`grade forget`: take a student out of gradebook and results."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from grader.batch.forget import forget as forget_student
from grader.commands.arguments import CourseFolder, course_at, warn
from grader.commands.class_options import RESULTS, GradebookPlace, OutFolder, StudentName
from grader.errors import UsageError
from grader.gradebook.book import current_user, existing_database
from grader.gradebook.engine import now


def forget(
    student: StudentName,
    *,
    really: Annotated[bool, typer.Option("--really", help="Do it: it cannot be taken back.")] = False,
    out: OutFolder = RESULTS,
    gradebook: GradebookPlace = "",
    course: CourseFolder = None,
) -> None:
    """Take a student out: rows, what was handed in, reports, code in common. Prints a receipt, and keeps none."""
    if not really:
        raise UsageError(f"that cannot be taken back: grade backup first, then grade forget {student} --really")
    receipt = forget_student(course_at(course), existing_database(gradebook, out), out, student, warn)
    document = {
        "schema": "grade/forget/v1",
        "student": student,
        "forgotten_at": f"{now():%Y-%m-%dT%H:%M:%SZ}",
        "by": current_user(),
        "assignments": list(receipt.assignments),
        "rows": dict(receipt.rows),
        "files": list(receipt.files),
    }
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
    warn("what is elsewhere is not taken out: the download that was graded, backups, the platform, files handed on")
