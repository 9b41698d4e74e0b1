"""What a student types at the desk: which assignment is meant, and the report in a browser."""

from __future__ import annotations

import subprocess
import sys
import webbrowser
from pathlib import Path

import pytest
from classes import Grade
from tiny_course import SCALE

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


def ran_script(script: Path) -> str:
    ran = subprocess.run([sys.executable, script.name], cwd=script.parent, capture_output=True, text=True, check=True)
    return ran.stdout


def test_a_public_check_is_written_as_a_script_that_runs(grade: Grade, course: Path) -> None:
    folder = course / "student" / "tiny"
    (folder / "scale.py").write_text("def standardized(x):\n    return 0 * x\n", encoding="utf-8")
    ran = grade("repro", "tiny", "standardized")
    assert (ran.code, ran.out) == (PASSED, "python -m pdb repro_standardized.py\n"), ran.err
    printed = ran_script(course / "repro_standardized.py")
    assert printed.startswith("z: got\n[[")
    assert "\nexpected\n[[" in printed
    assert "largest difference: 0." in printed or "largest difference: 1." in printed
    (folder / "scale.py").write_text(SCALE, encoding="utf-8")
    assert "largest difference: 0.0" in ran_script(course / "repro_standardized.py")


def test_large_inputs_stand_beside_the_script(grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.desk.repro.MOST_NUMBERS", 3)
    (course / "student" / "tiny" / "scale.py").write_text(SCALE, encoding="utf-8")
    grade("repro", "tiny", "standardized", "--case", "2", "--out", "one.py")
    assert (course / "one.npz").is_file()
    assert "largest difference: 0.0" in ran_script(course / "one.py")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("unit_rows",),
            (
                "the inputs of unit_rows are hidden, and no smaller ones were found that fail; "
                "checks with public inputs: standardized"
            ),
        ),
        (
            ("unit_rows", "--case", "1"),
            "the inputs of unit_rows are hidden; checks with public inputs: standardized",
        ),
        (("standardised",), "tiny has no check 'standardised'; did you mean standardized?"),
        (("standardized", "--case", "9"), "standardized has 2 cases, not 9"),
    ],
)
def test_hidden_inputs_are_written_nowhere(grade: Grade, course: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = grade("repro", "tiny", *arguments)
    assert (ran.code, ran.err) == (USAGE, f"{said}\n")
    assert list(course.glob("repro_*")) == []


def test_the_report_of_a_failing_public_check_offers_the_script(grade: Grade, course: Path) -> None:
    (course / "student" / "tiny" / "scale.py").write_text("def standardized(x):\n    return 0 * x\n", encoding="utf-8")
    ran = grade("run", "tiny", "--report", "page.html")
    assert "to run it under a debugger: grade repro tiny standardized\n" in ran.out
    assert "<code>grade repro tiny standardized</code>" in (course / "page.html").read_text(encoding="utf-8")
    assert "grade repro tiny unit_rows" not in (course / "page.html").read_text(encoding="utf-8")
