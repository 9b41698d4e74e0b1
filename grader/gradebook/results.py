"""Results and entries: what was handed in, how it was graded and what that comes to, run by run."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, case, func, or_, select

from grader.gradebook.engine import Transactions, among, now, pieces, upsert
from grader.gradebook.records import (
    CachedResult,
    Entry,
    HandedIn,
    NewEntry,
    NewResult,
    StandingEntry,
    StoredSubmission,
    Student,
)
from grader.gradebook.tables import (
    contents,
    entries,
    final_grades,
    late_decisions,
    measures,
    results,
    runs,
    students,
    submissions,
)
from grader.model.status import Outcome

_IS_FINAL: Final = and_(final_grades.c.result_id == entries.c.result_id, final_grades.c.page == entries.c.page)


STUDENT: Final = (students.c.identifier, students.c.name, students.c.email, students.c.on_roster)


class ResultStore:
    """The submissions, results and entries of a gradebook."""

    def __init__(self, transactions: Transactions) -> None:
        self._do = transactions

    def known(self, assignment: str, keys: Sequence[str]) -> dict[str, CachedResult]:
        """Find the results that are there already; of several of one key the newest."""
        query = (
            select(results.c.key, results.c.id, results.c.scoring, results.c.statuses)
            .where(results.c.assignment == assignment, results.c.outcome == Outcome.GRADED.value)
            .order_by(results.c.id)
        )
        found = {
            row.key: CachedResult(row.id, row.scoring, json.loads(row.statuses))
            for row in among(self._do.rows, query, results.c.key, keys)
        }
        of_result = {cached.number: cached.measures for cached in found.values()}
        for row in among(self._do.rows, select(measures), measures.c.result_id, sorted(of_result)):
            of_result[row.result_id][row.check_name] = row.value
        return found

    def document(self, result: int) -> bytes:
        """Return the document of a result."""
        return bytes(self._do.rows(select(results.c.document).where(results.c.id == result))[0].document)

    def documents(self, numbers: Collection[int]) -> dict[int, bytes]:
        """Return the documents of several results by number."""
        query = select(results.c.id, results.c.document)
        return {row.id: bytes(row.document) for row in among(self._do.rows, query, results.c.id, sorted(numbers))}

    def record(self, run: int, found: Sequence[NewEntry]) -> None:
        """Keep what a run found of some submissions: all of it or nothing."""
        assignment = self._do.rows(select(runs.c.assignment).where(runs.c.id == run))[0].assignment

        self._do.write(lambda connection: _record(connection, run, assignment, found))

    def pages(self, assignment: str, out: str) -> dict[int, Entry]:
        """Return the entry whose report was written last for each student into a folder."""
        last = (
            select(func.max(entries.c.id))
            .join(runs, runs.c.id == entries.c.run_id)
            .where(runs.c.assignment == assignment, runs.c.out == out, entries.c.counts)
            .group_by(entries.c.student_id)
        )
        return {row.student_id: _kept(row) for row in self._do.rows(_entries().where(entries.c.id.in_(last)))}

    def entries(self, run: int) -> list[Entry]:
        """List what a run found, by student."""
        query = _entries().where(entries.c.run_id == run).order_by(students.c.identifier, entries.c.place)
        return [_kept(row) for row in self._do.rows(query)]

    def last_entries(self, assignment: str) -> list[Entry]:
        """List what counts of each student's last run about an assignment, by student."""
        query = of_last_runs(_entries(), assignment).where(entries.c.counts).order_by(students.c.identifier)
        return [_kept(row) for row in self._do.rows(query)]

    def standing(self, assignment: str) -> list[StandingEntry]:
        """List what each student's last run kept about what was handed in, all that another run would keep."""
        columns = (submissions.c.origin, submissions.c.notes, submissions.c.problem, results.c.key, results.c.scoring)
        query = _entries().add_columns(*columns).outerjoin(results, results.c.id == entries.c.result_id)
        query = query.where(entries.c.submission_id.is_not(None)).order_by(entries.c.student_id, entries.c.place)
        return [
            StandingEntry(_kept(row), row.run_id, _handed_in(row), row.chosen, row.key or "", row.scoring or "")
            for row in self._do.rows(of_last_runs(query, assignment))
        ]

    def final_documents(self, found: Sequence[Entry]) -> Iterator[tuple[Entry, bytes, bytes | None]]:
        """Return with each entry the document of its result, empty without one, and of its final grade if another."""
        for some in pieces(found):
            numbers = {entry.result for entry in some if entry.result is not None}
            of_results = select(results.c.id, results.c.document).where(results.c.id.in_(numbers))
            graded = {row.id: bytes(row.document) for row in self._do.rows(of_results)}
            of_finals = select(final_grades).where(final_grades.c.result_id.in_(numbers))
            rows = self._do.rows(of_finals.where(final_grades.c.document.is_not(None)))
            final = {(row.result_id, row.page): bytes(row.document) for row in rows}
            for entry in some:
                yield entry, graded.get(entry.result or 0, b""), final.get((entry.result, entry.page))

    def choices(self, assignment: str) -> dict[int, str]:
        """Return which of several submissions a person chose, by the digest of what it holds."""
        query = (
            select(entries.c.student_id, submissions.c.digest)
            .join(submissions, submissions.c.id == entries.c.submission_id)
            .where(submissions.c.assignment == assignment, entries.c.chosen == "asked", entries.c.counts)
            .order_by(entries.c.id)
        )
        return {row.student_id: row.digest for row in self._do.rows(query)}

    def submissions(self, assignment: str) -> list[StoredSubmission]:
        """List the submissions that each student's last run was about."""
        columns = (entries.c.outcome, entries.c.counts, entries.c.chosen, entries.c.message)
        query = (
            select(submissions, *columns, *STUDENT)
            .select_from(entries)
            .join(submissions, submissions.c.id == entries.c.submission_id)
            .join(students, students.c.id == entries.c.student_id)
            .order_by(students.c.identifier, entries.c.place)
        )
        return [
            StoredSubmission(
                _student(row), _handed_in(row), Outcome(row.outcome), row.counts, row.chosen, row.message,
                row.student_id,
            )
            for row in self._do.rows(of_last_runs(query, assignment))
        ]  # fmt: skip

    def handed_in(self, assignment: str) -> frozenset[int]:
        """Return the students of whom a submission is kept, whatever became of it, by number."""
        query = select(submissions.c.student_id).where(submissions.c.assignment == assignment).distinct()
        return frozenset(row.student_id for row in self._do.rows(query))

    def first_kept(self, assignment: str) -> dict[int, int]:
        """Return a number for each student of whom a submission is kept, which grows with the time of their first."""
        query = select(submissions.c.student_id, func.min(submissions.c.id).label("first"))
        query = query.where(submissions.c.assignment == assignment).group_by(submissions.c.student_id)
        return {row.student_id: int(row.first) for row in self._do.rows(query)}

    def attempts(self, assignment: str) -> dict[str, int]:
        """Count the different submissions that each student ever handed in, by identifier."""
        query = (
            select(students.c.identifier, func.count(submissions.c.digest.distinct()).label("count"))
            .join(submissions, submissions.c.student_id == students.c.id)
            .where(submissions.c.assignment == assignment)
            .group_by(students.c.identifier)
        )
        return {row.identifier: int(row[1]) for row in self._do.rows(query)}

    def times(self, assignment: str) -> dict[tuple[int, str], dt.datetime]:
        """Return when submissions came, as far as that was ever known, by student and digest; of several the last."""
        query = (
            select(submissions.c.student_id, submissions.c.digest, submissions.c.submitted_at)
            .where(submissions.c.assignment == assignment, submissions.c.submitted_at.is_not(None))
            .order_by(submissions.c.id)
        )
        return {(row.student_id, row.digest): row.submitted_at for row in self._do.rows(query)}

    def kept(self, assignment: str) -> frozenset[str]:
        """Return the digests of what submissions hold that is kept."""
        query = select(contents.c.digest).where(contents.c.assignment == assignment)
        return frozenset(row.digest for row in self._do.rows(query))

    def contents(self, assignment: str, digests: Sequence[str]) -> dict[str, bytes]:
        """Return what submissions hold."""
        query = select(contents).where(contents.c.assignment == assignment)
        found = among(self._do.rows, query, contents.c.digest, digests)
        return {row.digest: bytes(row.document) for row in found}

    def late_days_used(self, assignment: str, due: dt.datetime) -> dict[int, int]:
        """Count each student's late days that went into assignments due before this one."""
        before = or_(
            late_decisions.c.due_at < due,
            and_(late_decisions.c.due_at == due, runs.c.assignment < assignment),
        )
        query = (
            select(entries.c.student_id, runs.c.assignment, late_decisions.c.late_days_used)
            .join(entries, entries.c.id == late_decisions.c.entry_id)
            .join(runs, runs.c.id == entries.c.run_id)
            .where(before, runs.c.assignment != assignment, entries.c.counts)
            .order_by(entries.c.id)
        )
        newest = {(row.student_id, row.assignment): row.late_days_used for row in self._do.rows(query)}
        used: dict[int, int] = {}
        for (student, _), days in newest.items():
            used[student] = used.get(student, 0) + days
        return used


