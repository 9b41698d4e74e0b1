"""`grader.batch.output_folder`, `display` and `summary`: what is written and shown of a class."""

from __future__ import annotations

import io
import json
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import pytest
from classes import CORRECT, SHORT_ROWS, STUB, Grade, lay
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from grader.batch.jobs import Pages
from grader.batch.output_folder import OutputFolder, page_name
from grader.batch.progress import ProgressDisplay, statuses
from grader.batch.statistics import RunStatistics
from grader.batch.summary import document, is_broken, is_whole, rendering
from grader.errors import OutputError
from grader.gradebook.records import NewEntry, Student
from grader.model.status import Outcome


@contextmanager
def no_file_over(max_bytes: int) -> Iterator[None]:
    """Make the system refuse larger files, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def folder(tmp_path: Path) -> OutputFolder:
    made = OutputFolder(tmp_path / "results", "tiny")
    made.make()
    return made


def test_a_page_is_written_whole_or_the_old_one_stays(folder: OutputFolder) -> None:
    folder.write("ada", Pages("old", "{}"))
    with no_file_over(10_000), pytest.raises(OutputError, match=r"there is no room for results in .*: File too large"):
        folder.write("ada", Pages("new" * 10_000, "{}"))
    assert folder.report("ada").read_text() == "old"
    assert sorted(path.name for path in folder.folder.rglob("*") if path.is_file()) == ["ada.html", "ada.json"]


def test_text_that_utf_8_cannot_write_is_written_out(folder: OutputFolder) -> None:
    folder.write("ada", Pages("\udc80", "{}"))
    assert folder.report("ada").read_text() == "\\udc80"


@pytest.mark.parametrize(
    ("identifier", "name"),
    [("ada", "ada"), ("ada@uni.example", "ada@uni.example"), ("Zoë", "Zoë"), ("17", "17")],
)
def test_an_ordinary_identifier_is_the_name_of_the_page(identifier: str, name: str) -> None:
    assert page_name(identifier) == name


@given(st.text(min_size=1), st.text(min_size=1))
def test_every_identifier_has_a_name_of_its_own_that_stays_in_the_folder(one: str, other: str) -> None:
    name = page_name(one)
    assert "/" not in name
    assert "\0" not in name
    assert not name.startswith(".")
    assert len(name.encode("utf-8", "replace")) <= 120
    assert (name == page_name(other)) == (one == other)


def some_statistics() -> RunStatistics:
    statistics = RunStatistics(total=4, has_roster=True)
    ada, bob = Student("ada", on_roster=True), Student("bob")
    graded = NewEntry(1, Outcome.GRADED, score=Fraction(10), max_score=Fraction(10))
    statistics.add(ada, graded, {"variance": "passed"})
    statistics.add(
        bob, NewEntry(2, Outcome.GRADED, score=Fraction(1, 3), max_score=Fraction(10)), {"variance": "failed"}
    )
    statistics.add(ada, NewEntry(3, Outcome.UNREADABLE, message="submission x is\nempty \x1b[31m"), {})
    statistics.add(ada, NewEntry(4, Outcome.MISSING), {})
    return statistics


def test_nobody_can_be_called_as_the_page_of_another_is() -> None:
    """Whoever took this name wrote his report and result over those of O'Neil."""
    taken = page_name("o'neil")
    assert page_name(taken) != taken


def test_a_summary_tells_checks_scores_and_what_to_look_at() -> None:
    screen = io.StringIO()
    Console(file=screen, width=120, highlight=False).print(rendering(some_statistics(), ("variance", "covariance")))
    lines = [" ".join(line.split()) for line in screen.getvalue().splitlines() if line.strip()]
    assert lines == [
        "check passed of else mostly",
        "variance 50 % 2 failed (1)",
        "4 submissions: 1 full marks, 1 partly, 1 unreadable, 1 missing",
        "mean 5.17, median 5.17, lowest 0.33, highest 10 of 10",
        "student what a person should look at",
        "bob graded not on the roster",
        "ada unreadable submission x is empty \\x1b[31m",
    ]


def test_a_summary_as_json_holds_everything() -> None:
    told = document(some_statistics(), 3, "finished", {"assignment": "tiny"})
    assert told["outcomes"] == {"graded": 2, "unreadable": 1, "missing": 1}
    assert told["checks"] == {"variance": {"passed": 1, "failed": 1}}
    assert (told["run"], told["assignment"], told["full_marks"]) == (3, "tiny", 1)


def test_missing_students_leave_a_run_whole_and_unreadable_ones_do_not() -> None:
    statistics = RunStatistics()
    statistics.add(Student("ada"), NewEntry(1, Outcome.MISSING), {})
    assert is_whole(statistics)
    statistics.add(Student("bob"), NewEntry(1, Outcome.UNREADABLE), {})
    assert not is_whole(statistics)
    assert not is_broken(statistics)
    statistics.add(Student("dan"), NewEntry(1, Outcome.FAILED), {})
    assert is_broken(statistics)


def test_nothing_is_said_of_what_did_not_happen() -> None:
    assert statuses(RunStatistics()) == "starting"


def test_where_no_bar_can_move_a_line_is_written_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    with ProgressDisplay("tiny", 8) as progress:
        progress.update(some_statistics())
        clock[0] = 120.0
        progress.update(some_statistics())
        progress.write("a sentence")
    assert capsys.readouterr().err == (
        "4 of 8 done, 0.2 a second, 20 s left: 1 full marks, 1 partly, 1 unreadable, 1 missing\na sentence\n"
    )


