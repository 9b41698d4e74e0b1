"""The totals of a course as a sheet for the exam board. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import jinja2

from grader.model.course_rules import AssignmentPoints, CourseRules, Standing, Total
from grader.wording.text import cut_percent, points_text


def render_totals(rules: CourseRules, totals: Sequence[Total], date: str, environment: jinja2.Environment) -> str:
    """Write the sheet for the exam board: it prints on A4 and needs no script."""
    return environment.get_template("totals.html.j2").render(
        rules=rules,
        totals=totals,
        date=date,
        counts=Counter(total.grade for total in totals),
        open=[total for total in totals if total.share is None],
        cell=_cell,
        mark=_mark,
        percent=cut_percent,
        standings=Standing,
        total_points=lambda total: points_text(total.share * rules.points),
    )


def _cell(part: AssignmentPoints) -> str:
    """Write what a student has of an assignment; a dash where there is nothing."""
    return "–" if part.points is None else points_text(part.points)


def _mark(part: AssignmentPoints) -> str:
    """Return the letter that stands behind points for what the legend explains; nothing where they count."""
    letters = {Standing.DROPPED: "d", Standing.EXCUSED: "e", Standing.MISSING: "m", Standing.OPEN: "o"}
    return letters.get(part.standing, "")
