"""`grade stubs`: make the student's files from the reference."""

from __future__ import annotations

import sys

from grader.commands.arguments import AssignmentName, CourseFolder, course_at, warn
from grader.course.student_files import present_files, student_files, write_files


def stubs(assignment: AssignmentName, course: CourseFolder = None) -> None:
    """Write student/ASSIGNMENT from the reference, its solutions taken out."""
    place = course_at(course)
    files = student_files(place.load(assignment))
    folder = place.folder / "student" / assignment
    write_files(folder, files)
    sys.stdout.write(f"{len(files)} files in {folder}\n")
    for path in sorted(set(present_files(folder)) - set(files)):
        warn(f"{folder / path} is none of the files that students get: remove it, if nobody's work is in it")
