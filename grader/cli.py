"""The command `grade`: read the arguments, call the grading, say what happened. No arithmetic and no verdicts here."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from fractions import Fraction
from importlib import metadata
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from grader.catalog import Course, CourseError, NoCourseError, UnknownAssignmentError
from grader.commands import author
from grader.commands import batch as batch_commands
from grader.commands import platforms as platform_commands
from grader.commands import review as review_command
from grader.commands.arguments import AssignmentName, CourseFolder, SeedOption, UsageError, ViewOption, course_at
from grader.commands.export import export
from grader.commands.pack import pack
from grader.commands.platforms import read_result
from grader.commands.similar import similar
from grader.demo import INDEX, demonstrate
from grader.grading import Grader
from grader.model import Result, Status
from grader.platforms.platform import BROKEN, EXIT_CODES, NOT_ALL_PASSED, outcome_of
from grader.report import render_html, template_environment
from grader.results import as_text, to_json
from grader.sandbox.doctor import examine, required_missing
from grader.sandbox.endings import MachineError
from grader.submissions.read import SubmissionError
from grader.terminal import rendering
from grader.views import View, counted, one_line, points_text

USAGE: Final = 2
STUDENTS, CLASS, AUTHORS = "Your work", "The class", "Assignments"
OPERATORS, PLATFORMS = "The machine", "Other systems"
REPORTS: Final = Path(".grade") / "reports"

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="rich", pretty_exceptions_enable=False,
    help="Grade deep-learning assignments: your code runs in a sandbox, the tests outside it.",
    epilog="Start with [bold]grade list[/bold], then [bold]grade run ASSIGNMENT[/bold].",
)  # fmt: skip


def tell_version(asked: bool) -> None:  # noqa: FBT001  # typer calls it with the flag
    """Print the version and end, if that is what was asked for."""
    if asked:
        sys.stdout.write(f"grade {metadata.version('grader')}\n")
        raise typer.Exit


@app.callback()
def before_any_command(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=tell_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that belong to no command."""


def said(message: str) -> None:
    """Narrate on stderr, in plain text: it may quote a submission."""
    sys.stderr.write(f"{message}\n")


@app.command(rich_help_panel=STUDENTS)
def run(
    assignment: AssignmentName,
    submission: Annotated[
        Path | None,
        typer.Option("--submission", "-s", help="A folder, .zip or .tar.gz; by default student/ASSIGNMENT."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", "-o", help="Where to write the HTML report.", dir_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON instead of text.")] = False,
    keyword: Annotated[str, typer.Option("-k", help="Only checks whose test matches, as in pytest.")] = "",
    seed: SeedOption = None,
    no_isolation: Annotated[
        bool, typer.Option("--no-isolation", help="Run the code with all that you may do: for your own code only.")
    ] = False,
    view: ViewOption = View.STUDENT,
    course: CourseFolder = None,
) -> None:
    """Grade one submission and write its report."""
    place = course_at(course)
    loaded = place.load(assignment)
    path = submission or place.folder / "student" / assignment
    with Grader(loaded, seed=seed, keyword=keyword, isolated=not no_isolation) as grader:
        if not grader.judge.checks:
            raise UsageError(f"no check of {assignment} matches -k {keyword!r}")
        result = grader.grade(path)
        save_recordings(grader)
    document = to_json(result, view)
    html = render_html(result, view, template_environment())
    written = keep_reports(place, result, html, report)
    if as_json:
        sys.stdout.write(as_text(document))
    else:
        Console(highlight=False).print(rendering(result, view))
    if loaded.assignment.by_hand:
        more = sum((row.points for row in loaded.assignment.by_hand), Fraction(0))
        said(f"not in this score: {counted(more, 'point')} that a person marks")
    if written is not None:
        said(f"report: {written}")
    raise typer.Exit(EXIT_CODES[outcome_of(result)])


