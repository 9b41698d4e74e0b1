"""`grade list`: the assignments of the course."""

from __future__ import annotations

from fractions import Fraction

from rich.console import Console
from rich.table import Table

from grader.commands.arguments import CourseFolder, course_at
from grader.model.assignment import Assignment, Visibility
from grader.reporting.last_results import last_result
from grader.results.visibility import View, VisibleResult, visible_to
from grader.wording.text import points_text


def list_assignments(course: CourseFolder = None) -> None:
    """List the assignments of the course, with the last score of each."""
    place = course_at(course)
    table = Table("assignment", "title", "checks", "points", "last score", box=None, pad_edge=False)
    for name in place.names():
        assignment = place.load(name).assignment
        result = last_result(place.folder, name)
        score = "not graded yet" if result is None else _score_text(visible_to(result, View.STUDENT), assignment)
        table.add_row(
            name, assignment.title, str(len(assignment.checks)), points_text(assignment.max_score), score
        )  # fmt: skip
    Console(highlight=False).print(table)


def _score_text(seen: VisibleResult, assignment: Assignment) -> str:
    """Write the score that a student may see: the whole one would tell how checks ended that are shown later."""
    score = f"{points_text(seen.score)} of {points_text(seen.judged_score)}"
    later = sum((one.points for one in assignment.checks if one.visibility is not Visibility.VISIBLE), Fraction(0))
    return f"{score}, {points_text(later)} not shown" if later else score
