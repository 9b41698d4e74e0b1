"""`grade decide`: keep the decisions of a file, after a look at what they would change."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from grader.batch.decision_file import Decision, DecisionDefaults, keep, read_decision_file
from grader.commands.arguments import CourseFolder, course_at, table_console, warn
from grader.commands.class_options import RESULTS, AnywayOption, ByOption, GradebookPlace, OutFolder
from grader.gradebook.book import current_user, existing_database, gradebook
from grader.intake.roster import RosterFile, read_roster
from grader.reporting.build_log import Guarded
from grader.wording.text import counted, one_line

UTC: Final = "UTC"  # of times in the roster, which no decision reads


def decide(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.csv",
            help="Columns student or section, assignment, check, points, extension or deadline, excuse, why, by.",
        ),
    ],
    *,
    keep_them: Annotated[bool, typer.Option("--keep", help="Keep them; by default they are only shown.")] = False,
    assignment: Annotated[str, typer.Option("--assignment", "-a", help="Where rows name none.")] = "",
    why: Annotated[str, typer.Option("--why", help="Where rows give no reason.")] = "",
    by: ByOption = "",
    roster: Annotated[Path | None, typer.Option("--roster", help="Who is in which section.")] = None,
    anyway: AnywayOption = False,
    out: OutFolder = RESULTS,
    gradebook_place: GradebookPlace = "",
    course: CourseFolder = None,
) -> None:
    """Show what the decisions of a file would change: points by hand, more time, deadlines of sections, excuses."""
    place = course_at(course)
    known = RosterFile() if roster is None else read_roster(roster, UTC)
    defaults = DecisionDefaults(assignment=assignment, who=by or current_user(), why=why, anyway=anyway)
    with gradebook(existing_database(gradebook_place, out), lambda _: None) as book:
        found = read_decision_file(file, place, book, known, defaults)
        kept = keep(found, book) if keep_them else 0
    table_console().print(Guarded(_table(found)))
    new = [one for one in found if one.is_new]
    if same := len(found) - len(new):
        warn(f"{counted(same, 'decision')} in force already")
    if keep_them:
        assignments = sorted({one.assignment for one in new})
        warn(f"{counted(kept, 'decision')} kept")
        for name in assignments:
            warn(f"to write the reports anew: {shlex.join(['grade', 'regrade', name])}")
    elif new:
        warn(f"{counted(len(new), 'decision')} not kept yet; to keep: {shlex.join(['grade', *sys.argv[1:], '--keep'])}")


def _table(found: list[Decision]) -> Table:
    table = Table("row", "student", "assignment", "about", "now", "then", "by", "why", box=None, pad_edge=False)
    for one in found:
        then = one.after if one.is_new else "as it is"
        cells = (str(one.row), one.student.identifier, one.assignment, one.about, one.before, then, one.who, one.why)
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    return table
