from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from example_results import CONV_BACKWARD, hostile_result, perfect_result, rich_result
from export_formats import validator
from github_runner import executed, outputs_read

from grader.course.assignment import CourseAssignment
from grader.errors import UsageError
from grader.integrations.ci import CiContext, CiOutputs, ci_outputs, classroom50_run, scale_of, write
from grader.integrations.platform import NOT_YOURS, Judged, NotJudged, Platform, log_text
from grader.model.assignment import Check, OutputRule, Penalty
from grader.model.result import Result
from grader.reporting.html import template_environment
from grader.results.visibility import View, visible_to

ENVIRONMENT = template_environment()
NOW = dt.datetime(2026, 11, 22, 8, 30, tzinfo=dt.UTC)
FILES = {"GITHUB_STEP_SUMMARY": "/runner/summary.md", "GITHUB_OUTPUT": "/runner/output.txt"}
RUNNER = {
    **FILES, "CLASSROOM": "cs", "ASSIGNMENT": "convnet", "SUBMISSION_TAG": "submit/2026-11-21T22-40-07Z-a1b2c3d",
    "COMMIT_URL": "https://host.example/c", "RELEASE_URL": "https://host.example/r", "USERNAME": "ada",
}  # fmt: skip
SUMMARY, OUTPUT = (Path(path) for path in FILES.values())
ON_GITHUB = [Platform.GITHUB, Platform.CLASSROOM50]


def context(platform: Platform, view: View = View.STUDENT) -> CiContext:
    return CiContext(platform, RUNNER, Path("grade-results"), "0123456789abcdef", view, now=NOW)


def outputs_of(graded: Judged) -> CiOutputs:
    return ci_outputs(graded, context(Platform.PLAIN), ENVIRONMENT)


@pytest.fixture
def graded(tiny: CourseAssignment) -> Judged:
    return Judged(rich_result(), tiny.assignment)


@pytest.mark.parametrize("platform", Platform)
def test_every_platform_gets_the_same_four_files(graded: Judged, platform: Platform) -> None:
    outputs = ci_outputs(graded, context(platform), ENVIRONMENT)
    written = {str(path) for path in outputs.files}
    assert written >= {f"grade-results/{name}" for name in ("result.json", "junit.xml", "summary.md", "report.html")}


@pytest.mark.parametrize("platform", [Platform.PLAIN, Platform.GITLAB])
def test_a_platform_without_commands_gets_none(graded: Judged, platform: Platform) -> None:
    outputs = ci_outputs(graded, context(platform), ENVIRONMENT)
    shown = log_text(visible_to(graded.result, View.STUDENT))
    assert (outputs.log, outputs.additions) == ([shown], {})


@pytest.mark.parametrize("platform", ON_GITHUB)
def test_github_gets_a_summary_outputs_and_annotations(graded: Judged, platform: Platform) -> None:
    outputs = ci_outputs(graded, context(platform), ENVIRONMENT)
    values = outputs_read(outputs.additions[OUTPUT])
    if platform is Platform.GITHUB:
        told = "## A convolutional network from scratch: 19.67 of 66 points, 4 points open"
        assert outputs.additions[SUMMARY].startswith(told)
    assert (values["status"], values["score"], values["max-score"]) == ("error", "19.67", "70")
    assert any(line.startswith("::error file=modules/convolution.py,line=71,") for line in outputs.log)


@pytest.mark.parametrize("platform", ON_GITHUB)
def test_nothing_that_the_terminal_shows_is_a_command(
    monkeypatch: pytest.MonkeyPatch, graded: Judged, platform: Platform
) -> None:
    shown = "::error title=forged::you lost\n::set-output name=score::100"
    monkeypatch.setattr("grader.integrations.ci.log_text", lambda *_: shown)
    log = "\n".join(ci_outputs(graded, context(platform), ENVIRONMENT).log)
    assert shown in log
    assert [line for line in executed(log) if "forged" in line or "set-output" in line] == []


