"""`grade batch`, `regrade`, `diff`, `override` and `extend` as an instructor types them."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import sys
from pathlib import Path

import pytest
from classes import (
    BROKEN,
    CORRECT,
    NOT_ALL,
    PRINTS,
    SHORT_ROWS,
    STUB,
    USAGE,
    WHOLE,
    Grade,
    a_class,
    commands,
    ended,
    lay,
    packed,
    started,
    unlike,
)
from tiny_course import CHECKS, RUBRIC, SCALE, STATS, build

from grader.batch.jobs import RunConfig
from grader.batch.work import _loaded, load, make_ready
from grader.course.assignment import CourseAssignment
from grader.course.fingerprint import versions
from grader.gradebook.schema import HEAD
from grader.model.observation import CONSENT, NOT_ISOLATED
from grader.results.visibility import View
from grader.sandbox.host.limited_call import limited_call
from grader.submissions.limited import READING

LATE = """
[late]
due = 2024-04-16T23:59:00
time_zone = "Europe/Bucharest"
deduct = 0.25
for = 4
then = "cap"
cap = 1
"""


@pytest.fixture
def on_cores(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], course: Path) -> Grade:
    return commands(monkeypatch, capsys, course)


def graded_times(course: Path) -> int:
    with sqlite3.connect(course / "results/gradebook.sqlite") as database:
        return int(database.execute("SELECT count(*) FROM results").fetchone()[0])


def scores(course: Path) -> dict[str, float]:
    files = (course / "results/tiny/results").glob("*.json")
    return {file.stem: json.loads(file.read_text())["score"] for file in files}


def test_smallest_examples_are_looked_for_where_they_are_asked_for(grade: Grade, course: Path) -> None:
    """They take more time than all else: a class has none unless an instructor wants them, also by `--resume`."""
    lay(course / "handed/eve", {"scale.py": SCALE.replace("x - x.mean", "x + x.mean"), "stats.py": STATS})

    def examples() -> list[dict[str, object]]:
        result = json.loads((course / "results/tiny/results/eve.json").read_text(encoding="utf-8"))
        return [check["example"] for check in result["checks"] if "example" in check]

    grade("batch", "tiny", "handed")
    assert examples() == []
    grade("batch", "tiny", "handed", "--again", "--examples")
    assert len(examples()) >= 1
    grade("batch", "tiny", "--resume", "--again")
    assert len(examples()) >= 1
    grade("regrade", "tiny", "--again")
    assert examples() == []


def test_a_class_is_graded_with_a_report_and_a_result_for_each_student(on_cores: Grade, course: Path) -> None:
    folder = course / "handed"
    lay(folder / "ada", CORRECT)
    lay(folder, {"bob.zip": packed(SHORT_ROWS)})
    lay(folder / "eve", STUB)
    ran = on_cores("batch", "tiny", "handed", "--jobs", "2")
    assert ran.code == WHOLE
    assert "3 submissions: 1 full marks, 2 partly" in ran.out
    assert scores(course) == {"ada": 10, "bob": 9.2, "eve": 0}
    assert "<!doctype html>" in (course / "results/tiny/reports/ada.html").read_text(encoding="utf-8")
    assert ran.err.splitlines()[-1] == "after a change of checks: grade regrade tiny"


def test_the_page_of_a_class_stays_where_a_download_is_unpacked_again(grade: Grade, course: Path) -> None:
    """The folder to which a zip was unpacked, another one each time, was hashed: the page was always written anew."""
    files = {f"{who}_{number}_7{number}_{name}": text for who, number in (("adal", 1), ("bobh", 2))
             for name, text in unlike(CORRECT, number).items()}  # fmt: skip
    lay(course, {"canvas.zip": packed(files)})
    made = []
    for _ in range(2):
        grade("batch", "tiny", "canvas.zip")
        page = (course / "results" / "tiny" / "class.html").read_text(encoding="utf-8")
        made.append(page.partition('name="grade-made-of" content="')[2][:64])
    assert made[0] == made[1] != ""


def test_what_is_unchanged_is_not_graded_again_and_its_report_stays(grade: Grade, course: Path) -> None:
    a_class(course / "handed", 3)
    grade("batch", "tiny", "handed")
    report = course / "results/tiny/reports/student000.html"
    written = report.stat().st_mtime_ns
    again = grade("batch", "tiny", "handed", "--json")
    assert (again.document["unchanged"], again.document["graded_now"]) == (3, 0)
    assert report.stat().st_mtime_ns == written
    lay(course / "handed/student001", unlike(CORRECT, 99))
    after = grade("batch", "tiny", "handed", "--json")
    assert (after.document["unchanged"], after.document["graded_now"]) == (2, 1)
    assert graded_times(course) == 4


def test_a_report_that_is_gone_is_written_again_without_grading(grade: Grade, course: Path) -> None:
    a_class(course / "handed", 2)
    grade("batch", "tiny", "handed")
    report = course / "results/tiny/reports/student001.html"
    before = report.read_text(encoding="utf-8")
    report.unlink()
    grade("batch", "tiny", "handed")
    assert report.read_text(encoding="utf-8") == before
    assert graded_times(course) == 2


def test_the_same_files_of_two_students_run_once_and_each_gets_a_report_of_their_own(
    grade: Grade, course: Path
) -> None:
    lay(course / "handed/ada", SHORT_ROWS)
    lay(course / "handed/bob", {**SHORT_ROWS, "notes/own.py": "", "1bad.py": ""})
    lay(course / "handed/eve", SHORT_ROWS)
    ran = grade("batch", "tiny", "handed", "--json")
    assert ran.code == WHOLE
    assert graded_times(course) == 2  # bob's own module makes his another submission
    assert scores(course) == {"ada": 9.2, "bob": 9.2, "eve": 9.2}
    assert "eve" in (course / "results/tiny/reports/eve.html").read_text(encoding="utf-8")


def test_a_corrupt_zip_in_the_middle_is_unreadable_and_the_rest_goes_on(grade: Grade, course: Path) -> None:
    whole = packed(CORRECT)
    zipped_twice = packed({"inner.zip": whole})
    lay(course / "handed", {"ada.zip": whole, "bob.zip": whole[:200], "dan.zip": b"", "eve.zip": zipped_twice})
    lay(course / "handed/fay", {"readme.md": ""})
    lay(course / "handed/gus", CORRECT)
    ran = grade("batch", "tiny", "handed", "--json")
    assert ran.code == NOT_ALL
    assert ran.document["outcomes"] == {"graded": 3, "unreadable": 3}
    told = {notice["student"]: notice["message"] for notice in ran.document["notices"]}
    assert told["bob"] == "submission bob.zip is a damaged or incomplete zip, expected a whole one"
    assert scores(course) == {"ada": 10, "eve": 10, "gus": 10}


def test_code_that_cannot_be_read_is_for_a_person(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", {"scale.py": "version https://git-lfs.github.com/spec/v1\n"})
    lay(course / "handed/gus", CORRECT)
    ran = grade("batch", "tiny", "handed", "--json")
    assert ran.code == NOT_ALL
    assert ran.document["outcomes"] == {"graded": 1, "unreadable": 1}
    (notice,) = ran.document["notices"]
    assert notice["message"].startswith("submission ada cannot be read: scale.py is a git-lfs pointer")
    assert scores(course) == {"gus": 10}


def test_a_file_that_cannot_be_read_among_others_is_told_whoever_grades(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", {"scale.py": SCALE.encode(), "stats.py": b"\xff\xfe\x00\x01\x02\x80abc"})
    ran = grade("batch", "tiny", "handed")
    assert "stats.py is not UTF-16 text" in " ".join(ran.out.split())
    assert 0 < scores(course)["ada"] < 10


def test_a_report_of_an_earlier_submission_does_not_stay_beside_one_that_is_unreadable(
    grade: Grade, course: Path
) -> None:
    lay(course / "handed", {"ada.zip": packed(CORRECT)})
    grade("batch", "tiny", "handed")
    lay(course / "handed", {"ada.zip": b"PK\x03\x04 broken"})
    assert grade("batch", "tiny", "handed").code == NOT_ALL
    assert scores(course) == {}
    page = (course / "results/tiny/reports/ada.html").read_text(encoding="utf-8")
    assert "Not graded" in page
    assert "submission ada.zip is a damaged or incomplete zip, expected a whole one." in page
    assert "hand in again what can be read" in page
    lay(course / "handed", {"ada.zip": packed(CORRECT)})
    assert grade("batch", "tiny", "handed").code == WHOLE
    assert "Not graded" not in (course / "results/tiny/reports/ada.html").read_text(encoding="utf-8")


def test_what_is_no_folder_for_results_is_told_before_anything_is_graded(grade: Grade, course: Path) -> None:
    a_class(course / "handed", 1)
    lay(course, {"taken": ""})
    ran = grade("batch", "tiny", "handed", "--out", "taken/below")
    assert ran.code == USAGE
    assert ran.err == f"results cannot be written to {course}/taken/below/tiny: Not a directory\n"
    read_only = grade("batch", "tiny", "handed", "--out", "/sys/results")
    assert read_only.code == USAGE
    assert read_only.err.startswith("results cannot be written to /sys/results/tiny: ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere",), "nowhere does not exist, expected a folder, a zip, a notebook or a roster"),
        (("handed", "--several", "first"), "--several is 'first', expected latest, best, ask"),
        (("handed", "--submitted-at", "noon"), "--submitted-at is 'noon', expected a time such as 2024-04-16T23:59"),
        (("handed", "--submitted-at", "stud=2024-04-16"), "--submitted-at names stud, who handed in nothing"),
        (("empty",), "there is no submission in empty"),
        (("handed", "--gradebook", "mysql://host/x"), "the gradebook's address begins with mysql, expected a path or"),
        (("handed", "--gradebook", "handed"), "cannot be opened: "),
    ],
)
def test_a_call_that_cannot_be_followed_is_one_sentence(
    grade: Grade, course: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    a_class(course / "handed", 1)
    (course / "empty").mkdir()
    ran = grade("batch", "tiny", *arguments)
    assert ran.code == USAGE
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


def test_the_latest_of_several_submissions_counts_where_times_tell(grade: Grade, course: Path) -> None:
    metadata = """
