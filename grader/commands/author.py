"""The commands of an assignment's author: make the stubs, test the tests, teach a mistake."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markdown import Markdown
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from grader.commands.arguments import AssignmentName, CourseFolder, course_at
from grader.course.assignment import CourseAssignment
from grader.course.discovery import TEXTS_BESIDE_CODE, Course
from grader.course.handout import hand_out
from grader.course.stubs import attached_stubs, handout
from grader.diagnosis.known_mistakes import read_mistakes
from grader.errors import UsageError
from grader.judging.grading import RECORDINGS, Grader
from grader.lint.lint import Findings, lint
from grader.lint.mutation_score import MutationScore, mutation_score
from grader.rules import registry
from grader.subjects.recordings import Recordings

INSTRUCTIONS = "instructions.md"
FAILED = 1


def student_files(course: CourseAssignment) -> dict[str, str]:
    """Give every file of `student/<assignment>/` as it has to be."""
    files = handout(course.solution, course.assignment.files) | attached_stubs(course.attached)
    instructions = course.folder / INSTRUCTIONS
    if instructions.is_file():
        files["README.md"] = instructions.read_text(encoding="utf-8")
    if "README.md" in files:
        for rule, terms in registry.terms(course.assignment).items():
            section = f"## The rule on {rule}\n\n{terms[0].upper()}{terms[1:]}."
            files["README.md"] = f"{files['README.md'].rstrip()}\n\n{section}\n"
    return files


def present_files(folder: Path) -> dict[str, str]:
    """Read `student/<assignment>/` as it is."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in {".py", ".md", *TEXTS_BESIDE_CODE} and "__pycache__" not in path.parts
    }


def stubs(assignment: AssignmentName, course: CourseFolder = None) -> None:
    """Write student/ASSIGNMENT from the reference, its solutions taken out."""
    place = course_at(course)
    files = student_files(place.load(assignment))
    folder = place.folder / "student" / assignment
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(files)} files in {folder}\n")


def handout_command(
    assignment: AssignmentName,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to make; it must not be there yet.")],
    course: CourseFolder = None,
) -> None:
    """Make the course folder that students get: stubs, public checks, and no reference."""
    loaded = course_at(course).load(assignment)
    if out.exists():
        raise UsageError(f"{out} is there already: a hand-out is made afresh, name another folder")
    made = hand_out(loaded, student_files(loaded))
    for path, text in made.files.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text(text, encoding="utf-8")
    with Grader(
        Course(out).load(assignment), recordings=Recordings(out / RECORDINGS / f"{assignment}.sqlite")
    ) as grader:
        grader.judge.record_reference_of(loaded)
        count = grader.judge.recordings.save()
    sys.stdout.write(f"{len(made.checks)} public checks, {len(made.files)} files and {count} recordings in {out}\n")


def lint_command(
    assignments: Annotated[list[str] | None, typer.Argument(metavar="[ASSIGNMENT]...", help="By default all.")] = None,
    mutations: Annotated[
        bool, typer.Option("--mutations", help="Also break the reference in hundreds of ways.")
    ] = False,
    runs: Annotated[int, typer.Option("--runs", min=1, help="How often correct samples are graded.")] = 20,
    course: CourseFolder = None,
) -> None:
    """Test the tests: that they catch every known mistake and cost correct code nothing."""
    place = course_at(course)
    problems = 0
    for name in assignments or place.names():
        problems += lint_assignment(place, name, runs, mutations=mutations)
    if problems:
        raise typer.Exit(FAILED)


def lint_assignment(place: Course, name: str, runs: int, *, mutations: bool) -> int:
    """Lint one assignment and print what was found; give the number of problems."""
    loaded = place.load(name)
    console = Console(highlight=False)
    with Grader(loaded, recordings=Recordings()) as grader:
        findings = lint(grader, student_files(loaded), present_files(place.folder / "student" / name), runs)
        score = mutated(grader) if mutations else None
    console.print(margins_table(findings))
    mistakes, named = len(findings.named), sum(findings.named.values())
    console.print(
        f"{name}: {len(loaded.assignment.checks)} checks, {mistakes} mistakes, {named} of them named to who makes them"
    )
    problems = list(findings.problems)
    if score is not None:
        problems += score.problems()
        console.print(
            f"{name}: {score.killed} of {score.total} mutants caught ({float(score.share):.1%}), "
            f"{score.argued} more compute the same and are argued"
        )
    for problem in problems:
        console.print(f"{name}: {problem}", markup=False, soft_wrap=True)
    console.print(f"{name}: {len(problems)} problems" if problems else f"{name}: ok")
    return len(problems)


def mutated(grader: Grader) -> MutationScore:
    """Run the mutants under a progress bar on stderr."""
    columns = (TextColumn("mutants"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("mutants")
        return mutation_score(grader, lambda done, total: progress.update(task, completed=done, total=total))


def margins_table(findings: Findings) -> Table:
    """Show how far each check's tolerance is from correct code and from mistakes."""
    table = Table("check", "correct code comes to", "the nearest mistake is at", box=None, pad_edge=False)
    for name, margin in findings.margins.items():
        nearest = "another form" if math.isinf(margin.smallest_mistake) else f"{margin.smallest_mistake:.2g} tolerances"
        table.add_row(name, f"{margin.largest_correct:.2g} tolerances", nearest)
    return table


def explain(
    assignment: AssignmentName,
    mistake: Annotated[
        str, typer.Argument(help="A mistake's name, as a report gives it; without it all are listed.")
    ] = "",
    course: CourseFolder = None,
) -> None:
    """Teach a known mistake, with a small example."""
    mistakes = {entry.name: entry for entry in read_mistakes(course_at(course).load(assignment))}
    console = Console(highlight=False)
    if not mistake:
        table = Table("mistake", "what happens", box=None, pad_edge=False)
        for entry in mistakes.values():
            table.add_row(entry.name, entry.says)
        console.print(table)
        return
    if mistake not in mistakes:
        raise UsageError(f"{assignment} has no mistake {mistake!r}; `grade explain {assignment}` lists them")
    entry = mistakes[mistake]
    console.print(Markdown(f"# {entry.name}\n\n{entry.says}\n\n{entry.teaches}\n\n**Ask yourself:** {entry.hint}"))
