"""`grade decisions`: list what people decided, by whom, when and why."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from grader.commands.arguments import CourseFolder, refuse_no_course, table_console
from grader.commands.class_options import RESULTS, GradebookPlace, JsonOption, OutFolder
from grader.gradebook.book import existing_database, gradebook
from grader.gradebook.records import GivenDecision
from grader.reporting.build_log import Guarded
from grader.wording.text import counted, one_line

ABOUT: Final = {"extension": "deadline", "excuse": "whether it counts"}
SCHEMA: Final = "grade/decisions/v1"


def decisions(
    assignment: Annotated[str, typer.Argument(metavar="ASSIGNMENT", help="By default all of the gradebook.")] = "",
    *,
    student: Annotated[str, typer.Option("--student", metavar="STUDENT", help="About this one alone.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also what a later decision has replaced.")] = False,
    out: OutFolder = RESULTS,
    gradebook_place: GradebookPlace = "",
    as_json: JsonOption = False,
    course: CourseFolder = None,
) -> None:
    """List the decisions that are in force: points by hand, more time and marks, each with who, when and why."""
    refuse_no_course(course)
    with gradebook(existing_database(gradebook_place, out), lambda _: None) as book:
        if student:
            book.runs.student(student)  # raises where there is none
        found = book.decisions.given(assignment)
    # One that took another back is no more to be seen than the other.
    found = [one for one in found if everything or (one.is_in_force and one.value)]
    found = [one for one in found if not student or one.student == student]
    if as_json:
        rows = [_document(one) for one in found]
        sys.stdout.write(json.dumps({"schema": SCHEMA, "decisions": rows}, indent=2) + "\n")
        return
    console = table_console()
    if found:
        table = Table("student", "assignment", "about", "value", "by", "when", "why", box=None, pad_edge=False)
        for one in found:
            table.add_row(*(Text(one_line(cell)) for cell in _cells(one)))
        console.print(Guarded(table))
    console.print(counted(len(found), "decision"))


def _cells(one: GivenDecision) -> tuple[str, ...]:
    about = one.what or ABOUT.get(one.kind, "score")
    value = one.value or "taken back"
    if not one.is_in_force:
        value += ", replaced"
    return one.student, one.assignment, about, value, one.who, f"{one.given_at:%Y-%m-%d %H:%M} UTC", one.why


def _document(one: GivenDecision) -> dict[str, str | bool | None]:
    return {
        "student": one.student,
        "assignment": one.assignment,
        "kind": one.kind,
        "about": one.what or None,
        "value": one.value or None,
        "by": one.who,
        "why": one.why,
        "given_at": f"{one.given_at:%Y-%m-%dT%H:%M:%SZ}",
        "in_force": one.is_in_force,
    }
