"""`grade mistake`: name a wrong answer that several students gave, list those groups, or take a name back."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from grader.batch.answer_groups import forget_answer, groups_of, name_answer
from grader.batch.class_report import read_class
from grader.batch.options import ClassOptions
from grader.commands.arguments import CourseFolder, course_at, table_console
from grader.commands.class_options import RESULTS, ByOption, GradebookPlace, OutFolder, next_command
from grader.errors import UsageError
from grader.gradebook.book import current_user
from grader.reporting.build_log import Guarded
from grader.wording.text import counted, one_line

MOST_NAMES: Final = 5


class Action(StrEnum):
    """What is done."""

    LIST = "list"
    ADD = "add"
    REMOVE = "remove"


def mistake(
    action: Annotated[Action, typer.Argument(metavar="list|add|remove", help="What to do.")],
    group: Annotated[
        str,
        typer.Argument(
            metavar="GROUP", help="As the class page and `list` call it; an assignment to list, or one and a name."
        ),
    ],
    *,
    says: Annotated[
        str, typer.Option("--says", help="What these students did, in words that follow `the mistake:`.")
    ] = "",
    hint: Annotated[str, typer.Option("--hint", help="A question that leads on.")] = "",
    by: ByOption = "",
    out: OutFolder = RESULTS,
    gradebook: GradebookPlace = "",
    course: CourseFolder = None,
) -> None:
    """Name once a wrong answer that several students gave; everybody who gave it is told, and nothing runs again."""
    name, _, rest = group.partition("/")
    options = ClassOptions(course=course_at(course), assignment=name, out=out, gradebook=gradebook)
    assignment = options.course.load(name)
    if action is Action.REMOVE:
        forget_answer(assignment, rest.rpartition("/")[2] if rest else "")
        told = f"taken back; the reports follow: {next_command('regrade', name, out, gradebook)}"
        sys.stdout.write(f"{told}\n")
        return
    groups = groups_of(assignment, read_class(options).students)
    if action is Action.LIST:
        table = Table("group", "students", "who", box=None, pad_edge=False)
        for one in groups:
            more = len(one.students) - MOST_NAMES
            who = ", ".join(one.students[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
            table.add_row(one.code, str(len(one.students)), Text(one_line(who)))
        console = table_console()
        if groups:
            console.print(Guarded(table))
        console.print(counted(len(groups), "group"))
        return
    if not says.strip() or not hint.strip():
        raise UsageError("--says and --hint are what students are told: give both")
    found, named = name_answer(assignment, groups, group, says=says.strip(), hint=hint.strip(), by=by or current_user())
    sys.stdout.write(
        f"{counted(len(found.students), 'student')} made {named.name}, as will be told from now on; "
        f"the reports follow, nothing runs: {next_command('regrade', name, out, gradebook)}\n"
    )
