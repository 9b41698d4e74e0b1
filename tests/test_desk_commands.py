"""What a student types at the desk: which assignment is meant, and the report in a browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import pytest
from classes import Grade

from grader.errors import ExitCode

SAMPLES = Path("reference/tiny/samples")
PASSED, NOT_ALL, USAGE = ExitCode.ALL_PASSED, ExitCode.NOT_ALL_PASSED, ExitCode.USAGE


def test_the_assignment_is_the_one_in_whose_folder_one_stands(
    grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = course / "reference" / "other"
    other.mkdir()
    (other / "assignment.toml").write_text("", encoding="utf-8")
    within = course / "student" / "tiny" / "notes"
    within.mkdir()
    monkeypatch.chdir(within)
    ran = grade("run", "--only", "variance")
    assert ran.code == NOT_ALL
    assert f"graded: {course / 'student' / 'tiny'}" in ran.err


def test_who_stands_elsewhere_is_asked_which_assignment_is_meant(grade: Grade, course: Path) -> None:
    (course / "reference" / "other").mkdir()
    (course / "reference" / "other" / "assignment.toml").write_text("", encoding="utf-8")
    ran = grade("run")
    assert (ran.code, ran.out) == (USAGE, "")
    assert ran.err == f"name an assignment, or go to its folder in {course / 'student'}: other, tiny\n"


def test_the_only_assignment_of_a_course_need_not_be_named(grade: Grade, course: Path) -> None:
    ran = grade("pack")
    assert (ran.code, (course / "tiny.zip").is_file()) == (PASSED, True), ran.err


@pytest.mark.parametrize("has_browser", [True, False])
def test_the_report_is_opened_on_demand(
    grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch, *, has_browser: bool
) -> None:
    opened: list[str] = []

    def open_page(url: str) -> bool:
        opened.append(url)
        return has_browser

    monkeypatch.setattr(webbrowser, "open", open_page)
    ran = grade("run", "tiny", "-s", course / SAMPLES / "correct", "--open", "--only", "variance")
    report = course / ".grade" / "reports" / "tiny.partial.html"
    assert (ran.code, opened) == (PASSED, [report.resolve().as_uri()])
    assert ("there is no browser here" in ran.err) is not has_browser
