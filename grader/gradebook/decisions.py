"""What people decided: overrides, marks and extensions. Nothing is changed: a newer row counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, Select, func, literal, select
from sqlalchemy.exc import IntegrityError

from grader.errors import GradebookError
from grader.gradebook.engine import Transactions, insert_once, now
from grader.gradebook.final_grade import Mark, Override
from grader.gradebook.records import (
    GivenDecision,
    GivenMark,
    GivenOverride,
    ManualDecisions,
    NewMark,
    name_of_nobody,
)
from grader.gradebook.tables import excuses, extensions, marks, overrides, students
from grader.rules.late import extension


class DecisionStore:
    """The decisions of a gradebook."""

    def __init__(self, transactions: Transactions) -> None:
        self._do = transactions

    def by_hand(self, assignment: str) -> dict[int, ManualDecisions]:
        """Return what people decided about an assignment, by student; of several decisions on one thing the newest."""
        found: defaultdict[int, ManualDecisions] = defaultdict(ManualDecisions)
        query = select(overrides).where(overrides.c.assignment == assignment).order_by(overrides.c.id)
        given = {(row.student_id, row.check_name): row for row in self._do.rows(query)}
        for row in given.values():
            if row.points is not None:
                found[row.student_id].overrides.append(Override(row.check_name, row.points, row.why))
        query = select(marks).where(marks.c.assignment == assignment).order_by(marks.c.version)
        marked = {(row.student_id, row.row): row for row in self._do.rows(query)}
        for _, row in sorted(marked.items(), key=lambda item: item[0]):
            if row.points is not None:
                mark = Mark(row.row, row.title, row.points, row.max_points, row.comment)
                found[row.student_id].marks.append(mark)
        query = select(extensions).where(extensions.c.assignment == assignment).order_by(extensions.c.id)
        for row in self._do.rows(query):
            found[row.student_id].extension = extension(row.length) if row.length else None
        query = select(excuses).where(excuses.c.assignment == assignment).order_by(excuses.c.id)
        for row in self._do.rows(query):
            found[row.student_id].is_excused = row.is_excused
        return dict(found)

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
            for row in self._do.rows(query)
        ]

    def given(self, assignment: str = "") -> list[GivenDecision]:
        """List every decision about an assignment, or about all, in the order in which they were given."""
        whose = students.c.identifier
        found: list[GivenDecision] = []
        for kind, table, what, value, why in (
            ("points", overrides, overrides.c.check_name, overrides.c.points, overrides.c.why),
            ("extension", extensions, literal(""), extensions.c.length, extensions.c.why),
            ("excuse", excuses, literal(""), excuses.c.is_excused, excuses.c.why),
            ("mark", marks, marks.c.row, marks.c.points, marks.c.comment),
        ):
            columns = (table.c.assignment, table.c.who, table.c.given_at)
            query = select(whose, what.label("what"), value.label("value"), why.label("why"), *columns)
            query = query.join(table, table.c.student_id == students.c.id).order_by(table.c.id)
            rows = self._do.rows(query if not assignment else query.where(table.c.assignment == assignment))
            last = {(row.identifier, row.assignment, row.what): place for place, row in enumerate(rows)}
            found += [
                GivenDecision(
                    kind=kind, student=row.identifier, assignment=row.assignment, what=row.what,
                    value=_value(row.value), who=row.who, why=row.why, given_at=row.given_at,
                    is_in_force=last[row.identifier, row.assignment, row.what] == place,
                )
                for place, row in enumerate(rows)
            ]  # fmt: skip
        return sorted(found, key=lambda one: one.given_at)

    def override(self, student: int, assignment: str, check: str, points: Fraction | None, who: str, why: str) -> None:
        """Set the points of a check, or of everything where `check` is empty; None takes that back."""
        row = {
            "student_id": student, "assignment": assignment, "check_name": check, "points": points, "who": who,
            "why": why, "given_at": now(),
        }  # fmt: skip
        insert_once(self._do, overrides, row)

    def extend(self, student: int, assignment: str, length: str, who: str, why: str) -> None:
        """Give a student more time; an empty length takes it back."""
        row = {
            "student_id": student, "assignment": assignment, "length": length, "who": who, "why": why,
            "given_at": now(),
        }  # fmt: skip
        insert_once(self._do, extensions, row)

    def excuse(self, student: int, assignment: str, who: str, why: str, *, is_excused: bool = True) -> None:
        """Excuse a student from an assignment, or take that back."""
        row = {
            "student_id": student, "assignment": assignment, "is_excused": is_excused, "who": who, "why": why,
            "given_at": now(),
        }  # fmt: skip
        insert_once(self._do, excuses, row)

    def mark(self, student: int, assignment: str, given: Sequence[NewMark], who: str) -> bool:
        """Save the rows that a person marked, all or none; False where one of them is not as that person saw it."""
        return self.mark_together(assignment, {student: given}, who)

    def mark_together(self, assignment: str, given: Mapping[int, Sequence[NewMark]], who: str) -> bool:
        """Save rows of several students as `mark` does: all of all of them, or none.

        Raises:
            GradebookError: one of them was taken out of the gradebook meanwhile.
        """
        moment = now()
        each = [(student, mark) for student, of_student in given.items() for mark in of_student]
        rows = [
            {
                "student_id": student, "assignment": assignment, "row": mark.row, "version": mark.follows + 1,
                "title": mark.title, "points": mark.points, "max_points": mark.max_points, "comment": mark.comment,
                "who": who, "given_at": moment,
            }
            for student, mark in each
        ]  # fmt: skip

        def work(connection: Connection) -> bool:
            known = connection.execute(select(students.c.id, students.c.identifier).where(students.c.id.in_(given)))
            if any(row.identifier == name_of_nobody(row.id) for row in known):
                raise GradebookError("this student was taken out of the gradebook: start grade review anew")
            columns = (marks.c.student_id, marks.c.row, marks.c.version, marks.c.who, marks.c.given_at)
            query = select(*columns).order_by(marks.c.version)
            query = query.where(marks.c.student_id.in_(given), marks.c.assignment == assignment)
            newest = {(row.student_id, row.row): row for row in connection.execute(query)}
            found = [newest.get((student, mark.row)) for student, mark in each]
            if all(row is not None and (row.who, row.given_at) == (who, moment) for row in found):
                return True  # the answer to the same insert was lost
            if [0 if row is None else row.version for row in found] != [mark.follows for _, mark in each]:
                return False
            connection.execute(marks.insert(), rows)
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
        return self._marks(query.order_by(marks.c.student_id, marks.c.row, marks.c.version))

    def marked(self, assignment: str) -> list[GivenMark]:
        """List the newest version of every row that somebody touched, the latest last."""
        of_row = (marks.c.student_id, marks.c.assignment, marks.c.row)
        last = select(func.max(marks.c.id)).where(marks.c.assignment == assignment).group_by(*of_row)
        return self._marks(select(marks).where(marks.c.id.in_(last)).order_by(marks.c.id))

    def _marks(self, query: Select[Any]) -> list[GivenMark]:
        return [
            GivenMark(
                row.student_id, row.row, row.version, row.points, row.max_points, row.comment, row.who, row.given_at
            )
            for row in self._do.rows(query)
        ]


def _value(value: Any) -> str:  # noqa: ANN401  # of any of the columns
    """Write what was decided; nothing where it was taken back."""
    if isinstance(value, bool):
        return "excused" if value else ""
    return "" if value is None else str(value)
