"""`grade review` as a marker types it, and what its marks do to reports, regrades and comparisons."""

from __future__ import annotations

import json
import re
import select
import shutil
import signal
import socket
import urllib.error
import urllib.request
from fractions import Fraction
from pathlib import Path

import pytest
from classes import CORRECT, SHORT_ROWS, USAGE, WHOLE, Grade, ended, lay, packed, started
from review_cases import RUBRIC_BY_HAND, a_pdf
from tiny_course import CHECKS, build

from grader.course.installation import install_command
from grader.gradebook.book import Gradebook, gradebook
from grader.gradebook.records import NewMark

ESSAY = NewMark("essay", "Paper review", Fraction(5, 2), Fraction(4), "own words, please", follows=0)
CURVE = NewMark("curve", "Learning curve", Fraction(3, 2), Fraction(3, 2), "", follows=0)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a course with a graded class, to be copied: grading one takes as long as all else here."""
    folder = tmp_path_factory.mktemp("whole")
    build(folder, rubric=RUBRIC_BY_HAND)
    lay(folder / "handed/ada", {**CORRECT, "review.pdf": a_pdf()})
    lay(folder / "handed", {"bob.zip": packed({**SHORT_ROWS, "review.pdf": a_pdf()})})
    assert ended(started("batch", "tiny", "handed", "--jobs", "1", at=folder)).code == WHOLE
    return folder


@pytest.fixture
def course(tmp_path: Path, whole: Path) -> Path:
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    return tmp_path


def mark(course: Path, student: str, *rows: NewMark) -> None:
    with gradebook(str(course / "results/gradebook.sqlite"), print) as book:
        assert book.decisions.mark(book.runs.student(student), "tiny", rows, "eve")


def result(course: Path, student: str) -> dict[str, object]:
    document: dict[str, object] = json.loads((course / f"results/tiny/results/{student}.json").read_text())
    return document


def score(course: Path, student: str) -> tuple[object, object]:
    document = result(course, student)
    return document["score"], document["max_score"]


def page(course: Path, student: str) -> str:
    text = (course / f"results/tiny/reports/{student}.html").read_text(encoding="utf-8")
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


# ------------------------------------------------------------------------------------------------ what marks come to


def test_rows_that_nobody_marked_yet_are_told_in_report_and_score(grade: Grade, course: Path) -> None:
    assert score(course, "ada") == (10, 15.5)
    told = page(course, "ada")
    assert told.count("not marked yet") >= 2
    assert "Every check passed. 2 rows are not marked by hand yet." in told
    assert "Look at this first" not in told


def test_a_students_own_run_says_what_a_person_will_mark(grade: Grade) -> None:
    ran = grade("run", "tiny", "--submission", "handed/ada")
    assert ran.code == WHOLE
    assert "not in this score: 5.5 points that a person marks\n" in ran.err


def test_marks_count_in_reports_and_results_after_a_regrade_that_runs_nothing(grade: Grade, course: Path) -> None:
    mark(course, "ada", ESSAY, CURVE)
    again = grade("regrade", "tiny", "--json")
    assert (again.document["graded_now"], again.document["unchanged"]) == (0, 2)
    assert (score(course, "ada"), score(course, "bob")) == ((14, 15.5), (9.2, 15.5))
    told = page(course, "ada")
    assert "own words, please" in told
    assert "marked by hand" in told
    assert "Fix this first" not in told
    essay = next(row for row in result(course, "ada")["checks"] if row["name"] == "essay")  # type: ignore[attr-defined]  # JSON
    assert (essay["points"], essay["max_points"], essay["by_hand"], essay["part"]) == (2.5, 4, True, "review")


def test_marks_survive_other_checks_and_the_batch_that_goes_on(grade: Grade, course: Path) -> None:
    mark(course, "ada", ESSAY)
    build(course, rubric=RUBRIC_BY_HAND, checks=CHECKS.replace("(5, 2)", "(6, 2)"))
    assert grade("regrade", "tiny", "--json").document["graded_now"] == 2
    assert score(course, "ada") == (12.5, 15.5)
    lay(course / "handed/dan", SHORT_ROWS)
    assert grade("batch", "tiny", "handed").code == WHOLE
    assert score(course, "ada") == (12.5, 15.5)


def test_a_mark_is_never_above_what_its_row_gives_today(grade: Grade, course: Path) -> None:
    mark(course, "ada", ESSAY)
    build(course, rubric=RUBRIC_BY_HAND.replace("points = 4", "points = 2"))
    grade("regrade", "tiny")
    assert score(course, "ada") == (12, 13.5)


def test_a_score_that_a_mark_changed_is_told_to_be_changed_by_a_mark(grade: Grade, course: Path) -> None:
    mark(course, "ada", ESSAY)
    grade("regrade", "tiny")
    changes = grade("diff", "--json").document["changes"]
    assert [(change["student"], change["causes"]) for change in changes] == [("ada", ["mark by hand"])]


def test_a_score_that_a_row_of_the_rubric_changed_is_told_to_be_changed_by_the_rubric(
    grade: Grade, course: Path
) -> None:
    build(course, rubric=RUBRIC_BY_HAND.replace("points = 4", "points = 3"))
    grade("regrade", "tiny")
    changes = grade("diff", "--json").document["changes"]
    assert [(change["student"], change["causes"]) for change in changes] == [("ada", ["rubric"]), ("bob", ["rubric"])]


# ---------------------------------------------------------------------------------------------------------- the call


def test_a_gradebook_that_is_not_there_is_one_sentence(grade: Grade) -> None:
    ran = grade("review", "tiny", "--as", "eve", "--out", "nowhere")
    assert ran.code == USAGE
    assert ran.err.endswith("nowhere holds no gradebook: name the folder that grade batch wrote with --out\n")


def test_an_assignment_without_rows_by_hand_is_one_sentence(grade: Grade, course: Path) -> None:
    build(course)
    ran = grade("review", "tiny", "--as", "eve")
    assert (ran.code, ran.err) == (
        USAGE,
        (
            "tiny has no row that is marked by hand, and no wrong answer that several gave: add [[by_hand]] to "
            "reference/tiny/assignment.toml\n"
        ),
    )


def test_a_gradebook_without_submissions_is_one_sentence(grade: Grade, course: Path) -> None:
    with gradebook(str(course / "empty.sqlite"), print) as book:
        assert isinstance(book, Gradebook)
    ran = grade("review", "tiny", "--as", "eve", "--gradebook", "empty.sqlite")
    assert ran.code == USAGE
    assert "empty.sqlite holds no submission of tiny: start with grade batch" in ran.err


def test_a_port_that_is_in_use_is_one_sentence(grade: Grade) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = grade("review", "tiny", "--as", "eve", "--port", str(port))
    assert (ran.code, ran.err) == (
        USAGE, f"port {port} cannot be opened: address already in use; leave --port out to take a free one\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nothing-there",), "nothing-there does not exist, expected a folder, a zip, a notebook or a roster"),
        (("--start", "adda"), "there is no student 'adda' in"),
        (("--as", "x" * 200), "--as is 200 characters long, expected 1 to 100"),
        (("--as", "   "), "--as is 0 characters long, expected 1 to 100"),
        (("--roster", "none.csv", "handed"), "none.csv"),
    ],
)
def test_a_call_that_cannot_be_followed_is_one_sentence(
    grade: Grade, arguments: tuple[str, ...], sentence: str
) -> None:
    ran = grade("review", "tiny", *(() if "--as" in arguments else ("--as", "eve")), *arguments)
    assert ran.code == USAGE
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


def test_without_the_packages_of_the_app_the_extra_is_named(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "starlette", None)
    monkeypatch.setitem(__import__("sys").modules, "uvicorn", None)
    for name in [name for name in __import__("sys").modules if name.startswith("grader.review")]:
        monkeypatch.delitem(__import__("sys").modules, name)
    ran = grade("review", "tiny", "--as", "eve")
    assert ran.code == USAGE
    assert install_command("review") in ran.err


def test_it_prints_its_address_listens_on_this_machine_alone_and_ends_with_ctrl_c(grade: Grade, course: Path) -> None:
    process = started("review", "tiny", "handed", "--as", "eve", at=course)
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], 60)
    address = process.stdout.readline().strip() if ready else ""
    found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\?token=([\w-]{43})", address)
    assert found is not None
    bare = address.split("?")[0]
    with urllib.request.build_opener(urllib.request.HTTPCookieProcessor()).open(address) as answer:
        assert "Paper review" in answer.read().decode()
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(bare)  # noqa: S310  # our own address
    table = Path("/proc/net/tcp").read_text(encoding="ascii")
    assert f"0100007F:{int(found[1]):04X} 00000000:0000 0A" in table  # 127.0.0.1, listening
    process.send_signal(signal.SIGINT)
    ran = ended(process)
    assert ran.code == WHOLE
    assert ran.err.splitlines()[-1] == "0 of 2 write-ups marked; to write the reports anew: grade regrade tiny"
    assert list((course / "results").glob(".unpacked-*")) == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--row", "esay"), "tiny has no row 'esay' to mark, expected essay, curve"),
        (("--share", "3/2"), "--share is '3/2', expected which of how many, such as 2/4"),
        (("--share", "half"), "--share is 'half', expected which of how many, such as 2/4"),
    ],
)
def test_what_one_marker_works_on_is_understood_or_refused(
    grade: Grade, options: tuple[str, ...], sentence: str
) -> None:
    ran = grade("review", "tiny", "--as", "eve", *options)
    assert (ran.code, ran.err.splitlines()[-1]) == (USAGE, sentence)


def test_every_export_says_whose_rows_nobody_marked(grade: Grade, course: Path) -> None:
    mark(course, "ada", ESSAY, CURVE)
    assert (
        "rows of 1 student (bob) are not marked yet, and counted with nothing"
        in grade("export", "tiny", "--format", "csv", "--results", "results").err
    )
    mark(course, "bob", ESSAY, CURVE)
    assert "not marked yet" not in grade("export", "tiny", "--format", "csv").err
