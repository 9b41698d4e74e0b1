"""`grade batch`, `regrade`, `diff`, `override` and `extend`: read the arguments, say what happened."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.prompt import IntPrompt
from rich.table import Table
from rich.text import Text

from grader.batch.command import (
    Ended,
    HandInOptions,
    Options,
    compare_runs,
    existing_database,
    give_extension,
    give_override,
    run_batch,
    run_class,
    run_regrade,
)
from grader.batch.output_folder import REPORTS, OutputFolder
from grader.batch.summary import document, is_broken, is_whole, rendering
from grader.commands.arguments import (
    RESULTS,
    AssignmentName,
    ConsentOption,
    CourseFolder,
    SeedOption,
    ViewOption,
    course_at,
    warn,
)
from grader.errors import ExitCode, UsageError
from grader.gradebook.records import RunState
from grader.gradebook.run_diff import as_json as changes_json
from grader.intake.selection import DuplicatePolicy, Group
from grader.views import one_line
from grader.visibility import View

ALL_DONE: Final = 0
NOT_ALL_DONE: Final = 1
MOST_CHANGES: Final = 100

OutFolder = Annotated[
    Path, typer.Option("--out", "-o", help="The folder of results: reports, results and gradebook.", file_okay=False)
]
GradebookPlace = Annotated[
    str,
    typer.Option("--gradebook", help="A path, or postgresql://user@host/name; by default gradebook.sqlite in --out."),
]
JobsOption = Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="Processes; by default one for each core.")]
MemoryOption = Annotated[
    int | None, typer.Option("--memory", min=256, metavar="MIB", help="What all processes may take together.")
]
ClusterOption = Annotated[
    str, typer.Option("--cluster", metavar="ADDRESS", help="Grade on the workers of a Dask scheduler: tcp://host:8786.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
StudentName = Annotated[str, typer.Argument(metavar="STUDENT", help="As the gradebook identifies them.")]
WhyOption = Annotated[str, typer.Option("--why", help="The reason; it stays in the gradebook.")]


def _refuse_both(cluster: str, jobs: int | None, memory: int | None) -> None:
    if cluster and (jobs is not None or memory is not None):
        raise UsageError("--jobs and --memory are about this machine: with --cluster the workers' own limits hold")


def _command() -> str:
    """Give the command as it was typed."""
    return shlex.join(["grade", *sys.argv[1:]])


def batch(
    assignment: AssignmentName,
    submissions: Annotated[
        list[Path],
        typer.Argument(
            metavar="SUBMISSIONS...",
            help="Folders, archives, notebooks, exports of Canvas, Moodle or Gradescope, or a roster that names them.",
        ),
    ],
    *,
    out: OutFolder = RESULTS,
    roster: Annotated[Path | None, typer.Option("--roster", help="A CSV with a row for each student.")] = None,
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
    again: Annotated[bool, typer.Option("--again", help="Grade also what is unchanged.")] = False,
    seed: SeedOption = None,
    view: ViewOption = View.STUDENT,
    no_isolation: ConsentOption = None,
    as_json: JsonOption = False,
    course: CourseFolder = None,
) -> None:
    """Grade a class. Run it again to go on where it stopped: what is unchanged is not graded again."""
    if several not in set(DuplicatePolicy):
        raise UsageError(f"--several is {several!r}, expected {', '.join(DuplicatePolicy)}")
    _refuse_both(cluster, jobs, memory)
    options = Options(
        course_at(course), assignment, out, gradebook, jobs, memory, seed, view, again, cluster, no_isolation
    )  # fmt: skip
    ask = _ask if several == DuplicatePolicy.ASK and sys.stdin.isatty() and sys.stderr.isatty() else None
    handed = HandInOptions(tuple(submissions), roster, tuple(submitted_at or ()), DuplicatePolicy(several), ask)
    ended = run_batch(options, handed, warn)
    _tell(ended, options, as_json=as_json)


def regrade(
    assignment: AssignmentName,
    *,
    out: OutFolder = RESULTS,
    student: Annotated[
        list[str] | None, typer.Option("--student", metavar="STUDENT", help="Only this one; may be repeated.")
    ] = None,
    gradebook: GradebookPlace = "",
    jobs: JobsOption = None,
    memory: MemoryOption = None,
    cluster: ClusterOption = "",
    again: Annotated[bool, typer.Option("--again", help="Grade also what is unchanged.")] = False,
    seed: SeedOption = None,
    view: ViewOption = View.STUDENT,
    no_isolation: ConsentOption = None,
    as_json: JsonOption = False,
    course: CourseFolder = None,
) -> None:
    """Grade again what the gradebook holds, as far as checks, reference, rubric or versions have changed."""
    _refuse_both(cluster, jobs, memory)
    options = Options(
        course_at(course), assignment, out, gradebook, jobs, memory, seed, view, again, cluster, no_isolation
    )  # fmt: skip
    ended = run_regrade(options, student or (), warn)
    _tell(ended, options, as_json=as_json)


def class_page(
    assignment: AssignmentName, *, out: OutFolder = RESULTS, gradebook: GradebookPlace = "", course: CourseFolder = None
) -> None:
    """Write the page of the class anew: who earned what, and what went wrong most. `grade batch` ends with it."""
    page = run_class(Options(course_at(course), assignment, out, gradebook), warn)
    sys.stdout.write(f"{page}\n")


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The number of a run; by default the last but one.")] = "",
    new: Annotated[str, typer.Argument(metavar="NEW", help="The number of a run; by default the last.")] = "",
    *,
    assignment: Annotated[str, typer.Option("--assignment", help="Of which the last runs are compared.")] = "",
    out: OutFolder = RESULTS,
    gradebook: GradebookPlace = "",
    as_json: JsonOption = False,
) -> None:
    """Say per student and check what changed between two runs, and why. Exits 1 where something did."""
    before, after, comparison = compare_runs(gradebook, out, old, new, assignment)
    if as_json:
        sys.stdout.write(json.dumps(changes_json(before, after, comparison), indent=2) + "\n")
        raise typer.Exit(NOT_ALL_DONE if comparison.changes else ALL_DONE)
    console = Console(highlight=False)
    if comparison.changes:
        table = Table("student", "check", "was", "is", "because of", box=None, pad_edge=False)
        for change in comparison.changes[:MOST_CHANGES]:
            row = (change.student, change.check or "score", change.was, change.now, ", ".join(change.causes))
            table.add_row(*(Text(one_line(cell)) for cell in row))
        console.print(table)
        if len(comparison.changes) > MOST_CHANGES:
            console.print(f"and {len(comparison.changes) - MOST_CHANGES} more: --json lists all")
        console.print()
    for line in comparison.told(before, after):
        console.print(line, markup=False)
    raise typer.Exit(NOT_ALL_DONE if comparison.changes else ALL_DONE)


def override(
    assignment: AssignmentName,
    student: StudentName,
    points: Annotated[str, typer.Argument(metavar="POINTS", help="Or `none`, to take an override back.")],
    why: WhyOption,
    check: Annotated[str, typer.Option("--check", help="Of one check; by default the whole score.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who decides; by default you.")] = "",
    out: OutFolder = RESULTS,
    gradebook: GradebookPlace = "",
    course: CourseFolder = None,
) -> None:
    """Set the points of a student by hand. It survives every regrade; `grade regrade` writes the report anew."""
    loaded = course_at(course).load(assignment)
    give_override(loaded, database_of(gradebook, out), (student, check, points), by, why)
    warn(f"kept; to write the report anew: {next_command('regrade', assignment, out, gradebook, '--student', student)}")


def extend(
    assignment: AssignmentName,
    student: StudentName,
    length: Annotated[
        str, typer.Argument(metavar="LENGTH", help="2 d, 36 h, 2024-04-20T12:00, or `none` to take it back.")
    ],
    why: WhyOption,
    by: Annotated[str, typer.Option("--by", help="Who decides; by default you.")] = "",
    out: OutFolder = RESULTS,
    gradebook: GradebookPlace = "",
    course: CourseFolder = None,
) -> None:
    """Give a student more time. Lateness is counted anew with the next run."""
    course_at(course).load(assignment)
    give_extension(database_of(gradebook, out), assignment, student, length, by, why)
    warn(f"kept; to count it: {next_command('regrade', assignment, out, gradebook, '--student', student)}")


def database_of(gradebook: str, out: Path) -> str:
    """Say where an existing gradebook is."""
    return existing_database(gradebook, out)


def _tell(ended: Ended, options: Options, *, as_json: bool) -> None:
    """Print what a run found and the next command; end with its exit code."""
    stopped = ended.state is RunState.STOPPED
    if as_json:
        places = {"assignment": options.assignment, "out": str(options.out), "gradebook": ended.gradebook}
        sys.stdout.write(json.dumps(document(ended.statistics, ended.run, ended.state.value, places), indent=2) + "\n")
    else:
        Console(highlight=False).print(rendering(ended.statistics, ended.checks))
    written = OutputFolder(options.out, options.assignment)
    warn(f"class: {written.class_page}, reports: {written.folder / REPORTS}{os.sep}")
    warn(f"gradebook: {ended.gradebook}, run {ended.run}")
    if stopped:
        left = ended.statistics.total - ended.statistics.done
        warn(f"stopped with {left} of {ended.statistics.total} left; what is done is kept; go on with: {_command()}")
    elif ended.previous is not None:
        warn(
            f"what changed since run {ended.previous}: "
            f"{next_command('diff', str(ended.previous), options.out, options.gradebook, str(ended.run))}"
        )
    else:
        warn(f"after a change of checks: {next_command('regrade', options.assignment, options.out, options.gradebook)}")
    if is_broken(ended.statistics):
        raise typer.Exit(ExitCode.BROKEN)
    raise typer.Exit(NOT_ALL_DONE if stopped or not is_whole(ended.statistics) else ALL_DONE)


def next_command(command: str, first: str, out: Path, gradebook: str, *more: str) -> str:
    """Say what to type next about the same results."""
    words = ["grade", command, first, *more]
    words += ["--out", str(out)] if out != RESULTS else []
    words += ["--gradebook", gradebook] if gradebook else []
    return shlex.join(words)


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
