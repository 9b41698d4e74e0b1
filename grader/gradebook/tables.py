"""The tables of a gradebook. A change here needs a step in `migrations/versions`; a test compares the two.

Points are exact: fractions as text. Moments are UTC, as ISO 8601 text of one length, so that their order is that of the
text. Nothing is updated that people or checks decided: a newer row counts, and the older stays as it was.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import sqlalchemy as sa


class Exact(sa.TypeDecorator[Fraction]):
    """Points as text: `13/2`."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Fraction | None, dialect: sa.Dialect) -> str | None:
        """Write points."""
        return None if value is None else str(value)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> Fraction | None:  # noqa: ANN401  # its base's
        """Read points."""
        return None if value is None else Fraction(value)


class Moment(sa.TypeDecorator[dt.datetime]):
    """A moment as text, in UTC to the microsecond; the empty text where none is known, so that rows stay unique."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> str:
        """Write a moment."""
        return "" if value is None else value.astimezone(dt.UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> dt.datetime | None:  # noqa: ANN401  # its base's
        """Read a moment."""
        return dt.datetime.fromisoformat(value) if value else None


def _required(kind: type[sa.types.TypeEngine[Any]], *names: str) -> list[sa.Column[Any]]:
    """Return columns that are empty in no row."""
    return [sa.Column(name, kind, nullable=False) for name in names]


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _numbered(name: str, *parts: sa.schema.SchemaItem) -> sa.Table:
    """Return a table whose rows are numbered."""
    return sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *parts)


students = _numbered(
    "students",
    sa.Column("identifier", sa.Text, nullable=False, unique=True),
    *_required(sa.Text, "name", "email"),
    sa.Column("on_roster", sa.Boolean, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
)

# What was handed in, without what the course provides: enough to grade it again when the files are gone.
contents = sa.Table(
    "contents",
    metadata,
    sa.Column("assignment", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("document", sa.LargeBinary, nullable=False),
)

submissions = _numbered(
    "submissions",
    sa.Column("student_id", sa.ForeignKey("students.id"), nullable=False),
    *_required(sa.Text, "assignment", "digest", "problem", "source", "origin", "notes"),
    *_required(Moment, "submitted_at", "seen_at"),
    sa.UniqueConstraint("student_id", "assignment", "digest", "submitted_at"),
)

courses = sa.Table(
    "courses",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    *_required(sa.Text, "assignment", "document"),
    sa.Column("seen_at", Moment, nullable=False),
)

runs = _numbered(
    "runs",
    *_required(sa.Text, "assignment", "command", "state", "out", "who"),
    sa.Column("course", sa.ForeignKey("courses.digest"), nullable=False),
    *_required(Moment, "started_at", "ended_at"),
    sa.Index(None, "assignment", "id"),
)

results = _numbered(
    "results",
    sa.Column("run_id", sa.ForeignKey("runs.id"), nullable=False),
    *_required(sa.Text, "assignment", "key", "scoring", "outcome", "statuses"),
    *_required(Exact, "score", "max_score"),
    sa.Column("document", sa.LargeBinary, nullable=False),
    *_required(sa.Float, "cpu_seconds", "seconds"),
    sa.Column("graded_at", Moment, nullable=False),
    sa.UniqueConstraint("key", "run_id"),
)

# What a result comes to for a student: `page` is the entry's, so that an entry about what is unchanged finds it too.
# `document` is empty where nothing was added to the result's own, `adjustments` says with what it was made.
final_grades = sa.Table(
    "final_grades",
    metadata,
    sa.Column("result_id", sa.ForeignKey("results.id"), primary_key=True),
    sa.Column("page", sa.Text, primary_key=True),
    sa.Column("adjustments", sa.Text, nullable=False),
    sa.Column("document", sa.LargeBinary),
)

# What a run found for each student: one row for each submission, or one without where nothing was handed in.
entries = _numbered(
    "entries",
    sa.Column("run_id", sa.ForeignKey("runs.id"), nullable=False),
    sa.Column("student_id", sa.ForeignKey("students.id"), nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("submission_id", sa.ForeignKey("submissions.id")),
    sa.Column("result_id", sa.ForeignKey("results.id")),
    *_required(sa.Text, "outcome", "chosen", "message", "page"),
    sa.Column("counts", sa.Boolean, nullable=False),
    sa.Column("score", Exact),
    sa.Column("max_score", Exact),
    sa.Column("entered_at", Moment, nullable=False),
    sa.UniqueConstraint("run_id", "student_id", "place"),
    sa.Index(None, "student_id", "run_id"),
)

late_decisions = sa.Table(
    "late_decisions",
    metadata,
    sa.Column("entry_id", sa.ForeignKey("entries.id"), primary_key=True),
    *_required(Moment, "due_at", "submitted_at"),
    sa.Column("periods", sa.Integer, nullable=False),
    sa.Column("forgiven", sa.Integer, key="late_days_used", nullable=False),
    sa.Column("deduct", Exact, nullable=False),
    sa.Column("at_most", Exact),
    sa.Column("lines", sa.Text, nullable=False),
    sa.Column("taken", Exact, key="late_penalty", nullable=False),
)

# What the test of a check measured, of results that measured something.
measures = sa.Table(
    "measures",
    metadata,
    sa.Column("result_id", sa.ForeignKey("results.id"), primary_key=True),
    sa.Column("check_name", sa.Text, primary_key=True),
    sa.Column("value", sa.Float, nullable=False),
)

# Places in the class, with all that they follow from: a run adds a row where it differs from the one before.
rankings = _numbered(
    "rankings",
    sa.Column("run_id", sa.ForeignKey("runs.id"), nullable=False),
    *_required(sa.Text, "assignment", "digest"),
    sa.Column("document", sa.LargeBinary, nullable=False),
    sa.Column("ranked_at", Moment, nullable=False),
    sa.Index(None, "assignment", "id"),
)

# What nobody outside may guess: names are made into pseudonyms with it.
secrets = sa.Table(
    "secrets",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)

extensions = _numbered(
    "extensions",
    sa.Column("student_id", sa.ForeignKey("students.id"), nullable=False),
    *_required(sa.Text, "assignment", "length", "who", "why"),
    sa.Column("given_at", Moment, nullable=False),
    sa.Index(None, "assignment", "student_id"),
)

# `points` is empty where an override is taken back, `check_name` where it sets the whole score.
overrides = _numbered(
    "overrides",
    sa.Column("student_id", sa.ForeignKey("students.id"), nullable=False),
    *_required(sa.Text, "assignment", "check_name", "who", "why"),
    sa.Column("points", Exact),
    sa.Column("given_at", Moment, nullable=False),
    sa.Index(None, "assignment", "student_id"),
)

# Who is excused is left out of totals; a newer row takes an excuse back.
excuses = _numbered(
    "excuses",
    sa.Column("student_id", sa.ForeignKey("students.id"), nullable=False),
    *_required(sa.Text, "assignment", "who", "why"),
    sa.Column("is_excused", sa.Boolean, nullable=False),
    sa.Column("given_at", Moment, nullable=False),
    sa.Index(None, "assignment", "student_id"),
)

# What students ask about their grades. `check_name` is empty where it is about the whole score.
requests = _numbered(
    "requests",
    sa.Column("student_id", sa.ForeignKey("students.id"), nullable=False),
    *_required(sa.Text, "assignment", "check_name", "text", "who"),
    sa.Column("asked_at", Moment, nullable=False),
    sa.Index(None, "assignment", "student_id"),
)

# Points before and after are empty where an answer changed none.
answers = _numbered(
    "answers",
    sa.Column("request_id", sa.ForeignKey("requests.id"), nullable=False),
    *_required(sa.Text, "text", "who"),
    sa.Column("before", Exact),
    sa.Column("after", Exact),
    sa.Column("answered_at", Moment, nullable=False),
)

# A marker who saves a row names the version it follows; of two who saw the same one, the second is told.
marks = _numbered(
    "marks",
    sa.Column("student_id", sa.ForeignKey("students.id"), nullable=False),
    *_required(sa.Text, "assignment", "row"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("points", Exact),
    sa.Column("max_points", Exact, nullable=False),
    *_required(sa.Text, "comment", "who"),
    sa.Column("given_at", Moment, nullable=False),
    sa.UniqueConstraint("student_id", "assignment", "row", "version"),
)

exports = _numbered(
    "exports",
    sa.Column("run_id", sa.ForeignKey("runs.id"), nullable=False),
    *_required(sa.Text, "assignment", "format", "path", "digest"),
    sa.Column("students", sa.Integer, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("made_at", Moment, nullable=False),
)
