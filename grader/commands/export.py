"""`grade export`: write a result, or the grades of a class, in the form of another system."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from grader.commands.arguments import CourseFolder, ViewOption, course_at, warn
from grader.commands.class_options import RESULTS
from grader.errors import UsageError
from grader.exports import registry
from grader.exports.format import HUNDREDTHS, ExportContext, ExportError
from grader.exports.worksheets import Filled
from grader.model.result import Result
from grader.reporting.build_log import guarded_text
from grader.reporting.html import template_environment
from grader.reporting.last_results import read_result
from grader.results.visibility import View
from grader.wording.text import counted

MOST_NAMES: Final = 5  # in a sentence
COMMANDS_FORM: Final = "github"  # is written to be obeyed, and says in it nothing of a stranger's as it is
FORMS: Final = tuple(dict.fromkeys([*registry.single_names(), *registry.class_names()]))


def _known_form(name: str) -> str:
    if name not in FORMS:
        raise typer.BadParameter("\n".join([f"{name!r}, expected one of", *_described()]))
    return name


def _described() -> Iterator[str]:
    """Say of each format what it is and how its files are called."""
    for name in registry.single_names():
        form = registry.single_format(name)
        yield f"{name} (*{form.suffix}): {form.description}"
    for name in registry.class_names():
        table = registry.class_format(name)
        yield f"{name} (*{table.suffix}), of a class: {table.description}"


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
    column: Annotated[
        str, typer.Option("--column", help="For canvas: the worksheet's column, if it has not the assignment's title.")
    ] = "",
    course: CourseFolder = None,
) -> None:
    """Write a result, or the grades of a class, in the form that another system reads."""
    if Path(what).is_file() or what.endswith(".json"):
        if form not in registry.single_names():
            raise UsageError(f"{form} is for the grades of a class: name the assignment in place of {what}")
        text = _exported(read_result(Path(what)), form, view, scale)
        _put(text if out or form == COMMANDS_FORM else guarded_text(text), out)
        return
    if form not in registry.class_names():
        raise UsageError(f"{form} is for one result: name its file in place of {what}")
    _export_class(what, form, view, out, results, gradebook, worksheet, column, course)


def _exported(result: Result, form: str, view: View, scale: int) -> str:
    from grader.integrations.ci import moment  # noqa: PLC0415  # it brings what grades, which a class need not pay for

    now = moment(dt.datetime.now(dt.UTC))
    context = ExportContext(templates=template_environment, environ=os.environ, written_at=now, scale=scale)
    try:
        return registry.exported(result, form, view, context)
    except ExportError as error:
        raise UsageError(str(error)) from None


def _export_class(
    assignment: str,
    form: str,
    view: View,
    out: Path | None,
    results: Path,
    gradebook: str,
    worksheet: Path | None,
    column: str,
    course: Path | None,
) -> None:
    # What a class needs costs half a second to import, which a single result need not pay.
    from grader.batch.class_export import ClassExport, export_class  # noqa: PLC0415
    from grader.batch.options import ClassOptions  # noqa: PLC0415

    if worksheet is not None and registry.class_format(form).fill is None:
        with_one = [name for name in registry.class_names() if registry.class_format(name).fill is not None]
        raise UsageError(f"--worksheet is for {' and '.join(with_one)}: {form} writes a table of its own")
    if column and (form != "canvas" or worksheet is None):
        raise UsageError("--column is for --format canvas with a --worksheet: no other form has columns to choose from")
    options = ClassOptions(course=course_at(course), assignment=assignment, out=results, gradebook=gradebook)
    asked = ClassExport(form, view, worksheet, str(out or ""), column)
    filled = export_class(options, asked, lambda text: _put(text, out), warn)
    _tell(filled)


def _tell(filled: Filled) -> None:
    """Say on stderr whose grade was written and whose was not: a grade that is lost on the way is lost in silence."""
    warn(f"{counted(filled.filled, 'student')} with a score")
    if filled.absent:
        warn(f"not in the worksheet, so not written: {_some(filled.absent)}")
    if filled.refused:
        warn(f"in the worksheet and not clear whose, left as they were: {_some(filled.refused)}")
    if filled.left:
        warn(f"left as they were, {counted(len(filled.left), 'row')}: {_some(filled.left)}")
    for remark in filled.remarks:
        warn(remark)
    if filled.empty:
        warn(f"in the worksheet without a score here, left as they were: {_some(filled.empty)}")


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    separator = "; " if any("," in name for name in names[:MOST_NAMES]) else ", "  # Canvas puts last names first
    return f"{separator.join(names[:MOST_NAMES])}{more}"


def _put(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}") from None
