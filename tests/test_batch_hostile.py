"""Attacks beside honest students in one batch: nobody else's score moves, whoever is in the class and wherever."""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from classes import CORRECT, NOT_ALL, WHOLE, Grade, ended, lay, packed, started
from notebooks import code, document
from tiny_course import build

from grader.batch import work
from grader.errors import MachineError, ProcessDiedError
from grader.intake import selection
from grader.submissions import limited

HONEST = {"ada": 10.0, "zoe": 10.0}
ROSTER = "id,name,email\nada,Ada Lovelace,ada@uni.example\nzoe,Zoe Young,zoe@uni.example\n"
STOLEN = {f"zoe_12_34{number}_{name}": "raise SystemExit\n" for number, name in enumerate(CORRECT)}
METADATA = """---
submission_1:
  :submitters:
  - :name: Zoe Young
    :sid: zoe
    :email: zoe@uni.example
  :created_at: 2099-01-01 00:00:00.000000000 Z
"""


def scores(course: Path) -> dict[str, float]:
    files = (course / "results/tiny/results").glob("*.json")
    return {file.stem: json.loads(file.read_text())["score"] for file in files}


def notebook_of(count: int, name: str = "f{}.py") -> str:
    return json.dumps(document([code(f"%%writefile {name.format(n)}\nX = 1") for n in range(count)]))


def surrogates(folder: Path) -> None:
    lay(folder, CORRECT)
    (folder / os.fsdecode(b"\xff\xfe.py")).write_text("X = 1\n")


def a_pipe(folder: Path) -> None:
    lay(folder, CORRECT)
    os.mkfifo(folder / "extra.py")


def links(folder: Path) -> None:
    for name in CORRECT:
        (folder / name).symlink_to(folder.parent / "zoe" / name)
    (folder / "all").symlink_to(folder.parent)


def deep(folder: Path) -> None:
    lay(folder, CORRECT)
    lay(folder, {f"{'d/' * 30}f{number}.py": "" for number in range(40)})