def _record(connection: Connection, run: int, assignment: str, found: Sequence[NewEntry]) -> None:
    handed_in = _handed_in_numbers(connection, assignment, found)
    graded = _result_numbers(connection, run, assignment, found)
    fresh = [entry.result for entry in found if isinstance(entry.result, NewResult)]
    measured = {(one.key, check): value for one in fresh for check, value in one.measures.items()}
    upsert(connection, measures, [
        {"result_id": graded[key], "check_name": check, "value": value} for (key, check), value in measured.items()
    ], ("result_id", "check_name"), keep=True)  # fmt: skip
    rows, finals = [], []
    for entry in found:
        result = graded[entry.result.key] if isinstance(entry.result, NewResult) else entry.result
        if entry.final is not None:
            finals.append({
                "result_id": result, "page": entry.page, "adjustments": entry.final.adjustments,
                "document": entry.final.document or None,
            })  # fmt: skip
        rows.append({
            "run_id": run, "student_id": entry.student, "place": entry.place,
            "submission_id": handed_in.get((entry.student, entry.place)), "result_id": result,
            "outcome": entry.outcome.value, "counts": entry.counts, "chosen": entry.chosen, "message": entry.message,
            "score": entry.score, "max_score": entry.max_score, "page": entry.page, "entered_at": now(),
        })  # fmt: skip
    upsert(connection, entries, rows, ("run_id", "student_id", "place"), keep=False)
    upsert(connection, final_grades, finals, ("result_id", "page"), keep=True)
    _record_late(connection, run, [entry for entry in found if entry.late is not None])


