"""`grade run`: grade one submission."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from grader.commands.arguments import (
    CourseFolder,
    LinksOption,
    MaybeAssignmentName,
    SeedOption,
    StudentOption,
    ViewOption,
    as_variant_of,
    check_names,
    course_at,
    show_in_browser,
    told_variant,
    warn,
)
from grader.course.assignment import CourseAssignment
from grader.course.discovery import default_submission, is_worked_in, refuse_course_within
from grader.desk.graded_by_watch import graded_by_watch
from grader.errors import UnreadableSubmissionError, UsageError, over_one_submission
from grader.integrations.platform import EXIT_CODES, outcome_of
from grader.judging.grading import Grader
from grader.judging.selection import failed_checks, matching_checks, named_checks
from grader.model.assignment import Assignment
from grader.model.result import Result
from grader.reporting.html import render_html, template_environment
from grader.reporting.last_results import change_since_last, keep_result, last_seen
from grader.reporting.live_progress import live_progress
from grader.reporting.places import Links, addresses_in, has_hyperlinks
from grader.reporting.terminal import rendering
from grader.results.codec import as_text, to_json, unreadable_json
from grader.results.visibility import View, visible_to
from grader.submissions.result_places import refuse_brought_links
from grader.wording.text import counted


def run(
    assignment: MaybeAssignmentName = "",
    submission: Annotated[
        Path | None,
        typer.Option(
            "--submission",
            "-s",
            help="A folder, .zip or .tar.gz; by default student/ASSIGNMENT, in an image the working folder.",
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", "-o", help="Where to write the HTML report.", dir_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON instead of text.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="CHECK",
            help="Only this check; may be repeated, or name several with commas.",
            autocompletion=check_names,
        ),
    ] = None,
    keyword: Annotated[
        str, typer.Option("-k", help="Only checks whose names match, as in pytest: 'conv and not backward'.")
    ] = "",
    failed: Annotated[
        bool, typer.Option("--failed", help="Only the checks that did not pass when they were last run.")
    ] = False,
    seed: SeedOption = None,
    student: StudentOption = "",
    open_report: Annotated[bool, typer.Option("--open", help="Open the report in a browser.")] = False,
    no_isolation: Annotated[
        bool, typer.Option("--no-isolation", help="Run the code with all that you may do: for your own code only.")
    ] = False,
    links: LinksOption = Links.FILE,
    view: ViewOption = View.STUDENT,
    course: CourseFolder = None,
) -> None:
    """Grade one submission and write its report."""
    place = course_at(course)
    assignment = assignment or place.name_at(Path.cwd())
    loaded = as_variant_of(place.load(assignment), student)
    path = submission or default_submission(place, assignment)
    refuse_course_within(place, assignment, path)
    if report is not None:
        refuse_brought_links(report, (path,))
    if failed and (only or keyword):
        raise UsageError("--failed, --only and -k all choose checks: give one of them")
    chosen = _chosen_checks(loaded.assignment, only or [], keyword)
    if failed:
        chosen = failed_checks(loaded.assignment, last_seen(place.folder, assignment))
    result = None if seed is not None or no_isolation or student else graded_by_watch(loaded, path, chosen)
    if result is None:
        try:
            result = _graded(loaded, path, chosen, seed=seed, isolated=not no_isolation)
        except UnreadableSubmissionError as error:
            if as_json:
                sys.stdout.write(as_text(unreadable_json(loaded.assignment, error)))
            raise
    visible = visible_to(result, view)
    change = change_since_last(place.folder, visible)
    with over_one_submission(path.name):
        link = addresses_in(_folder_of(path), links)
        html = render_html(visible, template_environment(), change, link=link)
        link = link if has_hyperlinks(os.environ) else None
        shown = as_text(to_json(visible)) if as_json else rendering(visible, _work(path, submission), change, link)
    beside = Path(f"{assignment}-report.html")
    refuse_brought_links(beside, (path,))  # the working folder may be the submission
    written = keep_result(
        place.folder, visible, html, report, warn, beside=beside, is_worked_in=is_worked_in(place, Path.cwd())
    )
    if result.left_out:
        warn(f"a partial run: {counted(result.left_out, 'check')} left out, and the last full result is kept")
    if loaded.assignment.by_hand:
        more = sum((row.points for row in loaded.assignment.by_hand), Fraction(0))
        warn(f"not in this score: {counted(more, 'point')} that a person marks")
    if loaded.variant is not None:
        warn(f"graded as {told_variant(loaded.variant)}")
    warn(f"graded: {path}")
    if written is not None:
        warn(f"report: {written}")
    if open_report:
        show_in_browser(written)
    if isinstance(shown, str):
        sys.stdout.write(shown)
    else:  # last, for its last line is what to type next
        Console(highlight=False).print(shown, crop=False)
    raise typer.Exit(EXIT_CODES[outcome_of(result, view)])


def _folder_of(submission: Path) -> Path | None:
    """Return the folder that the files of a submission lie in; nothing for an archive, whose files lie nowhere."""
    folder = submission.resolve()
    if folder.is_file() and folder.suffix.casefold() == ".ipynb":
        folder = folder.parent
    return folder if folder.is_dir() else None


def _graded(
    course: CourseAssignment, path: Path, chosen: frozenset[str] | None, *, seed: int | None, isolated: bool
) -> Result:
    """Grade a submission, showing on a terminal how each check ended."""
    with Grader(course, seed=seed, isolated=isolated) as grader:
        grader.judge.seeks_examples = True
        with live_progress(Console(stderr=True, highlight=False)) as live:
            grader.judge.tell_progress, grader.judge.spares_time = live.update, True
            result = grader.grade(path, only=chosen)
        _save_recordings(grader)
    return result


def _work(path: Path, named: Path | None) -> str | None:
    """Return where the work lies, as its author named it; None for an archive, which is made already."""
    if path.is_file() and path.suffix.casefold() != ".ipynb":
        return None
    return "" if named is None else str(named)


def _chosen_checks(assignment: Assignment, names: Sequence[str], keyword: str) -> frozenset[str] | None:
    """Return the checks that the caller asks for; None where that is all of them.

    Raises:
        UsageError: there are no such checks.
    """
    if names and keyword:
        raise UsageError("--only and -k both choose checks: give one of them")
    if names:
        return named_checks(assignment, names)
    return matching_checks(assignment, keyword) if keyword else None


def _save_recordings(grader: Grader) -> None:
    """Keep what the reference answered for the next run; a folder that cannot be written costs only time."""
    try:
        grader.judge.recordings.save()
    except OSError as error:
        warn(f"recordings are not kept: {error}")
