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
from grader.exports.markdown import markdown_environment
from grader.exports.plain import hundredths
from grader.exports.single import classroom50, github
from grader.exports.single.junit import junit_xml
from grader.integrations.platform import Judged, NotJudged, Outcome, Platform, log_text, outcome
from grader.model.assignment import Assignment
from grader.reporting.html import render_html
from grader.results.codec import as_text, to_json
from grader.results.visibility import View, VisibleResult, visible_to
from grader.submissions.result_places import refuse_brought_links

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


def ci_outputs(ended: Judged | NotJudged, context: CiContext, environment: jinja2.Environment) -> CiOutputs:
    """Put together all that a platform reads.

    Raises:
        UsageError: the platform was named by the caller and its variables are not there.
    """
    outputs = CiOutputs()
    if isinstance(ended, NotJudged):
        _refused(outputs, ended, context)
        return outputs
    visible, markdown = visible_to(ended.result, context.view), markdown_environment(environment)
    outputs.files = {
        context.out / "result.json": as_text(to_json(visible)),
        context.out / "junit.xml": junit_xml(visible),
        context.out / "summary.md": github.step_summary(visible, markdown),  # a job may add it to that of its step
        context.out / "report.html": render_html(visible, environment),
    }
    log = log_text(visible)
    outputs.log.append(github.fenced(log, context.token) if context.platform in ON_GITHUB else log)
    if context.platform is Platform.CLASSROOM50:
        run, scale = classroom50_run(context.environ, context.now), scale_of(ended.assignment)
        outputs.files[Path("result.json")] = as_text(classroom50.result_json(visible, run, scale))
        outputs.files[Path("release-body.md")] = classroom50.release_body(visible, markdown, scale)
    if context.platform in ON_GITHUB:
        _on_github(outputs, visible, outcome(ended, context.view), context, markdown)
    return outputs


def _refused(outputs: CiOutputs, ended: NotJudged, context: CiContext) -> None:
    if context.platform in ON_GITHUB:
        outputs.log.append(github.command("error", ended.public, title="grade could not judge"))
        values = {"status": Outcome.ERROR, "summary": ended.public}
        _add(outputs, context, OUTPUT_FILE, github.outputs(values, context.token))
        if context.platform is not Platform.CLASSROOM50:
            _add(outputs, context, SUMMARY_FILE, f"{ended.public}\n")
    else:
        outputs.log.append(ended.public)


def _on_github(
    outputs: CiOutputs, visible: VisibleResult, ended: Outcome, context: CiContext, markdown: jinja2.Environment
) -> None:
    outputs.log += github.annotation_lines(visible, context.prefix)
    values = {
        "status": ended.value,
        "summary": classroom50.summary_line(visible),
        "score": json.dumps(hundredths(visible.score)),
        "max-score": json.dumps(hundredths(visible.max_score)),
    }
    _add(outputs, context, OUTPUT_FILE, github.outputs(values, context.token))
    if context.platform is not Platform.CLASSROOM50:  # whose runner copies the text of the release there
        _add(outputs, context, SUMMARY_FILE, github.step_summary(visible, markdown))


def _add(outputs: CiOutputs, context: CiContext, variable: str, text: str) -> None:
    if context.environ.get(variable):
        outputs.additions[Path(context.environ[variable])] = text


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


def write(outputs: CiOutputs, workspace: Path, submission: Path) -> None:
    """Write the files, relative ones below the workspace, and add to those that the platform keeps open.

    Raises:
        UsageError: on the way to a file is a link that workspace or submission brought.
    """
    for path in outputs.files:
        refuse_brought_links((workspace / path).parent, (workspace, submission))
    for path, text in outputs.files.items():
        file = workspace / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        with file.open("x", encoding="utf-8") as new_file:
            new_file.write(text)
    for path, text in outputs.additions.items():
        with (workspace / path).open("a", encoding="utf-8") as file_at_end:
            file_at_end.write(text)
