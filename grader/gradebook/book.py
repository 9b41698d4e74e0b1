"""The gradebook: what was handed in, graded, decided by people, and handed on. Every method is one transaction."""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from fractions import Fraction
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Select, Subquery, Table, and_, case, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from grader.errors import GradebookError, GradebookLostError
from grader.gradebook.engine import POSTGRESQL, SQLITE, Transactions, database_url, opened
from grader.gradebook.final_grade import Mark, Override
from grader.gradebook.records import (
    CachedResult,
    Entry,
    GivenMark,
    GivenOverride,
    Graded,
    HandedIn,
    ManualDecisions,
    MarkedRow,
    NewEntry,
    NewMark,
    NewRun,
    Outcome,
    Run,
    RunState,
    StoredSubmission,
    Student,
    WrittenPage,
)
from grader.gradebook.schema import bring_up_to_date
from grader.gradebook.tables import (
    contents,
    courses,
    entries,
    exports,
    extensions,
    final_grades,
    late_decisions,
    marks,
    overrides,
    results,
    runs,
    students,
    submissions,
)
from grader.rules.late import extension

Value = TypeVar("Value")

_IS_FINAL: Final = and_(final_grades.c.result_id == entries.c.result_id, final_grades.c.page == entries.c.page)
MOST_KEYS: Final = 500  # values in one query; SQLite takes at least 999
__all__ = ["Gradebook", "GradebookError", "GradebookLostError", "gradebook"]


@contextmanager
def gradebook(place: str, tell: Callable[[str], None]) -> Iterator[Gradebook]:
    """Open a gradebook, made or brought up to date where need be.

    Args:
        place: A path, or the address of a PostgreSQL server.
        tell: Is told what takes long.

    Raises:
        GradebookError: it cannot be used.
    """
    url = database_url(place)
    shown = url.render_as_string(hide_password=True) if url.get_backend_name() != SQLITE else str(url.database)
    engine = opened(url)
    transactions = Transactions(engine, tell)
    try:
        patience, transactions.pauses = transactions.pauses, ()
        try:
            bring_up_to_date(transactions, shown)
        except GradebookLostError as error:
            raise GradebookError(f"{shown} cannot be opened: {error}") from None
        transactions.pauses = patience
        yield Gradebook(transactions, shown)
    finally:
        engine.dispose()


