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
from grader.model.result import Result
from grader.results.codec import from_json
from grader.results.visibility import View, VisibleResult, visible_to
from grader.rules.late import due_at
from grader.wording.statuses import outcome_text
from grader.wording.text import one_line, points_text

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
    points: dict[str, Fraction] = {} if result is None else {item.name: item.points for item in result.items}
    if result is not None and entry.score is not None:
        feedback = [*filter(None, _feedback(visible_to(result, view)))]
    else:
        feedback = [one_line(entry.message)]
    return Grade(
        student.identifier, student.name, student.email, entry.outcome.value, entry.score, entry.late_penalty,
        _moment(submitted), late, points, tuple(feedback),
    )  # fmt: skip


def _feedback(seen: VisibleResult) -> Iterator[str]:
    """Format in a few lines what a view shows: the score and what it leaves out, what went wrong, what rules took."""
    yield score_text(seen)
    yield seen.withheld
    lost = [item for item in seen.items if item.points < item.max_points]
    for item in lost[:MOST_LINES]:
        earned = f"{points_text(item.points)} of {points_text(item.max_points)}"
        yield f"{item.name}, {earned}: {one_line(outcome_text(item) or item.description)}"
    if len(lost) > MOST_LINES:
        yield f"and {len(lost) - MOST_LINES} more in the report"
    for rule in seen.rules:
        yield one_line(rule.message)


def _moment(moment: dt.datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"
