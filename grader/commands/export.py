"""The command that writes what was graded in the form of another system: one result, or the grades of a class."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from grader.commands.arguments import RESULTS, CourseFolder, ViewOption, course_at, read_result, warn
from grader.commands.platforms import Format, exported
from grader.errors import UsageError
from grader.exports.classroom50 import HUNDREDTHS
from grader.exports.worksheets import Filled
from grader.views import View, counted

MOST_NAMES: Final = 5  # in a sentence


class ClassFormat(StrEnum):
    """A form in which the grades of a class can be written."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    GRADESCOPE = "gradescope"
    NBGRADER = "nbgrader"
    CSV = "csv"
    JSONL = "jsonl"


FORMS: Final = tuple(dict.fromkeys([*map(str, Format), *map(str, ClassFormat)]))


def _known_form(name: str) -> str:
    if name not in FORMS:
        raise typer.BadParameter(f"{name!r}, expected {', '.join(FORMS)}")
    return name


def export(
    what: Annotated[
        str,
        typer.Argument(metavar="RESULT.json|ASSIGNMENT", help="A result, or what a class handed in."),
    ],
    form: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", callback=_known_form, help=f"One of {', '.join(FORMS)}.")
    ],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write; by default to stdout.")] = None,
    view: ViewOption = View.STUDENT,
    scale: Annotated[
        int, typer.Option("--scale", min=1, help="For classroom50: how many of its whole numbers make a point.")
    ] = HUNDREDTHS,
    results: Annotated[Path, typer.Option("--results", help="Of a class: where `grade batch` wrote to.")] = RESULTS,
    gradebook: Annotated[
        str, typer.Option("--gradebook", help="Of a class: a file or postgresql://…; by default in the results.")
    ] = "",
    worksheet: Annotated[
        Path | None, typer.Option("--worksheet", help="For canvas and moodle: the file that they gave out, to fill in.")
    ] = None,
    course: CourseFolder = None,
) -> None:
    """Write a result, or the grades of a class, in the form that another system reads."""
    if Path(what).is_file() or what.endswith(".json"):
        if form not in set(Format):
            raise UsageError(f"{form} is for the grades of a class: name the assignment in place of {what}")
        _put(exported(read_result(Path(what)), Format(form), view, scale, os.environ), out)
        return
    if form not in set(ClassFormat):
        raise UsageError(f"{form} is for one result: name its file in place of {what}")
    _export_class(what, ClassFormat(form), view, out, results, gradebook, worksheet, course)


def _export_class(
    assignment: str,
    form: ClassFormat,
    view: View,
    out: Path | None,
    results: Path,
    gradebook: str,
    worksheet: Path | None,
    course: Path | None,
) -> None:
    # What a class needs costs half a second to import, which a single result need not pay.
    from grader.batch.class_export import ClassExport, export_class  # noqa: PLC0415
    from grader.batch.command import Options  # noqa: PLC0415

    if worksheet is not None and form not in {ClassFormat.CANVAS, ClassFormat.MOODLE}:
        raise UsageError(f"--worksheet is for canvas and moodle: {form} writes a table of its own")
    options = Options(course_at(course), assignment, results, gradebook)
    asked = ClassExport(form, view, worksheet, str(out or ""))
    filled = export_class(options, asked, lambda text: _put(text, out), warn)
    _tell(filled)


def _tell(filled: Filled) -> None:
    """Say on stderr whose grade was written and whose was not: a grade that is lost on the way is lost in silence."""
    warn(f"{counted(filled.filled, 'student')} with a score")
    if filled.absent:
        warn(f"not in the worksheet, so not written: {_some(filled.absent)}")
    if filled.empty:
        warn(f"in the worksheet without a score here, left as they were: {_some(filled.empty)}")


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(names[:MOST_NAMES])}{more}"


def _put(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}") from None