def save_recordings(grader: Grader) -> None:
    """Keep what the reference answered for the next run; a folder that cannot be written costs only time."""
    try:
        grader.judge.recordings.save()
    except OSError as error:
        said(f"recordings are not kept: {error}")


def keep_reports(place: Course, result: Result, html: str, report: Path | None) -> Path | None:
    """Write the HTML report, and the result that `grade hint` and `grade report` start from."""
    folder = place.folder / REPORTS
    page = report or folder / f"{result.assignment}.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(html, encoding="utf-8")
        (folder / f"{result.assignment}.json").write_text(as_text(to_json(result, View.INSTRUCTOR)), encoding="utf-8")
    except OSError as error:
        if report is not None:
            raise UsageError(f"the report cannot be written: {error}") from None
        said(f"no report is kept: {error}")
        return None
    return page


def last_result(place: Course, assignment: str) -> Result | None:
    """Read the result of the last run of an assignment, if there was one."""
    file = place.folder / REPORTS / f"{assignment}.json"
    return read_result(file) if file.is_file() else None


@app.command("list", rich_help_panel=STUDENTS)
def list_assignments(course: CourseFolder = None) -> None:
    """List the assignments of the course, with the last score of each."""
    place = course_at(course)
    table = Table("assignment", "title", "checks", "points", "last score", box=None, pad_edge=False)
    for name in place.names():
        assignment = place.load(name).assignment
        result = last_result(place, name)
        score = (
            "not graded yet" if result is None else f"{points_text(result.score)} of {points_text(result.max_score)}"
        )
        table.add_row(
            name, assignment.title, str(len(assignment.checks)), points_text(assignment.max_score), score
        )  # fmt: skip
    Console(highlight=False).print(table)


@app.command(rich_help_panel=STUDENTS)
def hint(
    assignment: AssignmentName,
    check: Annotated[str, typer.Argument(help="A check; by default the first that did not pass in the last run.")] = "",
    course: CourseFolder = None,
) -> None:
    """Show the hint of a check: a question, not the answer."""
    place = course_at(course)
    rubric = {row.name: row for row in place.load(assignment).assignment.checks}
    result = last_result(place, assignment)
    rows = {row.name: row for row in result.checks} if result is not None else {}
    if not check:
        open_rows = [row.name for row in rows.values() if row.status is not Status.PASSED]
        if not open_rows:
            raise UsageError(
                f"every check of {assignment} passed in the last run; name a check to see its hint" if rows
                else f"{assignment} was not graded yet: name a check, or start with `grade run {assignment}`"
            )  # fmt: skip
        check = open_rows[0]
    if check not in rubric:
        raise UsageError(f"{assignment} has no check {check!r}; its checks: {', '.join(rubric)}")
    console = Console(highlight=False)
    console.print(f"{check}: {rubric[check].says}", markup=False)
    console.print(f"hint: {rubric[check].hint}", markup=False)
    for mistake in rows[check].mistakes if check in rows else ():
        console.print(f"about {mistake.name}: {one_line(mistake.hint)}", markup=False)
        console.print(f"more: grade explain {assignment} {mistake.name}", markup=False)