class Gradebook:
    """One course's gradebook."""

    def __init__(self, transactions: Transactions, place: str) -> None:
        self.place = place
        self._do = transactions

    # ------------------------------------------------------------------------------------------ students and runs

    def enrol(self, people: Sequence[Student]) -> dict[str, int]:
        """Keep who is in the course; give their numbers by identifier."""

        def work(connection: Connection) -> dict[str, int]:
            rows = [{**asdict(person), "seen_at": now()} for person in people]
            if rows:
                connection.execute(_enrolment(connection), rows)
            numbers: dict[str, int] = {}
            for some in _pieces([person.identifier for person in people]):
                query = select(students.c.identifier, students.c.id).where(students.c.identifier.in_(some))
                numbers |= {row.identifier: row.id for row in connection.execute(query)}
            return numbers

        return self._do.write(work)

    def student(self, identifier: str) -> int:
        """Find a student.

        Raises:
            GradebookError: there is none of that name; the text offers the nearest.
        """
        query = select(students.c.identifier, students.c.id)
        known = dict(self._do.read(lambda connection: [(row[0], row[1]) for row in connection.execute(query)]))
        if identifier not in known:
            near = difflib.get_close_matches(identifier, known, n=3, cutoff=0.4)
            offer = f"; the nearest: {', '.join(near)}" if near else ""
            raise GradebookError(f"there is no student {identifier!r} in {self.place}{offer}")
        return int(known[identifier])

    def begin_run(self, run: NewRun) -> int:
        """Keep that a run began; give its number."""

        def work(connection: Connection) -> int:
            course = {"digest": run.course, "assignment": run.assignment, "document": run.course_document}
            kept = _insert(connection.dialect.name, courses).values(**course, seen_at=now())
            connection.execute(kept.on_conflict_do_nothing())
            row = {
                "assignment": run.assignment, "command": run.command, "state": RunState.RUNNING.value,
                "course": run.course, "out": run.out, "who": run.who, "started_at": began, "ended_at": None,
            }  # fmt: skip
            # Where the answer to the same insert was lost, the run is there already.
            there = connection.execute(
                select(runs.c.id).where(runs.c.started_at == began, runs.c.assignment == run.assignment)
            ).scalar()
            return int(there or connection.execute(insert(runs).values(**row).returning(runs.c.id)).scalar_one())

        began = now()
        return self._do.write(work)

    def end_run(self, number: int, state: RunState) -> None:
        """Keep how a run ended."""
        values = {"state": state.value, "ended_at": now()}
        self._do.write(lambda connection: connection.execute(update(runs).where(runs.c.id == number).values(**values)))

    def runs(self, assignment: str = "") -> list[Run]:
        """List the runs of an assignment, or all, oldest first."""
        query = select(runs).order_by(runs.c.id)
        if assignment:
            query = query.where(runs.c.assignment == assignment)
        return [
            Run(row.id, row.assignment, row.command, RunState(row.state), row.course, row.out, row.who, row.started_at,
                row.ended_at)
            for row in self._rows(query)
        ]  # fmt: skip

    def course_document(self, digest: str) -> str:
        """Give what a run graded with."""
        return str(self._rows(select(courses.c.document).where(courses.c.digest == digest))[0].document)

    # --------------------------------------------------------------------------------------- results and entries

    def known(self, assignment: str, keys: Sequence[str]) -> dict[str, CachedResult]:
        """Find the results that are there already; of several of one key the newest."""
        found: dict[str, CachedResult] = {}
        for some in _pieces(keys):
            query = (
                select(
                    results.c.key, results.c.id, results.c.scoring, results.c.score, results.c.max_score,
                    results.c.statuses,
                )
                .where(results.c.key.in_(some), results.c.assignment == assignment)
                .where(results.c.outcome == Outcome.GRADED.value)
                .order_by(results.c.id)
            )  # fmt: skip
            for row in self._rows(query):
                found[row.key] = CachedResult(row.id, row.scoring, row.score, row.max_score, json.loads(row.statuses))
        return found

    def document(self, result: int) -> bytes:
        """Give the document of a result."""
        return bytes(self._rows(select(results.c.document).where(results.c.id == result))[0].document)

    def record(self, run: int, found: Sequence[NewEntry]) -> None:
        """Keep what a run found of some submissions: all of it or nothing."""
        assignment = self._rows(select(runs.c.assignment).where(runs.c.id == run))[0].assignment

        self._do.write(lambda connection: _record(connection, run, assignment, found))

    def pages(self, assignment: str, out: str) -> dict[int, WrittenPage]:
        """Say which report was written last for each student into a folder."""
        last = (
            select(func.max(entries.c.id))
            .join(runs, runs.c.id == entries.c.run_id)
            .where(runs.c.assignment == assignment, runs.c.out == out, entries.c.counts)
            .group_by(entries.c.student_id)
        )
        query = (
            select(
                entries.c.student_id, entries.c.page, entries.c.score, entries.c.max_score, late_decisions.c.taken,
                final_grades.c.result_id,
            )
            .outerjoin(late_decisions, late_decisions.c.entry_id == entries.c.id)
            .outerjoin(final_grades, _IS_FINAL)
            .where(entries.c.id.in_(last))
        )  # fmt: skip
        return {
            row.student_id: WrittenPage(row.page, row.result_id, row.score, row.max_score, row.taken or Fraction(0))
            for row in self._rows(query)
        }

    def entries(self, run: int) -> list[Entry]:
        """List what a run found, by student."""
        query = _entries().where(entries.c.run_id == run).order_by(students.c.identifier, entries.c.place)
        return [_kept(row) for row in self._rows(query)]

    def standings(self, assignment: str) -> list[Entry]:
        """List what counts of each student's last run about an assignment, by student."""
        last = _last_runs(assignment)
        query = (
            _entries()
            .join(last, and_(last.c.student_id == entries.c.student_id, last.c.run_id == entries.c.run_id))
            .where(entries.c.counts)
            .order_by(students.c.identifier)
        )
        return [_kept(row) for row in self._rows(query)]

    def final_documents(self, found: Sequence[Entry]) -> Iterator[tuple[Entry, bytes, bytes | None]]:
        """Return with each entry the document of its result, empty without one, and of its final grade if another."""
        for some in _pieces(found):
            numbers = {entry.result for entry in some if entry.result is not None}
            of_results = select(results.c.id, results.c.document).where(results.c.id.in_(numbers))
            graded = {row.id: bytes(row.document) for row in self._rows(of_results)}
            of_finals = select(final_grades).where(final_grades.c.result_id.in_(numbers))
            rows = self._rows(of_finals.where(final_grades.c.document.is_not(None)))
            final = {(row.result_id, row.page): bytes(row.document) for row in rows}
            for entry in some:
                yield entry, graded.get(entry.result or 0, b""), final.get((entry.result, entry.page))

    def choices(self, assignment: str) -> dict[int, str]:
        """Say which of several submissions a person chose, by the digest of what it holds."""
        query = (
            select(entries.c.student_id, submissions.c.digest)
            .join(submissions, submissions.c.id == entries.c.submission_id)
            .where(submissions.c.assignment == assignment, entries.c.chosen == "asked", entries.c.counts)
            .order_by(entries.c.id)
        )
        return {row.student_id: row.digest for row in self._rows(query)}

    def filed(self, assignment: str) -> list[StoredSubmission]:
        """List the submissions that each student's last run was about."""
        last = _last_runs(assignment)
        query = (
            select(
                submissions, entries.c.outcome, entries.c.counts, entries.c.chosen, entries.c.message,
                *_student_columns(),
            )
            .join(last, and_(last.c.student_id == entries.c.student_id, last.c.run_id == entries.c.run_id))
            .join(submissions, submissions.c.id == entries.c.submission_id)
            .join(students, students.c.id == entries.c.student_id)
            .order_by(students.c.identifier, entries.c.place)
        )  # fmt: skip
        return [
            StoredSubmission(
                _student(row), _handed_in(row), Outcome(row.outcome), row.counts, row.chosen, row.message,
                row.student_id,
            )
            for row in self._rows(query)
        ]  # fmt: skip

    def contents(self, assignment: str, digests: Sequence[str]) -> dict[str, bytes]:
        """Give what submissions hold."""
        found: dict[str, bytes] = {}
        for some in _pieces(digests):
            query = select(contents).where(contents.c.assignment == assignment, contents.c.digest.in_(some))
            found |= {row.digest: bytes(row.document) for row in self._rows(query)}
        return found

    # ------------------------------------------------------------------------------------------- people's decisions

    def by_hand(self, assignment: str) -> dict[int, ManualDecisions]:
        """Give what people decided about an assignment, by student; of several decisions on one thing the newest."""
        found: dict[int, ManualDecisions] = {}
        points: dict[tuple[int, str], Override | None] = {}
        for row in self._rows(select(overrides).where(overrides.c.assignment == assignment).order_by(overrides.c.id)):
            taken_back = row.points is None
            points[row.student_id, row.check_name] = (
                None if taken_back else Override(row.check_name, row.points, row.why)
            )
        for (student, _), override in points.items():
            if override is not None:
                found.setdefault(student, ManualDecisions()).overrides.append(override)
        marked: dict[tuple[int, str], Mark | None] = {}
        for row in self._rows(select(marks).where(marks.c.assignment == assignment).order_by(marks.c.version)):
            mark = None if row.points is None else Mark(row.row, row.title, row.points, row.max_points, row.comment)
            marked[row.student_id, row.row] = mark
        for (student, _), mark in sorted(marked.items(), key=lambda item: item[0]):
            if mark is not None:
                found.setdefault(student, ManualDecisions()).marks.append(mark)
        query = select(extensions).where(extensions.c.assignment == assignment).order_by(extensions.c.id)
        for row in self._rows(query):
            found.setdefault(row.student_id, ManualDecisions()).extension = (
                extension(row.length) if row.length else None
            )
        return found

    def overrides(self, assignment: str) -> list[GivenOverride]:
        """List the overrides of an assignment in the order in which they were given."""
        query = (
            select(overrides, students.c.identifier)
            .join(students, students.c.id == overrides.c.student_id)
            .where(overrides.c.assignment == assignment)
            .order_by(overrides.c.id)
        )
        return [
            GivenOverride(row.identifier, row.check_name, row.points, row.who, row.why, row.given_at)
            for row in self._rows(query)
        ]

    def late_days_used(self, assignment: str, due: dt.datetime) -> dict[int, int]:
        """Count each student's late days that went into assignments due before this one."""
        before = or_(
            late_decisions.c.due_at < due,
            and_(late_decisions.c.due_at == due, runs.c.assignment < assignment),
        )
        query = (
            select(entries.c.student_id, runs.c.assignment, late_decisions.c.forgiven)
            .join(entries, entries.c.id == late_decisions.c.entry_id)
            .join(runs, runs.c.id == entries.c.run_id)
            .where(before, runs.c.assignment != assignment, entries.c.counts)
            .order_by(entries.c.id)
        )
        newest = {(row.student_id, row.assignment): row.forgiven for row in self._rows(query)}
        used: dict[int, int] = {}
        for (student, _), days in newest.items():
            used[student] = used.get(student, 0) + days
        return used

    def override(self, student: int, assignment: str, check: str, points: Fraction | None, who: str, why: str) -> None:
        """Set the points of a check, or of everything where `check` is empty; None takes that back."""
        row = {
            "student_id": student, "assignment": assignment, "check_name": check, "points": points, "who": who,
            "why": why, "given_at": now(),
        }  # fmt: skip
        self._insert_once(overrides, row)

    def extend(self, student: int, assignment: str, length: str, who: str, why: str) -> None:
        """Give a student more time; an empty length takes it back."""
        row = {
            "student_id": student, "assignment": assignment, "length": length, "who": who, "why": why,
            "given_at": now(),
        }  # fmt: skip
        self._insert_once(extensions, row)

    def mark(self, student: int, assignment: str, given: Sequence[NewMark], who: str) -> bool:
        """Save the rows that a person marked, all or none; False where one of them is not as that person saw it."""
        moment = now()
        rows = [
            {
                "student_id": student, "assignment": assignment, "row": mark.row, "version": mark.follows + 1,
                "title": mark.title, "points": mark.points, "max_points": mark.max_points, "comment": mark.comment,
                "who": who, "given_at": moment,
            }
            for mark in given
        ]  # fmt: skip

        def work(connection: Connection) -> bool:
            query = select(marks.c.row, marks.c.version, marks.c.who, marks.c.given_at).order_by(marks.c.version)
            query = query.where(marks.c.student_id == student, marks.c.assignment == assignment)
            newest = {row.row: row for row in connection.execute(query)}
            found = [newest.get(mark.row) for mark in given]
            if all(row is not None and (row.who, row.given_at) == (who, moment) for row in found):
                return True  # the answer to the same insert was lost
            if any((0 if row is None else row.version) != mark.follows for row, mark in zip(found, given, strict=True)):
                return False
            connection.execute(insert(marks), rows)
            return True

        try:
            return not rows or self._do.write(work)
        except IntegrityError:  # on a server another may come between the look and the insert
            return False

    def marks(self, assignment: str, student: int | None = None) -> list[GivenMark]:
        """List the marks of an assignment, or of one student there, every version of a row after the one before."""
        query = select(marks).where(marks.c.assignment == assignment)
        if student is not None:
            query = query.where(marks.c.student_id == student)
        return [
            GivenMark(
                row.student_id, row.row, row.version, row.points, row.max_points, row.comment, row.who, row.given_at
            )
            for row in self._rows(query.order_by(marks.c.student_id, marks.c.row, marks.c.version))
        ]

    def marked(self, assignment: str) -> list[MarkedRow]:
        """Say of every row that somebody touched how it stands, the latest last."""
        of_row = (marks.c.student_id, marks.c.assignment, marks.c.row)
        last = select(func.max(marks.c.id)).where(marks.c.assignment == assignment).group_by(*of_row)
        query = (
            select(marks.c.student_id, marks.c.row, marks.c.points.is_not(None).label("has_points"), marks.c.comment)
            .where(marks.c.id.in_(last))
            .order_by(marks.c.id)
        )
        return [MarkedRow(row.student_id, row.row, bool(row.has_points), row.comment) for row in self._rows(query)]

    def note_export(self, run: int, assignment: str, written: Mapping[str, Any], who: str) -> None:
        """Keep that grades were handed on: `written` says format, path, digest and how many students."""
        self._insert_once(exports, {"run_id": run, "assignment": assignment, "who": who, "made_at": now(), **written})

    # -------------------------------------------------------------------------------------------------- inside

    def _rows(self, query: Select[Any]) -> list[Any]:
        return self._do.read(lambda connection: list(connection.execute(query)))

    def _insert_once(self, table: Table, row: Mapping[str, Any]) -> None:
        """Insert a row, and not again where the answer to the first insert was lost."""

        def work(connection: Connection) -> None:
            same = [table.c[name].is_(None) if value is None else table.c[name] == value for name, value in row.items()]
            if connection.execute(select(func.count()).select_from(table).where(*same)).scalar_one() == 0:
                connection.execute(insert(table).values(**row))

        self._do.write(work)


