"""`grade explain`: teach a known mistake."""

from __future__ import annotations

import difflib
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from grader.commands.arguments import AssignmentName, CourseFolder, course_at, mistake_names
from grader.desk.explained import explained
from grader.diagnosis.mistakes_file import read_mistakes
from grader.errors import UsageError
from grader.reporting.formulas import Sentence


def explain(
    assignment: AssignmentName,
    mistake: Annotated[
        str,
        typer.Argument(
            help="A mistake's name, as a report gives it; without it all are listed.", autocompletion=mistake_names
        ),
    ] = "",
    course: CourseFolder = None,
) -> None:
    """Teach a known mistake, with a small example."""
    mistakes = {entry.name: entry for entry in read_mistakes(course_at(course).load(assignment))}
    console = Console(highlight=False)
    if not mistake:
        table = Table("mistake", "what happens", box=None, pad_edge=False)
        for entry in mistakes.values():
            table.add_row(entry.name, Sentence(entry.says))
        console.print(table)
        return
    if mistake not in mistakes:
        near = difflib.get_close_matches(mistake, mistakes)
        offer = f"did you mean {' or '.join(near)}?" if near else f"`grade explain {assignment}` lists them"
        raise UsageError(f"{assignment} has no mistake {mistake!r}; {offer}")
    console.print(explained(mistakes[mistake]))