def test_a_bar_on_a_terminal_shows_rate_and_statuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=150)
    monkeypatch.setattr("grader.batch.progress.Console", lambda **_: console)
    with ProgressDisplay("tiny", 8) as progress:
        progress.update(some_statistics())
        progress.write("a sentence")
    assert "4/8" in screen.getvalue()
    assert "1 full marks, 1 partly" in screen.getvalue()
    assert "a sentence" in screen.getvalue()


def test_a_terminal_that_can_draw_no_bar_gets_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing was shown until the class was done."""
    monkeypatch.setenv("TERM", "dumb")
    console = Console(file=io.StringIO(), force_terminal=True)
    monkeypatch.setattr("grader.batch.progress.Console", lambda **_: console)
    monkeypatch.setattr("grader.batch.progress.LINE_SECONDS", 0)
    with ProgressDisplay("tiny", 8) as progress:
        progress.update(some_statistics())
    assert capsys.readouterr().err.startswith("4 of 8 done, ")


def test_two_assignments_in_one_folder_keep_their_reports_apart(grade: Grade, course: Path) -> None:
    """The second class overwrote the first one's reports, results and page: the default folder is the same."""
    second_assignment(course)
    lay(course / "handed/ada", SHORT_ROWS)
    grade("batch", "tiny", "handed")
    lay(course / "handed/ada", STUB)
    grade("batch", "second", "handed")
    found = {name: json.loads((course / f"results/{name}/results/ada.json").read_text()) for name in ("tiny", "second")}
    assert {name: result["score"] for name, result in found.items()} == {"tiny": 9.2, "second": 0}
    for name in found:
        assert (course / f"results/{name}/reports/ada.html").is_file()
        assert (course / f"results/{name}/class.html").is_file()


def as_earlier(course: Path, assignment: str = "tiny") -> None:
    """Lay a class out as earlier versions did: straight into the folder of results, over whatever is there."""
    shutil.copytree(course / "results" / assignment, course / "results", dirs_exist_ok=True)
    shutil.rmtree(course / "results" / assignment)


def second_assignment(course: Path) -> None:
    shutil.copytree(course / "reference/tiny", course / "reference/second")


def files_in(folder: Path) -> set[str]:
    """List what is about students; what runs keep for themselves earlier versions did not have."""
    files = {path for path in folder.rglob("*") if path.is_file() and path.name not in {".lock", "batch.json"}}
    return {path.relative_to(folder).as_posix() for path in files} - {"gradebook.sqlite"}


@pytest.fixture
def earlier(grade: Grade, course: Path) -> Grade:
    """Give the command where an earlier version graded a class of two, one of them with points set by hand."""
    lay(course / "handed/ada", SHORT_ROWS)
    lay(course / "handed/bob", CORRECT)
    grade("batch", "tiny", "handed")
    grade("override", "tiny", "ada", "0.5", "--check", "variance", "--why", "agreed")
    grade("regrade", "tiny")
    as_earlier(course)
    return grade


def test_a_regrade_takes_over_what_an_earlier_version_wrote_and_rewrites_none_of_it(
    earlier: Grade, course: Path
) -> None:
    wrote = (course / "results/reports/ada.html").stat().st_mtime_ns
    assert earlier("regrade", "tiny", "--json").document["unchanged"] == 2
    assert files_in(course / "results") == {
        "tiny/class.html", "tiny/reports/ada.html", "tiny/reports/bob.html", "tiny/results/ada.json",
        "tiny/results/bob.json",
    }  # fmt: skip
    assert (course / "results/tiny/reports/ada.html").stat().st_mtime_ns == wrote


def test_an_export_reads_what_an_earlier_version_wrote_and_leaves_it_where_it_is(earlier: Grade, course: Path) -> None:
    before = files_in(course / "results")
    rows = {row["student"]: row for row in map(json.loads, earlier("export", "tiny", "-f", "jsonl").out.splitlines())}
    assert rows["ada"]["checks"]["variance"] == 0.5
    assert files_in(course / "results") == before


def test_the_page_of_a_class_links_to_the_reports_of_an_earlier_version(earlier: Grade, course: Path) -> None:
    page = Path(earlier("class", "tiny").out.strip())
    assert page == course / "results/tiny/class.html"
    assert 'href="reports/ada.html"' in page.read_text(encoding="utf-8")
    assert (page.parent / "reports/ada.html").is_file()


def test_of_an_earlier_folder_each_assignment_takes_over_its_own(earlier: Grade, course: Path) -> None:
    """In such a folder the assignment that was graded last has the reports of all who handed in both."""
    second_assignment(course)
    shutil.rmtree(course / "handed/bob")
    earlier("batch", "second", "handed")
    as_earlier(course, "second")
    (course / "results/similar.json").write_text('{"assignment": "second", "pairs": []}')
    (course / "results/similar.html").write_text("")
    earlier("regrade", "tiny")
    left = {"class.html", "similar.html", "similar.json", "reports/ada.html", "results/ada.json"}
    tinys = {"class.html", "reports/ada.html", "reports/bob.html", "results/ada.json", "results/bob.json"}
    assert files_in(course / "results") == {*left, *(f"tiny/{name}" for name in tinys)}
    assert json.loads((course / "results/tiny/results/ada.json").read_text())["assignment"] == "tiny"
    earlier("class", "second")
    assert files_in(course / "results") == {f"second/{name}" for name in left} | {f"tiny/{name}" for name in tinys}
