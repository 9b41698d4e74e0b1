"""What alembic runs for every command: take the steps on the connection that `grader.gradebook.schema` opened."""

from __future__ import annotations

from alembic import context

from grader.gradebook.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # for SQLite too: `grader.gradebook.engine` begins its transactions itself
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
