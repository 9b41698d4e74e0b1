"""`grade class`: write the page of a class."""

from __future__ import annotations

import sys

from grader.batch.class_report import run_class
from grader.batch.options import ClassOptions
from grader.commands.arguments import AssignmentName, CourseFolder, course_at, warn
from grader.commands.class_options import RESULTS, GradebookPlace, OutFolder


def class_page(
    assignment: AssignmentName, *, out: OutFolder = RESULTS, gradebook: GradebookPlace = "", course: CourseFolder = None
) -> None:
    """Write the page of the class anew: who earned what, and what went wrong most. `grade batch` ends with it."""
    options = ClassOptions(course=course_at(course), assignment=assignment, out=out, gradebook=gradebook)
    sys.stdout.write(f"{run_class(options, warn)}\n")
