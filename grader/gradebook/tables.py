"""The tables of a gradebook. A change here needs a step in `migrations/versions`; a test compares the two.

Points are exact: fractions as text. Moments are UTC, as ISO 8601 text of one length, so that their order is that of the
text. Nothing is updated that people or checks decided: a newer row counts, and the older stays as it was.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Exact(TypeDecorator[Fraction]):
    """Points as text: `13/2`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Fraction | None, dialect: Dialect) -> str | None:
        """Write points."""
        return None if value is None else str(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Fraction | None:  # noqa: ANN401  # its base's
        """Read points."""
        return None if value is None else Fraction(value)


class Moment(TypeDecorator[dt.datetime]):
    """A moment as text, in UTC to the microsecond; the empty text where none is known, so that rows stay unique."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> str:
        """Write a moment."""
        return "" if value is None else value.astimezone(dt.UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ANN401  # its base's
        """Read a moment."""
        return dt.datetime.fromisoformat(value) if value else None


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

students = Table(
    "students",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("identifier", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("on_roster", Boolean, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

# What was handed in, without what the course provides: enough to grade it again when the files are gone.
contents = Table(
    "contents",
    metadata,
    Column("assignment", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("document", LargeBinary, nullable=False),
)

submissions = Table(
    "submissions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("student_id", ForeignKey("students.id"), nullable=False),
    Column("assignment", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("submitted_at", Moment, nullable=False),
    Column("notes", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
    UniqueConstraint("student_id", "assignment", "digest", "submitted_at"),
)

courses = Table(
    "courses",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("assignment", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("assignment", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("course", ForeignKey("courses.digest"), nullable=False),
    Column("out", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment, nullable=False),
    Index(None, "assignment", "id"),
)

results = Table(
    "results",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("assignment", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("scoring", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("score", Exact, nullable=False),
    Column("max_score", Exact, nullable=False),
    Column("statuses", Text, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("cpu_seconds", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("graded_at", Moment, nullable=False),
    UniqueConstraint("key", "run_id"),
)

# What a result comes to for a student: `page` is the entry's, so that an entry about what is unchanged finds it too.
# `document` is empty where nothing was added to the result's own, `adjustments` says with what it was made.
final_grades = Table(
    "final_grades",
    metadata,
    Column("result_id", ForeignKey("results.id"), primary_key=True),
    Column("page", Text, primary_key=True),
    Column("adjustments", Text, nullable=False),
    Column("document", LargeBinary),
)

# What a run found for each student: one row for each submission, or one without where nothing was handed in.
entries = Table(
    "entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("student_id", ForeignKey("students.id"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("submission_id", ForeignKey("submissions.id")),
    Column("result_id", ForeignKey("results.id")),
    Column("outcome", Text, nullable=False),
    Column("counts", Boolean, nullable=False),
    Column("chosen", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("score", Exact),
    Column("max_score", Exact),
    Column("page", Text, nullable=False),
    Column("entered_at", Moment, nullable=False),
    UniqueConstraint("run_id", "student_id", "place"),
    Index(None, "student_id", "run_id"),
)

late_decisions = Table(
    "late_decisions",
    metadata,
    Column("entry_id", ForeignKey("entries.id"), primary_key=True),
    Column("due_at", Moment, nullable=False),
    Column("submitted_at", Moment, nullable=False),
    Column("periods", Integer, nullable=False),
    Column("forgiven", Integer, key="late_days_used", nullable=False),
    Column("deduct", Exact, nullable=False),
    Column("at_most", Exact),
    Column("lines", Text, nullable=False),
    Column("taken", Exact, key="late_penalty", nullable=False),
)

extensions = Table(
    "extensions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("student_id", ForeignKey("students.id"), nullable=False),
    Column("assignment", Text, nullable=False),
    Column("length", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("given_at", Moment, nullable=False),
    Index(None, "assignment", "student_id"),
)

# `points` is empty where an override is taken back, `check_name` where it sets the whole score.
overrides = Table(
    "overrides",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("student_id", ForeignKey("students.id"), nullable=False),
    Column("assignment", Text, nullable=False),
    Column("check_name", Text, nullable=False),
    Column("points", Exact),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("given_at", Moment, nullable=False),
    Index(None, "assignment", "student_id"),
)

# A marker who saves a row names the version it follows; of two who saw the same one, the second is told.
marks = Table(
    "marks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("student_id", ForeignKey("students.id"), nullable=False),
    Column("assignment", Text, nullable=False),
    Column("row", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("points", Exact),
    Column("max_points", Exact, nullable=False),
    Column("comment", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("given_at", Moment, nullable=False),
    UniqueConstraint("student_id", "assignment", "row", "version"),
)

exports = Table(
    "exports",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("assignment", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("students", Integer, nullable=False),
    Column("who", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
)
