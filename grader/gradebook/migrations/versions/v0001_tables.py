"""Students, submissions, runs, results, late decisions, marks, overrides and exports."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _required(kind: type[sa.types.TypeEngine[Any]], *names: str) -> list[sa.Column[Any]]:
    """Return columns that are empty in no row."""
    return [sa.Column(name, kind, nullable=False) for name in names]


def upgrade() -> None:
    """Make the tables of the first version."""
    op.create_table(
        "students",
        sa.Column("id", sa.Integer, nullable=False),
        *_required(sa.Text, "identifier", "name", "email"),
        sa.Column("on_roster", sa.Boolean, nullable=False),
        sa.Column("seen_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_students"),
        sa.UniqueConstraint("identifier", name="uq_students_identifier"),
    )
    op.create_table(
        "contents",
        *_required(sa.Text, "assignment", "digest"),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("assignment", "digest", name="pk_contents"),
    )
    op.create_table(
        "submissions",
        *_required(sa.Integer, "id", "student_id"),
        *_required(sa.Text, "assignment", "digest", "problem", "source", "origin", "submitted_at", "notes", "seen_at"),
        sa.PrimaryKeyConstraint("id", name="pk_submissions"),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name="fk_submissions_student_id_students"),
        sa.UniqueConstraint(
            "student_id", "assignment", "digest", "submitted_at",
            name="uq_submissions_student_id_assignment_digest_submitted_at",
        ),
    )  # fmt: skip
    op.create_table(
        "courses",
        *_required(sa.Text, "digest", "assignment", "document", "seen_at"),
        sa.PrimaryKeyConstraint("digest", name="pk_courses"),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, nullable=False),
        *_required(sa.Text, "assignment", "command", "state", "course", "out", "who", "started_at", "ended_at"),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.ForeignKeyConstraint(["course"], ["courses.digest"], name="fk_runs_course_courses"),
    )
    op.create_index("ix_runs_assignment_id", "runs", ["assignment", "id"])
    op.create_table(
        "results",
        *_required(sa.Integer, "id", "run_id"),
        *_required(sa.Text, "assignment", "key", "scoring", "outcome", "score", "max_score", "statuses"),
        sa.Column("document", sa.LargeBinary, nullable=False),
        *_required(sa.Float, "cpu_seconds", "seconds"),
        sa.Column("graded_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_results"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_results_run_id_runs"),
        sa.UniqueConstraint("key", "run_id", name="uq_results_key_run_id"),
    )
    op.create_table(
        "entries",
        *_required(sa.Integer, "id", "run_id", "student_id", "place"),
        sa.Column("submission_id", sa.Integer),
        sa.Column("result_id", sa.Integer),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("counts", sa.Boolean, nullable=False),
        *_required(sa.Text, "chosen", "message"),
        sa.Column("score", sa.Text),
        sa.Column("max_score", sa.Text),
        *_required(sa.Text, "page", "entered_at"),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_entries_run_id_runs"),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name="fk_entries_student_id_students"),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name="fk_entries_submission_id_submissions"),
        sa.ForeignKeyConstraint(["result_id"], ["results.id"], name="fk_entries_result_id_results"),
        sa.UniqueConstraint("run_id", "student_id", "place", name="uq_entries_run_id_student_id_place"),
    )
    op.create_index("ix_entries_student_id_run_id", "entries", ["student_id", "run_id"])
    op.create_table(
        "late_decisions",
        sa.Column("entry_id", sa.Integer, nullable=False),
        *_required(sa.Text, "due_at", "submitted_at"),
        *_required(sa.Integer, "periods", "forgiven"),
        sa.Column("deduct", sa.Text, nullable=False),
        sa.Column("at_most", sa.Text),
        *_required(sa.Text, "lines", "taken"),
        sa.PrimaryKeyConstraint("entry_id", name="pk_late_decisions"),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_late_decisions_entry_id_entries"),
    )
    op.create_table(
        "extensions",
        *_required(sa.Integer, "id", "student_id"),
        *_required(sa.Text, "assignment", "length", "who", "why", "given_at"),
        sa.PrimaryKeyConstraint("id", name="pk_extensions"),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name="fk_extensions_student_id_students"),
    )
    op.create_index("ix_extensions_assignment_student_id", "extensions", ["assignment", "student_id"])
    op.create_table(
        "overrides",
        *_required(sa.Integer, "id", "student_id"),
        *_required(sa.Text, "assignment", "check_name"),
        sa.Column("points", sa.Text),
        *_required(sa.Text, "who", "why", "given_at"),
        sa.PrimaryKeyConstraint("id", name="pk_overrides"),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name="fk_overrides_student_id_students"),
    )
    op.create_index("ix_overrides_assignment_student_id", "overrides", ["assignment", "student_id"])
    op.create_table(
        "marks",
        *_required(sa.Integer, "id", "student_id"),
        *_required(sa.Text, "assignment", "row"),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("points", sa.Text),
        *_required(sa.Text, "max_points", "comment", "who", "given_at"),
        sa.PrimaryKeyConstraint("id", name="pk_marks"),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name="fk_marks_student_id_students"),
        sa.UniqueConstraint(
            "student_id", "assignment", "row", "version", name="uq_marks_student_id_assignment_row_version"
        ),
    )
    op.create_table(
        "exports",
        *_required(sa.Integer, "id", "run_id"),
        *_required(sa.Text, "assignment", "format", "path", "digest"),
        sa.Column("students", sa.Integer, nullable=False),
        *_required(sa.Text, "who", "made_at"),
        sa.PrimaryKeyConstraint("id", name="pk_exports"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_exports_run_id_runs"),
    )
