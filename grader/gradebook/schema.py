"""Bring a gradebook to this version's tables, whichever version made it.

A new one is made at once from the tables that the code uses, and stamped with the last step, as Alembic's cookbook does
("Building an Up to Date Database from Scratch"); Alembic itself takes the steps from an older one's. A test compares
what the two ways lead to.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect, text

from grader.errors import GradebookError
from grader.gradebook.engine import POSTGRESQL, Transactions
from grader.gradebook.tables import metadata

MIGRATIONS: Final = Path(__file__).parent / "migrations"
HEAD: Final = "0004"  # the last step; a test compares it with the steps that are there
VERSION_TABLE: Final = "alembic_version"
VERSION: Final = Table(  # as alembic.runtime.migration declares it
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)
LOCK: Final = 0x6772616465  # "grade": who brings a server's database up to date; others wait


def bring_up_to_date(transactions: Transactions, place: str) -> None:
    """Make the tables of a new gradebook, or take the steps from an older one's.

    Raises:
        GradebookError: a newer version made it, or it is another program's database.
    """
    if transactions.read(lambda connection: _revision(connection, place)) == HEAD:
        return
    transactions.write(lambda connection: _upgrade(connection, place))


def _upgrade(connection: Connection, place: str) -> None:
    if connection.dialect.name == POSTGRESQL:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    if inspect(connection).get_table_names():
        _revision(connection, place)  # another process may have been faster
        take_steps(connection)
    else:
        metadata.create_all(connection, checkfirst=False)
        VERSION.create(connection, checkfirst=False)
        connection.execute(insert(VERSION).values(version_num=HEAD))


def take_steps(connection: Connection) -> None:
    """Take all steps that a database has not taken."""
    # Alembic is needed for few gradebooks and takes as long to import as a thousand lookups take.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, HEAD)


def _revision(connection: Connection, place: str) -> str | None:
    """Return the step that a database is at, None for an empty one."""
    tables = inspect(connection).get_table_names()
    if VERSION_TABLE not in tables:
        if tables:
            raise GradebookError(f"{place} is no gradebook: it holds the table {tables[0]}; name another database")
        return None
    revision = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608  # our name
    if revision is not None and not (revision.isdecimal() and int(revision) <= int(HEAD)):  # steps are numbered
        raise GradebookError(
            f"{place} was made by a newer version of grade (its tables are at step {revision}, this one knows {HEAD}): "
            "install a newer one"
        )
    return revision
