"""`grader.gradebook.schema` and `engine`: any version's file is brought up to date, and anything else is refused."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from classes import WHOLE, Grade
from sqlalchemy import Connection, inspect, select
from tiny_course import RUBRIC, build

from grader.errors import GradebookError, GradebookLostError
from grader.gradebook.book import gradebook
from grader.gradebook.engine import Transactions, database_url, opened
from grader.gradebook.records import Student
from grader.gradebook.schema import HEAD, MIGRATIONS, VERSION, bring_up_to_date, take_steps
from grader.gradebook.tables import metadata

LATE_AND_BY_HAND = """
[late]
due = 2024-04-16T23:59:00
time_zone = "Europe/Bucharest"
deduct = 0.25
late_days = 1

[[by_hand]]
name = "essay"
part = "stats"
title = "Essay"
points = 4
says = "the essay says why"
"""
GRADES_OF_VERSION_1 = """\
"id","name","email","outcome","score","max_score","taken_for_lateness","submitted_at","standardized","unit_rows","variance","covariance","essay"
"ada",,,"graded",9.5,14,0.5,"2024-04-19 09:00:00",3,2,2,3,0
"bob",,,"graded",10,14,0,"2024-04-16 09:00:00",3,2,2,3,0
"eve",,,"graded",12,14,0,"2024-04-16 09:00:00",3,2,2,3,3
"zoe",,,"unreadable",,14,0,"2024-04-16 09:00:00",,,,,
"""
GRADES_OF_VERSION_2 = """\
"id","name","email","outcome","score","max_score","taken_for_lateness","submitted_at","standardized","unit_rows","variance","covariance","essay"
"ada",,,"graded",8.7,14,0.5,"2024-04-19 09:00:00",3,1.2,2,3,0
"bob",,,"graded",10,14,0,"2024-04-16 09:00:00",3,2,2,3,0
"eve",,,"graded",8,14,0,"2024-04-16 09:00:00",3,2,2,2,0
"zoe",,,"unreadable",,14,0,"2024-04-16 09:00:00",,,,,
"""


def described(connection: Connection) -> dict[str, list[str]]:
    """Describe each table of a database: its columns, keys and indexes, in no order."""
    seen = inspect(connection)
    return {
        name: sorted(
            repr(sorted((key, str(value)) for key, value in part.items()))
            for part in (
                *seen.get_columns(name), *seen.get_foreign_keys(name), *seen.get_unique_constraints(name),
                *seen.get_indexes(name), {**seen.get_pk_constraint(name)},
            )
        )
        for name in seen.get_table_names()
    }  # fmt: skip


@pytest.mark.parametrize("is_new", [True, False])
def test_a_new_gradebook_and_all_steps_from_an_empty_one_lead_to_the_tables_that_the_code_uses(
    tmp_path: Path, *, is_new: bool
) -> None:
    engine = opened(database_url(str(tmp_path / "gradebook.sqlite")))
    transactions = Transactions(engine, pytest.fail)
    if is_new:
        bring_up_to_date(transactions, "gradebook")
    else:
        transactions.write(take_steps)
    differences = transactions.read(
        lambda connection: compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": False}), metadata
        )
    )
    engine.dispose()
    assert differences == []


def test_a_new_gradebook_is_the_one_that_the_steps_lead_to(tmp_path: Path) -> None:
    """What `compare_metadata` leaves out among it: types, the names of keys, and the version."""
    ways: dict[str, Callable[[Transactions], None]] = {
        "new": lambda transactions: bring_up_to_date(transactions, "gradebook"),
        "steps": lambda transactions: transactions.write(take_steps),
    }
    found = []
    for way, make in ways.items():
        engine = opened(database_url(str(tmp_path / f"{way}.sqlite")))
        transactions = Transactions(engine, pytest.fail)
        make(transactions)
        versions = transactions.rows(select(VERSION))
        found.append((transactions.read(described), versions))
        engine.dispose()
    assert found[0] == found[1]
    assert found[0][1] == [(HEAD,)]


def test_a_batch_with_a_new_gradebook_imports_nothing_that_few_need(tmp_path: Path) -> None:
    """Alembic alone took as long as all the rest of making a gradebook, eight times over."""
    script = (
        "import sys\n"
        "import grader.commands.batch\n"
        "from grader.gradebook.book import gradebook\n"
        "with gradebook(sys.argv[1], print):\n"
        "    print(*sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    told = [sys.executable, "-c", script, str(tmp_path / "new.sqlite")]
    loaded = {*subprocess.run(told, capture_output=True, text=True, check=True).stdout.split()}
    assert "sqlalchemy" in loaded
    assert loaded.isdisjoint({"alembic", "distributed", "packaging", "pytest", "torch"})


def test_the_last_step_is_the_one_that_the_code_asks_for() -> None:
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(configuration)
    assert script.get_heads() == [HEAD]
    assert all(step.revision.isdecimal() for step in script.walk_revisions())


def test_a_filled_gradebook_of_version_1_keeps_every_grade(grade: Grade, course: Path) -> None:
    """Version 1 wrote the file, with an override, a mark and lateness, and these grades with its results beside it."""
    build(course, rubric=RUBRIC + LATE_AND_BY_HAND)
    place = course / "results/gradebook.sqlite"
    place.parent.mkdir()
    with closing(sqlite3.connect(place)) as database:
        database.executescript((Path(__file__).parent / "gradebooks/version_1.sql").read_text(encoding="utf-8"))
    ran = grade("export", "tiny", "--format", "csv")
    assert (ran.code, ran.out) == (WHOLE, GRADES_OF_VERSION_1)
    unmarked = "rows of 2 students (ada and bob) are not marked yet, and counted with nothing\n"
    assert ran.err == f"{unmarked}3 students with a score\n"
    grade("regrade", "tiny")
    assert grade("export", "tiny", "--format", "csv").out == GRADES_OF_VERSION_1
    with closing(sqlite3.connect(place)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
        assert database.execute("SELECT count(*) FROM final_grades").fetchone() == (3,)


def test_a_filled_gradebook_of_version_2_keeps_every_grade(grade: Grade, course: Path) -> None:
    """Version 2 knew no measures: nothing of what it kept changes, and a regrade finds nothing to weigh."""
    build(course, rubric=RUBRIC + LATE_AND_BY_HAND)
    place = course / "results/gradebook.sqlite"
    place.parent.mkdir()
    with closing(sqlite3.connect(place)) as database:
        database.executescript((Path(__file__).parent / "gradebooks/version_2.sql").read_text(encoding="utf-8"))
    ran = grade("export", "tiny", "--format", "csv")
    assert (ran.code, ran.out) == (WHOLE, GRADES_OF_VERSION_2)
    unmarked = "rows of 3 students (ada, bob and eve) are not marked yet, and counted with nothing\n"
    assert ran.err == f"{unmarked}3 students with a score\n"
    ran = grade("regrade", "tiny", "--json")
    assert (ran.document["weighed_again"], ran.document["outcomes"]) == (0, {"graded": 3, "unreadable": 1})
    assert grade("export", "tiny", "--format", "csv").out == GRADES_OF_VERSION_2
    with closing(sqlite3.connect(place)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
        empty = [database.execute(f"SELECT count(*) FROM {name}").fetchone() for name in ("measures", "rankings")]  # noqa: S608  # our names
        assert empty == [(0,), (0,)]


def test_a_file_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(place)) as database, database:
        database.execute("CREATE TABLE bookmarks (url TEXT)")
    with (
        pytest.raises(GradebookError, match="is no gradebook: it holds the table bookmarks"),
        gradebook(str(place), print),
    ):
        pass
    with closing(sqlite3.connect(place)) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "notes.txt"
    place.write_text("remember the milk " * 100)
    with pytest.raises(GradebookError, match="the gradebook is damaged or is none"), gradebook(str(place), print):
        pass
    assert place.read_text().startswith("remember")


def test_a_gradebook_of_a_newer_version_is_told_to_be_one(tmp_path: Path) -> None:
    place = tmp_path / "gradebook.sqlite"
    with gradebook(str(place), pytest.fail):
        pass
    with closing(sqlite3.connect(place)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0777'")
    with pytest.raises(GradebookError, match="was made by a newer version of grade"), gradebook(str(place), print):
        pass


@pytest.mark.parametrize(
    ("made_by", "last"), [("", "sqlalchemy.sql.ddl.SchemaGenerator.visit_index"), ("1", "alembic.op.create_index")]
)
def test_a_step_that_breaks_off_leaves_the_gradebook_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_by: str, last: str
) -> None:
    place = tmp_path / "gradebook.sqlite"
    with closing(sqlite3.connect(place)) as database:
        if made_by:
            database.executescript((Path(__file__).parent / f"gradebooks/version_{made_by}.sql").read_text("utf-8"))
        before = database.execute("SELECT name FROM sqlite_master").fetchall()

    def breaks_off(*_: object, **__: object) -> None:
        raise GradebookLostError("the machine went down")

    with monkeypatch.context() as patched:
        patched.setattr(last, breaks_off)  # after the first tables
        with pytest.raises(GradebookError, match="the machine went down"), gradebook(str(place), print):
            pass
    with closing(sqlite3.connect(place)) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == before
    with gradebook(str(place), pytest.fail) as book:
        assert book.runs.enrol([Student("ada")])


def test_two_that_open_a_new_gradebook_at_once_both_get_it(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from grader.gradebook.book import gradebook\n"
        "from grader.gradebook.records import Student\n"
        "with gradebook(sys.argv[1], print) as book:\n"
        "    book.runs.enrol([Student(sys.argv[2])])\n"
    )
    place = str(tmp_path / "gradebook.sqlite")
    both = [subprocess.Popen([sys.executable, "-c", script, place, name]) for name in ("ada", "bob")]
    assert [process.wait(60) for process in both] == [0, 0]
    with closing(sqlite3.connect(place)) as database:
        assert database.execute("SELECT count(*) FROM students").fetchone() == (2,)


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("mysql://host/grades", "begins with mysql, expected a path or postgresql"),
        ("://", "cannot be read, expected postgresql"),
        ("/nowhere/at/all/gradebook.sqlite", "cannot be opened: the gradebook cannot be written: unable to open"),
        ("postgresql://nobody@127.0.0.1:1/grades", "cannot be opened: the gradebook does not answer"),
    ],
)
def test_a_place_that_cannot_be_used_is_one_sentence(place: str, sentence: str) -> None:
    with pytest.raises(GradebookError) as refused, gradebook(place, print):
        pass
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_password_in_an_address_is_not_shown() -> None:
    with (
        pytest.raises(GradebookError) as refused,
        gradebook("postgresql://eve:hunter2@127.0.0.1:1/grades", print),
    ):
        pass
    assert "hunter2" not in str(refused.value)
