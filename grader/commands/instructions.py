"""`grade instructions`: what an assignment asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from grader.commands.arguments import CourseFolder, MaybeAssignmentName, course_at, show_in_browser, warn
from grader.course.discovery import is_worked_in
from grader.course.student_files import read_instructions
from grader.reporting.formulas import Document
from grader.reporting.html import template_environment
from grader.reporting.instructions import render_instructions
from grader.reporting.last_results import keep_page


def instructions(
    assignment: MaybeAssignmentName = "",
    open_page: Annotated[bool, typer.Option("--open", help="Show them in a browser instead.")] = False,
    course: CourseFolder = None,
) -> None:
    """Show what an assignment asks for, with its formulas."""
    place = course_at(course)
    loaded = place.load(assignment or place.name_at(Path.cwd()))
    found = read_instructions(loaded, place.folder / "student" / loaded.name)
    if not open_page:
        Console(highlight=False).print(Document(found.text))
        return
    page = render_instructions(loaded.assignment.title, found.text, found.images, template_environment())
    name = f"{loaded.name}-instructions.html"
    written = keep_page(place.folder, name, page, warn, is_worked_in=is_worked_in(place, Path.cwd()))
    if written is not None:
        warn(f"instructions: {written}")
        show_in_browser(written)