# What Mallory hands in, and what becomes of it: a score, or how the sentence about it begins.
FOLDERS: dict[str, tuple[dict[str, str | bytes] | Callable[[Path], None], float | str]] = {
    "another's files as Canvas names them": (STOLEN, "submission mallory holds no file of tiny"),
    "another's files as Canvas names them, beside his own": ({**STOLEN, **CORRECT}, 10.0),
    "another's folders as Moodle names them": (
        {f"Zoe Young_7_assignsubmission_file_/{name}": "raise SystemExit\n" for name in CORRECT}, 0.0,
    ),
    "another's files as Moodle names them": (
        {f"Zoe Young_7_assignsubmission_file_{name}": "X = 1\n" for name in CORRECT},
        "submission mallory holds no file of tiny",
    ),
    "metadata of Gradescope that names another": (
        {"submission_metadata.yml": METADATA, **{f"submission_1/{name}": text for name, text in CORRECT.items()}}, 10.0,
    ),
    "metadata whose aliases come to gigabytes": (
        {"submission_metadata.yml": f"a: &a [x, x]\nb: &b [*a, *a]\n{METADATA}", **CORRECT}, 10.0,
    ),
    "folders of other students": (
        {f"{who}/{name}": "raise SystemExit\n" for who in HONEST for name in CORRECT}, 0.0,
    ),
    "a roster of his own": ({"roster.csv": "id,submission\nzoe,mallory\n", **CORRECT}, 10.0),
    "a time of nbgrader's": ({"timestamp.txt": "1999-01-01 00:00:00 UTC", **CORRECT}, 10.0),
    "20,001 empty modules": (
        {**CORRECT, **{f"f{number}.py": "" for number in range(20_001)}}, "submission mallory comes to 20003 files",
    ),
    "megabytes of names": (
        {**{f"{'a' * 190}{number}.py": "" for number in range(2000)}, **CORRECT},
        "submission mallory comes to 2002 files",
    ),
    "forty files, each in thirty folders": (deep, 10.0),
    "more folders than a worker's folder holds": (
        {**CORRECT, **{f"p{number}/q{number}/m.py": "" for number in range(400)}},
        "submission mallory comes to 1202 files and folders",
    ),
    "a name that no file system takes": ({"mallory.zip": packed({**CORRECT, "é" * 130 + ".py": "X = 1\n"})}, 10.0),
    "a folder name that no file system takes": (
        {"mallory.zip": packed({**CORRECT, "é" * 130 + "/m.py": "X = 1\n"})}, 10.0,
    ),
    "a notebook that writes three thousand modules": (
        {"stats.py": CORRECT["stats.py"], "scale.ipynb": notebook_of(3000)},
        "submission mallory comes to 3002 files",
    ),
    "a notebook that writes a module of too long a name": (
        {"stats.py": CORRECT["stats.py"], "scale.ipynb": notebook_of(1, "e" * 250 + ".py")},
        "submission mallory holds eee",
    ),
    "an archive of too many members": (
        {"mallory.zip": packed({f"f{number}.py": "" for number in range(5001)})},
        "submission mallory.zip holds more than 5000 entries",
    ),
    "what Python, pytest and pip obey where they find it": (
        {**CORRECT, **dict.fromkeys(("sitecustomize.py", "conftest.py", "drivers.py", "numpy.py"), "raise SystemExit"),
         "a.pth": "import os; os._exit(0)\n", "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--co'\n"}, 10.0,
    ),
    "a gradebook and results of his own": (
        {**CORRECT, "results/tiny/results/zoe.json": '{"score": 0}', "results/grades.sqlite": b"SQLite format 3\0",
         "results/tiny/grades.csv": "id,score\nzoe,0\n"}, 10.0,
    ),
    "archives in an archive": (
        {"mallory.zip": packed({**CORRECT, "more.zip": packed({"scale.py": "raise SystemExit\n"})})}, 10.0,
    ),
    "names that a spreadsheet or a screen would obey": (
        {**CORRECT, "=cmd|'C calc'!A0.py": "", "\u202eyp.erised.py": "", "a\nzoe,10\n.py": "", "\x1b[2J.py": ""}, 10.0,
    ),
    "links to another's files": (links, "submission mallory cannot be read"),
    "a source of one long line": ({**CORRECT, "more.py": f"x = {'1 + ' * 200_000}1\n"}, 10.0),
    "a source nested as deep as it goes": (
        {**CORRECT, "more.py": f"x = y{'.a' * 200_000}\n", "less.py": f"x = {'-' * 200_000}1\n"}, 10.0,
    ),
    "a wrong module of attributes without end": (
        {"stats.py": CORRECT["stats.py"], "scale.py": f"def standardized(x):\n    return x{'.T' * 50_000}\n"}, 5.0,
    ),
    "a notebook whose cell writes a file under endless options": (
        {"stats.py": CORRECT["stats.py"],
         "scale.ipynb": json.dumps(document([code(f"%%writefile -a{' ' * 200_000}!"), code("x = (\n" + "%" * 9_000)]))},
        5.0,
    ),
    "times at the ends of the calendar": (
        {**CORRECT, "timestamp.txt": "0001-01-01 00:00:00 Asia/Tokyo",
         ".git/logs/HEAD": "0 1 a <b> 99999999999 -9999\tcommit\n"}, 10.0,
    ),
    "names that are no text": (surrogates, 10.0),
    "a pipe among the modules": (a_pipe, 10.0),
}  # fmt: skip


@pytest.fixture(scope="module", params=["one by one", "as a class"])
def graded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Grade all attackers with honest students before, among and behind them; return the course and what was told."""
    course = build(tmp_path_factory.mktemp("course"))
    for who in HONEST:
        lay(course / "handed" / who, CORRECT)
    for number, (files, _) in enumerate(FOLDERS.values()):
        mallory = course / "handed" / f"mallory{number}"
        if callable(files):
            mallory.mkdir()
            files(mallory)
        elif "mallory.zip" in files:
            lay(course / "handed", {f"{mallory.name}.zip": files["mallory.zip"]})
        else:
            lay(mallory, files)
    rows = "".join(f"mallory{number},Mallory {number},m{number}@uni.example\n" for number in range(len(FOLDERS)))
    (course / "roster.csv").write_text(ROSTER + rows)
    paths = sorted((course / "handed").iterdir()) if request.param == "one by one" else [course / "handed"]
    ran = ended(started("batch", "tiny", *paths, "--roster", "roster.csv", "--json", at=course), seconds=300)
    assert "Traceback" not in ran.err
    return course, {row["student"]: row["message"] for row in ran.document["notices"]}


@pytest.mark.parametrize("who", HONEST)
def test_no_attack_moves_an_honest_score(graded: tuple[Path, dict[str, str]], who: str) -> None:
    course, told = graded
    assert scores(course)[who] == HONEST[who]
    assert who not in told


@pytest.mark.parametrize("attack", FOLDERS)
def test_what_an_attacker_hands_in_is_his_alone(graded: tuple[Path, dict[str, str]], attack: str) -> None:
    course, told = graded
    mallory = f"mallory{list(FOLDERS).index(attack)}"
    becomes = FOLDERS[attack][1]
    if isinstance(becomes, float):
        assert scores(course)[mallory] == becomes
    else:
        assert mallory not in scores(course)
        assert told[mallory].replace(mallory, "mallory").startswith(becomes)


def test_three_that_cannot_be_taken_on_at_the_head_of_a_class_end_nothing(grade: Grade, course: Path) -> None:
    for who in ("aaa", "aab", "aac", "aad"):
        lay(course / "handed" / who, {**CORRECT, **{f"f{number}.py": "" for number in range(1000)}})
    lay(course / "handed/zoe", CORRECT)
    ran = grade("batch", "tiny", "handed", "--json")
    assert ran.document["outcomes"] == {"graded": 1, "unreadable": 4}
    assert scores(course) == {"zoe": 10}


def failing_over(monkeypatch: pytest.MonkeyPatch, error: Exception, *names: str) -> None:
    """Let grading raise an error over some students' submissions."""
    honest = work.grade_submission

    def broken(grader: Any, submission: Any) -> Any:  # noqa: ANN401  # what it wraps takes and gives
        if submission.label in names:
            raise error
        return honest(grader, submission)

    monkeypatch.setattr(work, "grade_submission", broken)


