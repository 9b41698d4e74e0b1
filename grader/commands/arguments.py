"""What several commands share: arguments, how they find the course, how they tell."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from grader.course.assignment import CourseAssignment
from grader.course.discovery import COURSE_VARIABLE, Course, find_course
from grader.course.variants import variant_of
from grader.errors import GradeError, NoCourseError, UsageError
from grader.model.observation import CONSENT
from grader.model.variant import Variant
from grader.reporting.build_log import guarded_text
from grader.reporting.places import Links
from grader.results.visibility import View
from grader.wording.text import one_line

COLUMNS: Final = "COLUMNS"  # by which shells and people say how wide a screen is
PIPED_WIDTH: Final = 10_000


def assignment_names(incomplete: str) -> list[str]:
    """Complete an assignment's name in the shell."""
    try:
        return [name for name in find_course(Path.cwd()).names() if name.startswith(incomplete)]
    except NoCourseError:
        return []


AssignmentName = Annotated[
    str, typer.Argument(metavar="ASSIGNMENT", help="As `grade list` names it.", autocompletion=assignment_names)
]


def check_names(context: typer.Context, incomplete: str) -> list[str]:
    """Complete a check's name in the shell, the last of several with commas, of the assignment that is named before."""
    before, comma, last = incomplete.rpartition(",")
    try:
        checks = _assignment_of(context).assignment.checks
    except GradeError:
        return []
    return [f"{before}{comma}{check.name}" for check in checks if check.name.startswith(last)]


def mistake_names(context: typer.Context, incomplete: str) -> list[str]:
    """Complete a mistake's name in the shell, of the assignment that is named before it."""
    from grader.diagnosis.mistakes_file import read_mistakes  # noqa: PLC0415  # one command alone asks for it

    try:
        mistakes = read_mistakes(_assignment_of(context))
    except GradeError:
        return []
    return [mistake.name for mistake in mistakes if mistake.name.startswith(incomplete)]


def _assignment_of(context: typer.Context) -> CourseAssignment:
    """Return the assignment that stands on a command line which is not complete yet, else the one one works in.

    After an option without its value the parser leaves the arguments where they are.
    """
    place = find_course(Path.cwd())
    names = place.names()
    named = context.params.get("assignment") or next((word for word in context.args if word in names), "")
    return place.load(named or place.name_at(Path.cwd()))


CheckName = Annotated[
    str, typer.Argument(metavar="CHECK", help="As a report names it.", autocompletion=check_names, show_default=False)
]
MaybeAssignmentName = Annotated[
    str,
    typer.Argument(
        metavar="[ASSIGNMENT]",
        help="As `grade list` names it; by default the one in whose folder you are.",
        show_default=False,
        autocompletion=assignment_names,
    ),
]
CourseFolder = Annotated[
    Path | None, typer.Option("--course", help="The course folder; by default the nearest one above where you are.")
]
SeedOption = Annotated[
    int | None, typer.Option("--seed", min=0, help="Draw the hidden cases from this seed; replays one run exactly.")
]
StudentOption = Annotated[
    str,
    typer.Option("--student", metavar="ID", help="Take the variant of this student, by the roster's identifier."),
]
ConsentOption = Annotated[
    str | None,
    typer.Option(
        "--no-isolation",
        metavar="WORDS",
        help=f'Run submissions with all that you may do, if WORDS are "{CONSENT}".',
    ),
]
LinksOption = Annotated[
    Links,
    typer.Option("--links", envvar="GRADE_LINKS", help="What a click on a line of yours opens: the file, or VS Code."),
]
ViewOption = Annotated[View, typer.Option("--view", help="Whose eyes the report is for.")]


def course_at(folder: Path | None) -> Course:
    """Find the course that the caller means."""
    if folder is None:
        return find_course(Path.cwd())
    if not any(folder.glob("reference/*/assignment.toml")):
        raise UsageError(f"{folder} is no course: it has no reference/<assignment>/assignment.toml")
    return Course(folder.resolve())


def refuse_no_course(folder: Path | None) -> None:
    """Refuse a folder that is named as the course and is none, in a command that reads results alone.

    Raises:
        UsageError: it is none.
    """
    if folder is not None:
        course_at(folder)


def named_course(folder: Path | None) -> Course:
    """Find the course that the caller or $GRADE_COURSE names: what lies where a job runs may be the submission's own.

    Raises:
        UsageError: neither names one.
    """
    if folder is None and not os.environ.get(COURSE_VARIABLE):
        raise UsageError(
            f"no course is named: name its folder with --course or {COURSE_VARIABLE}, since what lies where a job runs "
            "may be the submission's own"
        )
    return course_at(folder)


def as_variant_of(course: CourseAssignment, student: str) -> CourseAssignment:
    """Return an assignment as a student has it.

    Raises:
        UsageError: it has no variants, or it is a hand-out, which has one.
    """
    if student and course.variant is None:
        raise UsageError(f"{course.name} has no variants: leave out --student")
    if student and not course.has_reference:
        raise UsageError(f"this hand-out of {course.name} is of one variant: leave out --student")
    return variant_of(course, student) if student else course


def told_variant(variant: Variant) -> str:
    """Return whose variant it is, in words."""
    return f"the variant of {variant.student}" if variant.student else "the first variant: --student ID takes another"


def warn(sentence: str) -> None:
    """Narrate on stderr, in plain text: it may quote a submission."""
    sys.stderr.write(f"{guarded_text(one_line(sentence))}\n")


def table_console() -> Console:
    """Return where to print a table of the class: in a file or a pipe its cells are not cut to a screen's width."""
    is_screen = sys.stdout.isatty() or COLUMNS in os.environ
    return Console(highlight=False, width=None if is_screen else PIPED_WIDTH)


def show_in_browser(page: Path | None) -> None:
    """Open a report; say so where there is no report, or no browser."""
    if page is not None and not webbrowser.open(page.resolve().as_uri()):
        warn(f"there is no browser here to open it with: open {page} in one")
