"""The page of a class as `grade batch`, `regrade` and `class` leave it."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from classes import CORRECT, SHORT_ROWS, STUB, USAGE, WHOLE, Grade, lay, unlike
from outline import Outline
from tiny_course import RUBRIC, SCALE, build

from grader.gradebook.book import gradebook
from grader.gradebook.records import NewMark
from grader.model.status import Outcome
from grader.reporting.class_figures import OUTCOMES

LATE = '\n[late]\ndue = 2024-04-16T23:59:00\ntime_zone = "Europe/Bucharest"\ndeduct = 0.25\nlate_days = 1\n'


def html(course: Path) -> str:
    return (course / "results/tiny/class.html").read_text(encoding="utf-8")


def text(course: Path) -> str:
    return Outline(html(course)).text


def rows(course: Path) -> list[str]:
    body = html(course).partition('id="roll"')[2].partition("<tbody")[2].partition("</tbody>")[0]
    return [Outline(f"<tr{row}").text for row in body.split("<tr")[1:]]


def scores(course: Path) -> dict[str, str]:
    cells = (row.split() for row in rows(course))
    return {cell[0]: cell[1] for cell in cells}


def test_whatever_became_of_the_submission_that_counts_has_a_word_on_the_page() -> None:
    assert {*OUTCOMES} == {*Outcome} - {Outcome.SUPERSEDED}


def test_a_batch_ends_with_a_page_that_links_to_every_report(grade: Grade, course: Path) -> None:
    for name in ("ada lovelace", "Ștefan#1", "100% sure?", "bob"):
        lay(course / "handed" / name, CORRECT)
    ran = grade("batch", "tiny", "handed")
    links = [unquote(unescape(link)) for link in re.findall(r'href="(reports/[^"]*)"', html(course))]
    assert "class: results/tiny/class.html" in ran.err
    assert {course / "results/tiny" / link for link in links} == set((course / "results/tiny/reports").iterdir())


def test_a_page_names_mistakes_flags_and_who_handed_in_nothing(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", SHORT_ROWS)
    lay(course / "handed/bob", SHORT_ROWS)
    lay(course / "handed/dora", {**CORRECT, "stats.py": "import os\nos._exit(1)\n"})
    lay(course / "handed", {"eve.zip": b"no archive"})
    lay(course, {"roster.csv": "id,name\nada,Ada\nbob,Bob\ndora,Dora\neve,Eve\ngone,=1+1\n"})
    grade("batch", "tiny", "handed", "--roster", "roster.csv")
    shown = text(course)
    assert "5 students: 3 graded, 1 cannot be read, 1 nothing handed in." in shown
    assert "2 of 3 rows that are shorter than 1 stay as they are" in shown
    assert "Ada ada handed in the same files as bob" in shown
    assert "Dora dora crashed in variance" in shown
    assert "Eve eve submission eve.zip is neither a zip nor a tar" in shown
    assert "'=1+1 gone nothing handed in" in shown
    assert "Not graded" in (course / "results/tiny/reports/eve.html").read_text(encoding="utf-8")


def test_a_regrade_of_one_student_leaves_the_others_on_the_page(grade: Grade, course: Path) -> None:
    for number, name in enumerate(("ada", "bob", "eve")):
        lay(course / "handed" / name, unlike(SHORT_ROWS, number))
    grade("batch", "tiny", "handed")
    grade("override", "tiny", "ada", "2", "--check", "unit_rows", "--why", "right on paper")
    grade("regrade", "tiny", "--student", "ada")
    assert scores(course) == {"ada": "10", "bob": "9.2", "eve": "9.2"}
    assert rows(course)[0].split()[:4] == ["ada", "10", "5", "5"]


def test_lateness_stands_on_the_page_and_in_the_report_with_what_it_takes(grade: Grade, course: Path) -> None:
    build(course, rubric=RUBRIC + LATE)
    for number, name in enumerate(("ada", "bob", "eve")):
        lay(course / "handed" / name, unlike(CORRECT, number))
    grade("batch", "tiny", "handed", "--submitted-at", "ada=2024-04-16T12:00", "--submitted-at", "bob=2024-04-19T12:00")
    shown = text(course)
    assert "on time: 1 ; 3 days late: 1 ; no time of submission known: 1 ." in shown
    assert "1 late day used. 0.5 points lost in all." in shown
    report = Outline((course / "results/tiny/reports/bob.html").read_text(encoding="utf-8")).text
    assert "submitted 2 d 12 h late, so 3 d have begun: 1 d of the late days used, 0 left" in report
    assert "2 d more −0.5" in report


def test_time_and_memory_stand_on_the_page_as_they_were_measured(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", CORRECT)
    lay(course / "handed/bob", {**CORRECT, "scale.py": f"import numpy\nhoard = numpy.ones(4_000_000)\n{SCALE}"})
    grade("batch", "tiny", "handed")
    peaks = {
        name: json.loads((course / f"results/tiny/results/{name}.json").read_text())["peak_bytes"]
        for name in ("ada", "bob")
    }
    assert 10 << 20 < peaks["ada"] < peaks["bob"] - (25 << 20)
    assert [row.split()[-1] for row in rows(course)] == [str(round(peak / (1 << 20))) for peak in peaks.values()]
    assert f"MiB of memory, libraries included {round(sum(peaks.values()) / 2 / (1 << 20))}" in text(course)


def test_a_page_can_be_written_anew(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", SHORT_ROWS)
    grade("batch", "tiny", "handed")
    before = html(course)
    (course / "results/tiny/class.html").unlink()
    ran = grade("class", "tiny")
    assert (ran.code, ran.out.strip()) == (WHOLE, str(course / "results/tiny/class.html"))
    assert html(course) == before


def test_what_the_folder_has_lost_is_taken_from_the_gradebook(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", SHORT_ROWS)
    grade("batch", "tiny", "handed")
    (course / "results/tiny/results/ada.json").write_text("{broken", encoding="utf-8")
    (course / "results/tiny/reports/ada.html").unlink()
    grade("class", "tiny")
    assert "1 of 1 rows that are shorter than 1 stay as they are" in text(course)
    assert "reports/ada.html" not in html(course)


def test_more_time_and_marks_given_since_the_last_run_are_on_the_page(grade: Grade, course: Path) -> None:
    by_hand = '\n[[by_hand]]\nname = "essay"\npart = "stats"\ntitle = "Essay"\npoints = 4\nsays = "it says why"\n'
    build(course, rubric=RUBRIC + LATE + by_hand)
    for number, name in enumerate(("ada", "bob", "eve")):
        lay(course / "handed" / name, unlike(CORRECT, number))
    grade("batch", "tiny", "handed", "--submitted-at", "2024-04-19T12:00")
    assert scores(course) == {"ada": "9.5", "bob": "9.5", "eve": "9.5"}
    grade("extend", "tiny", "ada", "4 d", "--why", "ill")
    with gradebook(str(course / "results/gradebook.sqlite"), pytest.fail) as book:
        assert book.decisions.mark(
            book.runs.student("bob"), "tiny", [NewMark("essay", "Essay", Fraction(3), Fraction(4), "", 0)], "dan"
        )
    ran = grade("class", "tiny")
    assert scores(course) == {"ada": "10", "bob": "12.5", "eve": "9.5"}
    assert "on time: 1 ; 3 days late: 2 ." in text(course)
    assert "the report of 2 students (ada and bob) was written" in ran.err


def test_code_in_common_is_flagged_once_it_was_compared(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", CORRECT)
    lay(course / "handed/bob", SHORT_ROWS)
    grade("batch", "tiny", "handed")
    both = [{"student": "ada", "like": "bob", "share": 0.9}, {"student": "bob", "like": "ada", "share": 0.8}]
    compared = {"assignment": "tiny", "groups": [{"equal": False, "linked_pairs": 1, "students": both}]}
    file = course / "results/tiny/similar.json"
    file.write_text(json.dumps(compared), encoding="utf-8")
    grade("class", "tiny")
    assert "ada 90% of the code is like that of bob bob 80% of the code is like that of ada" in text(course)
    assert 'href="similar.html"' in html(course)
    file.write_text(json.dumps({**compared, "assignment": "another"}), encoding="utf-8")
    grade("class", "tiny")
    assert "of the code is like" not in text(course)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("class", "tiny", "--out", "elsewhere"), "elsewhere holds no gradebook: name the folder that"),
        (("class", "second"), "holds no run of second: start with grade batch"),
        (("class", "third"), "there is no assignment 'third'"),
    ],
)
def test_a_page_of_nothing_is_refused(grade: Grade, course: Path, arguments: tuple[str, ...], sentence: str) -> None:
    (course / "reference/tiny").rename(course / "reference/second")
    build(course)
    lay(course / "handed/ada", STUB)
    grade("batch", "tiny", "handed")
    ran = grade(*arguments)
    assert ran.code == USAGE
    assert sentence in ran.err


def test_sections_of_the_last_roster_stand_side_by_side_on_the_page(grade: Grade, course: Path) -> None:
    for name, files in (("ada", CORRECT), ("bob", SHORT_ROWS), ("eve", STUB)):
        lay(course / "handed" / name, files)
    lay(course, {"roster.csv": "id,section\nada,A\nbob,B\neve,B\n", "other.csv": "id,section\nada,X\nbob,X\neve,Y\n"})
    grade("batch", "tiny", "handed", "--roster", "roster.csv")
    assert "Sections side by side all A B students 3 1 2 graded 3 1 2" in text(course)
    assert "check unit_rows 33 % 100 % 0 % " in text(course)
    assert grade("class", "tiny", "--roster", "other.csv").code == WHOLE
    assert "Sections side by side all X Y" in text(course)
    (course / "roster.csv").unlink()
    assert grade("class", "tiny").code == WHOLE
    assert "Sections side by side" not in text(course)


def test_a_page_is_written_anew_where_it_shows_something_else_and_names_the_last_run_in_any_case(
    grade: Grade, course: Path
) -> None:
    lay(course / "handed/ada", CORRECT)
    lay(course / "handed/bob", SHORT_ROWS)
    roster = course / "roster.csv"
    roster.write_text("id,section\nada,A\nbob,B\n")
    page = course / "results/tiny/class.html"

    def is_kept(*words: str) -> bool:
        page.write_text(f"{html(course)}<!-- as it was -->")
        grade(*words)
        return "as it was" in html(course)

    batch = ("batch", "tiny", "handed", "--roster", "roster.csv")
    grade(*batch)
    assert is_kept(*batch)
    assert is_kept("regrade", "tiny")
    assert re.search(r"Last run\s+3 \(regrade, [^)]* UTC, finished, by ", text(course))
    grade("override", "tiny", "ada", "1", "--why", "w")
    assert not is_kept(*batch)
    roster.write_text("id,section\nada,A\nbob,A\n")
    assert not is_kept(*batch)
    grade("similar", "tiny")
    assert not is_kept(*batch)
    rubric = course / "reference/tiny/assignment.toml"
    rubric.write_text(rubric.read_text().replace('title = "Scaling"', 'title = "To one scale"'))
    assert not is_kept(*batch)
    assert "To one scale" in text(course)
    assert not is_kept(*batch, "--again")
    page.write_text("something else")
    assert not is_kept(*batch)