submission_1:
  :submitters:
  - :name: Ada L
    :sid: '7'
    :email: ada@uni.example
  :created_at: 2024-04-16 20:00:00.5 Z
submission_2:
  :submitters:
  - :name: Ada L
    :sid: '7'
    :email: ada@uni.example
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: 2024-04-16 20:30:00.0 Z
    zone: !ruby/object:ActiveSupport::TimeZone
      name: Etc/UTC
    time: 2024-04-16 20:30:00.0 Z
"""
    lay(course / "export", {"submission_metadata.yml": metadata})
    lay(course / "export/submission_1", CORRECT)
    lay(course / "export/submission_2", STUB)
    ran = grade("batch", "tiny", "export", "--json")
    assert ran.document["outcomes"] == {"graded": 1, "superseded": 1}
    assert scores(course) == {"7": 0}
    best = grade("batch", "tiny", "export", "--several", "best", "--json")
    assert best.code == WHOLE
    assert best.document["outcomes"] == {"graded": 2}
    assert scores(course) == {"7": 10}
    regraded = grade("regrade", "tiny", "--json")
    assert regraded.document["outcomes"] == {"graded": 2}
    assert scores(course) == {"7": 10}


def test_of_several_submissions_without_times_none_is_guessed(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", CORRECT)
    lay(course / "handed", {"ada.zip": packed(STUB)})
    ran = grade("batch", "tiny", "handed", "--json")
    assert ran.code == NOT_ALL
    assert ran.document["outcomes"] == {"undecided": 2}
    (told,) = ran.document["notices"]  # once, not for each of the two
    assert "2 submissions, and nothing says which counts: " in told["message"]
    assert scores(course) == {}


def test_what_a_person_chose_is_remembered(grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(course / "handed/ada", CORRECT)
    lay(course / "handed", {"ada.zip": packed(STUB)})
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr("rich.prompt.IntPrompt.ask", lambda *_, **__: 1)
    assert grade("batch", "tiny", "handed", "--several", "ask").code == WHOLE
    assert scores(course) == {"ada": 10}
    monkeypatch.setattr("rich.prompt.IntPrompt.ask", lambda *_, **__: pytest.fail("asked again"))
    assert grade("batch", "tiny", "handed", "--several", "ask").code == WHOLE


def test_a_roster_names_students_and_tells_who_is_missing_and_who_is_not_on_it(grade: Grade, course: Path) -> None:
    lay(course, {"roster.csv": "Student ID,Name,Email\n17,Ada Lovelace,ada@uni.example\n18,Bob Ray,bob@uni.example\n"})
    lay(course / "handed/lovelace_ada", CORRECT)
    lay(course / "handed/stranger", STUB)
    ran = grade("batch", "tiny", "handed", "--roster", "roster.csv", "--json")
    assert ran.code == WHOLE
    assert ran.document["outcomes"] == {"graded": 2, "missing": 1}
    assert [(notice["student"], notice["message"]) for notice in ran.document["notices"]] == [
        ("stranger", "not on the roster")
    ]
    assert scores(course) == {"17": 10, "stranger": 0}


def test_a_roster_may_name_the_submissions_themselves(grade: Grade, course: Path) -> None:
    lay(course / "files", {"x1.zip": packed(CORRECT)})
    lay(course, {"roster.csv": "login;submission;submitted_at\nada;files/x1.zip;2024-04-17T10:00\nbob;;\n"})
    ran = grade("batch", "tiny", "roster.csv", "--json")
    assert ran.document["outcomes"] == {"graded": 1, "missing": 1}
    assert scores(course) == {"ada": 10}


def test_lateness_is_taken_off_and_told_in_the_report(grade: Grade, course: Path) -> None:
    build(course, rubric=RUBRIC + LATE)
    for name in ("ada", "bob", "dan", "eve"):
        lay(course / "handed" / name, unlike(CORRECT, len(name) + ord(name[0])))
    times = {"ada": "2024-04-16T23:59", "bob": "2024-04-18T02:59", "dan": "2024-04-20T23:59:01"}
    words = [word for name, time in times.items() for word in ("--submitted-at", f"{name}={time}")]
    assert grade("batch", "tiny", "handed", *words).code == WHOLE
    assert scores(course) == {"ada": 10, "bob": 9.5, "dan": 1, "eve": 10}
    bob = json.loads((course / "results/tiny/results/bob.json").read_text())
    assert bob["rules"][1:] == [
        {"rule": "late", "message": "submitted 1 d 3 h late, so 2 d have begun", "points": -0.5}
    ]
    assert bob["rules"][0]["message"].startswith("due 2024-04-16 23:59 in Europe/Bucharest; each day that begins ")
    assert "submitted 1 d 3 h late" in (course / "results/tiny/reports/bob.html").read_text(encoding="utf-8")
    eve = json.loads((course / "results/tiny/results/eve.json").read_text())
    assert eve["rules"][0]["message"] == "no time of submission is known: nothing is deducted"


def test_an_extension_is_counted_with_the_next_regrade_without_grading(grade: Grade, course: Path) -> None:
    build(course, rubric=RUBRIC + LATE)
    lay(course / "handed/ada", CORRECT)
    grade("batch", "tiny", "handed", "--submitted-at", "2024-04-18T02:59")
    assert scores(course) == {"ada": 9.5}
    ran = grade("extend", "tiny", "ada", "2 d", "--why", "ill, with a note")
    assert ran.err == "kept; to count it: grade regrade tiny --student ada\n"
    assert grade("regrade", "tiny", "--student", "ada").code == WHOLE
    assert scores(course) == {"ada": 10}
    assert graded_times(course) == 1
    changed = grade("diff", "--json").document["changes"]
    assert changed == [{"student": "ada", "check": None, "was": "9.5 of 10", "is": "10 of 10", "causes": ["lateness"]}]


def test_late_days_that_an_earlier_assignment_used_are_not_there_for_a_later_one(grade: Grade, course: Path) -> None:
    generous = RUBRIC + LATE + "late_days = 2\n"
    build(course, rubric=generous)
    second = course / "reference/second"
    (course / "reference/tiny").rename(second)
    lay(second, {"assignment.toml": generous.replace("04-16T", "05-16T")})
    build(course, rubric=generous)
    lay(course / "handed/ada", CORRECT)
    grade("batch", "tiny", "handed", "--submitted-at", "2024-04-17T12:00")
    assert scores(course) == {"ada": 10}
    grade("batch", "second", "handed", "--submitted-at", "2024-05-18T12:00")
    ada = json.loads((course / "results/second/results/ada.json").read_text())
    assert ada["score"] == 9.75
    assert [rule["message"] for rule in ada["rules"]][1:] == [
        "submitted 1 d 12 h late, so 2 d have begun: 1 d of the late days used, 0 left",
        "1 d more",
    ]


def test_points_by_hand_survive_a_regrade_with_other_checks(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", SHORT_ROWS)
    grade("batch", "tiny", "handed")
    assert grade("override", "tiny", "ada", "2", "--check", "unit_rows", "--why", "right on paper").code == WHOLE
    grade("regrade", "tiny")
    assert scores(course) == {"ada": 10}
    build(course, checks=CHECKS + "\n# another\n")
    ran = grade("regrade", "tiny", "--json")
    assert ran.document["graded_now"] == 1
    assert scores(course) == {"ada": 10}
    report = (course / "results/tiny/reports/ada.html").read_text(encoding="utf-8")
    assert "set to 2 of 2 by hand: right on paper" in report
    grade("override", "tiny", "ada", "none", "--check", "unit_rows", "--why", "looked again")
    grade("regrade", "tiny")
    assert scores(course) == {"ada": 9.2}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("override", "tiny", "adda", "3", "--why", "x"), "there is no student 'adda' in "),
        (("override", "tiny", "ada", "many", "--why", "x"), "points are 'many', expected a number such as 4.5"),
        (("override", "tiny", "ada", "3", "--check", "rows", "--why", "x"), "tiny has no check 'rows'; its checks: "),
        (("override", "tiny", "ada", "3", "--why", " "), "--why is empty, expected the reason"),
        (
            ("override", "tiny", "ada", "100", "--why", "x"),
            "points are 100, expected 0 to 10; if they are meant: --anyway",
        ),
        (
            ("override", "tiny", "ada", "9", "--check", "unit_rows", "--why", "x"),
            "points of unit_rows are 9, expected 0 to 2; if they are meant: --anyway",
        ),
        (("extend", "tiny", "ada", "soon", "--why", "x"), "the extension is 'soon', expected days and hours"),
        (("regrade", "tiny", "--student", "adda"), "there is no student 'adda' in "),
        (("regrade", "tiny", "--out", "elsewhere"), "elsewhere holds no gradebook: name the folder that"),
        (("diff",), "there is no 2 runs in "),
        (("diff", "1", "7"), "there is no run 7 in "),
    ],
)
def test_a_wish_about_nobody_or_nothing_is_one_sentence(
    grade: Grade, course: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    lay(course / "handed/ada", CORRECT)
    grade("batch", "tiny", "handed")
    ran = grade(*arguments)
    assert ran.code == USAGE
    assert sentence in ran.err


def test_what_looks_like_a_typing_mistake_is_kept_where_it_is_meant(grade: Grade, course: Path) -> None:
    build(course, rubric=RUBRIC + LATE)
    lay(course / "handed/ada", SHORT_ROWS)
    grade("batch", "tiny", "handed", "--submitted-at", "2024-04-16T12:00")
    ran = grade("extend", "tiny", "ada", "2024-04-15T12:00", "--why", "x")
    assert ran.code == USAGE
    assert ran.err == (
        "the extension is 2024-04-15T12:00:00, which is before the deadline 2024-04-16T23:59:00 itself; "
        "if it is meant: --anyway\n"
    )
    assert grade("extend", "tiny", "ada", "2024-04-15T12:00", "--why", "x", "--anyway").code == WHOLE
    assert grade("override", "tiny", "ada", "12", "--why", "a bonus", "--anyway").code == WHOLE
    grade("regrade", "tiny")
    assert scores(course) == {"ada": 12}


def test_a_later_delivery_of_a_few_with_the_roster_takes_nobodys_grade(grade: Grade, course: Path) -> None:
    """Everyone else was marked missing, lost their report and came out of the export with nothing."""
    for name in ("ada", "bob"):
        lay(course / "first" / name, unlike(CORRECT, ord(name[0])))
    lay(course / "second/dan", CORRECT)
    (course / "roster.csv").write_text("id\nada\nbob\ndan\neve\n")
    assert grade("batch", "tiny", "first", "--roster", "roster.csv", "--json").document["outcomes"] == {
        "graded": 2, "missing": 2,
    }  # fmt: skip
    ran = grade("batch", "tiny", "second", "--roster", "roster.csv", "--json")
    assert ran.document["outcomes"] == {"graded": 1, "missing": 1}
    assert "2 students of the roster handed in before and not here: their grades stay as they are" in ran.err
    assert scores(course) == {"ada": 10, "bob": 10, "dan": 10}
    assert (course / "results/tiny/reports/ada.html").exists()
    exported = grade("export", "tiny", "--format", "csv").out
    rows = {row["id"]: row["score"] for row in csv.DictReader(io.StringIO(exported))}
    assert rows == {"ada": "10", "bob": "10", "dan": "10", "eve": ""}


def test_whom_an_earlier_version_took_for_missing_has_their_grade_again(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", CORRECT)
    grade("batch", "tiny", "handed")
    lay(course / "handed/bob", SHORT_ROWS)
    grade("batch", "tiny", "handed")
    with sqlite3.connect(course / "results/gradebook.sqlite") as database:
        database.execute(
            "UPDATE entries SET outcome = 'missing', result_id = NULL, score = NULL, submission_id = NULL"
            " WHERE run_id = 2 AND student_id = (SELECT id FROM students WHERE identifier = 'ada')"
        )
    exported = grade("export", "tiny", "--format", "csv").out
    assert {row["id"]: row["score"] for row in csv.DictReader(io.StringIO(exported))} == {"ada": "10", "bob": "9.2"}


def test_a_time_that_is_known_is_not_taken_away_by_a_file_that_has_none(grade: Grade, course: Path) -> None:
    """The same files came once more, without times: the student was on time again, and nobody was told."""
    build(course, rubric=RUBRIC + LATE)
    lay(course / "handed/ada", CORRECT)
    grade("batch", "tiny", "handed", "--submitted-at", "2024-04-18T02:59")
    ran = grade("batch", "tiny", "handed")
    assert "nothing says when" not in ran.err
    assert scores(course) == {"ada": 9.5}
    grade("regrade", "tiny", "--again")
    assert scores(course) == {"ada": 9.5}


def test_an_export_without_times_says_so_where_lateness_counts(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", {**CORRECT, "timestamp.txt": "2024-05-05 22:30:00 UTC"})
    assert "nothing says when" not in grade("batch", "tiny", "handed").err
    build(course, rubric=RUBRIC + LATE)
    assert (
        "nothing says when 1 student handed in (ada), so nothing is deducted for lateness there: "
        "give times in the roster or with --submitted-at"
    ) in grade("batch", "tiny", "handed").err
    report = (course / "results/tiny/reports/ada.html").read_text(encoding="utf-8")
    assert "stated by the student and not counted: timestamp.txt says 2024-05-06 01:30:00" in report
    assert scores(course) == {"ada": 10}


def test_an_extension_on_the_roster_that_ends_before_the_deadline_is_told(grade: Grade, course: Path) -> None:
    build(course, rubric=RUBRIC + LATE)
    lay(course / "handed/ada", CORRECT)
    (course / "roster.csv").write_text("id,extension\nada,2023-04-20T12:00\n")
    ran = grade("batch", "tiny", "handed", "--roster", "roster.csv")
    assert ran.code == USAGE
    assert "the roster's extension of ada ends before the deadline 2024-04-16T23:59:00 itself" in ran.err


def test_a_regrade_needs_no_files_and_grades_only_what_changed(grade: Grade, course: Path) -> None:
    a_class(course / "handed", 4)
    grade("batch", "tiny", "handed")
    (course / "handed").rename(course / "gone")
    nothing = grade("regrade", "tiny", "--json").document
    assert (nothing["unchanged"], nothing["graded_now"]) == (4, 0)
    build(course, stats=STATS.replace("Describe columns", "Describe the columns"))
    after = grade("regrade", "tiny", "--json").document
    assert (after["unchanged"], after["graded_now"]) == (0, 4)


def test_other_points_weigh_kept_verdicts_without_running_anything(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", SHORT_ROWS)
    lay(course / "handed/bob", PRINTS)
    grade("batch", "tiny", "handed")
    build(course, rubric=RUBRIC.replace('points = 2\nsays = "every row', 'points = 7\nsays = "every row'))
    ran = grade("regrade", "tiny", "--json").document
    assert (ran["weighed_again"], ran["graded_now"]) == (2, 0)  # what bob's rule took is counted from what was kept
    assert scores(course) == {"ada": 12.2, "bob": 14}
    changes = grade("diff", "--json").document["changes"]
    assert {(change["student"], change["check"]): change["causes"] for change in changes} == {
        ("ada", "unit_rows"): ["rubric"],
        ("ada", None): ["rubric"],
        ("bob", "unit_rows"): ["rubric"],
        ("bob", None): ["rubric"],
    }


def test_a_difference_tells_the_student_the_check_and_the_cause(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", CORRECT)
    lay(course / "handed/bob", SHORT_ROWS)
    grade("batch", "tiny", "handed")
    lay(course / "handed/ada", STUB)
    forgiving = CHECKS.replace('["long", "longer", "short", "shorter", "zero"]', '["long", "longer"]')
    build(course, checks=forgiving)
    grade("batch", "tiny", "handed")
    ran = grade("diff")
    assert ran.code == NOT_ALL
    lines = [line.split() for line in ran.out.splitlines()]
    assert ["bob", "unit_rows", "failed", "1.2/2", "passed", "2/2", "test"] in lines
    assert ["ada", "variance", "passed", "2/2", "unwritten", "0/2", "submission,", "test"] in lines
    assert ["run", "1", "to", "run", "2:", "2", "students", "changed,", "0", "did", "not"] in lines


def test_equal_runs_differ_in_nothing(grade: Grade, course: Path) -> None:
    a_class(course / "handed", 2)
    grade("batch", "tiny", "handed")
    grade("batch", "tiny", "handed", "--again")
    assert graded_times(course) == 4
    ran = grade("diff")
    assert ran.code == WHOLE
    assert ran.out == "run 1 to run 2: 0 students changed, 2 did not\n"


def test_a_check_that_ends_otherwise_though_nothing_changed_is_flaky(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", {**CORRECT, "scale.py": f"import time\nDAY = time.time()\n{SCALE}"})
    grade("batch", "tiny", "handed")
    with sqlite3.connect(course / "results/gradebook.sqlite") as database:
        database.execute("UPDATE results SET key = 'another'")  # as if it had been graded on a bad day
        database.execute("UPDATE entries SET score = '1'")
    grade("batch", "tiny", "handed", "--again")
    changes = grade("diff", "--json").document["changes"]
    assert [(change["check"], change["causes"]) for change in changes] == [(None, ["flaky"])]


def test_a_reference_that_fails_costs_nobody_a_point_and_is_graded_again(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", CORRECT)
    build(course, stats=STATS.replace("    return ((x", "    raise RuntimeError\n    return ((x"))
    ran = grade("batch", "tiny", "handed", "--json")
    assert ran.code == BROKEN
    assert ran.document["outcomes"] == {"void": 1}
    assert "the course's own code fails in variance: " in ran.document["notices"][0]["message"]
    (problem,) = ran.document["course_problems"]
    assert problem.endswith("variance: the reference fails in variance: RuntimeError: (stats.py:7)")
    build(course)
    assert grade("batch", "tiny", "handed").code == WHOLE
    assert scores(course) == {"ada": 10}


def test_a_broken_hidden_test_stops_the_run_with_its_line_and_the_run_goes_on_once_it_is_mended(
    grade: Grade, course: Path
) -> None:
    """A class of 400 was graded to the end with a test that failed on everybody, and nothing said where it broke."""
    a_class(course / "handed", 8)
    lay(course, {"roster.csv": "id,name\nstudent000,Ada\nstudent999,Eve\n"})
    build(course, checks=CHECKS.replace("    got = student(cov", "    got = no_name\n    got = student(cov"))
    ran = grade("batch", "tiny", "handed", "--roster", "roster.csv")
    assert ran.code == BROKEN
    *_, told, go_on = ran.err.splitlines()
    assert told == "reference/tiny/checks/test_tiny.py:32: covariance: NameError: name 'no_name' is not defined"
    assert go_on.endswith("go on with: grade batch tiny --resume")
    assert graded_times(course) < 8
    build(course)
    ended = grade("batch", "tiny", "--resume", "--json")
    assert ended.document["outcomes"] == {"graded": 8, "missing": 1}


def test_a_test_that_breaks_only_where_others_were_graded_before_stops_nothing(grade: Grade, course: Path) -> None:
    a_class(course / "handed", 8)
    counts = (
        "SHAPES = ((4, 3), (5, 2))\nCALLS = []",
        "    CALLS.append(1)\n    assert len(CALLS) < 6\n    got = student(cov",
    )
    broken = CHECKS.replace("SHAPES = ((4, 3), (5, 2))", counts[0]).replace("    got = student(cov", counts[1])
    build(course, checks=broken)
    ran = grade("batch", "tiny", "handed", "--json")
    assert ran.code == BROKEN
    assert sum(ran.document["outcomes"].values()) == 8
    assert ran.document["course_problems"] == []


def test_resume_without_a_batch_before_and_with_submissions_is_refused(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", CORRECT)
    assert "there is no batch to go on with" in grade("batch", "tiny", "--resume").err
    assert "name nothing of that again" in grade("batch", "tiny", "handed", "--resume").err
    assert "name what was handed in" in grade("batch", "tiny").err


def test_a_course_that_does_not_load_ends_the_batch_before_it_begins(on_cores: Grade, course: Path) -> None:
    lay(course / "handed/ada", CORRECT)
    build(course, checks=CHECKS.replace("import pytest", "import pytest, no_such_module"))
    ran = on_cores("batch", "tiny", "handed")
    assert ran.code == BROKEN
    assert ran.err.startswith("the course needs repair:\n")
    assert "no_such_module" in ran.err


def test_a_process_with_other_versions_does_not_grade(
    on_cores: Grade, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(course / "handed/ada", CORRECT)
    monkeypatch.setattr("platform.python_version", lambda: "3.99.0")
    ran = on_cores("batch", "tiny", "handed")
    assert ran.code == BROKEN
    assert "the versions here are not those of the run" in ran.err


def test_a_gradebook_of_a_newer_version_is_one_sentence(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", CORRECT)
    grade("batch", "tiny", "handed")
    with sqlite3.connect(course / "results/gradebook.sqlite") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    ran = grade("batch", "tiny", "handed")
    assert ran.code == USAGE
    told = f"was made by a newer version of grade (its tables are at step 9999, this one knows {HEAD})"
    assert told in ran.err


def test_too_little_memory_means_fewer_processes_and_is_said(course: Path) -> None:
    """The command has a process of its own: it counts with those that grade, and this one may have grown large."""
    a_class(course / "handed", 2)
    ran = ended(started("batch", "tiny", "handed", "--jobs", "2", "--memory", "1000", at=course))
    assert ran.code == WHOLE
    assert "1 process instead of 2: each may need 662 MiB of the 1000 MiB that all may take together" in ran.err


def test_what_was_graded_a_moment_ago_is_not_graded_again_for_another_student(grade: Grade, course: Path) -> None:
    a_class(course / "handed", 12)
    for number in range(5, 12):
        lay(course / f"handed/student{number:03}", unlike(CORRECT, number - 4))
        lay(course / f"handed/student{number - 4:03}", unlike(CORRECT, number - 4))
    ran = grade("batch", "tiny", "handed", "--json")
    assert graded_times(course) == ran.document["graded_now"] == 8  # seven submissions twice, and student000
    assert len(scores(course)) == 12


def test_what_was_graded_before_a_report_cannot_be_written_is_kept(grade: Grade, course: Path) -> None:
    a_class(course / "handed", 4)
    (course / "results/tiny/reports/student003.html").mkdir(parents=True)
    ran = grade("batch", "tiny", "handed")
    assert "results cannot be written to" in ran.err
    assert graded_times(course) == 3


@pytest.mark.parametrize("command", [("batch", "tiny", "handed"), ("regrade", "tiny")])
def test_a_class_is_not_graded_where_its_code_cannot_be_isolated(
    grade: Grade, course: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other systems than Linux ran strangers' code with all that the instructor may do, and said nothing."""
    a_class(course / "handed", 1)
    grade("batch", "tiny", "handed")
    monkeypatch.setattr("grader.sandbox.host.server.CAN_ISOLATE", False)
    ran = grade(*command, "--again")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (BROKEN, "", 1)
    assert "cannot isolate submissions" in ran.err
    assert f"--no-isolation '{CONSENT}'" in ran.err
    assert graded_times(course) == 1


