"""`grade collect`: show what would be understood of a class, before anything is graded."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from grader.commands.arguments import CourseFolder, course_at, table_console, warn
from grader.commands.class_options import GroupsOption, JsonOption
from grader.course.discovery import refuse_course_within
from grader.errors import ExitCode
from grader.intake.class_submissions import HandInOptions
from grader.intake.understood import UnderstoodClass, UnderstoodSubmission, assignment_of, understood
from grader.reporting.build_log import Guarded
from grader.results.codec import Json
from grader.wording.text import counted, one_line

SCHEMA: Final = "grade/collect/v1"


def collect(
    submissions: Annotated[
        list[Path],
        typer.Argument(metavar="FOLDER...", help="What `grade batch` takes: a folder, an export, archives, a roster."),
    ],
    *,
    assignment: Annotated[
        str, typer.Option("--assignment", "-a", help="Of which; by default told by the files that lie there.")
    ] = "",
    roster: Annotated[Path | None, typer.Option("--roster", help="A CSV with a row for each student.")] = None,
    groups: GroupsOption = None,
    as_json: JsonOption = False,
    course: CourseFolder = None,
) -> None:
    """Show who handed in what, when and why it cannot be read. Nothing is graded, run or kept."""
    place = course_at(course)
    name = assignment or assignment_of(place, [path for path in submissions if path.exists()])
    for path in submissions:
        refuse_course_within(place, name, path)
    found = understood(HandInOptions(paths=tuple(submissions), roster=roster, groups=groups), place.load(name))
    if as_json:
        sys.stdout.write(json.dumps(_document(found), indent=2) + "\n")
    else:
        console = table_console()
        console.print(Guarded(_table(found, console.width)))
    for sentence in found.ignored:
        warn(sentence)
    if found.absent:
        warn(f"on the roster and not here: {_some([student.identifier for student in found.absent])}")
    wrong = sum(bool(one.problem) for one in found.submissions)
    students = len({one.student.identifier for one in found.submissions})
    strangers = len({one.student.identifier for one in found.submissions if not one.student.on_roster})
    warn(
        f"{counted(len(found.submissions), 'submission')} of {counted(students, 'student')}, "
        f"{wrong or 'none'} with a problem"
        + (f", {strangers} not on the roster" if found.has_roster and strangers else "")
    )
    words = ["grade", "batch", name, *map(str, submissions), *(["--roster", str(roster)] if roster else [])]
    words += ["--groups", str(groups)] if groups else []
    warn(f"to grade them: {shlex.join(words)}")
    raise typer.Exit(ExitCode.NOT_ALL_PASSED if wrong else ExitCode.ALL_PASSED)


def _table(found: UnderstoodClass, width: int) -> Table:
    """Return who handed in what; a name as long as a line leaves room for what is said of it."""
    table = Table(box=None, pad_edge=False)
    for column in ("student", "name", "handed in"):
        table.add_column(column, no_wrap=True, overflow="ellipsis", max_width=width // 4)
    for column in ("attempt", "files", "what is wrong"):
        table.add_column(column)
    for one in sorted(found.submissions, key=lambda one: bool(one.problem)):  # what is wrong stands at the end, in view
        table.add_row(*map(Text, map(one_line, _cells(one, has_roster=found.has_roster))))
    return table


def _cells(one: UnderstoodSubmission, *, has_roster: bool) -> tuple[str, ...]:
    time = "" if one.submitted_at is None else f"{one.submitted_at:%Y-%m-%d %H:%M} UTC"
    attempt = "" if one.attempts == 1 else f"{one.attempt} of {one.attempts}{'' if one.counts else ', does not count'}"
    wrong = [one.problem] if one.problem else [f"without {', '.join(one.missing)}"] if one.missing else []
    wrong += one.unreadable
    wrong += ["not on the roster"] if has_roster and not one.student.on_roster else []
    late = "late" if one.is_late else ""
    return one.student.identifier, one.student.name, time or late, attempt, str(len(one.files)), "; ".join(wrong)


def _document(found: UnderstoodClass) -> dict[str, Json]:
    return {
        "schema": SCHEMA,
        "assignment": found.assignment,
        "submissions": [
            {
                "student": one.student.identifier,
                "name": one.student.name,
                "on_roster": one.student.on_roster,
                "source": one.source,
                "form": one.origin,
                "submitted_at": None if one.submitted_at is None else f"{one.submitted_at:%Y-%m-%dT%H:%M:%SZ}",
                "late": one.is_late,
                "attempt": one.attempt,
                "attempts": one.attempts,
                "counts": one.counts,
                "files": list(one.files),
                "missing": list(one.missing),
                "unreadable": list(one.unreadable),
                "problem": one.problem,
            }
            for one in found.submissions
        ],
        "absent": [student.identifier for student in found.absent],
        "ignored": list(found.ignored),
    }


def _some(names: list[str], most: int = 10) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{'; '.join(map(one_line, names[:most]))}{more}"
