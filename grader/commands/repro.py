"""`grade repro`: write a public check as a script."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import pytest
import typer

from grader.commands.arguments import (
    AssignmentName,
    CheckName,
    CourseFolder,
    StudentOption,
    as_variant_of,
    course_at,
    told_variant,
    warn,
)
from grader.course.assignment import CourseAssignment
from grader.course.discovery import default_submission
from grader.course.named_check import named_check
from grader.desk.repro import script_of
from grader.errors import UsageError
from grader.judging.case_calls import CaseCall, calls_of, smallest_call
from grader.judging.grading import RECORDINGS
from grader.judging.judge import Judge
from grader.judging.plugin import case_name
from grader.model.assignment import Visibility
from grader.subjects.course import ReferenceFailure
from grader.subjects.recordings import Recordings
from grader.submissions.result_places import refuse_brought_links


def repro(
    assignment: AssignmentName,
    check: CheckName,
    case: Annotated[
        int | None,
        typer.Option("--case", min=1, help="Which of its cases, from 1; by default the smallest example of all."),
    ] = None,
    submission: Annotated[
        Path | None, typer.Option("--submission", "-s", help="Your folder; by default student/ASSIGNMENT.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The script; by default repro_CHECK.py here.", dir_okay=False)
    ] = None,
    student: StudentOption = "",
    course: CourseFolder = None,
) -> None:
    """Write the smallest inputs on which a check fails, or what a public one does, as a script to debug."""
    place = course_at(course)
    loaded = as_variant_of(place.load(assignment), student)
    row = named_check(loaded.assignment, check)
    public = [one.name for one in loaded.assignment.checks if one.public and one.visibility is Visibility.VISIBLE]
    told = f"checks with public inputs: {', '.join(public) or 'none'}"
    if row.visibility is not Visibility.VISIBLE or (case is not None and not row.public):
        raise UsageError(f"the inputs of {check} are hidden; {told}")
    folder = submission or default_submission(place, assignment)
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder, from which a script could import your modules")
    found = smallest_call(loaded, check, folder) if case is None else None
    if found is None and not row.public:
        raise UsageError(f"the inputs of {check} are hidden, and no smaller ones were found that fail; {told}")
    if found is not None:
        calls, name, said = [found], ", the smallest example", "the smallest example that was found"
    else:
        item, calls, said = _case(
            loaded, Recordings(place.folder / RECORDINGS / f"{assignment}.sqlite"), check, case or 1
        )
        name = f", case {case_name(item)}" if case_name(item) else ""
    target = out or Path(f"repro_{check}.py")
    beside = target.with_suffix(".npz")
    for written in (target, beside):
        refuse_brought_links(written, (folder,))
    title = f"Check {check} of {assignment}{name}: {row.description}."
    folders = [folder.resolve(), (place.folder / "student" / assignment).resolve()]
    script = script_of(title, calls, loaded.drivers, list(dict.fromkeys(folders)), beside.name)
    try:
        target.write_text(script.text, encoding="utf-8")
        if script.arrays:
            np.savez(beside, **script.arrays)  # type: ignore[arg-type]  # its stubs take the arrays for an option
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}") from None
    if loaded.variant is not None:
        warn(f"inputs of {told_variant(loaded.variant)}")
    warn(f"{target}{f' and {beside}' if script.arrays else ''} written: {said}")
    typer.echo(f"python -m pdb {target}")


def _case(
    loaded: CourseAssignment, recordings: Recordings, check: str, number: int
) -> tuple[pytest.Function, list[CaseCall], str]:
    """Return a case of a public check, its calls, and which of how many it is.

    Raises:
        UsageError: there is no such case, or it is not known here what is expected in it.
    """
    judge = Judge(loaded, recordings)
    items = judge.tests.cases[check]
    try:
        if number > len(items):
            raise UsageError(f"{check} has {len(items)} cases, not {number}")
        (asked,) = (one for one in judge.checks if one.name == check)
        return items[number - 1], calls_of(judge, asked, items[number - 1]), f"case {number} of {len(items)}"
    except ReferenceFailure as error:
        raise UsageError(f"what is expected in {check} is not known here: {error}") from None
    finally:
        judge.tests.close()