def test_a_process_of_a_batch_refuses_by_itself_where_it_cannot_isolate(
    tiny: CourseAssignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker of a cluster may be another system's than the machine where the command was typed."""
    monkeypatch.setattr("grader.sandbox.host.server.CAN_ISOLATE", False)
    refusal = make_ready(RunConfig(tiny.folder, "", None, View.STUDENT, ()))
    assert refusal is not None
    assert refusal.is_final
    assert "cannot isolate submissions" in refusal.message


@pytest.mark.parametrize(
    ("held", "is_loaded"),
    [
        ("", 1),
        ("DATA = open(__file__)\n", 0),
        ("import tempfile\nPLACE = tempfile.mkdtemp()\n", 0),
        ("import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n", 0),
        ("import subprocess\nHELPER = subprocess.Popen(['sleep', '9'])\n", 0),
    ],
    ids=["nothing", "file", "folder", "thread", "process"],
)
@pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked elsewhere")
def test_processes_of_a_batch_share_no_tests_that_hold_a_file_a_temporary_folder_a_thread_or_a_process(
    tmp_path: Path, held: str, is_loaded: int
) -> None:
    """Two judges would move one open file under each other, and write into one folder."""
    folder = build(tmp_path, checks=held + CHECKS)
    config = RunConfig(folder, "", None, View.STUDENT, tuple(versions(("numpy",)).items()))

    def count() -> int:
        load(config)
        return len(_loaded)

    assert limited_call(count, READING) == is_loaded


def test_what_was_graded_without_isolation_is_graded_again_with_it(grade: Grade, course: Path) -> None:
    a_class(course / "handed", 1)
    said = ("--no-isolation", CONSENT)
    assert grade("batch", "tiny", "handed", *said).code == WHOLE
    result = json.loads((course / "results/tiny/results/student000.json").read_text(encoding="utf-8"))
    assert result["provenance"]["isolation"] == [NOT_ISOLATED]
    assert grade("batch", "tiny", "handed", "--json", *said).document["graded_now"] == 0
    assert grade("batch", "tiny", "handed", "--json").document["graded_now"] == 1
    assert "environment: submissions are isolated, were not" in grade("diff", "2", "3").out


def test_other_words_than_those_asked_for_turn_nothing_off(grade: Grade, course: Path) -> None:
    a_class(course / "handed", 1)
    ran = grade("batch", "tiny", "handed", "--no-isolation", "yes")
    assert ran.code == BROKEN
    assert CONSENT in ran.err
    assert not (course / "results").exists()
