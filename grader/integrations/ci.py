"""Write what a continuous-integration system reads about a grading: files, step outputs, annotations, an exit code."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final

import jinja2

from grader.errors import UsageError
from grader.exports import classroom50, github
from grader.exports.junit import junit_xml
from grader.exports.markdown import markdown_environment, summary
from grader.exports.plain import hundredths, passed_text, score_text
from grader.integrations.platform import Graded, Outcome, Platform, Refusal, outcome
from grader.model import Assignment
from grader.reporting.html import render_html
from grader.results import as_text, to_json
from grader.views import View, one_line, seen_by

ON_GITHUB: Final = frozenset({Platform.GITHUB, Platform.CLASSROOM50})
SUMMARY_FILE, OUTPUT_FILE = "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"
WANTED: Final = ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL")
TAG_MOMENT: Final = re.compile(r"submit/(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z")


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
    """Put together all that a platform reads.

    Args:
        ended: How the grading ended.
        said: The result as a terminal shows it, for the log.
        desk: Where and for whom it is written.
        environment: From `report.template_environment`.

    Raises:
        UsageError: the platform was named by the caller and its variables are not there.
    """
    sheet = CiOutputs()
    if isinstance(ended, Refusal):
        _refused(sheet, ended, desk)
        return sheet
    result, markdown = ended.result, markdown_environment(environment)
    sheet.files = {
        desk.out / "result.json": as_text(to_json(result, desk.view)),
        desk.out / "junit.xml": junit_xml(result, desk.view),
        desk.out / "summary.md": summary(result, desk.view, markdown),
        desk.out / "report.html": render_html(result, desk.view, environment),
    }
    sheet.log.append(github.fenced(said, desk.token) if desk.platform in ON_GITHUB else said)
    if desk.platform is Platform.CLASSROOM50:
        _classroom50(sheet, ended, desk, markdown)
    if desk.platform in ON_GITHUB:
        _on_github(sheet, ended, desk, markdown)
    return sheet


def _refused(sheet: CiOutputs, ended: Refusal, desk: CiContext) -> None:
    if desk.platform in ON_GITHUB:
        sheet.log.append(github.command("error", ended.public, title="grade could not judge"))
        _add(sheet, desk, OUTPUT_FILE, github.outputs({"status": Outcome.ERROR, "summary": ended.public}, desk.token))
        _add(sheet, desk, SUMMARY_FILE, f"{ended.public}\n")
    else:
        sheet.log.append(ended.public)


def _on_github(sheet: CiOutputs, ended: Graded, desk: CiContext, markdown: jinja2.Environment) -> None:
    result = ended.result
    sheet.log += github.annotation_lines(result, desk.view, desk.prefix)
    seen = seen_by(result, desk.view)
    values = {
        "status": outcome(ended).value,
        "summary": f"{one_line(seen.title)}: {score_text(seen)}, {passed_text(seen.checks)}",
        "score": json.dumps(hundredths(seen.score)),
        "max-score": json.dumps(hundredths(seen.max_score)),
    }
    _add(sheet, desk, OUTPUT_FILE, github.outputs(values, desk.token))
    _add(sheet, desk, SUMMARY_FILE, github.step_summary(result, markdown, desk.view))


def _add(sheet: CiOutputs, desk: CiContext, variable: str, text: str) -> None:
    if desk.environ.get(variable):
        sheet.additions[Path(desk.environ[variable])] = text


def _classroom50(sheet: CiOutputs, ended: Graded, desk: CiContext, markdown: jinja2.Environment) -> None:
    run, scale = classroom50_run(desk.environ, desk.now), scale_of(ended.assignment)
    sheet.files[Path("result.json")] = as_text(classroom50.result_json(ended.result, run, scale, desk.view))
    sheet.files[Path("release-body.md")] = classroom50.release_body(ended.result, markdown, scale, desk.view)


def classroom50_run(environ: Mapping[str, str], now: dt.datetime) -> classroom50.Run:
    """Read what the runner of Classroom 50 says about the submission.

    Raises:
        UsageError: variables are missing; all of them are named.
    """
    missing = [name for name in WANTED if not environ.get(name)]
    owner = environ.get("OWNER") or environ.get("USERNAME") or ""
    missing += [] if owner else ["USERNAME"]
    if missing:
        raise UsageError(f"the runner of Classroom 50 sets {', '.join(missing)}, which {_is(missing)} not set here")
    graded_at = f"{now.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
    classroom_name, assignment, tag, commit, release = (environ[name] for name in WANTED)
    handed_in = TAG_MOMENT.match(tag)
    return classroom50.Run(
        classroom=classroom_name, assignment=assignment, owner=owner, submission=tag, commit=commit, release=release,
        review=environ.get("REVIEW_URL") or commit,
        submitted_at="{}T{}:{}:{}Z".format(*handed_in.groups()) if handed_in else graded_at, graded_at=graded_at,
        assignment_type=environ.get("ASSIGNMENT_TYPE", ""),
    )  # fmt: skip


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


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