def _handed_in_numbers(
    connection: Connection, assignment: str, found: Sequence[NewEntry]
) -> dict[tuple[int, int], int]:
    """Keep what was handed in; give the numbers by student and place."""
    handed = [(entry, entry.handed_in) for entry in found if entry.handed_in is not None]
    held = {given.digest: given.content for _, given in handed if given.content}
    rows = [{"assignment": assignment, "digest": digest, "document": document} for digest, document in held.items()]
    upsert(connection, contents, rows, ("assignment", "digest"), keep=True)
    unique = ("student_id", "assignment", "digest", "submitted_at")
    by_key = {
        (entry.student, given.digest, given.submitted_at): {
            "student_id": entry.student, "assignment": assignment, "digest": given.digest,
            "submitted_at": given.submitted_at, "problem": given.problem, "source": given.source,
            "origin": given.origin, "notes": json.dumps(given.notes), "seen_at": now(),
        }
        for entry, given in handed
    }  # fmt: skip
    upsert(connection, submissions, list(by_key.values()), unique, keep=False)
    columns = (submissions.c.id, submissions.c.student_id, submissions.c.digest, submissions.c.submitted_at)
    query = select(*columns).where(submissions.c.assignment == assignment)
    found_rows = among(connection.execute, query, submissions.c.student_id, (entry.student for entry, _ in handed))
    numbers = {(row.student_id, row.digest, row.submitted_at): row.id for row in found_rows}
    return {
        (entry.student, entry.place): numbers[entry.student, given.digest, given.submitted_at]
        for entry, given in handed
    }


