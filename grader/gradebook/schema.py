"""Bring a gradebook to this version's tables, whichever version made it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from grader.gradebook.engine import POSTGRESQL, GradebookError, Transactions

MIGRATIONS: Final = Path(__file__).parent / "migrations"
LOCK: Final = 0x6772616465  # "grade": who brings a server's database up to date; others wait


def bring_up_to_date(transactions: Transactions, place: str) -> None:
    """Make the tables of a new gradebook, or take the steps from an older one's.

    Raises:
        GradebookError: a newer version made it, or it is another program's database.
    """
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    script = ScriptDirectory.from_config(configuration)
    if transactions.read(lambda connection: _revision(connection, script, place)) == script.get_current_head():
        return

    def upgrade(connection: Connection) -> None:
        if connection.dialect.name == POSTGRESQL:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        _revision(connection, script, place)  # another process may have been faster
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")

    transactions.write(upgrade)


def _revision(connection: Connection, script: ScriptDirectory, place: str) -> str | None:
    """Give the step that a database is at, None for an empty one."""
    revision = MigrationContext.configure(connection).get_current_revision()
    known = {step.revision for step in script.walk_revisions()}
    if revision is None:
        others = inspect(connection).get_table_names()
        if others:
            raise GradebookError(
                f"{place} is no gradebook: it holds the table {others[0]}; name another with --gradebook"
            )
        return None
    if revision not in known:
        raise GradebookError(
            f"{place} was made by a newer version of grade (its tables are at step {revision}, this one knows "
            f"{script.get_current_head()}): install a newer one"
        )
    return revision
