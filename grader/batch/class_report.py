"""Make a class of what the gradebook holds, and write its page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Final
from urllib.parse import quote

import jinja2

from grader.batch.answer_groups import same_answers, with_named
from grader.batch.last_call import last_sections
from grader.batch.options import ClassOptions, opened_class
from grader.batch.output_folder import CLASS_PAGE, SIMILAR, SIMILAR_PAGE, OutputFolder, result_of
from grader.batch.unchanged_page import last_run, made_of, renewed
from grader.course.assignment import CourseAssignment
from grader.errors import UsageError
from grader.gradebook.book import Gradebook
from grader.gradebook.class_grades import ClassGrade, read_grades, tell_decided_since
from grader.model.assignment import Check, ManualRow, Part
from grader.model.result import ManualItem, Provenance, Result
from grader.reporting.class_data import ClassSnapshot, GradedWith, Lateness, StudentRow
from grader.reporting.class_page import render_class
from grader.reporting.class_statistics import ClassStatistics, class_statistics
from grader.reporting.html import template_environment
from grader.results.codec import ResultSummary, from_json, read_summary

SHOWN_DIGITS: Final = 12  # of a digest, enough to tell two apart


def run_class(options: ClassOptions, tell: Callable[[str], None], sections: Mapping[str, str] | None = None) -> Path:
    """Write the page of a class from what the gradebook holds; return its place.

    `sections` are by the student's identifier; where they are not given, those of the last batch's roster are taken.

    Raises:
        UsageError: the gradebook holds nothing of this assignment.
        OutputError, GradebookError, GradebookLostError, CourseError: as they say.
    """
    course = options.course.load(options.assignment)
    with opened_class(options, lambda _: None) as (folder, book):
        if not book.runs.of(course.name):
            raise UsageError(f"{book.place} holds no run of {options.assignment}: start with grade batch")
        grades = read_grades(book, course.assignment)
        tell_decided_since(grades, course.name, tell)
        write_class_page(book, course, folder, template_environment(), grades, sections)
        return folder.class_page


def read_statistics(options: ClassOptions, sections: Mapping[str, str], tell: Callable[[str], None]) -> ClassStatistics:
    """Count what the gradebook holds of a class; `sections` are by the student's identifier.

    Raises:
        UsageError: the gradebook holds nothing of this assignment.
        GradebookError, GradebookLostError, CourseError: as they say.
    """
    course = options.course.load(options.assignment)
    with opened_class(options, lambda _: None) as (folder, book):
        if not book.runs.of(course.name):
            raise UsageError(f"{book.place} holds no run of {options.assignment}: start with grade batch")
        grades = read_grades(book, course.assignment)
        tell_decided_since(grades, course.name, tell)
        attempts = book.results.attempts(course.name)
        return class_statistics(read_snapshot(book, course, folder, grades), sections, attempts)


def read_class(options: ClassOptions) -> ClassSnapshot:
    """Read how a class did from what the gradebook holds.

    Raises:
        UsageError: the gradebook holds nothing of this assignment.
        GradebookError, GradebookLostError, CourseError: as they say.
    """
    course = options.course.load(options.assignment)
    with opened_class(options, lambda _: None) as (folder, book):
        if not book.runs.of(course.name):
            raise UsageError(f"{book.place} holds no run of {options.assignment}: start with grade batch")
        return read_snapshot(book, course, folder, read_grades(book, course.assignment))


def write_class_page(
    book: Gradebook,
    course: CourseAssignment,
    folder: OutputFolder,
    environment: jinja2.Environment,
    grades: Sequence[ClassGrade],
    sections: Mapping[str, str] | None = None,
    *,
    only_changed: bool = False,
) -> None:
    """Write the page of a class, its sections side by side as `sections` or else the last batch's roster say.

    Where `only_changed`, a page that would show the same stays as it is, but for the line about the last run.

    Raises:
        OutputError: it cannot be written.
        GradebookLostError: the gradebook is gone.
    """
    own = last_sections(folder) if sections is None else sections
    attempts = book.results.attempts(course.name)
    digest = made_of(course, folder, grades, own, attempts)
    if only_changed and renewed(folder, digest, last_run(book.runs.of(course.name))):
        return
    snapshot = read_snapshot(book, course, folder, grades)
    statistics = class_statistics(snapshot, own, attempts) if own else None
    folder.write_beside(CLASS_PAGE, render_class(snapshot, environment, statistics, digest))


def read_snapshot(
    book: Gradebook, course: CourseAssignment, folder: OutputFolder, grades: Sequence[ClassGrade]
) -> ClassSnapshot:
    """Make a class of what counts for each student; the folder says which reports there are to link to."""
    assignment = course.assignment
    rubric = _Rubric({part.name: part for part in assignment.parts}, {check.name: check for check in assignment.checks})
    rows: tuple[Check | ManualRow, ...] = (*assignment.checks, *assignment.by_hand)
    for row in rows:
        rubric.points[row.part] = rubric.points.get(row.part, Fraction(0)) + row.points
    alike = _alike(folder)
    students = tuple(
        replace(_student_row(course, folder, grade, rubric), like=alike.get(grade.entry.student.identifier))
        for grade in grades
    )
    students = tuple(with_named(row, course.named_answers) for row in students)
    return ClassSnapshot(
        course.name, assignment.title, tuple(rubric.parts.values()), rubric.points, tuple(rubric.rows.values()),
        students, dict(rubric.graded_with.most_common()), last_run(book.runs.of(course.name)),
        "" if assignment.late is None else assignment.late.per.value,
        any(grade.entry.student.on_roster for grade in grades), SIMILAR_PAGE if alike else "",
        frozenset(rubric.by_hand), same_answers(book, course, students),
    )  # fmt: skip


@dataclass(slots=True)
class _Rubric:
    """What the class was graded with: the rubric as it is, and what results say beyond it."""

    parts: dict[str, Part]
    rows: dict[str, Check]
    points: dict[str, Fraction] = field(default_factory=dict)
    by_hand: set[str] = field(default_factory=set)
    graded_with: Counter[GradedWith] = field(default_factory=Counter)

    def read(self, document: object) -> ResultSummary:
        """Read a result in brief, and in full where it names what is not known yet."""
        summary = read_summary(document)
        checks = {check.name for check in summary.checks}
        if not (self.parts.keys() >= summary.parts.keys() and self.rows.keys() >= checks):
            self._note(from_json(document))
        self.graded_with[_graded_with(summary.provenance)] += 1
        return summary

    def _note(self, result: Result) -> None:
        """Note rows marked by hand or of an earlier rubric."""
        for part in result.parts:
            if part.name not in self.parts:
                self.parts[part.name] = Part(part.name, part.title)
                self.points[part.name] = part.max_points
        for item in result.items:
            row = Check(
                name=item.name, part=item.part, points=item.max_points, description=item.description, hint=item.hint,
                visibility=item.visibility,
            )  # fmt: skip
            self.rows.setdefault(item.name, row)
            if isinstance(item, ManualItem):
                self.by_hand.add(item.name)


def _student_row(course: CourseAssignment, folder: OutputFolder, grade: ClassGrade, rubric: _Rubric) -> StudentRow:
    entry, student = grade.entry, grade.entry.student
    summary = grade.read(rubric.read)
    late = None
    if course.assignment.late is not None and entry.submitted_at is not None:
        late = Lateness(entry.periods, entry.late_days_used, entry.late_penalty)
    report = folder.report(student.identifier)
    known = StudentRow(
        student.identifier, student.name, entry.outcome, "excused" if grade.is_excused else entry.message,
        None if grade.is_excused else entry.score, entry.max_score, late=late,
        report=quote(report.relative_to(folder.folder).as_posix()) if report.exists() else "",
        content=entry.digest, source=entry.source, is_expected=student.on_roster,
    )  # fmt: skip
    if summary is None:
        return known
    checks = {check.name: check for check in summary.checks}
    return replace(
        known, parts=summary.parts, checks=checks, cpu_seconds=summary.cpu_seconds, peak_bytes=summary.peak_bytes
    )


def _alike(folder: OutputFolder) -> dict[str, tuple[str, float]]:
    """Return whose code is most like each student's, and its share, as far as this assignment's was compared."""
    document = result_of(folder.folder / SIMILAR, folder.assignment) or {}
    groups = document.get("groups", ())
    rows = [(one["student"], one["like"], one["share"]) for group in groups for one in group["students"]]
    return {who: (like, share) for who, like, share in sorted(rows, key=lambda row: row[2])}


def _graded_with(origin: Provenance) -> GradedWith:
    versions = ", ".join(f"{name} {version}" for name, version in sorted(origin.versions.items()))
    return GradedWith(_short(origin.tests), _short(origin.reference), versions, ", ".join(origin.isolation))


def _short(digest: str) -> str:
    algorithm, colon, digits = digest.rpartition(":")
    return f"{algorithm}{colon}{digits[:SHOWN_DIGITS]}"
