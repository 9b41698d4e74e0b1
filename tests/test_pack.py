"""`grade pack`: what is asked for and nothing else, the same zip each time, refused where something is missing."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from notebooks import notebook
from tiny_course import RUBRIC, SCALE, STATS, build
from typer.testing import CliRunner

from grader.cli import app, main
from grader.course.discovery import Course
from grader.course.student_files import student_files
from grader.errors import SubmissionError, UsageError
from grader.model.assignment import Assignment, Check, ManualRow
from grader.submissions.pack import select_files

ROW = ManualRow(
    name="review", part="all", title="Review", points=Fraction(3), description="reviewed", writeup="review.*"
)
MERGE = "line 2 begins with <<<<<<<, which git writes where a merge is not finished: choose one of both sides"
ASSIGNMENT = Assignment(
    name="tiny",
    title="Tiny",
    source="Handout 000",
    files=("scale.py", "lib/stats.py"),
    parts=(),
    checks=(),
    seed=1,
    attachments=("configs/*.yaml",),
    attachment_mb=1,
    by_hand=(ROW,),
)
WHOLE = {"scale.py": SCALE, "lib/stats.py": STATS, "configs/a.yaml": "a: 1", "review.pdf": "%PDF"}


def laid(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def test_what_is_asked_for_is_packed_with_modules_of_ones_own_and_nothing_else(tmp_path: Path) -> None:
    extra = {"helper.py": "x = 1", "notes.txt": "x", "trainer.py": "# changed", "data/x.npy": "1", ".env": "SECRET"}
    pack = select_files(laid(tmp_path, {**WHOLE, **extra}), ASSIGNMENT, {"trainer.py"})
    assert list(pack.files) == ["configs/a.yaml", "helper.py", "lib/stats.py", "review.pdf", "scale.py"]
    assert (pack.missing, pack.unreadable, pack.left_out) == ((), (), ("data/x.npy", "notes.txt"))


def test_files_go_to_the_places_that_are_asked_for(tmp_path: Path) -> None:
    pack = select_files(
        laid(tmp_path, {"work/scale.py": "", "work/stats.py": "", "work/a.yaml": ""}), ASSIGNMENT, set()
    )
    assert list(pack.files) == ["configs/a.yaml", "lib/stats.py", "scale.py"]


@pytest.mark.parametrize(("name", "missing"), [("lib/stats.py", "lib/stats.py"), ("configs/a.yaml", "configs/*.yaml"),
                                              ("review.pdf", "review.*")])  # fmt: skip
def test_what_is_missing_is_named(tmp_path: Path, name: str, missing: str) -> None:
    pack = select_files(laid(tmp_path, {path: text for path, text in WHOLE.items() if path != name}), ASSIGNMENT, set())
    assert pack.missing == (missing,)


def test_a_notebook_is_packed_for_the_modules_that_it_stands_in_for(tmp_path: Path) -> None:
    (tmp_path / "work.ipynb").write_bytes(notebook(SCALE))
    assert select_files(tmp_path, replace(ASSIGNMENT, attachments=(), by_hand=()), set()).missing == ()


def test_what_cannot_be_read_is_told_and_not_packed(tmp_path: Path) -> None:
    laid(
        tmp_path,
        {**WHOLE, "configs/b.yaml": "version https://git-lfs.github.com/spec/v1", "configs/c.yaml": "c" * 2**21},
    )
    pack = select_files(tmp_path, ASSIGNMENT, set())
    assert "configs/b.yaml" not in pack.files
    assert [sentence.split(",")[0] for sentence in pack.unreadable] == [
        "configs/b.yaml is a git-lfs pointer and not the file itself", "configs/c.yaml is too large",
    ]  # fmt: skip


CONFIGS = Check(
    name="configs", part="all", points=Fraction(4), description="", hint="", reads=(("configs/*.yaml",),) * 2
)
WEIGHTS = Check(
    name="weights", part="all", points=Fraction(1), description="", hint="", reads=(("w/net.pth", "w/network.pth"),)
)


@pytest.mark.parametrize(
    ("more", "unmet"),
    [
        (
            {},
            (
                "check configs (4 points) reads 2 files configs/*.yaml, 1 is there",
                "check weights (1 point) reads w/net.pth",
            ),
        ),
        ({"configs/b.yaml": "", "w/Network.pth": ""}, ()),
        ({"configs/b.yaml": "", "w/other.pth": ""}, ("check weights (1 point) reads w/net.pth",)),
    ],
)
def test_what_a_check_reads_has_to_be_there(tmp_path: Path, more: dict[str, str], unmet: tuple[str, ...]) -> None:
    """A pattern was met by any file: two of three checkpoints and a configuration were missing without a word."""
    assignment = replace(ASSIGNMENT, checks=(CONFIGS, WEIGHTS), attachments=("configs/*.yaml", "w/*.pth"))
    pack = select_files(laid(tmp_path, {**WHOLE, "w/a.pth": "", **more}), assignment, set())
    assert [said.removesuffix(", which is not there") for said in pack.unmet] == list(unmet)
    assert set(pack.unmet) <= set(pack.faults)


def test_of_alternatives_one_is_enough(tmp_path: Path) -> None:
    asked = replace(
        ASSIGNMENT, attachments=("a.txt", "logs/*.txt"), alternatives=(("a.txt", "logs/*.txt"),), by_hand=()
    )
    assert select_files(laid(tmp_path, {**WHOLE, "logs/1.txt": ""}), asked, set()).missing == ()


def test_a_name_that_a_notebook_binds_may_stand_for_an_attachment(tmp_path: Path) -> None:
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": ["x = 1\n", "ANSWERS = {}"]}], "nbformat": 4})
    asked = replace(ASSIGNMENT, attachments=("a.txt",), alternatives=(("a.txt", "scale.py:ANSWERS"),), by_hand=())
    without_module = {path: text for path, text in WHOLE.items() if path != "scale.py"}
    assert select_files(laid(tmp_path, {**without_module, "work.ipynb": notebook}), asked, set()).missing == ()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("scale.py", "x = 1\ndef f(:\n", "scale.py:2 does not parse: invalid syntax"),
        ("scale.py", "x = 1\n<<<<<<< HEAD\n", f"scale.py:2 does not parse: {MERGE}"),
        ("scale.py", "x = '\x00'", "scale.py holds a NUL byte on line 1, expected text"),
        ("configs/a.yaml", "a: [1\nb: 2\n", "configs/a.yaml:2 does not parse: expected ',' or ']', but got ':'"),
        ("answers.toml", "a = 1\nb = \n", "answers.toml does not parse: Invalid value (at line 2, column 5)"),
        ("work.ipynb", "{", "work.ipynb:1 does not parse: Expecting property name enclosed in double quotes"),
    ],
)
def test_a_file_that_does_not_parse_is_told_before_it_is_packed(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    assignment = replace(ASSIGNMENT, attachments=(*ASSIGNMENT.attachments, "answers.toml", "*.ipynb"), by_hand=())
    pack = select_files(
        laid(tmp_path, {**WHOLE, "answers.toml": "", "work.ipynb": "{}", name: text}), assignment, set()
    )
    assert pack.unparsable == (said,)
    with pytest.raises(UsageError, match=r"does not parse|NUL byte"):
        pack.refuse_incomplete()


def test_a_folder_without_anything_that_is_asked_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match=r"holds nothing that tiny asks for: scale\.py"):
        select_files(laid(tmp_path, {"notes.txt": ""}), ASSIGNMENT, set())


# ----------------------------------------------------------------------------------------------------- the command


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    build(folder)
    return folder


def packed(course: Path, *more: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["pack", "tiny", "--course", str(course), *more])
    return result.exit_code, result.stdout


def test_a_zip_is_the_same_each_time_and_its_hash_is_printed(course: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    code, told = packed(course, "--out", str(first))
    packed(course, "--out", str(second))
    assert (code, first.read_bytes()) == (0, second.read_bytes())
    assert hashlib.sha256(first.read_bytes()).hexdigest() in told
    assert re.search(rf"scale\.py +{len((course / 'student/tiny/scale.py').read_bytes())}\n", told)
    assert zipfile.ZipFile(first).namelist() == ["scale.py", "stats.py"]


def test_the_printed_hash_is_the_one_that_a_report_names(course: Path, tmp_path: Path) -> None:
    _, told = packed(course, "--out", str(tmp_path / "x.zip"))
    run = ["run", "tiny", "--course", str(course), "--submission", str(tmp_path / "x.zip"), "--json"]
    document = json.loads(CliRunner().invoke(app, run).stdout)
    assert document["provenance"]["submission"] in told


def test_an_incomplete_zip_is_written_only_on_demand(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = laid(tmp_path / "mine", {"scale.py": SCALE})
    target = tmp_path / "x.zip"
    words = ["grade", "pack", "tiny", str(mine), "--course", str(course), "--out", str(target)]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("not there: stats.py. No zip is written")
    assert not target.exists()
    code, told = packed(course, str(mine), "--out", str(target), "--anyway")
    assert (code, zipfile.ZipFile(target).namelist()) == (0, ["scale.py"])
    assert "not there: stats.py" in told


# ------------------------------------------------------------------------------------------- the rule on output


def test_the_rule_is_told_in_the_students_readme(course: Path) -> None:
    readme = student_files(Course(course).load("tiny"))["README.md"]
    *_, heading, _, sentence = readme.splitlines()
    assert heading == "## The rule on output"
    assert sentence == "Printing what the assignment does not ask for, in any check or at import, costs 1 point."


@pytest.mark.parametrize(("output", "told"), [("forbid", True), ("allow", False)])
def test_the_rule_is_told_by_a_run_that_printed_nothing(tmp_path: Path, output: str, told: bool) -> None:
    build(tmp_path, rubric=RUBRIC.replace('output = "forbid"', f'output = "{output}"'))
    sample = tmp_path / "reference/tiny/samples/correct"
    run = ["run", "tiny", "--course", str(tmp_path), "--submission", str(sample), "--json"]
    document = json.loads(CliRunner().invoke(app, run).stdout)
    assert any("printing what the assignment" in note for note in document["notes"]) is told
    assert document["rules"] == []


def test_what_was_printed_is_told_once_with_its_cost(course: Path) -> None:
    sample = course / "reference/tiny/samples/prints"
    run = ["run", "tiny", "--course", str(course), "--submission", str(sample), "--json"]
    document = json.loads(CliRunner().invoke(app, run).stdout)
    assert [rule["points"] for rule in document["rules"]] == [-1]
    assert not any("printing what" in note for note in document["notes"])
