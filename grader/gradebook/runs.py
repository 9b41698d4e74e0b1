"""Students and runs: who is in the course, what was graded with what, and what was handed on."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, and_, case, func, or_, select, update

from grader.errors import GradebookError
from grader.gradebook.engine import Transactions, among, insert, insert_once, now
from grader.gradebook.records import NewRun, Run, RunState, Student
from grader.gradebook.tables import courses, entries, exports, runs, students


class RunStore:
    """The students and runs of a gradebook."""

    def __init__(self, transactions: Transactions, place: str) -> None:
        self._do = transactions
        self._place = place

    def enrol(self, people: Sequence[Student]) -> dict[str, int]:
        """Keep who is in the course; give their numbers by identifier."""

        def work(connection: Connection) -> dict[str, int]:
            rows = [{**asdict(person), "seen_at": now()} for person in people]
            if rows:
                connection.execute(_enrolment(connection), rows)
            identifiers = (person.identifier for person in people)
            query = select(students.c.identifier, students.c.id)
            found = among(connection.execute, query, students.c.identifier, identifiers)
            return {row.identifier: row.id for row in found}

        return self._do.write(work)

    def people(self) -> dict[int, Student]:
        """List the students by number."""
        query = select(students).order_by(students.c.identifier)
        return {row.id: Student(row.identifier, row.name, row.email, row.on_roster) for row in self._do.rows(query)}

    def student(self, identifier: str) -> int:
        """Find a student.

        Raises:
            GradebookError: there is none of that name; the text offers the nearest.
        """
        query = select(students.c.identifier, students.c.id)
        known = {row.identifier: row.id for row in self._do.rows(query)}
        if identifier not in known:
            near = difflib.get_close_matches(identifier, known, n=3, cutoff=0.4)
            offer = f"; the nearest: {', '.join(near)}" if near else ""
            raise GradebookError(f"there is no student {identifier!r} in {self._place}{offer}")
        return int(known[identifier])

    def begin(self, run: NewRun) -> int:
        """Keep that a run began; give its number."""

        def work(connection: Connection) -> int:
            course = {"digest": run.course, "assignment": run.assignment, "document": run.course_document}
            kept = insert(connection.dialect.name, courses).values(**course, seen_at=now())
            connection.execute(kept.on_conflict_do_nothing())
            row = {
                "assignment": run.assignment, "command": run.command, "state": RunState.RUNNING.value,
                "course": run.course, "out": run.out, "who": run.who, "started_at": began, "ended_at": None,
            }  # fmt: skip
            # Where the answer to the same insert was lost, the run is there already.
            there = connection.execute(
                select(runs.c.id).where(runs.c.started_at == began, runs.c.assignment == run.assignment)
            ).scalar()
            return int(there or connection.execute(runs.insert().values(**row).returning(runs.c.id)).scalar_one())

        began = now()
        return self._do.write(work)

    def end(self, number: int, state: RunState) -> None:
        """Keep how a run ended."""
        values = {"state": state.value, "ended_at": now()}
        self._do.write(lambda connection: connection.execute(update(runs).where(runs.c.id == number).values(**values)))

    def end_killed(self, assignment: str, out: str, before: int) -> list[int]:
        """Keep as stopped the runs into a folder that did not end by themselves, where no other run goes on there.

        Returns:
            Their numbers; the end of each is that of the last entry that it kept.
        """
        kept = select(func.max(entries.c.entered_at)).where(entries.c.run_id == runs.c.id).scalar_subquery()
        ours = (runs.c.assignment == assignment, runs.c.out == out, runs.c.id < before)
        left = and_(runs.c.state == RunState.RUNNING.value, *ours)
        values = {"state": RunState.STOPPED.value, "ended_at": func.coalesce(kept, runs.c.started_at)}

        def work(connection: Connection) -> list[int]:
            numbers = [row.id for row in connection.execute(select(runs.c.id).where(left))]
            if numbers:
                connection.execute(update(runs).where(left).values(**values))
            return numbers

        return self._do.write(work)

    def of(self, assignment: str = "") -> list[Run]:
        """List the runs of an assignment, or all, oldest first."""
        query = select(runs).order_by(runs.c.id)
        if assignment:
            query = query.where(runs.c.assignment == assignment)
        return [
            Run(row.id, row.assignment, row.command, RunState(row.state), row.course, row.out, row.who, row.started_at,
                row.ended_at)
            for row in self._do.rows(query)
        ]  # fmt: skip

    def course_document(self, digest: str) -> str:
        """Return what a run graded with."""
        return str(self._do.rows(select(courses.c.document).where(courses.c.digest == digest))[0].document)

    def note_export(self, run: int, assignment: str, written: Mapping[str, Any], who: str) -> None:
        """Keep that grades were handed on: `written` says format, path, digest and how many students."""
        row = {"run_id": run, "assignment": assignment, "who": who, "made_at": now(), **written}
        insert_once(self._do, exports, row)


def _enrolment(connection: Connection) -> Any:  # noqa: ANN401  # as above
    """Insert students, or add what is new about those who are known: nothing that was known is forgotten."""
    statement = insert(connection.dialect.name, students)
    given = statement.excluded
    known = {name: case((given[name] == "", students.c[name]), else_=given[name]) for name in ("name", "email")}
    changed = {**known, "on_roster": or_(students.c.on_roster, given["on_roster"])}
    return statement.on_conflict_do_update(index_elements=["identifier"], set_=changed)
