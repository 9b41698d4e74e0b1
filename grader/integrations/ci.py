"""Write what a continuous-integration system reads about a grading: files, step outputs, annotations, an exit code."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final

import jinja2

from grader.errors import UsageError
from grader.exports.format import ExportError
from grader.exports.markdown import markdown_environment, summary
from grader.exports.plain import hundredths
from grader.exports.single import classroom50, github
from grader.exports.single.junit import junit_xml
from grader.integrations.platform import Graded, Outcome, Platform, Refusal, outcome
from grader.model.assignment import Assignment
from grader.reporting.html import render_html
from grader.results.codec import as_text, to_json
from grader.results.visibility import View, VisibleResult, visible_to

ON_GITHUB: Final = frozenset({Platform.GITHUB, Platform.CLASSROOM50})
SUMMARY_FILE, OUTPUT_FILE = "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"


@dataclass(slots=True)
class CiOutputs:
    """What is to be written: whole files by path, additions to files by path, and lines for the log."""

    files: dict[Path, str] = field(default_factory=dict)
    additions: dict[Path, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CiContext:
    """Where and for whom it is written. `token` is drawn at random for this run."""

    platform: Platform
    environ: Mapping[str, str]
    out: Path
    token: str
    view: View = View.STUDENT
    prefix: str = ""
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))


def paper(ended: Graded | Refusal, said: str, desk: CiContext, environment: jinja2.Environment) -> CiOutputs:
    """Put together all that a platform reads; `said` is the result as a terminal shows it, for the log.

    Raises:
        UsageError: the platform was named by the caller and its variables are not there.
    """
    sheet = CiOutputs()
    if isinstance(ended, Refusal):
        _refused(sheet, ended, desk)
        return sheet
    visible, markdown = visible_to(ended.result, desk.view), markdown_environment(environment)
    sheet.files = {
        desk.out / "result.json": as_text(to_json(visible)),
        desk.out / "junit.xml": junit_xml(visible),
        desk.out / "summary.md": summary(visible, markdown),
        desk.out / "report.html": render_html(visible, environment),
    }
    sheet.log.append(github.fenced(said, desk.token) if desk.platform in ON_GITHUB else said)
    if desk.platform is Platform.CLASSROOM50:
        run, scale = classroom50_run(desk.environ, desk.now), scale_of(ended.assignment)
        sheet.files[Path("result.json")] = as_text(classroom50.result_json(visible, run, scale))
        sheet.files[Path("release-body.md")] = classroom50.release_body(visible, markdown, scale)
    if desk.platform in ON_GITHUB:
        _on_github(sheet, visible, outcome(ended), desk, markdown)
    return sheet


def _refused(sheet: CiOutputs, ended: Refusal, desk: CiContext) -> None:
    if desk.platform in ON_GITHUB:
        sheet.log.append(github.command("error", ended.public, title="grade could not judge"))
        _add(sheet, desk, OUTPUT_FILE, github.outputs({"status": Outcome.ERROR, "summary": ended.public}, desk.token))
        _add(sheet, desk, SUMMARY_FILE, f"{ended.public}\n")
    else:
        sheet.log.append(ended.public)


def _on_github(
    sheet: CiOutputs, visible: VisibleResult, ended: Outcome, desk: CiContext, markdown: jinja2.Environment
) -> None:
    sheet.log += github.annotation_lines(visible, desk.prefix)
    values = {
        "status": ended.value,
        "summary": classroom50.summary_line(visible),
        "score": json.dumps(hundredths(visible.score)),
        "max-score": json.dumps(hundredths(visible.max_score)),
    }
    _add(sheet, desk, OUTPUT_FILE, github.outputs(values, desk.token))
    _add(sheet, desk, SUMMARY_FILE, github.step_summary(visible, markdown))


def _add(sheet: CiOutputs, desk: CiContext, variable: str, text: str) -> None:
    if desk.environ.get(variable):
        sheet.additions[Path(desk.environ[variable])] = text


def classroom50_run(environ: Mapping[str, str], now: dt.datetime) -> classroom50.Run:
    """Read what the runner of Classroom 50 says about the submission.

    Raises:
        UsageError: variables are missing; all of them are named.
    """
    try:
        return classroom50.run_of(environ, moment(now))
    except ExportError as error:
        raise UsageError(str(error)) from None


def moment(now: dt.datetime) -> str:
    """Write a moment as the formats of results do: 2026-11-21T22:41:00Z."""
    return f"{now.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def scale_of(assignment: Assignment) -> int:
    """Choose how many units Classroom 50 counts to a point, from the rubric alone."""
    rule = assignment.output_rule
    points: list[Fraction] = [*(check.points for check in assignment.checks), rule.points]
    return classroom50.scale_for(points, partial=any(check.partial for check in assignment.checks))


def write(sheet: CiOutputs, workspace: Path) -> None:
    """Write the files, relative ones below the workspace, and add to those that the platform keeps open.

    Raises:
        UsageError: the folder is a link that leads somewhere else.
    """
    for path, text in sheet.files.items():
        file = workspace / path
        if file.parent.is_symlink():  # a submission may bring links to where its results are to go
            raise UsageError(f"{file.parent} is a link, expected a folder")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        with file.open("x", encoding="utf-8") as new_file:
            new_file.write(text)
    for path, text in sheet.additions.items():
        with (workspace / path).open("a", encoding="utf-8") as file_at_end:
            file_at_end.write(text)
