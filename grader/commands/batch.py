"""`grade batch`: grade a class."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.prompt import IntPrompt

from grader.batch.grade_class import run_batch
from grader.batch.last_call import last_call
from grader.batch.options import ClassOptions
from grader.batch.output_folder import OutputFolder
from grader.commands.arguments import (
    AssignmentName,
    ConsentOption,
    CourseFolder,
    SeedOption,
    ViewOption,
    course_at,
    warn,
)
from grader.commands.class_options import (
    RESULTS,
    AgainOption,
    ClusterOption,
    ExamplesOption,
    GradebookPlace,
    GroupsOption,
    JobsOption,
    JsonOption,
    MemoryOption,
    OutFolder,
    next_command,
)
from grader.commands.class_outcome import exit_after
from grader.course.discovery import refuse_course_within
from grader.errors import RepeatedVoidError, UsageError
from grader.intake.class_submissions import HandInOptions
from grader.intake.selection import DuplicatePolicy, Group
from grader.results.visibility import View
from grader.submissions.result_places import refuse_brought_links, refuse_place_within
from grader.wording.text import one_line


def batch(
    assignment: AssignmentName,
    submissions: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="SUBMISSIONS...",
            help="Folders, archives, notebooks, exports of Canvas, Moodle or Gradescope, or a roster that names them.",
        ),
    ] = None,
    *,
    out: OutFolder = RESULTS,
    roster: Annotated[Path | None, typer.Option("--roster", help="A CSV with a row for each student.")] = None,
    groups: GroupsOption = None,
    submitted_at: Annotated[
        list[str] | None,
        typer.Option("--submitted-at", metavar="[STUDENT=]TIME", help="When submissions came that do not say so."),
    ] = None,
    several: Annotated[
        str, typer.Option("--several", help="Which of several submissions counts: latest, best or ask.")
    ] = "latest",
    gradebook: GradebookPlace = "",
    jobs: JobsOption = None,
    memory: MemoryOption = None,
    cluster: ClusterOption = "",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with what the last batch of the assignment was told.")
    ] = False,
    again: AgainOption = False,
    examples: ExamplesOption = False,
    seed: SeedOption = None,
    view: ViewOption = View.STUDENT,
    no_isolation: ConsentOption = None,
    as_json: JsonOption = False,
    course: CourseFolder = None,
) -> None:
    """Grade a class. Run it again to go on where it stopped: what is unchanged is not graded again."""
    if several not in set(DuplicatePolicy):
        raise UsageError(f"--several is {several!r}, expected {', '.join(DuplicatePolicy)}")
    place = course_at(course)
    if resume:
        if submissions or roster is not None or groups is not None or submitted_at or seed is not None:
            raise UsageError("--resume goes on with what the last batch was told: name nothing of that again")
        call = last_call(OutputFolder(out.absolute(), assignment))
        submissions, submitted_at, several = [*map(Path, call.submissions)], list(call.submitted_at), call.several
        roster, groups = (Path(place) if place else None for place in (call.roster, call.groups))
        seed, view, examples = call.seed, View(call.view), examples or call.examples
    if not submissions:
        raise UsageError(f"name what was handed in: grade batch {assignment} SUBMISSIONS")
    for path in submissions:
        refuse_course_within(place, assignment, path)
    refuse_brought_links(out, submissions)
    if len(submissions) > 1:  # one alone may be a class in a folder, where results may stand beside
        refuse_place_within(out, submissions)
    options = ClassOptions(
        course=place, assignment=assignment, out=out, gradebook=gradebook, jobs=jobs, memory_mb=memory,
        seed=seed, view=view, again=again, cluster=cluster, consent=no_isolation, examples=examples,
    )  # fmt: skip
    ask = _ask if several == DuplicatePolicy.ASK and sys.stdin.isatty() and sys.stderr.isatty() else None
    handed_in = HandInOptions(
        paths=tuple(submissions), roster=roster, submitted_at=tuple(submitted_at or ()),
        several=DuplicatePolicy(several), ask=ask, groups=groups,
    )  # fmt: skip
    try:
        ended = run_batch(options, handed_in, warn)
    except RepeatedVoidError as error:
        error.go_on = next_command("batch", assignment, out, gradebook, "--resume")
        raise
    exit_after(ended, options, as_json=as_json)


def _ask(group: Group) -> int | None:
    """Ask at the keyboard which of several submissions counts."""
    console = Console(stderr=True, highlight=False)
    console.print(f"{one_line(group.student.identifier)} has {len(group.items)} submissions:", markup=False)
    for number, item in enumerate(group.items, start=1):
        time = "at an unknown time" if item.submitted_at is None else f"{item.submitted_at:%Y-%m-%d %H:%M} UTC"
        console.print(f"  {number}  {one_line(item.source)}, {time}", markup=False)
    choices = [str(number) for number in range(len(group.items) + 1)]
    chosen = IntPrompt.ask("which counts (0: decide later)", choices=choices, default=0, console=console)
    return chosen - 1 if chosen else None
