"""`grade collect` as an instructor types it before grading."""

from __future__ import annotations

from pathlib import Path

import pytest
from classes import CORRECT, NOT_ALL, USAGE, WHOLE, Grade, commands, lay, packed


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], course: Path) -> Grade:
    return commands(monkeypatch, capsys, course)


def test_what_is_understood_of_an_export_is_shown_and_nothing_is_kept(typed: Grade, course: Path) -> None:
    times = ("2026-11-20-09-05-00", "2026-11-21-23-52-10")
    files = {f"HW_ada_attempt_{time}_{name}": text for time in times for name, text in CORRECT.items()}
    files |= {f"HW_bob_attempt_{times[0]}_scale.py": CORRECT["scale.py"], f"HW_eve_attempt_{times[0]}_a.zip": b"no zip"}
    lay(course, {"hw.zip": packed(files), "roster.csv": "id,name\nada,Ada L\nbob,Bob H\nzoe,Zoe\n"})
    before = {path for path in course.rglob("*") if ".grade" not in path.parts}
    ran = typed("collect", "hw.zip", "--roster", "roster.csv", "--json")
    assert ran.code == NOT_ALL
    rows = {(row["student"], row["attempt"]): row for row in ran.document["submissions"]}
    assert (rows["ada", 1]["counts"], rows["ada", 2]["counts"]) == (False, True)
    assert rows["ada", 2]["submitted_at"] == "2026-11-21T23:52:10Z"
    assert rows["bob", 1]["missing"] == ["stats.py"]
    assert rows["eve", 1]["problem"].startswith("submission HW_eve_attempt_2026-11-20-09-05-00_a.zip is ")
    assert (rows["eve", 1]["on_roster"], ran.document["absent"]) == (False, ["zoe"])
    assert {path for path in course.rglob("*") if ".grade" not in path.parts} == before


def test_the_table_names_everybody_and_the_next_command(typed: Grade, course: Path) -> None:
    lay(course / "handed/ada", CORRECT)
    lay(course / "handed/bob", {"scale.py": CORRECT["scale.py"], "own.py": "x = 1\n"})
    ran = typed("collect", "handed")
    assert ran.code == WHOLE
    assert [line.split()[0] for line in ran.out.splitlines()] == ["student", "ada", "bob"]
    assert "without stats.py" in ran.out
    assert ran.err.splitlines()[-2:] == [
        "2 submissions of 2 students, none with a problem",
        "to grade them: grade batch tiny handed",
    ]


def test_a_table_in_a_pipe_keeps_every_cell_on_one_line_and_what_is_wrong_at_the_end(
    typed: Grade, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name of two words took four lines in eighty columns."""
    monkeypatch.delenv("COLUMNS", raising=False)
    lay(course, {"roster.csv": "id,name\na1,Adalbert van der Lovelace-Müller zu Hohenstein und Unterach\nb2,Bob\n"})
    lay(course / "handed", {"a0.zip": b"no zip", "a1/scale.py": "x = 1\n", "b2.zip": packed(CORRECT)})
    ran = typed("collect", "handed", "-a", "tiny", "--roster", "roster.csv")
    assert [line.split()[0] for line in ran.out.splitlines()] == ["student", "a1", "b2", "a0"]
    assert "Hohenstein und Unterach" in ran.out.splitlines()[1]
    assert "3 submissions of 3 students, 1 with a problem, 1 not on the roster" in ran.err


def test_a_name_as_long_as_a_line_of_the_screen_leaves_room_for_what_is_wrong(
    typed: Grade, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One student of 150 letters left no column but the names of all the others."""
    monkeypatch.setenv("COLUMNS", "100")
    lay(course, {"roster.csv": f"id,name\na1,{'Maximilian ' * 14}\nb2,Bob\n"})
    lay(course / "handed", {"a1/scale.py": "x = 1\n", "b2.zip": packed(CORRECT)})
    ran = typed("collect", "handed", "-a", "tiny", "--roster", "roster.csv")
    assert "…" in ran.out.splitlines()[1]
    assert ran.out.splitlines()[1].endswith("without stats.py")


def test_no_name_is_a_command_to_the_build_server_that_it_is_shown_on(typed: Grade, course: Path) -> None:
    lay(course / "handed/::error::forged", CORRECT)
    lay(course / "handed/  ##[error]forged", CORRECT)
    ran = typed("collect", "handed", "-a", "tiny")
    assert ran.code == WHOLE
    assert ran.out.count("forged") == 2
    assert not [line for line in (ran.out + ran.err).splitlines() if line.lstrip().startswith(("::", "##["))]


def test_where_the_files_do_not_tell_the_assignment_it_is_asked_for(typed: Grade, course: Path) -> None:
    lay(course / "handed/ada", {"essay.pdf": b"%PDF"})
    ran = typed("collect", "handed")
    assert ran.code == USAGE
    assert ran.err == "the files are those of no assignment of the course: say of which with --assignment\n"
    assert typed("collect", "handed", "-a", "tiny").code == NOT_ALL
    assert "nowhere does not exist" in typed("collect", "nowhere", "-a", "tiny").err
