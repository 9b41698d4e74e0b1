"""`grade backup`, `restore`, `forget` and `doctor --results` as an instructor types them."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from classes import CORRECT, NOT_ALL, SHORT_ROWS, USAGE, WHOLE, Grade, lay

from grader.errors import OutputError

ADA = "adalovelace"


@pytest.fixture
def graded(grade: Grade, course: Path) -> Grade:
    """Grade three students, two of whom handed in the same, and decide about one."""
    lay(course / f"handed/{ADA}", SHORT_ROWS)
    lay(course / "handed/bob", SHORT_ROWS)
    lay(course / "handed/eve", {**CORRECT, "notes.txt": "mine"})
    grade("batch", "tiny", "handed")
    grade("override", "tiny", ADA, "9.5", "--why", f"talked to {ADA}")
    grade("regrade", "tiny")
    return grade


def holding(folder: Path, word: str) -> Iterator[str]:
    """List the files in which a word stands, the gradebook's free pages included."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (word.encode() in path.read_bytes() or word in path.name):
            yield path.relative_to(folder).as_posix()


def test_a_backup_is_laid_out_again_with_every_grade_and_decision(graded: Grade, course: Path) -> None:
    before = graded("export", "tiny", "-f", "csv").out
    with closing(sqlite3.connect(course / "results/gradebook.sqlite")) as writer:
        writer.execute("BEGIN IMMEDIATE")  # a run that writes
        writer.execute("UPDATE students SET name = 'half written'")
        ran = graded("backup", "kept.zip")
        writer.rollback()
    assert ran.code == WHOLE
    assert graded("backup", "kept.zip").err == "kept.zip is there already, expected the name of a new file\n"
    with zipfile.ZipFile(course / "kept.zip") as archive:
        assert not [name for name in archive.namelist() if name.endswith((".lock", "-wal", "-shm"))]
    (course / "results").rename(course / "lost")
    assert graded("restore", "kept.zip").code == WHOLE
    assert graded("export", "tiny", "-f", "csv").out == before
    assert "talked to" in graded("decisions").out
    assert graded("doctor", "--results").code == WHOLE
    assert "results is not empty" in graded("restore", "kept.zip").err


def test_what_is_no_whole_backup_lays_out_nothing(grade: Grade, course: Path) -> None:
    lay(course / "handed", {"ada.zip": b"no zip"})
    grade("batch", "tiny", "handed")
    grade("backup", "kept.zip")
    whole = (course / "kept.zip").read_bytes()
    for spoiled, sentence in {
        whole[: len(whole) // 2]: "kept.zip cannot be read: ",
        whole.replace(b"grade-backup-v1", b"grade-backup-v9"): "is no backup that grade backup wrote",
        whole.replace(b"tiny/reports/ada.html", b"../y/reports/ada.html"): "names that lead out of",
    }.items():
        (course / "kept.zip").write_bytes(spoiled)
        ran = grade("restore", "kept.zip", "--out", "new")
        assert ran.code == USAGE
        assert sentence in ran.err
        assert not (course / "new").exists()


def test_who_is_forgotten_stands_nowhere_and_others_keep_what_is_theirs(
    graded: Grade, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(course / "results/tiny/feedback-folder" / ADA, {"report.html": ADA})
    assert "--really" in graded("forget", ADA).err
    others = graded("export", "tiny", "-f", "csv").out.replace
    ran = graded("forget", ADA, "--really")
    receipt = json.loads(ran.out)
    assert receipt["rows"]["overrides"] == 1
    assert receipt["rows"]["entries"] == 2
    assert {"tiny/reports/adalovelace.html", "tiny/feedback-folder/adalovelace"} <= set(receipt["files"])
    assert list(holding(course / "results", ADA)) == []
    lines = graded("export", "tiny", "-f", "csv").out.splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ['"bob"', '"eve"']
    assert others("", "").splitlines()[2:] == lines[1:]
    assert graded("regrade", "tiny").code == WHOLE
    assert graded("doctor", "--results").code == WHOLE
    assert f"there is no student '{ADA}'" in graded("forget", ADA, "--really").err

    def interrupted(*_: object) -> None:
        raise OutputError("killed")

    with monkeypatch.context() as patched:  # the rows were gone, the page of the class kept the name for ever
        patched.setattr("grader.batch.forget._rewrite", interrupted)
        assert "killed" in graded("forget", "bob", "--really").err
    page = course / "results/tiny/class.html"
    assert ">bob<" in page.read_text("utf-8")
    assert graded("forget", "bob", "--really").code == WHOLE
    assert ">bob<" not in page.read_text("utf-8")
    assert graded("forget", "bob", "--really").code == USAGE


def test_doctor_tells_what_results_lack_and_what_helps(graded: Grade, course: Path) -> None:
    (course / "results/tiny/reports/bob.html").unlink()
    lay(course / "results/tiny/reports", {"zoe.html": ""})
    with closing(sqlite3.connect(course / "results/gradebook.sqlite")) as database:
        database.execute("UPDATE results SET document = x'00'")
        database.execute("UPDATE runs SET state = 'running' WHERE id = 1")
        database.commit()
    ran = graded("doctor", "--results", "--json")
    assert ran.code == NOT_ALL
    wrong = {one["name"]: one["detail"] for one in json.loads(ran.out) if not one["is_whole"]}
    assert wrong == {
        "runs": "1 did not end by itself",
        "tiny: results": f"the results of {ADA}, bob and eve cannot be read",
        "tiny: reports": "bob has none; zoe.html: of nobody in the gradebook",
    }
    assert "grade regrade tiny --again" in ran.err
    assert "holds no gradebook" in graded("doctor", "--results", "--out", "handed").err


def test_a_gradebook_that_lies_elsewhere_is_backed_up_and_laid_out_elsewhere(grade: Grade, course: Path) -> None:
    """Only the one in the folder of results was: the backup was refused, or had no grades of this course."""
    lay(course / "handed/bob", CORRECT)
    elsewhere = ("--gradebook", "marks/year.sqlite", "--course", ".")
    (course / "marks").mkdir()
    grade("batch", "tiny", "handed", *elsewhere)
    before = grade("export", "tiny", "-f", "csv", *elsewhere).out
    assert grade("backup", "kept.zip", *elsewhere).code == WHOLE
    assert grade("doctor", "--results", *elsewhere).code == WHOLE
    assert "year.sqlite is there already" in grade("restore", "kept.zip", "--out", "new", *elsewhere).err
    (course / "marks/year.sqlite").rename(course / "lost.sqlite")
    assert "marks/year.sqlite is not there" in grade("decisions", *elsewhere).err
    assert not (course / "marks/year.sqlite").exists()
    assert grade("restore", "kept.zip", "--out", "new", *elsewhere).code == WHOLE
    assert grade("export", "tiny", "-f", "csv", "--results", "new", *elsewhere).out == before
    assert grade("restore", "kept.zip", "--course", "handed").err.startswith("handed is no course")