@app.command(rich_help_panel=STUDENTS)
def report(
    result_file: Annotated[Path, typer.Argument(metavar="RESULT.json", help="From `grade run --json`.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write; by default beside it.")] = None,
    view: ViewOption = View.STUDENT,
) -> None:
    """Make the HTML report of a result again, for any reader."""
    result = read_result(result_file)
    page = out or result_file.with_suffix(".html")
    try:
        page.write_text(render_html(result, view, template_environment()), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the report cannot be written: {error}") from None
    sys.stdout.write(f"{page}\n")


@app.command(rich_help_panel=OPERATORS)
def record(assignment: AssignmentName, seed: SeedOption = None, course: CourseFolder = None) -> None:
    """Compute and keep what the reference and the known mistakes answer, so that grading does not have to."""
    loaded = course_at(course).load(assignment)
    with Grader(loaded, seed=seed) as grader:
        calls = grader.judge.rehearse()
        try:
            fresh = grader.judge.recordings.save()
        except OSError as error:
            raise UsageError(f"the recordings cannot be written: {error}") from None
        sys.stdout.write(
            f"{assignment}: {calls} cases rehearsed, {fresh} new recordings in {grader.judge.recordings.file}\n"
        )


@app.command(rich_help_panel=OPERATORS)
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print the layers as JSON.")] = False) -> None:
    """Try every layer of the sandbox and say what this machine has."""
    found = examine()
    missing = required_missing(found)
    if as_json:
        sys.stdout.write(json.dumps([asdict(layer) for layer in found], indent=2) + "\n")
    else:
        table = Table("layer", "", "what was seen", box=None, pad_edge=False)
        for layer in found:
            table.add_row(layer.name, "ok" if layer.in_force else "no", one_line(layer.detail))
        Console(highlight=False).print(table)
    if missing:
        said(f"this machine cannot grade: {', '.join(layer.name for layer in missing)} is not in force")
        raise typer.Exit(BROKEN)
    said("this machine can grade")


@app.command(rich_help_panel=OPERATORS)
def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the reports go.", file_okay=False)] = Path(
        "demo-report"
    ),
    course: CourseFolder = None,
) -> None:
    """Grade the bundled sample submissions, good, wrong and hostile, and compare with their stated scores."""
    console = Console(stderr=True)
    table, differing = demonstrate(course_at(course), out, template_environment(), console)
    Console(highlight=False).print(table)
    said(f"report: {out.resolve() / INDEX}")
    if differing:
        said(f"{differing} samples differ from what is stated")
        raise typer.Exit(BROKEN)


app.command("explain", rich_help_panel=STUDENTS)(author.explain)
app.command("pack", rich_help_panel=STUDENTS)(pack)
for command in (
    batch_commands.batch, batch_commands.regrade, batch_commands.diff, batch_commands.override, batch_commands.extend
):  # fmt: skip
    app.command(rich_help_panel=CLASS)(command)
app.command("review", rich_help_panel=CLASS)(review_command.review)
app.command("class", rich_help_panel=CLASS)(batch_commands.class_page)
app.command("similar", rich_help_panel=CLASS)(similar)
app.command("export", rich_help_panel=PLATFORMS)(export)
app.command("gradescope", rich_help_panel=PLATFORMS)(platform_commands.gradescope)
app.command("ci", rich_help_panel=PLATFORMS)(platform_commands.ci)
app.command("stubs", rich_help_panel=AUTHORS)(author.stubs)
app.command("handout", rich_help_panel=AUTHORS)(author.handout_command)
app.command("lint", rich_help_panel=AUTHORS)(author.lint_command)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn every error that has an owner into one sentence and its exit code."""
    move: dict[type[Exception], tuple[str, int]] = {
        UsageError: ("", USAGE), SubmissionError: ("", USAGE), UnknownAssignmentError: ("", USAGE),
        NoCourseError: ("", USAGE), CourseError: ("the course needs repair:\n", BROKEN),
        MachineError: ("this machine cannot grade: ", BROKEN),
    }  # fmt: skip
    try:
        yield
    except tuple(move) as error:
        prefix, code = move[type(error)]
        said("\n".join(one_line(line) for line in f"{prefix}{error}".splitlines()))
        raise SystemExit(code) from None
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # the reader of our output has gone: no traceback
        raise SystemExit(NOT_ALL_PASSED) from None


def main() -> NoReturn:
    """Run the command."""
    for stream in (sys.stdout, sys.stderr):  # a terminal without our signs shows others instead of a traceback
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    with refusals():
        app(prog_name="grade")
    raise SystemExit(0)


if __name__ == "__main__":
    main()
