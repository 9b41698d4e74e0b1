"""Statements that SQLite and PostgreSQL understand alike, and that insert nothing twice."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from grader.gradebook.engine import POSTGRESQL, Transactions

Value = TypeVar("Value")
MOST_KEYS: Final = 500  # values in one query; SQLite takes at least 999


def now() -> dt.datetime:
    """Read the clock."""
    return dt.datetime.now(dt.UTC)


def pieces(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Cut a list into pieces that fit into one query."""
    return (values[start : start + MOST_KEYS] for start in range(0, len(values), MOST_KEYS))


def insert(dialect: str, table: Table) -> Any:  # noqa: ANN401  # the dialects' inserts have no common type
    """Begin an insert that can say what to do where the row is there."""
    return postgresql.insert(table) if dialect == POSTGRESQL else sqlite.insert(table)


def upsert(
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
    statement = insert(dialect, table)
    if not changed:
        return statement.on_conflict_do_nothing(index_elements=unique)
    given = {name: statement.excluded[name] for name in changed}
    return statement.on_conflict_do_update(index_elements=unique, set_=given)


def insert_once(transactions: Transactions, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row, and not again where the answer to the first insert was lost."""

    def work(connection: Connection) -> None:
        same = [table.c[name].is_(None) if value is None else table.c[name] == value for name, value in row.items()]
        if connection.execute(select(func.count()).select_from(table).where(*same)).scalar_one() == 0:
            connection.execute(table.insert().values(**row))

    transactions.write(work)
