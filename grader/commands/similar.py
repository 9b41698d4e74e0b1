"""`grade similar`: what submissions have in common."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from grader.batch.options import ClassOptions
from grader.batch.output_folder import SIMILAR
from grader.commands.arguments import AssignmentName, CourseFolder, course_at, warn
from grader.commands.class_options import RESULTS, GradebookPlace, JsonOption, OutFolder
from grader.course.student_files import student_sources
from grader.wording.text import counted, one_line


def similar(
    assignment: AssignmentName,
    *,
    out: OutFolder = RESULTS,
    gradebook: GradebookPlace = "",
    least: Annotated[
        float, typer.Option("--least", min=0.0, max=1.0, help="The share of common code from which two are linked.")
    ] = 0.5,
    groups: Annotated[
        int, typer.Option("--top", "--groups", "--pairs", min=1, max=500, help="How many groups at most.")
    ] = 25,
    before: Annotated[
        list[Path] | None,
        typer.Option("--before", help="A folder or export of an earlier class, compared with this one; several times."),
    ] = None,
    as_json: JsonOption = False,
    course: CourseFolder = None,
) -> None:
    """Show which submissions of a class have code in common, side by side. It accuses nobody."""
    # What it needs takes longer to import than the other commands do.
    from grader.similarity.class_similarity import write_similar  # noqa: PLC0415
    from grader.similarity.page import MOST_TOLD, group_sentence  # noqa: PLC0415

    place = course_at(course)
    options = ClassOptions(course=place, assignment=assignment, out=out, gradebook=gradebook)
    stubs = student_sources(place.load(assignment))
    page, likeness = write_similar(options, stubs, least=least, most_groups=groups, before=before or ())
    if as_json:
        sys.stdout.write(page.with_name(SIMILAR).read_text(encoding="utf-8"))
        return
    warn(f"{counted(likeness.submissions, 'submission')}, {counted(likeness.compared, 'pair')} compared")
    for who, why in likeness.not_compared.items():
        warn(f"{one_line(who)} is not compared: the code {why}")
    for group in likeness.groups[:MOST_TOLD]:
        warn(group_sentence(group))
    if not likeness.groups:
        warn(f"no two have {least:.0%} or more in common")
    sys.stdout.write(f"{page}\n")
