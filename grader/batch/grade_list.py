"""Make the grades of a class of what counts for each student."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from fractions import Fraction

from grader.course.assignment import CourseAssignment
from grader.exports.grades import Grade, Grades
from grader.exports.plain import score_text
from grader.gradebook.class_grades import ClassGrade
from grader.gradebook.records import Entry
from grader.model import Result
from grader.results import from_json
from grader.rules.late import due_at
from grader.views import View, one_line, outcome_text, points_text, seen_by, withheld_note

MOST_LINES = 12  # of feedback; the rest is in the report


def grades_of(course: CourseAssignment, counting: Sequence[ClassGrade], view: View) -> Grades:
    """Make a table of what counts for each student, with feedback as this view shows it."""
    policy = course.assignment.late
    due = None if policy is None else due_at(policy)
    rows = tuple(_grade(grade.entry, grade.read(from_json), due, view) for grade in counting)
    highest = [grade.entry.max_score for grade in counting if grade.entry.max_score is not None]
    checks = tuple(check.name for check in course.assignment.checks)
    by_hand = tuple(row.name for row in course.assignment.by_hand)
    return Grades(
        course.name, course.assignment.title, max(highest, default=course.assignment.max_score), (*checks, *by_hand),
        rows, _moment(due),
    )  # fmt: skip


def _grade(entry: Entry, result: Result | None, due: dt.datetime | None, view: View) -> Grade:
    student, submitted = entry.student, entry.submitted_at
    late = 0 if due is None or submitted is None else max(0, round((submitted - due).total_seconds()))
    points: dict[str, Fraction] = {} if result is None else {check.name: check.points for check in result.checks}
    feedback = [one_line(entry.message)] if result is None or entry.score is None else _feedback(result, view)
    return Grade(
        student.identifier, student.name, student.email, entry.outcome.value, entry.score, entry.taken,
        _moment(submitted), late, points, tuple(filter(None, feedback)),
    )  # fmt: skip


def _feedback(result: Result, view: View) -> Iterator[str]:
    """Say in a few lines what a view shows: the score and what it leaves out, what went wrong, what rules took."""
    seen = seen_by(result, view)
    yield score_text(seen)
    yield withheld_note(result, view)
    lost = [check for check in seen.checks if check.points < check.max_points]
    for check in lost[:MOST_LINES]:
        earned = f"{points_text(check.points)} of {points_text(check.max_points)}"
        yield f"{check.name}, {earned}: {one_line(outcome_text(check) or check.says)}"
    if len(lost) > MOST_LINES:
        yield f"and {len(lost) - MOST_LINES} more in the report"
    for rule in seen.rules:
        yield one_line(rule.message)


def _moment(moment: dt.datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"
