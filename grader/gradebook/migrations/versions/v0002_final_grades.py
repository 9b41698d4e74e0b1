"""Final grades. Those of version 1 are not kept: they are weighed when they are read, from result and decisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of final grades."""
    op.create_table(
        "final_grades",
        sa.Column("result_id", sa.Integer, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("adjustments", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary),
        sa.PrimaryKeyConstraint("result_id", "page", name="pk_final_grades"),
        sa.ForeignKeyConstraint(["result_id"], ["results.id"], name="fk_final_grades_result_id_results"),
    )
