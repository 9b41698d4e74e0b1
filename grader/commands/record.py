"""`grade record`: keep what the reference answers."""

from __future__ import annotations

import sys

from grader.commands.arguments import AssignmentName, CourseFolder, SeedOption, course_at
from grader.errors import UsageError
from grader.judging.grading import Grader


def record(assignment: AssignmentName, seed: SeedOption = None, course: CourseFolder = None) -> None:
    """Compute and keep what the reference and the known mistakes answer, so that grading does not have to."""
    loaded = course_at(course).load(assignment)
    with Grader(loaded, seed=seed) as grader:
        cases = grader.judge.record_reference()
        recordings = grader.judge.recordings
        try:
            fresh = recordings.save()
        except OSError as error:
            raise UsageError(f"the recordings cannot be written: {error}") from None
    sys.stdout.write(f"{assignment}: {cases} cases rehearsed, {fresh} new recordings in {recordings.file}\n")