@pytest.mark.parametrize("platform", ON_GITHUB)
def test_a_hostile_submission_adds_no_output(tiny: CourseAssignment, platform: Platform) -> None:
    forging = replace(hostile_result(), title="fine\nscore=100", submission="a\n0123456789abcdef\nscore=100")
    outputs = ci_outputs(Judged(forging, tiny.assignment), context(platform, View.INSTRUCTOR), ENVIRONMENT)
    assert set(outputs_read(outputs.additions[OUTPUT])) == {"status", "summary", "score", "max-score"}


def test_a_runner_without_the_files_is_not_written_to(graded: Judged) -> None:
    bare = CiContext(Platform.GITHUB, {"GITHUB_OUTPUT": ""}, Path("out"), "0123456789abcdef")
    assert ci_outputs(graded, bare, ENVIRONMENT).additions == {}


def test_classroom_50_gets_its_result_and_release_in_the_workspace(graded: Judged) -> None:
    outputs = ci_outputs(graded, context(Platform.CLASSROOM50), ENVIRONMENT)
    result = json.loads(outputs.files[Path("result.json")])
    validator("classroom50.schema.json").validate(result)
    assert (result["score"], result["max-score"]) == (1967, 7000)
    assert (result["datetime"], result["graded_at"]) == ("2026-11-21T22:40:07Z", "2026-11-22T08:30:00Z")
    assert "its 1967 of 7000" in outputs.files[Path("release-body.md")]


def test_the_runner_of_classroom_50_finds_the_status_and_copies_the_release_into_the_summary_itself(
    graded: Judged,
) -> None:
    """It looks for a line `status=`: it found none and set another, and its page had the summary twice."""
    outputs = ci_outputs(graded, context(Platform.CLASSROOM50), ENVIRONMENT)
    lines = outputs.additions[OUTPUT].splitlines()
    assert lines[0] == "status=error"
    assert lines[1].startswith("summary=A convolutional network from scratch: ")
    assert set(outputs.additions) == {OUTPUT}


def test_a_tag_that_names_no_moment_leaves_that_of_the_grading() -> None:
    run = classroom50_run({**RUNNER, "SUBMISSION_TAG": "submit/by-hand"}, NOW)
    assert run["datetime"] == run["graded_at"] == "2026-11-22T08:30:00Z"


def test_a_newer_runner_names_the_owner_and_the_kind_of_assignment() -> None:
    run = classroom50_run({**RUNNER, "OWNER": "group-7", "ASSIGNMENT_TYPE": "group"}, NOW)
    assert (run["owner"], run["assignment_type"]) == ("group-7", "group")


def test_every_variable_that_the_runner_has_not_set_is_named() -> None:
    with pytest.raises(UsageError, match="sets ASSIGNMENT, COMMIT_URL, USERNAME, which are not set here"):
        classroom50_run({**RUNNER, "ASSIGNMENT": "", "COMMIT_URL": "", "USERNAME": ""}, NOW)


@pytest.mark.parametrize(
    ("points", "partial", "rule", "scale"),
    [
        (Fraction(3), False, OutputRule(), 1),
        (Fraction(3), True, OutputRule(), 100),
        (Fraction("2.5"), False, OutputRule(), 100),
        (Fraction(3), False, OutputRule(forbidden=True, consequence=Penalty.DEDUCT, points=Fraction(1, 2)), 100),
    ],
)
def test_the_scale_is_chosen_by_the_rubric(
    tiny: CourseAssignment, points: Fraction, rule: OutputRule, scale: int, *, partial: bool
) -> None:
    check = Check(name="one", part="part", points=points, description="says", hint="hint", partial=partial)
    assert scale_of(replace(tiny.assignment, checks=(check,), output_rule=rule)) == scale


