"""What a student types at the desk: which assignment is meant, and the report in a browser."""

from __future__ import annotations

import re
import subprocess
import sys
import webbrowser
from pathlib import Path

import pytest
from classes import Grade, lay
from tiny_course import RUBRIC, SCALE, STATS, build

from grader.cli import main
from grader.desk.repro import script_of
from grader.errors import ExitCode
from grader.judging.case_calls import CaseCall

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


ASKS_EVERYTHING = """
from grader.drivers.imports import MissingError

def probe(impl):
    found = sorted(impl.sources), impl.load("scale:one"), impl.attachments("*.txt"), impl.attachment("a.txt")
    missing = []
    for ask in (lambda: impl.load("scale:two"), lambda: impl.load("other:one"), lambda: impl.attachment("b.txt")):
        try:
            ask()
        except MissingError as error:
            missing.append(str(error))
    return found, missing
"""


def test_a_script_lends_a_driver_all_that_it_may_ask_a_submission_for(tmp_path: Path) -> None:
    """Drivers that look through the files, or try one name after another, failed in the script alone."""
    (tmp_path / "scale.py").write_text("one = 1\n")
    (tmp_path / "a.txt").write_text("a")
    call = CaseCall("probe", {}, 0, is_compared=False, expected=None)
    script = tmp_path / "repro"
    script.write_text(script_of("A probe.", [call], ASKS_EVERYTHING, [tmp_path], "").text)
    missing = ["scale.py defines no two", "other.py is missing from the submission", "b.txt was not handed in"]
    assert ran_script(script) == f"{(['scale.py'], 1, ['a.txt'], b'a'), missing}\n"


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


@pytest.mark.parametrize(
    ("link", "arguments"),
    [
        ("repro_standardized.py", ("repro", "tiny", "standardized", "-s", ".")),
        ("repro_standardized.npz", ("repro", "tiny", "standardized", "-s", ".")),
        ("tiny.zip", ("pack", "tiny", ".", "--anyway")),
        ("tiny-report.html", ("run", "tiny", "-s", ".")),
        ("tiny-report.html", ("watch", "tiny", "-s", ".")),
    ],
)
def test_nothing_is_written_through_a_link_that_was_handed_in(
    grade: Grade,
    course: Path,
    tmp_path_factory: pytest.TempPathFactory,
    link: str,
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever looked into a submission in its own folder had their file replaced."""
    mine = tmp_path_factory.mktemp("home") / "mine"
    mine.write_text("mine", encoding="utf-8")
    folder = lay(course / "handed", {"scale.py": SCALE, "stats.py": STATS})
    (folder / link).symlink_to(mine)
    monkeypatch.chdir(folder)
    ran = grade(*arguments)
    assert ran.code == USAGE
    assert "is a link" in ran.err
    assert mine.read_text(encoding="utf-8") == "mine"


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


def test_the_last_score_of_a_list_does_not_tell_how_a_withheld_check_ended(grade: Grade, course: Path) -> None:
    """A run said 5 of 5 points and 5 not shown, and the list behind it 10 of 10: that the answers were right."""
    asked = 'hint = "by how many do you divide?"'
    build(course, rubric=RUBRIC.replace(asked, f'{asked}\nvisibility = "after_due_date"'))
    grade("run", "tiny", "-s", course / SAMPLES / "correct")
    listed = grade("list").out
    assert "5 of 5, 5 not shown" in " ".join(listed.split())
    assert "10 of 10" not in listed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("grade run tiny --only var", {"variance"}),
        ("grade run tiny --only variance,co", {"variance,covariance"}),
        ("grade hint tiny unit", {"unit_rows"}),
        ("grade repro tiny stand", {"standardized"}),
        ("grade explain tiny short", {"short-rows-kept"}),
        ("grade instr", {"instructions"}),
        ("grade run ti", {"tiny"}),
    ],
)
def test_names_are_completed_in_every_shell(
    course: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    shell: str,
    typed: str,
    offered: set[str],
) -> None:
    monkeypatch.chdir(course)
    monkeypatch.setenv("_GRADE_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split()) - 1))
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", typed)
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    with pytest.raises(SystemExit):
        main()
    words = set(re.split(r"[\s\"():]+", capsys.readouterr().out))
    assert offered <= words
    assert not words & {"standardized", "covariance", "one-deviation-for-all"} - offered


def test_a_mistake_that_is_misspelt_is_guessed(grade: Grade) -> None:
    assert "did you mean short-rows-kept?" in grade("explain", "tiny", "short-rows-keep").err
