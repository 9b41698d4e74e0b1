"""What the pages of the app show, put together for their templates. Pure but for the clock's time zone."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import jinja2
from markupsafe import escape

from grader.gradebook.records import GivenMark
from grader.model.assignment import ManualRow
from grader.review.answer_desk import Answers
from grader.review.mark_form import Decision, Read, Typed, exact_text
from grader.review.marking_session import Difference, MarkingSession, OpenFile
from grader.review.preview import PreviewKind
from grader.submissions.members import listed
from grader.wording.text import one_line

KEYS: Final = "123456789"


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of the rubric as a marker sees it: what is in its fields, and what is known of it.

    `second` is there where a second marker gave other points.
    """

    key: str
    row: ManualRow
    typed: Typed
    last: GivenMark | None
    comments: Sequence[str]
    error: str = ""
    theirs: GivenMark | None = None
    second: Difference | None = None


@functools.cache  # with the templates that it has compiled
def prepared(environment: jinja2.Environment) -> jinja2.Environment:
    """Return what the templates ask for besides what reports do."""
    ours = environment.overlay()
    # `whole` is for a text that is printable already, and longer than a template would show.
    ours.filters = {**environment.filters, "exact": exact_text, "when": when, "whole": escape}
    ours.globals = {**environment.globals, "PreviewKind": PreviewKind, "Decision": Decision}
    return ours


def when(moment: dt.datetime) -> str:
    """Describe when something was saved, as this machine's clock shows it."""
    return f"{moment.astimezone():%d %b %Y, %H:%M}"


def row_views(
    session: MarkingSession,
    number: int,
    entered: Mapping[str, Typed] | None = None,
    found: Read | None = None,
) -> list[RowView]:
    """Fill the fields of a student's rows: with what is kept, or with what was typed and could not be saved."""
    newest = {mark.row: mark for mark in session.given(number)}
    comments = session.comments()
    differences = {one.row.name: one for one in session.differences(number)}
    views = []
    for place, row in enumerate(session.assignment.by_hand):
        last = newest.get(row.name)
        kept = Typed()
        if last is not None:
            kept = Typed("" if last.points is None else exact_text(last.points), last.comment, last.version)
        typed = kept if entered is None else entered[row.name]
        theirs = found.conflicts.get(row.name) if found is not None else None
        if theirs is not None:
            typed = Typed(typed.points, typed.comment, theirs.version, is_asked=True, decision=typed.decision)
        error = found.errors.get(row.name, "") if found is not None else ""
        known = comments.get(row.name, [])
        views.append(
            RowView(KEYS[place : place + 1], row, typed, last, known, error, theirs, differences.get(row.name))
        )
    return views


def student_page(
    session: MarkingSession, number: int, place: int, views: Sequence[RowView], *, form_token: str, saved: int | None
) -> dict[str, object]:
    """Put together the page of one student."""
    stored = session.student(number)
    if stored is None:
        raise KeyError(number)
    counts = session.rows_marked()
    before, after = session.beside(number)
    found = session.files(number)
    return {
        "top": top(session, counts),
        "number": number,
        "student": stored.student,
        "position": session.order.index(number) + 1,
        "before": before,
        "after": after,
        "views": views,
        "files": [one_line(file.name) for file in found.files],
        "place": place,
        "file": session.file(number, place) or OpenFile(""),
        "remarks": (*found.remarks, *_remarks(session, number)),
        "form_token": form_token,
        "saved": session.student(saved) if saved is not None else None,
        "saved_number": saved,
    }


def _remarks(session: MarkingSession, number: int) -> Iterator[str]:
    """Describe what counts beside, or instead of, the marks that are typed on this page."""
    if apart := session.apart(number):
        yield f"{listed(apart)} got marks of their own, which stay: marks of the group do not replace them"
    titles = {"": "The whole score"} | {row.name: row.title for row in session.assignment.by_hand}
    for name, override in session.set_by_hand(number):
        if override.check in titles:
            of = f" of {name}" if name else ""
            why = "" if session.plan.is_blind else f": {override.why}"
            points = exact_text(override.points)
            yield f"{titles[override.check]}{of} was set to {points} by hand, which counts whatever the mark{why}"


def students_page(session: MarkingSession) -> dict[str, object]:
    """Put together the list of all students."""
    counts = session.rows_marked()
    lines = [
        {
            "number": number, "stored": session.student(number), "together": session.together(number),
            "marked": count, "is_whole": session.is_whole(count),
        }
        for number, count in counts.items()
    ]  # fmt: skip
    rows = len(session.assignment.by_hand)
    found = [
        {"one": one, "student": stored.student.identifier}
        for one in session.differences()
        if (stored := session.student(one.number)) is not None
    ]  # fmt: skip
    return {
        "top": top(session, counts),
        "lines": lines,
        "rows": rows,
        "markers": session.markers(),
        "differences": found,
    }


def answers_page(session: MarkingSession, found: Answers, *, form_token: str, after: str) -> dict[str, object]:
    """Put together the page of wrong answers that several gave, without names of students where those are hidden."""
    is_blind = session.plan.is_blind
    groups = [
        {
            "group": group,
            "who": [] if is_blind else group.students,
            "written": [
                (f"student {place}" if is_blind else name, text)
                for place, (name, text) in enumerate(group.written, start=1)
            ],
        }
        for group in found.groups
    ]
    return {
        "top": top(session, session.rows_marked()),
        "groups": groups,
        "named_groups": found.named,
        "form_token": form_token,
        "after": after,
    }


def top(session: MarkingSession, counts: Mapping[int, int]) -> dict[str, object]:
    """Put together what stands at the top of every page."""
    return {
        "title": session.assignment.title,
        "who": session.who,
        "progress": session.progress(counts),
        "has_rows": bool(session.assignment.by_hand),
    }
