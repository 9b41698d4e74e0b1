"""`grader.batch.rank_class`: places follow from what the gradebook holds, after each run, as often as it runs."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from classes import NOT_ALL, WHOLE, Grade, commands, in_this_process
from measured_course import RUBRIC, build_measured, hand_in, labels

LATE = """
[late]
due = 2024-04-16T23:59:00
time_zone = "Europe/Bucharest"
deduct = 1
"""


@pytest.fixture
def at(tmp_path: Path) -> Path:
    """Give the folder of a course that measures, with a class of five who handed in."""
    build_measured(tmp_path)
    hand_in(tmp_path / "handed", [10, 9, 9, 8, 2])
    return tmp_path


@pytest.fixture
def graded(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], at: Path) -> Iterator[Grade]:
    """Give a function that runs a command, in a course whose class is graded."""
    with in_this_process(monkeypatch):
        run = commands(monkeypatch, capsys, at)
        assert run("batch", "tiny", "handed").code == WHOLE
        yield run


def scores(run: Grade) -> dict[str, str]:
    """Read what counts for each student."""
    lines = run("export", "tiny", "--format", "jsonl").out.splitlines()
    return {row["student"]: row["exact_score"] for row in map(json.loads, lines)}


def result(at: Path, student: str) -> dict[str, Any]:
    """Read the result that is written for a student."""
    found: dict[str, Any] = json.loads((at / f"results/tiny/results/{student}.json").read_text(encoding="utf-8"))
    return found


def table(at: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(at / "results/gradebook.sqlite")) as database:
        return database.execute(query).fetchall()


def test_a_class_is_ranked_at_the_end_of_a_batch(graded: Grade, at: Path) -> None:
    assert scores(graded) == {"student0": "16", "student1": "14", "student2": "14", "student3": "11", "student4": "7"}
    row = result(at, "student1")["checks"][0]
    assert (row["points"], row["max_points"]) == (7, 4)
    assert row["measure"] == {
        "name": "accuracy", "value": 0.9, "unit": "", "better": "higher", "decimals": 3, "says": "accuracy is 0.9",
        "standing": "2nd of 4, with 1 other, by accuracy 0.9: bonus 3 of 5",
        "rank": {"place": 2, "of": 4, "tied": 2, "points": 3, "max_points": 5},
    }  # fmt: skip
    report = (at / "results/tiny/reports/student1.html").read_text(encoding="utf-8")
    assert "2nd of 4, with 1 other, by accuracy 0.9: bonus 3 of 5" in report
    assert "no place in the class" in (at / "results/tiny/reports/student4.html").read_text(encoding="utf-8")


def test_a_ranking_is_kept_once_with_what_it_follows_from(graded: Grade, at: Path) -> None:
    graded("batch", "tiny", "handed")
    graded("regrade", "tiny")
    ((run, document),) = table(at, "SELECT run_id, document FROM rankings")
    kept = json.loads(zlib.decompress(document))
    assert run == 1
    assert kept["checks"]["labels"]["rule"]["rank"]["points"] == "5"
    assert [(row["value"], row["place"], row["of"], row["points"]) for row in kept["checks"]["labels"]["rows"]] == [
        (1.0, 1, 4, "5"),
        (0.9, 2, 4, "3"),
        (0.9, 2, 4, "3"),
        (0.8, 4, 4, "0"),
    ]


def test_the_same_class_again_writes_nothing_anew(graded: Grade, at: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (at / "results/tiny/reports").iterdir()}
    final = table(at, "SELECT count(*) FROM final_grades")
    first = scores(graded)
    ran = graded("batch", "tiny", "handed", "--json")
    assert (ran.document["unchanged"], ran.document["graded_now"], ran.document["weighed_again"]) == (5, 0, 0)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert table(at, "SELECT count(*) FROM final_grades") == final
    assert scores(graded) == first
    ran = graded("export", "tiny", "--format", "csv")
    assert "counted with what was decided since" not in ran.err


def test_a_better_submission_moves_the_others_who_are_written_anew(graded: Grade, at: Path) -> None:
    """One student alone is graded again; everybody else's place and report follow, and the run says so."""
    (at / "handed/student3/labels.txt").write_text(labels(10))
    graded("batch", "tiny", "handed/student3")
    assert scores(graded) == {"student0": "16", "student1": "13", "student2": "13", "student3": "16", "student4": "7"}
    assert result(at, "student1")["checks"][0]["measure"]["standing"] == (
        "3rd of 4, with 1 other, by accuracy 0.9: bonus 2 of 5"
    )
    assert "counted with what was decided since" not in graded("export", "tiny", "--format", "csv").err
    assert result(at, "student0")["checks"][0]["measure"]["standing"].startswith("1st of 4, with 1 other")
    told = graded("diff", "1", "2", "--json").document["changes"]
    assert {row["student"]: row["causes"] for row in told if row["check"] is None} == {
        "student1": ["place in the class"],
        "student2": ["place in the class"],
        "student3": ["submission", "place in the class"],
    }
    graded("regrade", "tiny")
    assert scores(graded)["student1"] == "13"


