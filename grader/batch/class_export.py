"""Write what counts for each student of a class for another system, and note in the gradebook that it was done."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from grader.batch.options import ClassOptions
from grader.course.assignment import CourseAssignment
from grader.errors import UsageError, WorksheetError
from grader.exports.delimited import decoded
from grader.exports.grades import Grade, Grades
from grader.exports.plain import score_text
from grader.exports.registry import class_format
from grader.exports.worksheets import Filled
from grader.gradebook.book import Gradebook, current_user, existing_database, gradebook
from grader.gradebook.class_grades import ClassGrade, read_grades, tell_decided_since
from grader.gradebook.records import Entry
from grader.model.result import Result
from grader.results.codec import from_json
from grader.results.visibility import View, VisibleResult, visible_to
from grader.rules.late import due_at
from grader.submissions.members import listed
from grader.wording.statuses import outcome_text, why_not_graded
from grader.wording.text import counted, one_line, points_text

EXCUSED: Final = "excused"
MOST_LINES: Final = 12  # of feedback; the rest is in the report


@dataclass(frozen=True, slots=True)
class ClassExport:
    """What is asked for: the form, whose eyes its feedback is for, the worksheet to fill in, the file to note down.

    `column` is the one of the worksheet to fill in, where it has not the assignment's title.
    """

    form: str
    view: View
    worksheet: Path | None = None
    file: str = ""
    column: str = ""


def export_class(
    options: ClassOptions, asked: ClassExport, put: Callable[[str], None], tell: Callable[[str], None]
) -> Filled:
    """Write grades with `put`, then note that in the gradebook.

    Raises:
        UsageError: the gradebook holds nothing of this assignment, or the worksheet is none.
        GradebookError, GradebookLostError, CourseError: as they say.
    """
    course = options.course.load(options.assignment)
    with gradebook(existing_database(options.gradebook, options.out.absolute()), lambda _: None) as book:
        runs = book.runs.of(course.name)
        if not runs:
            raise UsageError(f"{book.place} holds no run of {options.assignment}: start with grade batch")
        counting = read_grades(book, course.assignment)
        tell_decided_since(counting, course.name, tell)
        if waiting := unmarked(book, course, counting):
            who = f"{counted(len(waiting), 'student')} ({listed(waiting)})"
            tell(f"rows of {who} are not marked yet, and counted with nothing")
        grades = grades_of(course, counting, asked.view)
        filled = _written(grades, asked)
        put(filled.text)
        digest = hashlib.sha256(filled.text.encode()).hexdigest()
        written = {"format": asked.form, "path": asked.file, "digest": digest, "students": filled.filled}
        book.runs.note_export(max(run.number for run in runs), course.name, written, current_user())
    return filled


def unmarked(book: Gradebook, course: CourseAssignment, counting: Sequence[ClassGrade]) -> list[str]:
    """List who was graded and has a row that nobody marked, where that makes a difference."""
    rows = {row.name for row in course.assignment.by_hand}
    graded = [one.entry for one in counting if one.entry.score is not None and not one.is_excused] if rows else []
    decided = book.decisions.by_hand(course.name) if graded else {}
    return [
        entry.student.identifier
        for entry in graded
        if (own := decided.get(entry.student_number)) is None or not own.has_settled(rows)
    ]


def _written(grades: Grades, asked: ClassExport) -> Filled:
    form = class_format(asked.form)
    if asked.worksheet is None or form.fill is None:
        return Filled(form.render(grades), sum(row.score is not None for row in grades.rows))
    try:
        return form.fill(replace(grades, column=asked.column), decoded(asked.worksheet.read_bytes()))
    except OSError as error:
        raise UsageError(f"worksheet {asked.worksheet} cannot be read: {error.strerror}") from None
    except WorksheetError as error:
        raise UsageError(f"worksheet {asked.worksheet} {error}") from None


def grades_of(course: CourseAssignment, counting: Sequence[ClassGrade], view: View) -> Grades:
    """Make a table of what counts for each student, with feedback as this view shows it."""
    policy = course.assignment.late
    due = None if policy is None else due_at(policy)
    rows = tuple(_counted(grade, due, view) for grade in counting)
    highest = [grade.entry.max_score for grade in counting if grade.entry.max_score is not None]
    checks = tuple(check.name for check in course.assignment.checks)
    by_hand = tuple(row.name for row in course.assignment.by_hand)
    return Grades(
        course.name, course.assignment.title, max(highest, default=course.assignment.max_score), (*checks, *by_hand),
        rows, _moment(due), {check.name: check.measure for check in course.assignment.checks if check.measure},
    )  # fmt: skip


def _counted(grade: ClassGrade, due: dt.datetime | None, view: View) -> Grade:
    row = _grade(grade.entry, grade.read(from_json), due, view)
    return replace(row, score=None, outcome=EXCUSED, feedback=(EXCUSED,), is_excused=True) if grade.is_excused else row


def _grade(entry: Entry, result: Result | None, due: dt.datetime | None, view: View) -> Grade:
    student, submitted = entry.student, entry.submitted_at
    late = 0 if due is None or submitted is None else max(0, round((submitted - due).total_seconds()))
    points: dict[str, Fraction] = {} if result is None else {item.name: item.points for item in result.items}
    measures = {} if result is None else {row.name: row.measurement for row in result.checks if row.measurement}
    if result is not None and entry.score is not None:
        feedback = [*filter(None, _feedback(visible_to(result, view)))]
    else:
        feedback = [*why_not_graded(entry.outcome, entry.message)]
    return Grade(
        student.identifier, student.name, student.email, entry.outcome.value, entry.score, entry.late_penalty,
        _moment(submitted), late, points, tuple(feedback), measures,
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
