"""Excuses, requests to look again at a grade, and what was answered to them. Earlier versions knew none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of excuses, requests and answers."""
    op.create_table(
        "excuses",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("student_id", sa.Integer, nullable=False),
        sa.Column("assignment", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("is_excused", sa.Boolean, nullable=False),
        sa.Column("given_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_excuses"),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name="fk_excuses_student_id_students"),
    )
    op.create_index("ix_excuses_assignment_student_id", "excuses", ["assignment", "student_id"])
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("student_id", sa.Integer, nullable=False),
        sa.Column("assignment", sa.Text, nullable=False),
        sa.Column("check_name", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("asked_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name="fk_requests_student_id_students"),
    )
    op.create_index("ix_requests_assignment_student_id", "requests", ["assignment", "student_id"])
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("request_id", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("answered_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name="fk_answers_request_id_requests"),
    )
