"""Take everything about one student out of a gradebook. The number stays, so that no other student ever gets it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, func, select, update

from grader.gradebook.engine import SQLITE, Transactions
from grader.gradebook.records import NOBODY, name_of_nobody
from grader.gradebook.tables import (
    answers,
    contents,
    entries,
    excuses,
    extensions,
    final_grades,
    late_decisions,
    marks,
    measures,
    overrides,
    requests,
    results,
    students,
    submissions,
)


@dataclass(frozen=True, slots=True)
class ForgottenRows:
    """How many rows of each table were taken out, and of which assignments."""

    counts: Mapping[str, int]
    assignments: tuple[str, ...]


def forget_student(transactions: Transactions, number: int) -> ForgottenRows:
    """Take out what was handed in, graded and decided of one student, and overwrite it where the database keeps a file.

    What another student handed in too stays theirs. Their name is the last to go, by `forget_name`: while it is there,
    whoever was interrupted finds them again.
    """
    forgotten = transactions.write(lambda connection: _forgotten(connection, number))
    _overwrite(transactions)
    return forgotten


def forget_name(transactions: Transactions, number: int) -> None:
    """Take out who a student was: a number stays, so that nobody gets it again.

    What was decided of them since the rest was taken out, as in a page that was still open, goes too.
    """
    nobody = {"identifier": name_of_nobody(number), "name": "", "email": "", "on_roster": False}

    def work(connection: Connection) -> None:
        _forgotten(connection, number)
        connection.execute(update(students).where(students.c.id == number).values(**nobody))

    transactions.write(work)
    _overwrite(transactions)


def _overwrite(transactions: Transactions) -> None:
    """Overwrite what was deleted, where the database keeps a file."""
    if transactions.engine.dialect.name == SQLITE:
        with transactions.engine.connect() as connection:  # what was deleted is still in free pages and in the log
            raw = connection.connection.driver_connection
            if raw is not None:
                raw.execute("VACUUM")
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _forgotten(connection: Connection, number: int) -> ForgottenRows:
    own = entries.c.student_id == number
    mine = select(entries.c.result_id).where(own, entries.c.result_id.is_not(None))
    of_others = select(entries.c.result_id).where(~own, entries.c.result_id.is_not(None))
    digests = connection.execute(
        select(submissions.c.assignment, submissions.c.digest).where(submissions.c.student_id == number).distinct()
    ).all()
    about = [table.c.assignment for table in (overrides, extensions, marks, excuses, requests)]
    assignments = {row.assignment for row in digests}
    for column in about:
        query = select(column).where(column.table.c.student_id == number).distinct()
        assignments |= set(connection.execute(query).scalars())

    shared = connection.execute(
        select(results.c.id, results.c.document).where(results.c.id.in_(mine), results.c.id.in_(of_others))
    )
    for row in shared.all():
        document = json.loads(zlib.decompress(row.document))
        document["submission"] = NOBODY
        packed = zlib.compress(json.dumps(document, separators=(",", ":")).encode("ascii"))
        connection.execute(update(results).where(results.c.id == row.id).values(document=packed))

    pages = connection.execute(select(entries.c.result_id, entries.c.page).where(own).distinct()).all()
    alone = [*connection.execute(mine.where(entries.c.result_id.not_in(of_others)).distinct()).scalars()]
    others_pages = {tuple(row) for row in connection.execute(select(entries.c.result_id, entries.c.page).where(~own))}
    counts: dict[str, int] = {}

    def take(table: Table, condition: Any) -> None:  # noqa: ANN401  # any clause
        taken = connection.execute(delete(table).where(condition)).rowcount
        counts[table.name] = counts.get(table.name, 0) + taken

    take(late_decisions, late_decisions.c.entry_id.in_(select(entries.c.id).where(own)))
    for result, page in pages:
        if (result, page) not in others_pages:
            take(final_grades, and_(final_grades.c.result_id == result, final_grades.c.page == page))
    take(entries, own)
    take(submissions, submissions.c.student_id == number)
    for result in alone:
        take(final_grades, final_grades.c.result_id == result)
        take(measures, measures.c.result_id == result)
        take(results, results.c.id == result)
    for assignment, digest in digests:
        of_assignment = (submissions.c.assignment == assignment, submissions.c.digest == digest)
        left = select(func.count()).select_from(submissions).where(*of_assignment)
        if not connection.execute(left).scalar_one():
            take(contents, and_(contents.c.assignment == assignment, contents.c.digest == digest))
    take(answers, answers.c.request_id.in_(select(requests.c.id).where(requests.c.student_id == number)))
    for table in (overrides, extensions, marks, excuses, requests):
        take(table, table.c.student_id == number)
    counts[students.name] = 1
    return ForgottenRows({name: count for name, count in counts.items() if count}, tuple(sorted(assignments)))