def _result_numbers(connection: Connection, run: int, assignment: str, found: Sequence[NewEntry]) -> dict[str, int]:
    """Keep what is new of results; give the numbers by key. Of one key in one run the first counts."""
    fresh = {entry.result.key: entry.result for entry in found if isinstance(entry.result, NewResult)}
    rows = [
        {
            "run_id": run, "assignment": assignment, "key": key, "scoring": result.scoring,
            "outcome": result.outcome.value, "score": result.score, "max_score": result.max_score,
            "statuses": json.dumps(result.statuses), "document": result.document, "cpu_seconds": result.cpu_seconds,
            "seconds": result.seconds, "graded_at": now(),
        }
        for key, result in fresh.items()
    ]  # fmt: skip
    upsert(connection, results, rows, ("key", "run_id"), keep=True)
    query = select(results.c.key, results.c.id).where(results.c.run_id == run)
    return {row.key: row.id for row in among(connection.execute, query, results.c.key, fresh)}


def _record_late(connection: Connection, run: int, found: Sequence[NewEntry]) -> None:
    query = select(entries.c.id, entries.c.student_id, entries.c.place).where(entries.c.run_id == run)
    of_run = among(connection.execute, query, entries.c.student_id, (entry.student for entry in found))
    numbers = {(row.student_id, row.place): row.id for row in of_run}
    rows = [
        {
            "entry_id": numbers[entry.student, entry.place], "due_at": late.due, "submitted_at": late.submitted,
            "periods": late.periods, "late_days_used": late.late_days_used, "deduct": late.deduct,
            "at_most": late.at_most, "lines": json.dumps(late.lines), "late_penalty": entry.late_penalty,
        }
        for entry in found
        if (late := entry.late) is not None
    ]  # fmt: skip
    upsert(connection, late_decisions, rows, ("entry_id",), keep=False)


def _student(row: Any) -> Student:  # noqa: ANN401  # a row has the columns of its query
    return Student(row.identifier, row.name, row.email, row.on_roster)


def _handed_in(row: Any) -> HandedIn:  # noqa: ANN401  # a row has the columns of its query
    notes = tuple(json.loads(row.notes))
    return HandedIn(row.digest, row.source, row.origin, row.submitted_at, notes, row.problem)


def _entries() -> Select[Any]:
    return (
        select(
            entries,
            submissions.c.digest,
            submissions.c.source,
            submissions.c.submitted_at,
            late_decisions.c.lines,
            late_decisions.c.late_penalty,
            late_decisions.c.periods,
            late_decisions.c.late_days_used,
            final_grades.c.adjustments,
            *STUDENT,
        )
        .join(students, students.c.id == entries.c.student_id)
        .outerjoin(submissions, submissions.c.id == entries.c.submission_id)
        .outerjoin(late_decisions, late_decisions.c.entry_id == entries.c.id)
        .outerjoin(final_grades, _IS_FINAL)
    )


def of_last_runs(query: Select[Any], assignment: str) -> Select[Any]:
    """Keep of a query about entries those of the last run about each student.

    Who handed in once is not missing in a later run: a run in which they are counts for who never handed in alone.
    """
    with_files = func.max(case((entries.c.outcome != Outcome.MISSING.value, entries.c.run_id)))
    last = (
        select(entries.c.student_id, func.coalesce(with_files, func.max(entries.c.run_id)).label("run_id"))
        .join(runs, runs.c.id == entries.c.run_id)
        .where(runs.c.assignment == assignment)
        .group_by(entries.c.student_id)
        .subquery()
    )
    return query.join(last, and_(last.c.student_id == entries.c.student_id, last.c.run_id == entries.c.run_id))


def _kept(row: Any) -> Entry:  # noqa: ANN401  # a row has the columns of its query
    return Entry(
        _student(row), row.student_id, row.place, Outcome(row.outcome), row.counts, row.message, row.score,
        row.max_score, row.digest or "", row.result_id, tuple(json.loads(row.lines)) if row.lines else (),
        row.late_penalty or Fraction(0), row.entered_at, row.source or "", row.submitted_at, row.periods or 0,
        row.late_days_used or 0, row.page, row.adjustments or "",
    )  # fmt: skip
