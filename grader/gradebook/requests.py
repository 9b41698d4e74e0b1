"""Requests of students to look again at a grade, and what was answered. Nothing is changed: a newer answer counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import Connection, select

from grader.gradebook.engine import Transactions, insert_new, insert_once, now
from grader.gradebook.tables import answers, overrides, requests, students


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a student asks about a check, or about the whole score where `check` is empty, with the last answer.

    `before` and `after` are the points of what it is about where the answer changed them; `who` noted the request,
    `answered_by` is empty where nobody answered.
    """

    number: int
    student: str
    assignment: str
    check: str
    text: str
    who: str
    asked_at: dt.datetime
    answer: str = ""
    before: Fraction | None = None
    after: Fraction | None = None
    answered_by: str = ""
    answered_at: dt.datetime | None = None

    @property
    def is_open(self) -> bool:
        """Return whether nobody answered."""
        return self.answered_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAnswer:
    """An answer to a request. Where it sets points they are None where it takes those back that were set by hand."""

    text: str
    who: str
    sets_points: bool = False
    before: Fraction | None = None
    after: Fraction | None = None


class RequestStore:
    """The requests of a gradebook."""

    def __init__(self, transactions: Transactions) -> None:
        self._do = transactions

    def ask(self, student: int, assignment: str, check: str, text: str, who: str) -> None:
        """Keep a request."""
        row = {
            "student_id": student, "assignment": assignment, "check_name": check, "text": text, "who": who,
            "asked_at": now(),
        }  # fmt: skip
        insert_once(self._do, requests, row)

    def answer(self, request: Request, answer: NewAnswer, *, is_again: bool = False) -> bool:
        """Keep an answer and the points that it sets, both or neither.

        Returns:
            False where somebody answered already and it is not meant to be answered again.
        """
        moment = now()
        row = {
            "request_id": request.number, "text": answer.text, "who": answer.who, "before": answer.before,
            "after": answer.after, "answered_at": moment,
        }  # fmt: skip

        def work(connection: Connection) -> bool:
            given = connection.execute(select(answers.c.answered_at).where(answers.c.request_id == request.number))
            if not is_again and any(one.answered_at != moment for one in given):
                return False
            insert_new(connection, answers, row)
            if answer.sets_points:
                student = select(requests.c.student_id).where(requests.c.id == request.number)
                override = {
                    "student_id": connection.execute(student).scalar_one(), "assignment": request.assignment,
                    "check_name": request.check, "points": answer.after, "who": answer.who, "why": answer.text,
                    "given_at": moment,
                }  # fmt: skip
                insert_new(connection, overrides, override)
            return True

        return self._do.write(work)

    def listed(self, assignment: str = "") -> list[Request]:
        """List the requests about an assignment, or about all, in the order in which they came."""
        last = {row.request_id: row for row in self._do.rows(select(answers).order_by(answers.c.id))}
        query = select(requests, students.c.identifier).join(students, students.c.id == requests.c.student_id)
        query = query if not assignment else query.where(requests.c.assignment == assignment)
        found = []
        for row in self._do.rows(query.order_by(requests.c.id)):
            given = last.get(row.id)
            request = Request(
                number=row.id, student=row.identifier, assignment=row.assignment, check=row.check_name, text=row.text,
                who=row.who, asked_at=row.asked_at,
                **({} if given is None else {
                    "answer": given.text, "before": given.before, "after": given.after, "answered_by": given.who,
                    "answered_at": given.answered_at,
                }),
            )  # fmt: skip
            found.append(request)
        return found
