"""`grade leaderboard`: what a class measured, best first, under names that tell nothing."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from classes import USAGE, WHOLE, Grade, commands, in_this_process
from measured_course import RUBRIC, build_measured, hand_in

from grader.gradebook.ranking import pseudonym

NAMED = re.compile(r"[A-Z2-7]{4}-[A-Z2-7]{4}")


@pytest.fixture
def graded(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Grade]:
    """Give a function that runs a command, in a course whose class is graded."""
    build_measured(tmp_path)
    hand_in(tmp_path / "handed", [8, 10, 9, 9, 2])
    (tmp_path / "handed/student4/masks.txt").write_text("4\n4\n")
    with in_this_process(monkeypatch):
        run = commands(monkeypatch, capsys, tmp_path)
        run("batch", "tiny", "handed")
        yield run


def rows(out: str) -> list[list[str]]:
    """Read the rows of the printed table, and not the page's place below it."""
    return [line.split() for line in out.splitlines()[2:-1]]


def test_the_best_stands_first_and_equals_share_a_place(graded: Grade) -> None:
    ran = graded("leaderboard", "tiny")
    assert ran.code == WHOLE
    assert [(row[0], *row[2:]) for row in rows(ran.out)] == [
        ("1", "1.000", "+5", "1.0000", "+3"),
        ("2", "0.900", "+3", "1.0000", "+3"),
        ("2", "0.900", "+3", "1.0000", "+3"),
        ("4", "0.800", "+0", "1.0000", "+3"),
        ("5", "0.200", "0.0000", "+0"),
    ]


def test_pseudonyms_are_stable_and_no_name_is_in_the_page(graded: Grade, tmp_path: Path) -> None:
    ran = graded("leaderboard", "tiny")
    page = (tmp_path / "results/tiny/leaderboard.html").read_text(encoding="utf-8")
    assert ran.out.splitlines()[-1] == str(tmp_path / "results/tiny/leaderboard.html")
    assert "student1" not in page + ran.out.replace(str(tmp_path), "")
    shown = [row[1] for row in rows(ran.out)]
    assert all(NAMED.fullmatch(name) for name in shown)
    assert len(set(shown)) == 5
    assert shown == [row[1] for row in rows(graded("leaderboard", "tiny").out)]


def test_a_pseudonym_cannot_be_made_without_the_secret(graded: Grade, tmp_path: Path) -> None:
    shown = {row[1] for row in rows(graded("leaderboard", "tiny").out)}
    with closing(sqlite3.connect(tmp_path / "results/gradebook.sqlite")) as database:
        ((secret,),) = database.execute("SELECT value FROM secrets").fetchall()
    assert len(secret) == 32
    names = [f"student{number}" for number in range(5)]
    assert {pseudonym(secret, name) for name in names} == shown
    assert not {pseudonym(bytes(32), name) for name in names} & shown


def test_each_report_tells_its_own_pseudonym_and_no_other(graded: Grade, tmp_path: Path) -> None:
    shown = {row[1] for row in rows(graded("leaderboard", "tiny").out)}
    reports = [(tmp_path / f"results/tiny/reports/student{number}.html").read_text("utf-8") for number in range(5)]
    told = [NAMED.findall(report) for report in reports]
    assert all(len(names) == 1 for names in told)
    assert {name for names in told for name in names} == shown


def test_equals_stand_in_an_order_that_names_do_not_decide(graded: Grade) -> None:
    shown = [row[1] for row in rows(graded("leaderboard", "tiny", "--check", "masks").out)]
    assert shown[:4] == sorted(shown[:4])


def test_names_are_shown_when_asked_for_beside_the_pseudonyms(graded: Grade, tmp_path: Path) -> None:
    under = [row[1] for row in rows(graded("leaderboard", "tiny").out)]
    ran = graded("leaderboard", "tiny", "--names", "--top", "2")
    found = rows(ran.out)
    assert (found[0][1], found[0][2]) == ("student1", under[0])
    assert ran.out.splitlines()[-2] == "and 3 others in the page"
    page = (tmp_path / "results/tiny/leaderboard.html").read_text(encoding="utf-8")
    assert "it is not for handing out" in page
    assert "student4" in page


def test_a_measure_that_students_may_not_see_is_left_out(graded: Grade, tmp_path: Path) -> None:
    build_measured(tmp_path, RUBRIC.replace("[checks.masks]\n", '[checks.masks]\nvisibility = "hidden"\n'))
    assert "mean IoU" not in graded("leaderboard", "tiny").out
    assert "mean IoU" not in (tmp_path / "results/tiny/leaderboard.html").read_text(encoding="utf-8")
    assert "mean IoU" in graded("leaderboard", "tiny", "--view", "instructor").out


def test_what_cannot_be_shown_is_told_in_a_sentence(graded: Grade, tmp_path: Path) -> None:
    ran = graded("leaderboard", "tiny", "--check", "mask")
    assert (ran.code, ran.err) == (USAGE, "--check is 'mask', expected one of labels, masks\n")
    build_measured(tmp_path, RUBRIC.replace("points = 4\nsays", 'points = 4\nvisibility = "hidden"\nsays'))
    ran = graded("leaderboard", "tiny")
    assert (ran.code, ran.err) == (USAGE, "tiny measures nothing that --view student shows\n")
