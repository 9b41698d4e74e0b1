"""Read what every student has in a course from the gradebook, and write the sheet for the exam board."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from grader.course.course_file import course_rules
from grader.course.discovery import Course
from grader.errors import UsageError
from grader.gradebook.book import existing_database, gradebook
from grader.gradebook.class_grades import ClassGrade, read_grades, tell_decided_since
from grader.gradebook.final_grade import OVERRIDE
from grader.gradebook.records import Student
from grader.model.course_rules import AssignmentPoints, CourseRules, Standing, Total
from grader.model.result import ManualItem, Result
from grader.model.status import Outcome
from grader.results.codec import from_json
from grader.rules.course_totals import total_of


def read_totals(
    course: Course, out: Path, place: str, tell: Callable[[str], None]
) -> tuple[CourseRules, tuple[Total, ...]]:
    """Add up what the gradebook holds of the assignments of a course, for every student in it.

    Raises:
        UsageError: the course does not say what its assignments weigh, or the gradebook holds none of them.
        GradebookError, GradebookLostError, CourseError: as they say.
    """
    rules = course_rules(course)
    with gradebook(existing_database(place, out.absolute()), lambda _: None) as book:
        students: dict[str, Student] = {}
        parts: dict[str, dict[str, AssignmentPoints]] = {}
        for name, _ in rules.weights:
            assignment = course.load(name).assignment
            if not book.runs.of(name):
                tell(f"nothing of {name} was graded yet: it is left out of all totals until it is")
                continue
            grades = read_grades(book, assignment)
            tell_decided_since(grades, name, tell)
            excused = {number for number, one in book.decisions.by_hand(name).items() if one.is_excused}
            for number, student in book.runs.people().items():
                students[student.identifier] = student
                if number in excused:
                    kept = AssignmentPoints(assignment=name, standing=Standing.EXCUSED)
                    parts.setdefault(student.identifier, {})[name] = kept
            for grade in grades:
                parts.setdefault(grade.entry.student.identifier, {})[name] = _part(name, grade)
        graded = tuple((name, weight) for name, weight in rules.weights if book.runs.of(name))
    if not graded:
        raise UsageError(f"{book.place} holds no run of {', '.join(name for name, _ in rules.weights)}")
    counted = CourseRules(
        title=rules.title, weights=graded, drop=min(rules.drop, len(graded) - 1), points=rules.points,
        grades=rules.grades,
    )  # fmt: skip
    totals = (
        total_of(counted, student.identifier, student.name, parts.get(student.identifier, {}))
        for student in sorted(students.values(), key=lambda one: one.identifier)
        if student.on_roster or student.identifier in parts
    )
    return counted, tuple(totals)


def _part(name: str, grade: ClassGrade) -> AssignmentPoints:
    entry = grade.entry
    if grade.is_excused:
        return AssignmentPoints(assignment=name, standing=Standing.EXCUSED)
    if entry.outcome is Outcome.MISSING:
        return AssignmentPoints(assignment=name, standing=Standing.MISSING)
    if entry.score is None or entry.max_score is None:
        return AssignmentPoints(assignment=name, standing=Standing.OPEN, why=entry.outcome.value)
    result = grade.read(from_json)
    waiting = [] if result is None or _is_set_by_hand(result) else [row.name for row in result.by_hand if _waits(row)]
    if waiting:
        return AssignmentPoints(
            assignment=name, standing=Standing.OPEN, points=entry.score, max_points=entry.max_score,
            why=f"not marked: {', '.join(waiting)}",
        )  # fmt: skip
    return AssignmentPoints(assignment=name, standing=Standing.COUNTS, points=entry.score, max_points=entry.max_score)


def _is_set_by_hand(result: Result) -> bool:
    return any(rule.rule == OVERRIDE for rule in result.rules)


def _waits(row: ManualItem) -> bool:
    return row.mark is None
