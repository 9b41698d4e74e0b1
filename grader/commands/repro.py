"""`grade repro`: write a public check as a script."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from grader.commands.arguments import AssignmentName, CheckName, CourseFolder, course_at, warn
from grader.course.discovery import default_submission
from grader.course.named_check import named_check
from grader.desk.repro import script_of
from grader.errors import UsageError
from grader.judging.case_calls import calls_of
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
    case: Annotated[int, typer.Option("--case", min=1, help="Which of its cases, from 1.")] = 1,
    submission: Annotated[
        Path | None, typer.Option("--submission", "-s", help="Your folder; by default student/ASSIGNMENT.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The script; by default repro_CHECK.py here.", dir_okay=False)
    ] = None,
    course: CourseFolder = None,
) -> None:
    """Write what a public check does as a script, to run under a debugger."""
    place = course_at(course)
    loaded = place.load(assignment)
    row = named_check(loaded.assignment, check)
    if not row.public or row.visibility is not Visibility.VISIBLE:
        public = [one.name for one in loaded.assignment.checks if one.public and one.visibility is Visibility.VISIBLE]
        raise UsageError(f"the inputs of {check} are hidden; checks with public inputs: {', '.join(public) or 'none'}")
    folder = submission or default_submission(place, assignment)
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder, from which a script could import your modules")
    judge = Judge(loaded, Recordings(place.folder / RECORDINGS / f"{assignment}.sqlite"))
    items = judge.tests.cases[check]
    if case > len(items):
        raise UsageError(f"{check} has {len(items)} cases, not {case}")
    item = items[case - 1]
    try:
        calls = calls_of(judge, item)
    except ReferenceFailure as error:
        raise UsageError(f"what is expected in {check} is not known here: {error}") from None
    finally:
        judge.tests.close()
    target = out or Path(f"repro_{check}.py")
    beside = target.with_suffix(".npz")
    for written in (target, beside):
        refuse_brought_links(written, (folder,))
    name = f", case {case_name(item)}" if case_name(item) else ""
    title = f"Check {check} of {assignment}{name}: {row.description}."
    folders = [folder.resolve(), (place.folder / "student" / assignment).resolve()]
    script = script_of(title, calls, loaded.drivers, list(dict.fromkeys(folders)), beside.name)
    try:
        target.write_text(script.text, encoding="utf-8")
        if script.arrays:
            np.savez(beside, **script.arrays)  # type: ignore[arg-type]  # its stubs take the arrays for an option
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}") from None
    warn(f"{target}{f' and {beside}' if script.arrays else ''} written; case {case} of {len(items)}")
    typer.echo(f"python -m pdb {target}")