def test_all_that_a_student_handed_in_stays_known_when_another_moves_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A run about one student enters the others whose place changed, with each of their submissions."""
    build_measured(tmp_path)
    handed = [("ada", 9), ("ada", 8), ("bob", 8)]
    hand_in(tmp_path / "export", [right for _, right in handed])
    metadata = ""
    for number, (student, _) in enumerate(handed):
        (tmp_path / f"export/student{number}").rename(tmp_path / f"export/submission_{number}")
        metadata += f"submission_{number}:\n  :submitters:\n  - :name: X\n    :sid: '{student}'\n"
        metadata += f"  :created_at: 2024-04-16 20:0{number}:00 Z\n"
    (tmp_path / "export/submission_metadata.yml").write_text(metadata)
    hand_in(tmp_path / "later", [10])
    (tmp_path / "later/student0").rename(tmp_path / "later/bob")
    with in_this_process(monkeypatch):
        run = commands(monkeypatch, capsys, tmp_path)
        run("batch", "tiny", "export", "--several", "best")
        assert scores(run) == {"ada": "16", "bob": "11"}
        run("batch", "tiny", "later")
        assert scores(run) == {"ada": "11", "bob": "16"}
        places = (
            "SELECT place, submission_id, result_id, counts, outcome, chosen FROM entries WHERE student_id = 1 AND "
        )
        assert table(tmp_path, places + "run_id = 2") == table(tmp_path, places + "run_id = 1")
        run("regrade", "tiny")
        assert scores(run) == {"ada": "11", "bob": "16"}
        assert table(tmp_path, "SELECT count(*) FROM entries WHERE run_id = 3 AND student_id = 1") == [(2,)]


def test_points_by_hand_stay_and_move_nobody(graded: Grade, at: Path) -> None:
    graded("override", "tiny", "student1", "1", "--check", "labels", "--why", "looked at")
    assert scores(graded)["student1"] == "8"
    graded("regrade", "tiny")
    assert scores(graded) == {"student0": "16", "student1": "8", "student2": "14", "student3": "11", "student4": "7"}
    assert "set to 1 of 4 by hand: looked at" in result(at, "student1")["checks"][0]["reasons"]
    graded("override", "tiny", "student2", "2", "--why", "talked it over")
    graded("regrade", "tiny")
    assert scores(graded)["student2"] == "2"


def test_who_hands_in_nothing_or_what_cannot_be_read_has_no_place(graded: Grade, at: Path) -> None:
    (at / "handed/student0/labels.txt").write_text("0.5\n")
    (at / "handed/student1/labels.txt").unlink()
    for name in ("notes.py", "labels.txt", "masks.txt"):
        (at / f"handed/student2/{name}").unlink()
    (at / "handed/student2/else.txt").write_text("nothing")
    assert graded("batch", "tiny", "handed").code == NOT_ALL
    document = json.loads(zlib.decompress(table(at, "SELECT document FROM rankings ORDER BY id DESC LIMIT 1")[0][0]))
    assert [row["value"] for row in document["checks"]["labels"]["rows"]] == [0.8]
    message = result(at, "student0")["checks"][0]["message"]
    assert message == "line 1 of labels.txt has …, expected a whole number from 0 to 2"
    assert result(at, "student0")["checks"][1]["status"] == "passed"


def test_other_places_in_the_rubric_need_no_submission_to_run(graded: Grade, at: Path) -> None:
    build_measured(
        at, RUBRIC.replace("points = 5\nstep = 1", "points = 10").replace("at = 0.8, points", "at = 0.85, points")
    )
    ran = graded("regrade", "tiny", "--json")
    assert (ran.document["graded_now"], ran.document["weighed_again"]) == (0, 5)
    assert scores(graded) == {"student0": "21", "student1": "16", "student2": "16", "student3": "9", "student4": "7"}
    assert result(at, "student3")["checks"][0]["status"] == "failed"
    assert ran.document["checks"]["labels"] == {"passed": 3, "failed": 2}


def test_lateness_is_taken_after_the_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], at: Path
) -> None:
    build_measured(at, RUBRIC + LATE)
    with in_this_process(monkeypatch):
        run = commands(monkeypatch, capsys, at)
        run(
            "batch",
            "tiny",
            "handed",
            "--submitted-at",
            "2024-04-17T12:00",
            "--submitted-at",
            "student1=2024-04-01T12:00",
        )
        assert scores(run)["student0"] == "15"
        assert scores(run)["student1"] == "14"
        assert run("extend", "tiny", "student0", "2d", "--why", "ill").code == WHOLE
        run("regrade", "tiny")
        assert scores(run)["student0"] == "16"


def test_what_was_measured_stands_in_every_table_of_the_class(graded: Grade, at: Path) -> None:
    rows = graded("export", "tiny", "--format", "csv").out.splitlines()
    assert rows[0].endswith('"labels","masks","labels: accuracy","labels: place","masks: mean IoU","masks: place"')
    assert rows[2].endswith("7,7,0.9,2,1,1")
    assert rows[5].endswith("0,7,0.2,,1,1")
    line = json.loads(graded("export", "tiny", "--format", "jsonl").out.splitlines()[0])
    assert line["measures"]["labels"]["rank"]["place"] == 1
    page = (at / "results/tiny/class.html").read_text(encoding="utf-8")
    assert '>0.9 <span class="quiet">2nd</span>' in page
    assert "accuracy: median 0.9, from 0.2 to 1" in page


def test_the_leaderboard_of_gradescope_has_what_everybody_may_see(graded: Grade, at: Path) -> None:
    build_measured(at, RUBRIC.replace("[checks.masks]\n", '[checks.masks]\nvisibility = "hidden"\n'))
    graded("regrade", "tiny")
    ran = graded("export", "results/tiny/results/student1.json", "--format", "gradescope")
    assert json.loads(ran.out)["leaderboard"] == [{"name": "accuracy", "value": 0.9, "order": "desc"}]
