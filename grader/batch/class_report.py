"""Read a class from the gradebook and the results beside it, and write its page."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final, TypeVar
from urllib.parse import quote

import jinja2

from grader.batch.output_folder import SIMILAR, SIMILAR_PAGE, OutputFolder
from grader.catalog import CourseAssignment
from grader.errors import ResultError
from grader.gradebook.book import Gradebook
from grader.gradebook.records import Entry, Run
from grader.model import Part, Provenance, Result
from grader.reporting.class_data import (
    CheckEnded,
    ClassSnapshot,
    GradedWith,
    Lateness,
    Likeness,
    RubricRow,
    Standing,
    StudentRow,
)
from grader.reporting.class_page import render_class
from grader.results import Brief, brief, from_json

SHOWN_DIGITS: Final = 12  # of a digest, enough to tell two apart
Read = TypeVar("Read")


def write_class_page(
    book: Gradebook, course: CourseAssignment, folder: OutputFolder, environment: jinja2.Environment
) -> None:
    """Write the page of a class as the gradebook has it now.

    Raises:
        OutputError: it cannot be written.
        GradebookLostError: the gradebook is gone.
    """
    folder.write_class(render_class(read_roll(book, course, folder), environment))


def read_roll(book: Gradebook, course: CourseAssignment, folder: OutputFolder) -> ClassSnapshot:
    """Read a class, every student as the last run about them left them."""
    assignment = course.assignment
    rubric = _Rubric(
        {part.name: part for part in assignment.parts},
        {c.name: RubricRow(c.name, c.part, c.says, c.points, c.visibility) for c in assignment.checks},
    )
    for check in assignment.checks:
        rubric.points[check.part] = rubric.points.get(check.part, Fraction(0)) + check.points
    for row in assignment.by_hand:
        rubric.points[row.part] = rubric.points.get(row.part, Fraction(0)) + row.points
    entries = book.standings(course.name)
    alike = _alike(folder, course.name)
    members = tuple(
        replace(_member(book, course, folder, entry, rubric), like=alike.get(entry.student.identifier))
        for entry in entries
    )
    return ClassSnapshot(
        course.name, assignment.title, tuple(rubric.parts.values()), rubric.points, tuple(rubric.rows.values()),
        rubric.mistakes, members, dict(rubric.graded_with.most_common()), _last_run(book.runs(course.name)),
        "" if assignment.late is None else assignment.late.per.value,
        any(entry.student.on_roster for entry in entries), SIMILAR_PAGE if alike else "",
    )  # fmt: skip


@dataclass(slots=True)
class _Rubric:
    """What the class was graded with: the rubric as it is, and what results say beyond it."""

    parts: dict[str, Part]
    rows: dict[str, RubricRow]
    points: dict[str, Fraction] = field(default_factory=dict)
    mistakes: dict[str, str] = field(default_factory=dict)
    graded_with: Counter[GradedWith] = field(default_factory=Counter)

    def read(self, document: object) -> Brief:
        """Read a result in brief, and in full where it names what is not known yet."""
        told = brief(document)
        if not self._knows(told):
            self._learn(from_json(document))
        self.graded_with[_graded_with(told.provenance)] += 1
        return told

    def _knows(self, told: Brief) -> bool:
        return self.parts.keys() >= told.parts.keys() and all(
            check.name in self.rows and self.mistakes.keys() >= set(check.mistakes) for check in told.checks
        )

    def _learn(self, result: Result) -> None:
        """Note rows marked by hand or of an earlier rubric, and mistakes."""
        for part in result.parts:
            if part.name not in self.parts:
                self.parts[part.name] = Part(part.name, part.title)
                self.points[part.name] = part.max_points
        for item in result.items:
            row = RubricRow(item.name, item.part, item.says, item.max_points, item.visibility)
            self.rows.setdefault(item.name, row)
            self.mistakes |= {mistake.name: mistake.says for mistake in item.mistakes}


def _member(
    book: Gradebook, course: CourseAssignment, folder: OutputFolder, entry: Entry, rubric: _Rubric
) -> StudentRow:
    student = entry.student
    standing = Standing(entry.outcome.value)
    told = kept(book, folder, entry, course.name, rubric.read)
    late = None
    if course.assignment.late is not None and entry.submitted_at is not None:
        late = Lateness(entry.periods, entry.forgiven, entry.taken)
    report = folder.report(student.identifier)
    known = StudentRow(
        student.identifier, student.name, standing, entry.message, entry.score, entry.max_score, late=late,
        report=quote(report.relative_to(folder.folder).as_posix()) if report.exists() else "",
        content=entry.digest, source=entry.source, is_expected=student.on_roster,
    )  # fmt: skip
    if told is None:
        return known
    checks = {
        check.name: CheckEnded(check.status, check.mistakes, check.reasons, check.cpu_seconds) for check in told.checks
    }
    return replace(known, parts=told.parts, checks=checks, cpu_seconds=told.cpu_seconds, peak_bytes=told.peak_bytes)


def kept(
    book: Gradebook, folder: OutputFolder, entry: Entry, assignment: str, read: Callable[[object], Read]
) -> Read | None:
    """Read a student's result as it counts; as it was graded where the folder has it no more; None where there is none.

    A folder may have been used for another assignment since. `read` raises ResultError for what is no result.
    """
    if entry.result is None:
        return None
    with suppress(OSError, ValueError):  # what is no text, no JSON or no result is a ValueError
        document = json.loads(folder.result(entry.student.identifier).read_text(encoding="utf-8"))
        if isinstance(document, dict) and document.get("assignment") == assignment:
            return read(document)
    try:
        return read(json.loads(zlib.decompress(book.document(entry.result))))
    except ResultError:  # another version's, which a regrade brings up to date
        return None


def _alike(folder: OutputFolder, assignment: str) -> dict[str, Likeness]:
    """Say whose code is most like each student's, as far as this assignment's was compared."""
    try:
        document = json.loads((folder.folder / SIMILAR).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # nothing was compared, or the file was cut short
        return {}
    found: dict[str, Likeness] = {}
    for pair in document["pairs"] if document["assignment"] == assignment else ():
        for side, other in ((pair["left"], pair["right"]), (pair["right"], pair["left"])):
            before = found.get(side["student"])
            if before is None or before.share < side["share"]:
                found[side["student"]] = Likeness(other["student"], side["share"])
    return found


def _last_run(runs: Iterable[Run]) -> str:
    last = max(runs, key=lambda run: run.number, default=None)
    if last is None:
        return "none"
    return f"{last.number} ({last.command}, {last.started_at:%Y-%m-%d %H:%M} UTC, {last.state.value}, by {last.who})"


def _graded_with(origin: Provenance) -> GradedWith:
    versions = ", ".join(f"{name} {version}" for name, version in sorted(origin.versions.items()))
    return GradedWith(_short(origin.tests), _short(origin.reference), versions, ", ".join(origin.isolation))


def _short(digest: str) -> str:
    algorithm, colon, digits = digest.rpartition(":")
    return f"{algorithm}{colon}{digits[:SHOWN_DIGITS]}"
