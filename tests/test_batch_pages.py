"""`grader.batch.output_folder`, `display` and `summary`: what is written and shown of a class."""

from __future__ import annotations

import io
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from grader.batch.jobs import Pages
from grader.batch.output_folder import OutputFolder, page_name
from grader.batch.progress import ProgressDisplay, statuses
from grader.batch.statistics import RunStatistics
from grader.batch.summary import document, is_broken, is_whole, rendering
from grader.errors import OutputError
from grader.gradebook.records import NewEntry, Outcome, Student


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
    made = OutputFolder(tmp_path / "results")
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
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=150)
    monkeypatch.setattr("grader.batch.progress.Console", lambda **_: console)
    with ProgressDisplay("tiny", 8) as progress:
        progress.update(some_statistics())
        progress.write("a sentence")
    assert "4/8" in screen.getvalue()
    assert "1 full marks, 1 partly" in screen.getvalue()
    assert "a sentence" in screen.getvalue()
