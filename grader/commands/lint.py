"""`grade lint`: test the tests."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
import watchfiles
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from grader.commands.arguments import CourseFolder, course_at, warn
from grader.course.assignment import CourseAssignment
from grader.course.discovery import Course
from grader.course.samples import read_samples
from grader.course.student_files import present_files, student_files
from grader.course.validation import path_in_course
from grader.diagnosis.mistakes_file import misfits
from grader.errors import ExitCode, GradeError, UsageError
from grader.judging.grading import Grader
from grader.lint.accept import accepted, diff_of
from grader.lint.lint import SEEDS, Findings, stopping_faults
from grader.lint.lint import lint as lint_assignment
from grader.lint.mutation_score import MutationScore, mutation_score, read_arguments
from grader.subjects.recordings import Recordings
from grader.wording.text import counted


def lint(
    assignments: Annotated[list[str] | None, typer.Argument(metavar="[ASSIGNMENT]...", help="By default all.")] = None,
    mutations: Annotated[
        bool, typer.Option("--mutations", help="Also break the reference in hundreds of ways.")
    ] = False,
    draft: Annotated[
        bool, typer.Option("--draft", help="Mistakes, samples and the students' files may still be missing.")
    ] = False,
    accept: Annotated[
        bool,
        typer.Option(
            "--accept", help="Write down what mistakes fail and samples get, as a diff for you to look through."
        ),
    ] = False,
    runs: Annotated[int, typer.Option("--runs", min=1, help="How often correct samples are graded.")] = 20,
    watch: Annotated[
        bool, typer.Option("--watch", help="Lint one assignment again whenever one of its files is saved.")
    ] = False,
    course: CourseFolder = None,
) -> None:
    """Test the tests: that they catch every known mistake and cost correct code nothing."""
    place = course_at(course)
    problems = 0
    if watch:
        if accept or mutations or len(assignments or ()) != 1:
            raise UsageError(
                "--watch lints one assignment again and again, expected its name and no --accept or --mutations"
            )
        _watch(place, str((assignments or [""])[0]), runs, draft=draft)
        return
    for name in assignments or place.names():
        problems += (
            _accept(place, name, mutations=mutations)
            if accept
            else _print_findings(place, name, runs, mutations=mutations, draft=draft)
        )
    if problems:
        raise typer.Exit(ExitCode.NOT_ALL_PASSED)


def _accept(place: Course, name: str, *, mutations: bool) -> int:
    """Write what was found where it only has to be stated, and print how files changed; return what is left to mend."""
    loaded = place.load(name)
    console = Console(highlight=False)
    with Grader(loaded, recordings=Recordings()) as grader:
        left = [*stopping_faults(grader)]
        texts: dict[Path, str] = {}
        if not left:
            texts, left = accepted(grader, SEEDS, _mutated(grader).survivors if mutations else ())
    for path, text in texts.items():
        console.print(diff_of(path, text, path_in_course(path)), markup=False, soft_wrap=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for sentence in left:
        console.print(f"{name}: {sentence}", markup=False, soft_wrap=True)
    written = f"{len(texts)} files are written: look the changes through, then run `grade lint {name}`"
    console.print(f"{name}: {written if texts else 'nothing is to be written'}", soft_wrap=True)
    return len(left)


def _watch(place: Course, name: str, runs: int, *, draft: bool) -> None:
    """Lint an assignment, and again after each save below its folders, until somebody interrupts."""
    folder = place.folder / "reference" / name
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder, expected one with an assignment")
    try:
        _lint_once(place, name, runs, draft=draft)
        for _ in watchfiles.watch(folder, watch_filter=watchfiles.DefaultFilter(), raise_interrupt=True):
            _lint_once(place, name, runs, draft=draft)
    except KeyboardInterrupt:
        return


def _lint_once(place: Course, name: str, runs: int, *, draft: bool) -> None:
    """Lint an assignment as it is now, one line for each finding, and say where it cannot be read."""
    console = Console(highlight=False)
    try:
        loaded = _loaded(place, name, draft=draft)
        with Grader(loaded, recordings=Recordings()) as grader:
            present = present_files(place.folder / "student" / name)
            problems = lint_assignment(grader, student_files(loaded), present, runs, draft=draft).problems
    except GradeError as error:
        problems = str(error).splitlines()
    for problem in problems:
        console.print(f"{name}: {problem}", markup=False, soft_wrap=True)
    console.print(f"{name}: {counted(len(problems), 'problem')}" if problems else f"{name}: ok")
    warn(f"watching {path_in_course(place.folder / 'reference' / name)}")


def _loaded(place: Course, name: str, *, draft: bool) -> CourseAssignment:
    """Load an assignment; a draft without those mistakes and conventions that do not fit it any more."""
    loaded = place.load(name)
    return replace(loaded, left_out=frozenset(misfits(loaded))) if draft else loaded


def _print_findings(place: Course, name: str, runs: int, *, mutations: bool, draft: bool) -> int:
    """Lint one assignment and print what was found; return the number of problems."""
    loaded = _loaded(place, name, draft=draft)
    read_samples(loaded)  # what cannot be read is told before the minutes that the rest takes
    read_arguments(loaded)
    console = Console(highlight=False)
    with Grader(loaded, recordings=Recordings()) as grader:
        present = present_files(place.folder / "student" / name)
        findings = lint_assignment(grader, student_files(loaded), present, runs, draft=draft)
        score = _mutated(grader) if mutations and findings.is_complete else None
    for problem in () if findings.is_complete else findings.problems:
        console.print(f"{name}: {problem}", markup=False, soft_wrap=True)
    if not findings.is_complete:
        console.print(
            f"{name}: nothing else was looked at, since it would follow from this: mend that first", soft_wrap=True
        )
        return len(findings.problems)
    console.print(_margins_table(findings))
    mistakes, named = len(findings.named), sum(findings.named.values())
    console.print(
        f"{name}: {counted(len(loaded.assignment.checks), 'check')}, {counted(mistakes, 'mistake')}, "
        f"{named} of them named to who makes them"
    )
    for quoted in findings.quoted:
        console.print(f"{name}: {quoted}", markup=False)
    problems = list(findings.problems)
    if score is not None:
        problems += score.problems()
        console.print(
            f"{name}: {score.killed} of {score.total} mutants caught ({float(score.share):.1%}), "
            f"{score.argued} more compute the same and are argued"
        )
    for problem in problems:
        console.print(f"{name}: {problem}", markup=False, soft_wrap=True)
    console.print(f"{name}: {counted(len(problems), 'problem')}" if problems else f"{name}: ok")
    return len(problems)


def _mutated(grader: Grader) -> MutationScore:
    """Run the mutants under a progress bar on stderr."""
    columns = (TextColumn("mutants"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("mutants")
        return mutation_score(grader, lambda done, total: progress.update(task, completed=done, total=total))


def _margins_table(findings: Findings) -> Table:
    """Show how far each check's tolerance is from correct code and from mistakes."""
    table = Table("check", "correct code comes to", "the nearest mistake is at", box=None, pad_edge=False)
    for name, margin in findings.margins.items():
        nearest = "another form" if math.isinf(margin.smallest_mistake) else f"{margin.smallest_mistake:.2g} tolerances"
        table.add_row(name, f"{margin.largest_correct:.2g} tolerances", nearest)
    return table
