"""The totals of a course as a table for other programs. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from grader.exports.grades import points, table
from grader.model.course_rules import AssignmentPoints, CourseRules, Total
from grader.wording.text import cell_text, cut_percent, points_text


def totals_csv(rules: CourseRules, totals: Sequence[Total]) -> str:
    """Write a row for each student: points of each assignment, what it is for the total, total, percent and grade."""
    names = [name for name, _ in rules.weights]
    header = ["id", "name", *(text for name in names for text in (name, f"{name}: how"))]
    header += ["total", "of", "percent", *(["grade"] if rules.grades else [])]
    rows = []
    for total in totals:
        parts = {part.assignment: part for part in total.assignments}
        cells = [text for name in names for text in (points(parts[name].points), how(parts[name]))]
        amounts = ["", points_text(rules.points), ""]
        if total.share is not None:
            amounts = [points_text(total.share * rules.points), points_text(rules.points), cut_percent(total.share)]
        grade = [cell_text(total.grade)] if rules.grades else []
        rows.append([cell_text(total.identifier), cell_text(total.name), *cells, *amounts, *grade])
    return table([cell_text(title) for title in header], rows)


def how(part: AssignmentPoints) -> str:
    """Say what an assignment is for a student's total."""
    return f"{part.standing.value}: {part.why}" if part.why else part.standing.value
