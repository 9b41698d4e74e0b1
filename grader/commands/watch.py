"""`grade watch`: grade on every save."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, RenderableType

from grader.commands.arguments import (
    CourseFolder,
    LinksOption,
    MaybeAssignmentName,
    SeedOption,
    course_at,
    show_in_browser,
    warn,
)
from grader.course.discovery import default_submission, is_worked_in, refuse_course_within
from grader.course.hints import hint_lines
from grader.desk.explained import explained
from grader.desk.watch import Watch
from grader.desk.watch_socket import Listener, socket_of
from grader.diagnosis.mistakes_file import read_mistakes
from grader.errors import MachineError, UsageError
from grader.judging.grading import Grader
from grader.reporting.formulas import formulas_on
from grader.reporting.html import render_html, template_environment
from grader.reporting.last_results import change_since_last, keep_result
from grader.reporting.places import Links, addresses_in
from grader.results.visibility import VisibleResult
from grader.submissions.result_places import refuse_brought_links


def watch(
    assignment: MaybeAssignmentName = "",
    submission: Annotated[
        Path | None, typer.Option("--submission", "-s", help="A folder or notebook; by default student/ASSIGNMENT.")
    ] = None,
    seed: SeedOption = None,
    no_isolation: Annotated[
        bool, typer.Option("--no-isolation", help="Run the code with all that you may do: for your own code only.")
    ] = False,
    links: LinksOption = Links.FILE,
    course: CourseFolder = None,
) -> None:
    """Grade whenever a file is saved, what was saved first; `grade run` is as fast meanwhile."""
    place = course_at(course)
    assignment = assignment or place.name_at(Path.cwd())
    loaded = place.load(assignment)
    path = submission or default_submission(place, assignment)
    refuse_course_within(place, assignment, path)
    if not path.is_dir() and path.suffix != ".ipynb":
        raise UsageError(f"{path} is no folder and no notebook, and nothing else is saved again and again")
    environment = template_environment()
    mistakes = {entry.name: entry for entry in read_mistakes(loaded)}

    def keep(seen: VisibleResult) -> Path | None:
        folder = path.resolve() if path.is_dir() else path.resolve().parent
        page = render_html(seen, environment, change_since_last(place.folder, seen), link=addresses_in(folder, links))
        beside = Path(f"{assignment}-report.html")
        refuse_brought_links(beside, (path,))  # the working folder may be the submission
        return keep_result(
            place.folder, seen, page, None, warn, beside=beside, is_worked_in=is_worked_in(place, Path.cwd())
        )

    def hint(check: str, result: VisibleResult) -> Iterator[str]:
        return hint_lines(loaded.assignment, check, result, formulas=formulas_on(console))

    def explain(mistake: str) -> RenderableType:
        return explained(mistakes[mistake])

    console = Console(highlight=False)
    with ExitStack() as stack:
        grader = stack.enter_context(Grader(loaded, seed=seed, isolated=not no_isolation))
        grader.judge.seeks_examples = True
        listener = None
        try:  # another seed, or without isolation: whoever runs `grade run` has not asked for that
            if seed is None and not no_isolation and sys.platform != "win32":
                listener = stack.enter_context(Listener(socket_of(place.folder, assignment)))
        except (MachineError, OSError) as error:
            warn(f"grade run does not find this watch: {error}")
        warn(f"watching {path}")
        watching = Watch(grader, path, console, keep=keep, open_page=show_in_browser, hint=hint, explain=explain)
        try:
            watching.run(listener)
        except KeyboardInterrupt:
            return
