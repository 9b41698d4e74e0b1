"""Measured values, rankings of the class, and what pseudonyms are made with. Earlier versions measured nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of measures, rankings and secrets."""
    op.create_table(
        "measures",
        sa.Column("result_id", sa.Integer, nullable=False),
        sa.Column("check_name", sa.Text, nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("result_id", "check_name", name="pk_measures"),
        sa.ForeignKeyConstraint(["result_id"], ["results.id"], name="fk_measures_result_id_results"),
    )
    op.create_table(
        "rankings",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("assignment", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("ranked_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rankings"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_rankings_run_id_runs"),
    )
    op.create_index("ix_rankings_assignment_id", "rankings", ["assignment", "id"])
    op.create_table(
        "secrets",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )
