"""`grade regrade`: grade again what the gradebook holds."""

from __future__ import annotations

from typing import Annotated

import typer

from grader.batch.grade_class import run_regrade
from grader.batch.options import ClassOptions
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
    JobsOption,
    JsonOption,
    MemoryOption,
    OutFolder,
)
from grader.commands.class_outcome import exit_after
from grader.results.visibility import View


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
    again: AgainOption = False,
    examples: ExamplesOption = False,
    seed: SeedOption = None,
    view: ViewOption = View.STUDENT,
    no_isolation: ConsentOption = None,
    as_json: JsonOption = False,
    course: CourseFolder = None,
) -> None:
    """Grade again what the gradebook holds, as far as checks, reference, rubric or versions have changed."""
    options = ClassOptions(
        course=course_at(course), assignment=assignment, out=out, gradebook=gradebook, jobs=jobs, memory_mb=memory,
        seed=seed, view=view, again=again, cluster=cluster, consent=no_isolation, examples=examples,
    )  # fmt: skip
    exit_after(run_regrade(options, student or (), warn), options, as_json=as_json)