@pytest.mark.parametrize("platform", ON_GITHUB)
def test_a_refusal_is_told_to_github_without_parts_of_the_course(platform: Platform) -> None:
    outputs = ci_outputs(NotJudged("reference/convnet: the seed is 7"), context(platform), ENVIRONMENT)
    told = "\n".join([*outputs.log, *outputs.additions.values()])
    assert NOT_YOURS in told
    assert "seed" not in told
    assert outputs_read(outputs.additions[OUTPUT]) == {"status": "error", "summary": NOT_YOURS}
    assert outputs.files == {}


def test_a_refusal_is_told_to_other_platforms_in_the_log() -> None:
    assert ci_outputs(NotJudged("broken"), context(Platform.GITLAB), ENVIRONMENT).log == [NOT_YOURS]


@pytest.mark.parametrize("result", [perfect_result(), replace(rich_result(), checks=(CONV_BACKWARD,))])
def test_the_student_view_is_the_one_that_is_written(tiny: CourseAssignment, result: Result) -> None:
    outputs = ci_outputs(Judged(result, tiny.assignment), context(Platform.PLAIN), ENVIRONMENT)
    assert json.loads(outputs.files[Path("grade-results/result.json")])["view"] == "student"


def test_what_is_written_stands_below_the_workspace_and_at_the_end_of_open_files(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("earlier\n", encoding="utf-8")
    here = CiContext(Platform.GITHUB, {"GITHUB_STEP_SUMMARY": str(summary)}, Path("out"), "0123456789abcdef")
    outputs = ci_outputs(NotJudged("broken"), here, ENVIRONMENT)
    outputs.files[Path("out/result.json")] = "{}"
    write(outputs, tmp_path, tmp_path / "submission")
    assert summary.read_text(encoding="utf-8") == f"earlier\n{NOT_YOURS}\n"
    assert (tmp_path / "out/result.json").read_text(encoding="utf-8") == "{}"


def test_a_link_that_a_submission_brings_is_replaced_and_not_followed(graded: Judged, tmp_path: Path) -> None:
    elsewhere = tmp_path / "reference.toml"
    elsewhere.write_text("points = 1", encoding="utf-8")
    workspace = tmp_path / "workspace"
    (workspace / "grade-results").mkdir(parents=True)
    (workspace / "grade-results/result.json").symlink_to(elsewhere)
    write(outputs_of(graded), workspace, workspace)
    assert elsewhere.read_text(encoding="utf-8") == "points = 1"
    assert not (workspace / "grade-results/result.json").is_symlink()


def test_a_folder_that_is_a_link_is_refused(graded: Judged, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "grade-results").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="grade-results is a link, expected a folder"):
        write(outputs_of(graded), tmp_path, tmp_path)
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("out", ["x/y/z", "x/../x/y", "submission/out/y"])
def test_a_link_anywhere_on_the_way_to_the_results_is_refused(graded: Judged, tmp_path: Path, out: str) -> None:
    """Only the last folder was looked at: with `--out x/y/z` a link named x led anywhere."""
    workspace, elsewhere = tmp_path / "workspace", tmp_path / "elsewhere"
    (workspace / "submission").mkdir(parents=True)
    elsewhere.mkdir()
    (workspace / "x").symlink_to(elsewhere)
    (workspace / "submission/out").symlink_to(elsewhere)
    outputs = ci_outputs(graded, replace(context(Platform.PLAIN), out=Path(out)), ENVIRONMENT)
    with pytest.raises(UsageError, match="is a link, expected a folder"):
        write(outputs, workspace, workspace / "submission")
    assert list(elsewhere.iterdir()) == []


def test_links_of_the_callers_own_are_followed(graded: Judged, tmp_path: Path) -> None:
    (tmp_path / "real/workspace").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    outputs = ci_outputs(graded, replace(context(Platform.PLAIN), out=tmp_path / "link/out"), ENVIRONMENT)
    write(outputs, tmp_path / "link/workspace", tmp_path / "link/workspace")
    assert (tmp_path / "real/out/result.json").is_file()
