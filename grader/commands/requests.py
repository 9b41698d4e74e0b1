"""`grade requests`: what students ask about their grades, and what is answered."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from grader.batch.mail_text import mail_text
from grader.batch.requests import answer_request, keep_requests
from grader.commands.arguments import CourseFolder, course_at, table_console, warn
from grader.commands.class_options import (
    RESULTS,
    AnywayOption,
    ByOption,
    GradebookPlace,
    JsonOption,
    OutFolder,
    next_command,
)
from grader.errors import UsageError
from grader.gradebook.book import current_user, existing_database, gradebook
from grader.gradebook.requests import Request
from grader.reporting.build_log import Guarded
from grader.wording.text import counted, one_line, points_text

SCHEMA: Final = "grade/requests/v1"
STDIN: Final = "-"


class Action(StrEnum):
    """What is done."""

    LIST = "list"
    ADD = "add"
    ANSWER = "answer"


def requests(
    action: Annotated[
        Action, typer.Argument(metavar="list|add|answer", help="By default those that nobody answered are listed.")
    ] = Action.LIST,
    what: Annotated[
        str,
        typer.Argument(metavar="FILE|NUMBER", help="To add: the text as it was sent, - for stdin. To answer: which."),
    ] = "",
    *,
    says: Annotated[str, typer.Option("--says", help="The answer; with points, their reason in the report too.")] = "",
    points: Annotated[
        str, typer.Option("--points", help="What the check, row or whole gives now; without it they stay.")
    ] = "",
    everything: Annotated[bool, typer.Option("--all", help="List answered ones too.")] = False,
    as_json: JsonOption = False,
    by: ByOption = "",
    anyway: AnywayOption = False,
    out: OutFolder = RESULTS,
    gradebook_place: GradebookPlace = "",
    course: CourseFolder = None,
) -> None:
    """Keep what students ask about their grades, list what is open, and answer it, also with other points."""
    who = by or current_user()
    with gradebook(existing_database(gradebook_place, out), lambda _: None) as book:
        if action is Action.LIST:
            found = [one for one in book.requests.listed(what) if everything or one.is_open]
            _show(found, as_json=as_json)
            return
        place = course_at(course)
        if action is Action.ADD:
            new = keep_requests(_text(what), place, book, who)
            sys.stdout.write(f"{counted(len(new), 'request')} kept\n")
            return
        if not what.isdecimal():
            raise UsageError(f"the request is {what!r}, expected its number as `grade requests` lists it")
        request, before, after = answer_request(
            int(what), place, book, says=says, points=points, who=who, anyway=anyway
        )
    told = ""
    if points:
        now = "as graded or marked" if after is None else _points(after)
        told = f" ({_points(before)} before, {now} now)"
        again = next_command("regrade", request.assignment, out, gradebook_place, "--student", request.student)
        warn(f"to write the report anew: {again}")
    about = request.check or "the score"
    sys.stdout.write(f"to {request.student}, about {about} of {request.assignment}{told}:\n{says.strip()}\n")


def _text(what: str) -> str:
    if not what:
        raise UsageError("name the file with the text as it was sent, or - to type it")
    try:
        typed = sys.stdin.read().encode("utf-8", "surrogateescape") if what == STDIN else None
        return mail_text(Path(what).read_bytes() if typed is None else typed)
    except OSError as error:
        raise UsageError(f"{what} cannot be read: {error.strerror}") from None
    except UsageError as error:
        raise UsageError(f"{what} {error}") from None


def _show(found: list[Request], *, as_json: bool) -> None:
    if as_json:
        rows = [_document(one) for one in found]
        sys.stdout.write(json.dumps({"schema": SCHEMA, "requests": rows}, indent=2) + "\n")
        return
    console = table_console()
    if found:
        table = Table("number", "student", "assignment", "about", "when", "why", "answer", box=None, pad_edge=False)
        for one in found:
            changed = f" ({_points(one.before)} before, {_points(one.after)} now)" if one.after is not None else ""
            cells = (
                str(one.number), one.student, one.assignment, one.check or "score", f"{one.asked_at:%Y-%m-%d %H:%M}",
                one.text, f"{one.answer}{changed}" if not one.is_open else "open",
            )  # fmt: skip
            table.add_row(*(Text(one_line(cell)) for cell in cells))
        console.print(Guarded(table))
    console.print(counted(len(found), "request"))


def _points(points: Fraction | None) -> str:
    return "none" if points is None else points_text(points)


def _document(one: Request) -> dict[str, object]:
    return {
        "number": one.number,
        "student": one.student,
        "assignment": one.assignment,
        "check": one.check or None,
        "why": one.text,
        "asked_at": f"{one.asked_at:%Y-%m-%dT%H:%M:%SZ}",
        "answer": one.answer or None,
        "points_before": None if one.before is None else float(one.before),
        "points_after": None if one.after is None else float(one.after),
        "answered_by": one.answered_by or None,
        "answered_at": None if one.answered_at is None else f"{one.answered_at:%Y-%m-%dT%H:%M:%SZ}",
    }
