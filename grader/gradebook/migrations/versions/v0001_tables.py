"""Students, submissions, runs, results, late decisions, marks, overrides and exports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the first version."""
    op.create_table(
        "students",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("identifier", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("on_roster", sa.Boolean, nullable=False),
        sa.Column("seen_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_students"),
        sa.UniqueConstraint("identifier", name="uq_students_identifier"),
    )
    op.create_table(
        "contents",
        sa.Column("assignment", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("assignment", "digest", name="pk_contents"),
    )
    op.create_table(
        "submissions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("student_id", sa.Integer, nullable=False),
        sa.Column("assignment", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("submitted_at", sa.Text, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("seen_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_submissions"),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name="fk_submissions_student_id_students"),
        sa.UniqueConstraint(
            "student_id", "assignment", "digest", "submitted_at",
            name="uq_submissions_student_id_assignment_digest_submitted_at",
        ),
    )  # fmt: skip
    op.create_table(
        "courses",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("assignment", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("seen_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_courses"),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("assignment", sa.Text, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("course", sa.Text, nullable=False),
        sa.Column("out", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("started_at", sa.Text, nullable=False),
        sa.Column("ended_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.ForeignKeyConstraint(["course"], ["courses.digest"], name="fk_runs_course_courses"),
    )
    op.create_index("ix_runs_assignment_id", "runs", ["assignment", "id"])
    op.create_table(
        "results",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("assignment", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("scoring", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("score", sa.Text, nullable=False),
        sa.Column("max_score", sa.Text, nullable=False),
        sa.Column("statuses", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("cpu_seconds", sa.Float, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("graded_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_results"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_results_run_id_runs"),
        sa.UniqueConstraint("key", "run_id", name="uq_results_key_run_id"),
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("student_id", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("submission_id", sa.Integer),
        sa.Column("result_id", sa.Integer),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("counts", sa.Boolean, nullable=False),
        sa.Column("chosen", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("score", sa.Text),
        sa.Column("max_score", sa.Text),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("entered_at", sa.Text, nullable=False),
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
        sa.Column("due_at", sa.Text, nullable=False),
        sa.Column("submitted_at", sa.Text, nullable=False),
        sa.Column("periods", sa.Integer, nullable=False),
        sa.Column("forgiven", sa.Integer, nullable=False),
        sa.Column("deduct", sa.Text, nullable=False),
        sa.Column("at_most", sa.Text),
        sa.Column("lines", sa.Text, nullable=False),
        sa.Column("taken", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name="pk_late_decisions"),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_late_decisions_entry_id_entries"),
    )
    op.create_table(
        "extensions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("student_id", sa.Integer, nullable=False),
        sa.Column("assignment", sa.Text, nullable=False),
        sa.Column("length", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("given_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_extensions"),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name="fk_extensions_student_id_students"),
    )
    op.create_index("ix_extensions_assignment_student_id", "extensions", ["assignment", "student_id"])
    op.create_table(
        "overrides",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("student_id", sa.Integer, nullable=False),
        sa.Column("assignment", sa.Text, nullable=False),
        sa.Column("check_name", sa.Text, nullable=False),
        sa.Column("points", sa.Text),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("given_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_overrides"),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name="fk_overrides_student_id_students"),
    )
    op.create_index("ix_overrides_assignment_student_id", "overrides", ["assignment", "student_id"])
    op.create_table(
        "marks",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("student_id", sa.Integer, nullable=False),
        sa.Column("assignment", sa.Text, nullable=False),
        sa.Column("row", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("points", sa.Text),
        sa.Column("max_points", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("given_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_marks"),
        sa.ForeignKeyConstraint(["student_id"], ["students.id"], name="fk_marks_student_id_students"),
        sa.UniqueConstraint(
            "student_id", "assignment", "row", "version", name="uq_marks_student_id_assignment_row_version"
        ),
    )
    op.create_table(
        "exports",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("assignment", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("students", sa.Integer, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_exports"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_exports_run_id_runs"),
    )
