"""`grade report`: the HTML report of a result, again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from grader.commands.arguments import ViewOption
from grader.errors import UsageError
from grader.reporting.html import render_html, template_environment
from grader.reporting.last_results import read_result
from grader.results.visibility import View, visible_to


def report(
    result_file: Annotated[Path, typer.Argument(metavar="RESULT.json", help="From `grade run --json`.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write; by default beside it.")] = None,
    view: ViewOption = View.STUDENT,
) -> None:
    """Make the HTML report of a result again, for any reader."""
    result = read_result(result_file)
    page = out or result_file.with_suffix(".html")
    try:
        page.write_text(render_html(visible_to(result, view), template_environment()), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the report cannot be written: {error}") from None
    sys.stdout.write(f"{page}\n")
