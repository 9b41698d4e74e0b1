"""`grade gradescope`, `grade ci` and `grade export` as platforms call them, with real gradings of a small course."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import typer
from classes import Grade, Ran
from example_results import rich_result
from export_formats import validator
from github_runner import executed, outputs_read
from tiny_course import build

from grader.cli import exit_on_errors
from grader.commands.ci import ci
from grader.commands.export import export
from grader.commands.gradescope import gradescope
from grader.exports import registry
from grader.integrations.platform import NOT_YOURS
from grader.model.observation import CONSENT, NOT_ISOLATED
from grader.results.codec import as_text, to_json
from grader.results.visibility import View, visible_to

PASSED, NOT_ALL, USAGE, BROKEN = 0, 1, 2, 3
SAMPLES = Path("reference/tiny/samples")
PLATFORM_VARIABLES = (
    "CI", "GITHUB_ACTIONS", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITLAB_CI", "CLASSROOM", "ASSIGNMENT",
    "SUBMISSION_TAG", "OWNER", "USERNAME", "ASSIGNMENT_TYPE", "COMMIT_URL", "RELEASE_URL", "REVIEW_URL", "GRADE_COURSE",
)  # fmt: skip
CLASSROOM50 = {
    "GITHUB_ACTIONS": "true", "CLASSROOM": "cs", "ASSIGNMENT": "tiny", "USERNAME": "ada",
    "SUBMISSION_TAG": "submit/2026-11-21T22-40-07Z-a1b2c3d", "COMMIT_URL": "https://host.example/c",
    "RELEASE_URL": "https://host.example/r",
}  # fmt: skip


@pytest.fixture
def grade(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Grade:
    """Run one of the commands below a folder of the test's own, on a machine that is no platform unless told so."""
    for name in PLATFORM_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    app = typer.Typer(pretty_exceptions_enable=False)
    for command in (gradescope, ci, export):
        app.command(command.__name__)(command)

    def run(*arguments: str | Path, at: Path = tmp_path, has_bug: bool = False, **variables: str) -> Ran:
        monkeypatch.chdir(at)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["grade", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended, exit_on_errors():
            app()
        printed = capsys.readouterr()
        assert ("Traceback" in printed.err) is has_bug
        return Ran(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def course(tmp_path: Path) -> Path:
    build(tmp_path / "course")
    return tmp_path / "course"


@pytest.fixture
def autograder(course: Path, tmp_path: Path) -> Path:
    """Lay out Gradescope's folder with a submission that misses 0.8 points."""
    root = tmp_path / "autograder"
    shutil.copytree(course / SAMPLES / "short-rows", root / "submission")
    return root


def results(root: Path) -> dict[str, Any]:
    written = json.loads((root / "results/results.json").read_text(encoding="utf-8"))
    validator("gradescope.schema.json").validate(written)
    return dict(written)


def with_metadata(root: Path, **values: object) -> Path:
    document = {"created_at": "2026-11-21T12:00:00Z", **values}
    (root / "submission_metadata.json").write_text(json.dumps(document), encoding="utf-8")
    return root


def result_file(folder: Path) -> Path:
    file = folder / "result.json"
    file.write_text(as_text(to_json(visible_to(rich_result(), View.INSTRUCTOR))), encoding="utf-8")
    return file


def test_gradescope_is_given_the_score_of_what_it_laid_out(grade: Grade, course: Path, autograder: Path) -> None:
    root = with_metadata(autograder, assignment={"due_date": "2026-11-21T09:00:00Z", "total_points": "20.0"})
    ran = grade("gradescope", "tiny", "--root", root, "--course", course)
    written = results(autograder)
    assert (ran.code, written["score"]) == (PASSED, 9.2)
    assert [(test["extra_data"]["check"], test["score"]) for test in written["tests"]] == [
        ("standardized", 3), ("unit_rows", 1.2), ("variance", 2), ("covariance", 3),
    ]  # fmt: skip
    assert "Handed in 3 hours after the due date" in written["output"]
    assert "the assignment has 20 points on Gradescope, its rubric 10" in ran.err


def test_what_gradescope_keeps_for_instructors_tells_all(grade: Grade, course: Path, autograder: Path) -> None:
    ran = grade("gradescope", "tiny", "--root", autograder, "--course", course)
    assert "FAIL    unit_rows" in ran.out
    assert "submission_metadata.json is not there" in ran.err


@pytest.mark.parametrize("text", ["not JSON", "{}", '{"created_at": 7, "previous_submissions": null}'])
def test_metadata_that_cannot_be_read_is_told_and_costs_nothing(
    grade: Grade, course: Path, autograder: Path, text: str
) -> None:
    (autograder / "submission_metadata.json").write_text(text, encoding="utf-8")
    ran = grade("gradescope", "tiny", "--root", autograder, "--course", course, "--limit", "1")
    assert (ran.code, results(autograder)["score"]) == (PASSED, 9.2)
    assert [line for line in ran.err.splitlines() if "submission_metadata.json" in line and "graded without" in line]


def test_a_submission_over_the_limit_is_not_run(grade: Grade, course: Path, autograder: Path) -> None:
    (autograder / "submission" / "scale.py").write_text("raise SystemExit", encoding="utf-8")
    earlier = {"score": 9, "tests": [{"name": "kept", "score": 9}]}
    previous = [{"submission_time": "2026-11-21T11:00:00Z", "score": 9.0, "results": earlier}]
    root = with_metadata(autograder, previous_submissions=previous)
    ran = grade("gradescope", "tiny", "--root", root, "--course", course, "--limit", "1", "--hours", "2")
    written = results(autograder)
    assert (ran.code, ran.out, written["score"], written["tests"]) == (PASSED, "", 9, earlier["tests"])
    assert "from 2026-11-21 13:00:00 +0000 on" in written["output"]


@pytest.mark.parametrize("damage", ["rubric", "course", "assignment"])
def test_gradescope_gets_a_file_when_the_course_is_broken(
    grade: Grade, course: Path, autograder: Path, damage: str
) -> None:
    if damage == "rubric":
        (course / "reference/tiny/assignment.toml").write_text("title = ", encoding="utf-8")
    elif damage == "course":
        shutil.rmtree(course)
    name = "other" if damage == "assignment" else "tiny"
    root = with_metadata(autograder, previous_submissions=[{"submission_time": "2026-11-21T11:00:00Z", "score": 7.0}])
    ran = grade("gradescope", name, "--root", root, "--course", course)
    assert (ran.code, results(autograder)["score"], results(autograder)["output"]) == (PASSED, 7, NOT_YOURS)
    assert "the course needs repair" in ran.err


@pytest.mark.parametrize("handed_in", ["nothing", "an empty folder", "a picture"])
def test_gradescope_gets_a_file_when_the_submission_cannot_be_read(
    grade: Grade, course: Path, autograder: Path, handed_in: str
) -> None:
    shutil.rmtree(autograder / "submission")
    if handed_in != "nothing":
        (autograder / "submission").mkdir()
    if handed_in == "a picture":
        (autograder / "submission/plot.png").write_bytes(b"\x89PNG")
    ran = grade("gradescope", "tiny", "--root", autograder, "--course", course)
    written = results(autograder)
    assert (ran.code, written["score"], len(written["tests"])) == (PASSED, 0, 4)
    assert "submission" in written["output"].splitlines()[1]


def unprintable(*_args: object, **_options: object) -> str:
    raise ValueError("a picture of no pixels")


def test_gradescope_gets_a_file_when_a_result_cannot_be_written_down(
    grade: Grade, course: Path, autograder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ended in a traceback, and Gradescope showed that the autograder had failed."""
    monkeypatch.setattr("grader.integrations.gradescope.results_json", unprintable)
    ran = grade("gradescope", "tiny", "--root", with_metadata(autograder), "--course", course, has_bug=True)
    written = results(autograder)
    assert (ran.code, written["score"], written["output"]) == (PASSED, 0, NOT_YOURS)
    assert "grade itself has a bug: ValueError: a picture of no pixels" in ran.err


def test_a_job_is_told_when_a_result_cannot_be_written_down(
    grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.integrations.ci.junit_xml", unprintable)
    ran = grade("ci", "tiny", "-s", course / SAMPLES / "short-rows", "--course", course, has_bug=True)
    assert (ran.code, NOT_YOURS in ran.out) == (BROKEN, True)


def test_a_file_that_cannot_be_written_is_an_error(grade: Grade, course: Path, autograder: Path) -> None:
    (autograder / "results").write_text("in the way", encoding="utf-8")
    ran = grade("gradescope", "tiny", "--root", autograder, "--course", course)
    assert ran.code == BROKEN
    assert "results.json cannot be written" in ran.err


def test_a_bundle_is_written_and_its_reader_named(grade: Grade, course: Path, tmp_path: Path) -> None:
    ran = grade("gradescope", "tiny", "--course", course, "--bundle", "out.zip", "--limit", "2", "--hours", "12")
    assert ran.code == PASSED
    assert "it is for Gradescope, not for students" in ran.err
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert "--limit 2 --hours 12" in archive.read("run_autograder").decode()


def test_a_bundle_that_cannot_be_written_is_the_callers_move(grade: Grade, course: Path) -> None:
    ran = grade("gradescope", "tiny", "--course", course, "--bundle", "no/such/folder/out.zip")
    assert (ran.code, ran.err) == (USAGE, "no/such/folder/out.zip cannot be written: No such file or directory\n")


@pytest.mark.parametrize(("sample", "code"), [("correct", PASSED), ("short-rows", NOT_ALL), ("stub", NOT_ALL)])
def test_a_plain_job_ends_as_the_grading_does(
    grade: Grade, course: Path, tmp_path: Path, sample: str, code: int
) -> None:
    ran = grade("ci", "tiny", "--course", course, "--submission", course / SAMPLES / sample)
    assert ran.code == code
    assert "::" not in ran.out
    assert {path.name for path in (tmp_path / "grade-results").iterdir()} == {
        "result.json", "junit.xml", "summary.md", "report.html",
    }  # fmt: skip


def test_a_job_on_github_leaves_summary_outputs_and_annotations(grade: Grade, course: Path, tmp_path: Path) -> None:
    files = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"), "GITHUB_OUTPUT": str(tmp_path / "output.txt")}
    sample = course / SAMPLES / "prints"
    ran = grade("ci", "tiny", "--course", course, "-s", sample, GITHUB_ACTIONS="true", **files)
    outputs = outputs_read((tmp_path / "output.txt").read_text(encoding="utf-8"))
    assert (ran.code, outputs["status"], outputs["score"], outputs["max-score"]) == (PASSED, "success", "9", "10")
    assert executed(ran.out) == ["::notice title=Numbers in columns::9 of 10 points; 4 of 4 checks passed"]
    assert (tmp_path / "summary.md").read_text(encoding="utf-8").startswith("## Numbers in columns: 9 of 10 points")


def test_two_jobs_never_share_a_token(grade: Grade, course: Path) -> None:
    stub = course / SAMPLES / "stub"
    runs = [grade("ci", "tiny", "--course", course, "-s", stub, GITHUB_ACTIONS="true") for _ in range(2)]
    tokens = [line for run in runs for line in run.out.splitlines() if line.startswith("::stop-commands::")]
    assert len(set(tokens)) == 2


def test_a_job_of_classroom_50_succeeds_whatever_the_score(grade: Grade, course: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    shutil.copytree(course / SAMPLES / "short-rows", workspace)
    ran = grade("ci", "tiny", "--course", course, at=workspace, **CLASSROOM50)
    written = json.loads((workspace / "result.json").read_text(encoding="utf-8"))
    validator("classroom50.schema.json").validate(written)
    assert (ran.code, written["score"], written["max-score"]) == (PASSED, 920, 1000)
    assert "100 to the point" in (workspace / "release-body.md").read_text(encoding="utf-8")


def test_a_job_of_classroom_50_that_breaks_fails(grade: Grade, course: Path, tmp_path: Path) -> None:
    (course / "reference/tiny/drivers.py").unlink()
    ran = grade("ci", "tiny", "--course", course, "-s", course / SAMPLES / "correct", **CLASSROOM50)
    assert ran.code == BROKEN
    assert not (tmp_path / "result.json").exists()


def test_a_job_that_only_claims_to_be_of_classroom_50_is_told_what_is_missing(grade: Grade, course: Path) -> None:
    ran = grade("ci", "tiny", "--course", course, "--on", "classroom50", CLASSROOM="cs")
    assert ran.code == USAGE
    assert "sets ASSIGNMENT, SUBMISSION_TAG, COMMIT_URL, RELEASE_URL, USERNAME, which are not set here" in ran.err


@pytest.mark.parametrize("command", ["ci", "gradescope"])
def test_a_job_that_names_no_course_is_refused(grade: Grade, course: Path, tmp_path: Path, command: str) -> None:
    """A checkout that brought `reference/` was graded by it, its checks executed where the course's are."""
    (course / "submission").mkdir()
    ran = grade(command, "tiny", *(("--root", tmp_path / "course") if command == "gradescope" else ()), at=course)
    assert ran.out == ""
    assert "no course is named: name its folder with --course or GRADE_COURSE" in ran.err


def test_a_job_takes_the_course_that_the_variable_names(grade: Grade, course: Path, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    ran = grade("ci", "tiny", at=tmp_path / "work", GRADE_COURSE=str(course))
    assert ran.code == NOT_ALL, ran


def test_gradescope_is_not_graded_by_a_course_that_was_handed_in(grade: Grade, course: Path, tmp_path: Path) -> None:
    ran = grade("gradescope", "tiny", "--root", tmp_path, "--course", shutil.move(course, tmp_path / "submission"))
    assert "must not decide what it is graded by" in ran.err
    assert results(tmp_path)["score"] == 0


@pytest.mark.parametrize("submission", ["course", "course/reference", ".", "link", "link/reference/tiny"])
def test_a_course_in_the_submission_is_refused(grade: Grade, course: Path, tmp_path: Path, submission: str) -> None:
    (tmp_path / "link").symlink_to(course)
    ran = grade("ci", "tiny", "--course", course, "-s", submission)
    assert (ran.code, ran.out) == (USAGE, "")
    assert "which must not decide what it is graded by" in ran.err


@pytest.mark.parametrize("problem", ["a link", "a file in the way"])
def test_results_that_cannot_be_written_are_no_score(grade: Grade, course: Path, tmp_path: Path, problem: str) -> None:
    if problem == "a link":
        (tmp_path / "grade-results").symlink_to(course)
    else:
        (tmp_path / "grade-results").write_text("", encoding="utf-8")
    ran = grade("ci", "tiny", "--course", course, "-s", course / SAMPLES / "correct")
    assert ran.code in {USAGE, BROKEN}
    assert "grade-results" in ran.err


@pytest.mark.parametrize("form", registry.single_names())
def test_a_result_is_exported_in_every_form(grade: Grade, tmp_path: Path, form: str) -> None:
    file = result_file(tmp_path)
    told = grade("export", file, "--format", form, **CLASSROOM50)
    written = grade("export", file, "--format", form, "--out", "exported", **CLASSROOM50)
    assert (told.code, written.code, written.out) == (PASSED, PASSED, "")
    assert "conv_backward" in told.out.replace("\\", "")
    if form != "classroom50":  # which says when it was graded
        assert (tmp_path / "exported").read_text(encoding="utf-8") == told.out


def test_an_export_is_for_students_unless_told_otherwise(grade: Grade, tmp_path: Path) -> None:
    file = result_file(tmp_path)
    assert "secret_shapes" not in grade("export", file, "--format", "junit").out
    assert "secret_shapes" in grade("export", file, "--format", "junit", "--view", "instructor").out


def test_a_scale_of_one_is_for_rubrics_of_whole_points(grade: Grade, tmp_path: Path) -> None:
    ran = grade("export", result_file(tmp_path), "--format", "classroom50", "--scale", "1", **CLASSROOM50)
    assert json.loads(ran.out)["max-score"] == 70


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "result.json is no result of grade: schema is None"),
        ("no JSON", "result.json is no result of grade: Expecting value"),
        (None, "result.json cannot be read: No such file or directory"),
    ],
)
def test_what_is_no_result_is_not_exported(grade: Grade, tmp_path: Path, text: str | None, message: str) -> None:
    file = tmp_path / "result.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    ran = grade("export", file, "--format", "gradescope")
    assert ran.code == USAGE
    assert message in ran.err


def test_an_export_that_cannot_be_written_is_the_callers_move(grade: Grade, tmp_path: Path) -> None:
    ran = grade("export", result_file(tmp_path), "--format", "junit", "--out", "no/such/folder/junit.xml")
    assert (ran.code, ran.err) == (USAGE, "no/such/folder/junit.xml cannot be written: No such file or directory\n")


def test_a_format_that_there_is_not_is_told_with_those_that_there_are(grade: Grade, tmp_path: Path) -> None:
    ran = grade("export", result_file(tmp_path), "--format", "xls")
    assert ran.code == USAGE
    assert [name for name in registry.single_names() if f"{name} (*." not in ran.err] == []
    assert [name for name in registry.class_names() if f"{name} (*." not in ran.err] == []


def test_gradescope_is_told_to_grade_again_elsewhere_where_code_cannot_be_isolated(
    grade: Grade, course: Path, autograder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other systems than Linux ran strangers' code with all that the autograder may do, and said nothing."""
    monkeypatch.setattr("grader.sandbox.host.server.CAN_ISOLATE", False)
    ran = grade("gradescope", "tiny", "--root", autograder, "--course", course)
    assert (ran.code, results(autograder)["output"]) == (PASSED, NOT_YOURS)
    assert "this machine cannot grade" in ran.err
    assert "cannot isolate submissions" in ran.err


def test_a_job_ends_as_broken_where_code_cannot_be_isolated(
    grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.sandbox.host.server.CAN_ISOLATE", False)
    ran = grade("ci", "tiny", "--course", course, "-s", course / SAMPLES / "correct")
    assert ran.code == BROKEN
    assert "cannot isolate submissions" in ran.err


def test_a_job_that_is_told_in_words_grades_without_isolation_and_says_so(
    grade: Grade, course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.sandbox.host.server.CAN_ISOLATE", False)
    ran = grade("ci", "tiny", "--course", course, "-s", course / SAMPLES / "correct", "--no-isolation", CONSENT)
    assert ran.code == PASSED
    written = json.loads((tmp_path / "grade-results/result.json").read_text(encoding="utf-8"))
    assert written["provenance"]["isolation"] == [NOT_ISOLATED]


def test_a_bundle_takes_no_consent_with_it(grade: Grade, course: Path) -> None:
    ran = grade("gradescope", "tiny", "--course", course, "--bundle", "out.zip", "--no-isolation", CONSENT)
    assert ran.code == USAGE