@pytest.mark.parametrize(
    "error", [RecursionError("maximum recursion depth exceeded"), MemoryError(), MachineError("x")]
)
def test_a_bug_of_ours_over_a_submission_is_that_submissions_alone(
    grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """An exception in the coordinator or in a process ended the class in a traceback."""
    heads = ("aaa", "aab", "aac", "aad")
    for number, who in enumerate(heads):
        lay(course / "handed" / who, {**CORRECT, "more.py": f"X = {number}\n"})
    lay(course / "handed/zoe", CORRECT)
    failing_over(monkeypatch, error, *heads)
    ran = grade("batch", "tiny", "handed", "--json")
    assert ran.document["outcomes"] == {"failed": 4, "graded": 1}
    assert scores(course) == {"zoe": 10}
    monkeypatch.undo()


def test_a_report_that_cannot_be_rendered_costs_its_submission_alone(
    grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(course / "handed/aaa", {**CORRECT, "more.py": "X = 1\n"})
    lay(course / "handed/zoe", CORRECT)
    honest = work.counted_result

    def broken(result: Any, label: str, *others: Any) -> Any:  # noqa: ANN401  # what it wraps takes and gives
        if label == "aaa":
            raise ValueError("a picture of no pixels")
        return honest(result, label, *others)

    monkeypatch.setattr(work, "counted_result", broken)
    ran = grade("batch", "tiny", "handed", "--json")
    told = {row["student"]: row["message"] for row in ran.document["notices"]}
    assert told["aaa"] == (
        "grade itself fails over submission aaa (ValueError: a picture of no pixels): "
        "it has no score, and a person has to look at it"
    )
    assert scores(course) == {"zoe": 10}


def test_a_class_goes_on_where_reading_one_submission_crashes_or_never_ends(
    grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parsers of C run in the coordinator: an end of one was the end of the class."""
    for who in ("ada", "crashes", "loops", "zoe"):
        lay(course / "handed" / who, CORRECT)
    honest = selection.read_submission

    def hostile(path: Path, *others: Any) -> Any:  # noqa: ANN401  # what it wraps takes and gives
        if path.name == "crashes":
            ctypes.string_at(0)
        while path.name == "loops":
            pass
        return honest(path, *others)

    monkeypatch.setattr(selection, "read_submission", hostile)
    monkeypatch.setattr(limited, "READING", replace(limited.READING, cpu_seconds=1))
    ran = grade("batch", "tiny", "handed", "--json")
    told = {row["student"]: row["message"] for row in ran.document["notices"]}
    assert told["crashes"].startswith("submission crashes cannot be read: reading it ended its process (SIGSEGV)")
    assert told["loops"].startswith("submission loops cannot be read: reading it took more than 1 seconds")
    assert scores(course) == HONEST


def test_three_dead_processes_end_a_class_only_where_no_worker_comes_up(
    grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        lay(course / f"handed/s{number}", {**CORRECT, "more.py": f"X = {number}\n"})
    failing_over(monkeypatch, MachineError("a worker ends before it has read the submission"), "s0", "s1", "s2", "s3")

    def broken(_grader: object) -> None:
        raise MachineError("no namespaces here")

    ran = grade("batch", "tiny", "handed", "--json")
    assert ran.document["outcomes"] == {"failed": 4}
    monkeypatch.setattr(work, "_try_a_worker", broken)
    ran = grade("batch", "tiny", "handed")
    assert "this machine cannot grade: 3 submissions failed and none was graded: no namespaces here" in ran.err


def a_namesake(course: Path, roster: str) -> None:
    """Let Mallory's account of Canvas go by the name of Zoe's."""
    files = {f"youngzoe_{user}_{user}{number}_{name}": text
             for user, of in (("12", CORRECT), ("99", dict.fromkeys(CORRECT, "raise SystemExit\n")))
             for number, (name, text) in enumerate(of.items())}  # fmt: skip
    lay(course / "export", files)
    (course / "roster.csv").write_text(roster)


def test_who_takes_anothers_name_on_a_platform_is_a_student_of_his_own(grade: Grade, course: Path) -> None:
    """Numbers are given by a platform, names are changed by students: zoe had no score."""
    a_namesake(course, "id,name,canvasid\nzoe,Zoe Young,12\n")
    ran = grade("batch", "tiny", "export", "--roster", "roster.csv", "--json")
    assert ran.document["outcomes"] == {"graded": 2}
    assert scores(course) == {"zoe": 10.0, "youngzoe_99": 0.0}


def test_whose_a_shared_name_is_a_person_is_asked(grade: Grade, course: Path) -> None:
    a_namesake(course, "id,name\nzoe,Zoe Young\n")
    ran = grade("batch", "tiny", "export", "--roster", "roster.csv", "--several", "best", "--json")
    assert ran.document["outcomes"] == {"undecided": 2}
    told = "2 accounts of the platform go by this name, and nothing says whose is whose: "
    assert ran.document["notices"][0]["message"].startswith(told)


def test_two_version_folders_of_one_student_are_one_student(grade: Grade, course: Path) -> None:
    """She became two students, `old` and `final`, and was missing herself."""
    for version in ("old", "final"):
        lay(course / "handed/ada" / version, CORRECT)
    lay(course / "handed/zoe", CORRECT)
    (course / "roster.csv").write_text("id\nada\nzoe\n")
    paths = sorted((course / "handed").iterdir())
    ran = grade("batch", "tiny", *paths, "--roster", "roster.csv", "--json")
    assert ran.document["outcomes"] == {"graded": 2}
    assert scores(course) == HONEST
    assert "is read as one student&#39;s submission" not in ran.out
    assert f"{paths[0]} is read as one student's submission" in ran.err
    report = (course / "results/tiny/reports/ada.html").read_text()
    assert "files of the assignment lie in several folders: graded is final/, not old/" in report


def test_a_table_among_submissions_is_no_roster(grade: Grade, course: Path) -> None:
    """`submissions/*` names what students handed in, and one of them may be a CSV."""
    for who in HONEST:
        lay(course / "handed" / who, CORRECT)
    (course / "handed/mallory.csv").write_text("id,submission\nada,zoe\nmallory,ada\n")
    ran = grade("batch", "tiny", *sorted((course / "handed").iterdir()), "--json")
    assert "mallory.csv: no roster, since it lies among submissions" in ran.err
    assert ran.document["outcomes"] == {"graded": 2}
    assert scores(course) == HONEST


def test_a_class_named_beside_another_is_told_to_be_one_submission(grade: Grade, course: Path) -> None:
    for who in HONEST:
        lay(course / "section1" / who, CORRECT)
    lay(course / "bob", CORRECT)
    ran = grade("batch", "tiny", "section1", "bob", "--json")
    assert "section1 is read as one student's submission, since it was named beside others" in ran.err


def test_a_name_that_is_no_text_ends_no_class(grade: Grade, course: Path) -> None:
    """The gradebook takes no bytes that are no text: a folder's name ended the class in a traceback."""
    lay(course / "handed/zoe", CORRECT)
    lay(course / "handed" / os.fsdecode(b"mallory\xff"), CORRECT)
    (course / "handed" / os.fsdecode(b"eve\xfe.zip")).write_bytes(b"PK\x03\x04")
    (course / "handed/loop").symlink_to(course / "handed/loop")
    os.mkfifo(course / "handed/pipe")
    ran = grade("batch", "tiny", "handed", "--json")
    assert ran.document["outcomes"] == {"graded": 2, "unreadable": 3}
    assert scores(course)["zoe"] == 10
    assert grade("regrade", "tiny", "--again").code == NOT_ALL
    assert grade("export", "tiny", "--format", "csv").code == WHOLE


def test_a_process_that_dies_over_a_submission_is_told(
    grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(course / "handed/aaa", {**CORRECT, "more.py": "X = 1\n"})
    lay(course / "handed/zoe", CORRECT)
    failing_over(monkeypatch, ProcessDiedError("the grading process died over it, 2 times: killed"), "aaa")
    ran = grade("batch", "tiny", "handed", "--json")
    assert ran.document["outcomes"] == {"failed": 1, "graded": 1}