def _pieces(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Cut a list into pieces that fit into one query."""
    return (values[start : start + MOST_KEYS] for start in range(0, len(values), MOST_KEYS))


def now() -> dt.datetime:
    """Read the clock."""
    return dt.datetime.now(dt.UTC)


def _insert(dialect: str, table: Table) -> Any:  # noqa: ANN401  # the dialects' inserts have no common type
    """Begin an insert that can say what to do where the row is there."""
    return postgresql.insert(table) if dialect == POSTGRESQL else sqlite.insert(table)


def _upsert(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], unique: Sequence[str], *, keep: bool
) -> None:
    """Insert rows; those that are there already are kept as they are, or changed to what is given."""
    if not rows:
        return
    changed = () if keep else tuple(name for name in rows[0] if name not in unique)
    connection.execute(_upserting(connection.dialect.name, table, tuple(unique), changed), list(rows))


@functools.cache
def _upserting(dialect: str, table: Table, unique: tuple[str, ...], changed: tuple[str, ...]) -> Any:  # noqa: ANN401  # as above
    """Write the statement once: SQLAlchemy takes longer over that than over running it."""
    statement = _insert(dialect, table)
    if not changed:
        return statement.on_conflict_do_nothing(index_elements=unique)
    given = {name: statement.excluded[name] for name in changed}
    return statement.on_conflict_do_update(index_elements=unique, set_=given)


def _enrolment(connection: Connection) -> Any:  # noqa: ANN401  # as above
    """Insert students, or add what is new about those who are known: nothing that was known is forgotten."""
    statement = _insert(connection.dialect.name, students)
    given = statement.excluded
    known = {name: case((given[name] == "", students.c[name]), else_=given[name]) for name in ("name", "email")}
    changed = {**known, "on_roster": or_(students.c.on_roster, given["on_roster"])}
    return statement.on_conflict_do_update(index_elements=["identifier"], set_=changed)


def _record(connection: Connection, run: int, assignment: str, found: Sequence[NewEntry]) -> None:
    handed_in = _handed_in_numbers(connection, assignment, found)
    graded = _result_numbers(connection, run, assignment, found)
    rows, finals = [], []
    for entry in found:
        result = graded[entry.result.key] if isinstance(entry.result, Graded) else entry.result
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
    _upsert(connection, entries, rows, ("run_id", "student_id", "place"), keep=False)
    _upsert(connection, final_grades, finals, ("result_id", "page"), keep=True)
    _record_late(connection, run, [entry for entry in found if entry.late is not None])


def _handed_in_numbers(
    connection: Connection, assignment: str, found: Sequence[NewEntry]
) -> dict[tuple[int, int], int]:
    """Keep what was handed in; give the numbers by student and place."""
    handed = [(entry, entry.handed_in) for entry in found if entry.handed_in is not None]
    held = {given.digest: given.content for _, given in handed if given.content}
    rows = [{"assignment": assignment, "digest": digest, "document": document} for digest, document in held.items()]
    _upsert(connection, contents, rows, ("assignment", "digest"), keep=True)
    unique = ("student_id", "assignment", "digest", "submitted_at")
    by_key = {
        (entry.student, given.digest, given.submitted_at): {
            "student_id": entry.student, "assignment": assignment, "digest": given.digest,
            "submitted_at": given.submitted_at, "problem": given.problem, "source": given.source,
            "origin": given.origin, "notes": json.dumps(given.notes), "seen_at": now(),
        }
        for entry, given in handed
    }  # fmt: skip
    _upsert(connection, submissions, list(by_key.values()), unique, keep=False)
    columns = (submissions.c.id, submissions.c.student_id, submissions.c.digest, submissions.c.submitted_at)
    numbers: dict[tuple[int, str, dt.datetime | None], int] = {}
    for some in _pieces([entry.student for entry, _ in handed]):
        query = select(*columns).where(submissions.c.assignment == assignment, submissions.c.student_id.in_(some))
        for row in connection.execute(query):
            numbers[row.student_id, row.digest, row.submitted_at] = row.id
    return {
        (entry.student, entry.place): numbers[entry.student, given.digest, given.submitted_at]
        for entry, given in handed
    }


def _result_numbers(connection: Connection, run: int, assignment: str, found: Sequence[NewEntry]) -> dict[str, int]:
    """Keep what is new of results; give the numbers by key. Of one key in one run the first counts."""
    fresh = {entry.result.key: entry.result for entry in found if isinstance(entry.result, Graded)}
    rows = [
        {
            "run_id": run, "assignment": assignment, "key": key, "scoring": result.scoring,
            "outcome": result.outcome.value, "score": result.score, "max_score": result.max_score,
            "statuses": json.dumps(result.statuses), "document": result.document, "cpu_seconds": result.cpu_seconds,
            "seconds": result.seconds, "graded_at": now(),
        }
        for key, result in fresh.items()
    ]  # fmt: skip
    _upsert(connection, results, rows, ("key", "run_id"), keep=True)
    numbers: dict[str, int] = {}
    for some in _pieces(list(fresh)):
        query = select(results.c.key, results.c.id).where(results.c.run_id == run, results.c.key.in_(some))
        numbers |= {row.key: row.id for row in connection.execute(query)}
    return numbers


def _record_late(connection: Connection, run: int, found: Sequence[NewEntry]) -> None:
    numbers: dict[tuple[int, int], int] = {}
    for some in _pieces([entry.student for entry in found]):
        query = select(entries.c.id, entries.c.student_id, entries.c.place)
        query = query.where(entries.c.run_id == run, entries.c.student_id.in_(some))
        numbers |= {(row.student_id, row.place): row.id for row in connection.execute(query)}
    rows = [
        {
            "entry_id": numbers[entry.student, entry.place], "due_at": late.due, "submitted_at": late.submitted,
            "periods": late.periods, "forgiven": late.forgiven, "deduct": late.deduct, "at_most": late.at_most,
            "lines": json.dumps(late.lines), "taken": entry.taken,
        }
        for entry in found
        if (late := entry.late) is not None
    ]  # fmt: skip
    _upsert(connection, late_decisions, rows, ("entry_id",), keep=False)


def _student_columns() -> list[Any]:
    return [students.c.identifier, students.c.name, students.c.email, students.c.on_roster]


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
            late_decisions.c.taken,
            late_decisions.c.periods,
            late_decisions.c.forgiven,
            final_grades.c.adjustments,
            *_student_columns(),
        )
        .join(students, students.c.id == entries.c.student_id)
        .outerjoin(submissions, submissions.c.id == entries.c.submission_id)
        .outerjoin(late_decisions, late_decisions.c.entry_id == entries.c.id)
        .outerjoin(final_grades, _IS_FINAL)
    )


def _last_runs(assignment: str) -> Subquery:
    """Say for each student which run was the last about them."""
    return (
        select(entries.c.student_id, func.max(entries.c.run_id).label("run_id"))
        .join(runs, runs.c.id == entries.c.run_id)
        .where(runs.c.assignment == assignment)
        .group_by(entries.c.student_id)
        .subquery()
    )


def _kept(row: Any) -> Entry:  # noqa: ANN401  # a row has the columns of its query
    return Entry(
        _student(row), row.student_id, row.place, Outcome(row.outcome), row.counts, row.message, row.score,
        row.max_score, row.digest or "", row.result_id, tuple(json.loads(row.lines)) if row.lines else (),
        row.taken or Fraction(0), row.entered_at, row.source or "", row.submitted_at, row.periods or 0,
        row.forgiven or 0, row.page, row.adjustments or "",
    )  # fmt: skip
