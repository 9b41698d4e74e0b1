"""Reach the database of a gradebook: a file or a server, in transactions that are whole or not there at all.

The statements are those that SQLite and PostgreSQL understand alike, and insert nothing twice.

GradebookError: it cannot be used as asked, the caller's move.
GradebookLostError: it was in use and is full or gone, the machine's; what was committed is kept.
"""

from __future__ import annotations

import datetime as dt
import functools
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Column, Connection, Engine, Select, Table, create_engine, event, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from grader.course.installation import install_command
from grader.errors import GradebookError, GradebookLostError
from grader.wording.text import one_line

Answer = TypeVar("Answer")
Value = TypeVar("Value")

BUSY_SECONDS: Final = 30.0
PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)  # a database server that is started again is back within these
SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
MOST_KEYS: Final = 500  # values in one query; SQLite takes at least 999
BUSY_WORDS: Final = ("database is locked", "database table is locked")


def database_url(place: str) -> URL:
    """Read where a gradebook is: a path, or the address of a PostgreSQL server.

    Raises:
        GradebookError: it is neither.
    """
    if "://" not in place:
        return URL.create(SQLITE, database=str(Path(place).expanduser().absolute()))
    try:
        url = make_url(place)
    except (ArgumentError, ValueError):
        raise GradebookError("the gradebook's address cannot be read, expected postgresql://user@host/name") from None
    backend = url.get_backend_name()
    if backend in ("postgres", POSTGRESQL):
        return url.set(drivername="postgresql+psycopg")
    if backend == SQLITE and url.database:
        return url
    raise GradebookError(
        f"the gradebook's address begins with {backend}, expected a path or postgresql://user@host/name"
    )


def opened(url: URL) -> Engine:
    """Prepare the connections to a database, without making one.

    Raises:
        GradebookError: what speaks to this database is not installed.
    """
    is_file = url.get_backend_name() == SQLITE
    timeout = {"timeout": BUSY_SECONDS} if is_file else {"connect_timeout": 10}
    try:
        engine = create_engine(url, pool_pre_ping=not is_file, connect_args=timeout)
    except (ModuleNotFoundError, NoSuchModuleError):
        raise GradebookError(
            f"a gradebook on PostgreSQL needs the package psycopg: {install_command('postgresql')}"
        ) from None
    if is_file:
        _make_private(Path(str(url.database)))
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(file: Path) -> None:
    """Make a new gradebook's file readable by its owner alone; SQLite keeps that for the files beside it."""
    with suppress(OSError):  # where it cannot be made, SQLite says so in its own words
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Let transactions be ours, readers not wait for a writer, and a commit be on the disk when it returns."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: Connection) -> None:
    """Begin as a writer where something will be written: a reader that becomes one may find that it is too late."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Transactions:
    """Runs reads and writes on a database, again where it was away for a moment."""

    def __init__(self, engine: Engine, tell: Callable[[str], None]) -> None:
        self.engine = engine
        self.pauses: Sequence[float] = PAUSES
        self._tell = tell

    def read(self, work: Callable[[Connection], Answer]) -> Answer:
        """Run a query in a transaction of its own."""
        return self._attempts(work, writes=False)

    def rows(self, query: Select[Any]) -> list[Any]:
        """Fetch all rows of a query."""
        return self.read(lambda connection: list(connection.execute(query)))

    def write(self, work: Callable[[Connection], Answer]) -> Answer:
        """Run a change in a transaction of its own.

        It may run several times: a connection can be lost after the commit and before the answer. So it inserts what
        is not there, and nothing twice.
        """
        return self._attempts(work, writes=True)

    def _attempts(self, work: Callable[[Connection], Answer], *, writes: bool) -> Answer:
        pauses = iter(self.pauses)
        while True:
            try:
                with translated(), self.engine.execution_options(writes=writes).begin() as connection:
                    return work(connection)
            except _AwayError as error:
                pause = next(pauses, None)
                if pause is None:
                    raise GradebookLostError(f"the gradebook does not answer: {error}") from None
                self._tell(f"the gradebook does not answer ({error}): trying again")
                self.engine.dispose()
                time.sleep(pause)


class _AwayError(Exception):
    """The database may be back in a moment."""


@contextmanager
def translated() -> Iterator[None]:
    """Turn what a database raises into whose move it is."""
    try:
        yield
    except DBAPIError as error:
        words = one_line(str(error.orig))
        if error.connection_invalidated or any(known in words for known in BUSY_WORDS):
            raise _AwayError(words) from None
        if not isinstance(error.orig, sqlite3.Error):
            if isinstance(error, OperationalError):  # the server went away, or is not there yet
                raise _AwayError(words) from None
            raise
        if isinstance(error.orig, sqlite3.OperationalError):
            raise GradebookLostError(f"the gradebook cannot be written: {words}") from None
        if isinstance(error.orig, sqlite3.DatabaseError) and not isinstance(error.orig, sqlite3.IntegrityError):
            raise GradebookError(f"the gradebook is damaged or is none: {words}") from None
        raise


def now() -> dt.datetime:
    """Read the clock."""
    return dt.datetime.now(dt.UTC)


def pieces(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Cut a list into pieces that fit into one query."""
    return (values[start : start + MOST_KEYS] for start in range(0, len(values), MOST_KEYS))


def among(
    rows: Callable[[Select[Any]], Iterable[Any]], query: Select[Any], column: Column[Any], values: Iterable[object]
) -> Iterator[Any]:
    """Fetch with `rows` what a query finds where a column has one of these values, however many they are."""
    for some in pieces([*values]):
        yield from rows(query.where(column.in_(some)))


def insert(dialect: str, table: Table) -> Any:  # noqa: ANN401  # the dialects' inserts have no common type
    """Begin an insert that can say what to do where the row is there."""
    if dialect != POSTGRESQL:
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415  # every command would load it, and few gradebooks need it

    return postgresql.insert(table)


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
    transactions.write(lambda connection: insert_new(connection, table, row))


def insert_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row where the same is not there."""
    same = [table.c[name].is_(None) if value is None else table.c[name] == value for name, value in row.items()]
    if connection.execute(select(func.count()).select_from(table).where(*same)).scalar_one() == 0:
        connection.execute(table.insert().values(**row))
