"""`grader.gradebook.book` on SQLite: what is kept, exactly and once."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from gradebook_cases import entry, graded, handed_in, new_run

from grader.errors import GradebookError
from grader.gradebook.book import Gradebook, gradebook
from grader.gradebook.final_grade import Override
from grader.gradebook.records import FinalDocument, NewMark, RunState, Student
from grader.model.assignment import LatePolicy
from grader.model.status import Outcome
from grader.rules.late import Extension, decide


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "gradebook.sqlite"


@pytest.fixture
def book(place: Path) -> Iterator[Gradebook]:
    with gradebook(str(place), pytest.fail) as opened:
        yield opened


def test_points_come_back_exactly(book: Gradebook) -> None:
    ada = book.runs.enrol([Student("ada")])["ada"]
    run = book.runs.begin(new_run())
    third = Fraction(10**20 + 1, 3)
    book.results.record(run, [entry(ada, score=third, max_score=third + 1)])
    (kept,) = book.results.entries(run)
    assert (kept.score, kept.max_score) == (third, third + 1)


def test_what_was_known_of_a_student_is_not_forgotten(book: Gradebook) -> None:
    book.runs.enrol([Student("ada", "Ada L", "ada@uni.example", on_roster=True)])
    ada = book.runs.enrol([Student("ada")])["ada"]
    run = book.runs.begin(new_run())
    book.results.record(run, [entry(ada)])
    assert book.results.entries(run)[0].student == Student("ada", "Ada L", "ada@uni.example", on_roster=True)


def test_recording_the_same_twice_keeps_it_once(book: Gradebook, place: Path) -> None:
    """A connection may be lost after a commit and before its answer: then the same work is done again."""
    ada = book.runs.enrol([Student("ada")])["ada"]
    run = book.runs.begin(new_run())
    late = decide(
        LatePolicy(due="2024-04-16T23:59:00", time_zone="UTC", deduct=Fraction(1)),
        dt.datetime(2024, 4, 18, tzinfo=dt.UTC),
    )
    same = entry(ada, late=late, late_penalty=Fraction(2))
    book.results.record(run, [same])
    book.results.record(run, [same])
    with closing(sqlite3.connect(place)) as database:
        for table in ("students", "contents", "submissions", "results", "entries", "late_decisions"):
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)  # noqa: S608  # names of ours


def test_the_newest_result_of_a_key_is_the_one_that_is_known(book: Gradebook) -> None:
    ada = book.runs.enrol([Student("ada")])["ada"]
    for scoring in "12":
        book.results.record(book.runs.begin(new_run()), [entry(ada, result=graded(scoring=scoring))])
    assert book.results.known("tiny", ["key", "other"])["key"].scoring == "2"
    assert book.results.known("another", ["key"]) == {}


def test_a_void_result_is_kept_and_never_taken_for_known(book: Gradebook) -> None:
    ada = book.runs.enrol([Student("ada")])["ada"]
    book.results.record(book.runs.begin(new_run()), [entry(ada, result=graded(outcome=Outcome.VOID))])
    assert book.results.known("tiny", ["key"]) == {}


def test_more_keys_than_fit_into_one_query_are_looked_up(book: Gradebook) -> None:
    ada = book.runs.enrol([Student("ada")])["ada"]
    run = book.runs.begin(new_run())
    many = [entry(ada, place=n, result=graded(key=f"k{n}"), handed_in=handed_in(f"d{n}")) for n in range(1100)]
    book.results.record(run, many)
    assert len(book.results.known("tiny", [f"k{n}" for n in range(1100)])) == 1100
    assert len(book.results.contents("tiny", [f"d{n}" for n in range(1100)])) == 1100
    assert len(book.results.entries(run)) == 1100


def test_a_final_grade_is_found_by_a_later_entry_about_what_is_unchanged(book: Gradebook) -> None:
    numbers = book.runs.enrol([Student("ada"), Student("bob"), Student("eve")])
    first = book.runs.begin(new_run())
    book.results.record(first, [
        entry(numbers["ada"], page="a", final=FinalDocument(adjustments="late", document=b"final")),
        entry(numbers["bob"], page="b", final=FinalDocument(adjustments="nothing")),
        entry(numbers["eve"], handed_in=None, result=None, outcome=Outcome.MISSING),
    ])  # fmt: skip
    result = book.results.known("tiny", ["key"])["key"].number
    book.results.record(book.runs.begin(new_run()), [entry(numbers["ada"], page="a", result=result)])
    of_version_1 = entry(numbers["bob"], page="c", result=result)
    book.results.record(book.runs.begin(new_run()), [of_version_1])
    found = [
        (kept.student.identifier, kept.adjustments, graded, final)
        for kept, graded, final in book.results.final_documents(book.results.last_entries("tiny"))
    ]
    assert found == [
        ("ada", "late", b"document", b"final"), ("bob", "", b"document", None), ("eve", "", b"", None),
    ]  # fmt: skip
    written = book.results.pages("tiny", "/out")
    assert (written[numbers["ada"]].result, written[numbers["ada"]].adjustments) == (result, "late")
    assert (written[numbers["bob"]].result, written[numbers["bob"]].adjustments) == (result, "")


def test_filed_submissions_are_those_of_each_students_last_run(book: Gradebook) -> None:
    numbers = book.runs.enrol([Student("ada"), Student("bob")])
    first = book.runs.begin(new_run())
    book.results.record(first, [entry(numbers["ada"]), entry(numbers["bob"])])
    second = book.runs.begin(new_run())
    book.results.record(second, [entry(numbers["bob"], handed_in=handed_in("later"), result=graded(key="k2"))])
    assert [(stored.student.identifier, stored.handed_in.digest) for stored in book.results.submissions("tiny")] == [
        ("ada", "digest"),
        ("bob", "later"),
    ]


def test_runs_say_how_they_ended(book: Gradebook) -> None:
    first, second = book.runs.begin(new_run()), book.runs.begin(new_run())
    book.runs.end(first, RunState.STOPPED)
    assert [(run.number, run.state, run.ended_at is None) for run in book.runs.of("tiny")] == [
        (first, RunState.STOPPED, False),
        (second, RunState.RUNNING, True),
    ]
    assert book.runs.course_document("course") == "{}"


def test_the_newest_override_counts_and_one_taken_back_does_not(book: Gradebook) -> None:
    ada = book.runs.enrol([Student("ada")])["ada"]
    book.decisions.override(ada, "tiny", "variance", Fraction(1), "eve", "first")
    book.decisions.override(ada, "tiny", "variance", Fraction(3, 2), "eve", "second")
    book.decisions.override(ada, "tiny", "", Fraction(9), "eve", "all of it")
    assert book.decisions.by_hand("tiny")[ada].overrides == [
        Override("variance", Fraction(3, 2), "second"),
        Override("", Fraction(9), "all of it"),
    ]
    book.decisions.override(ada, "tiny", "", None, "eve", "no")
    assert len(book.decisions.by_hand("tiny")[ada].overrides) == 1
    assert [given.who for given in book.decisions.overrides("tiny")] == ["eve"] * 4


def test_of_two_markers_who_saw_the_same_row_the_second_is_told(book: Gradebook) -> None:
    ada = book.runs.enrol([Student("ada")])["ada"]
    row = NewMark("essay", "The write-up", Fraction(3), Fraction(5), "fine", follows=0)
    assert book.decisions.mark(ada, "tiny", [row], "eve")
    assert not book.decisions.mark(ada, "tiny", [replace(row, points=Fraction(5))], "dan")
    assert book.decisions.mark(ada, "tiny", [replace(row, points=Fraction(4), follows=1)], "dan")
    assert not book.decisions.mark(ada, "tiny", [replace(row, follows=9)], "dan")
    assert [mark.points for mark in book.decisions.by_hand("tiny")[ada].marks] == [4]


def test_of_several_rows_none_is_saved_where_one_was_marked_meanwhile(book: Gradebook) -> None:
    ada = book.runs.enrol([Student("ada")])["ada"]
    essay = NewMark("essay", "The write-up", Fraction(3), Fraction(5), "", follows=0)
    plot = NewMark("plot", "The plot", Fraction(1, 3), Fraction(2), "axes?", follows=0)
    assert book.decisions.mark(ada, "tiny", [essay], "eve")
    assert not book.decisions.mark(ada, "tiny", [plot, essay], "dan")
    assert [mark.row for mark in book.decisions.marks("tiny")] == ["essay"]
    assert book.decisions.mark(ada, "tiny", [plot, replace(essay, points=None, comment="see me", follows=1)], "dan")
    marks = book.decisions.marks("tiny", ada)
    given = [(mark.row, mark.version, mark.points, mark.comment, mark.who) for mark in marks]
    assert given == [
        ("essay", 1, 3, "", "eve"),
        ("essay", 2, None, "see me", "dan"),
        ("plot", 1, Fraction(1, 3), "axes?", "dan"),
    ]
    assert [mark.row for mark in book.decisions.by_hand("tiny")[ada].marks] == ["plot"]


def test_marks_that_were_saved_before_the_answer_was_lost_are_saved_once(
    book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = book.runs.enrol([Student("ada")])["ada"]
    monkeypatch.setattr("grader.gradebook.decisions.now", lambda: dt.datetime(2024, 4, 16, 12, tzinfo=dt.UTC))
    row = NewMark("essay", "The write-up", Fraction(3), Fraction(5), "fine", follows=0)
    assert [book.decisions.mark(ada, "tiny", [row], "eve") for _ in range(2)] == [True, True]
    assert len(book.decisions.marks("tiny")) == 1


def test_the_last_extension_counts_and_an_empty_one_takes_it_back(book: Gradebook) -> None:
    ada = book.runs.enrol([Student("ada")])["ada"]
    book.decisions.extend(ada, "tiny", "2 d", "eve", "ill")
    assert book.decisions.by_hand("tiny")[ada].extension == Extension(days=2)
    book.decisions.extend(ada, "tiny", "", "eve", "was not")
    assert book.decisions.by_hand("tiny")[ada].extension is None


def test_late_days_are_summed_over_assignments_that_were_due_before(book: Gradebook) -> None:
    ada = book.runs.enrol([Student("ada")])["ada"]
    for name, month, run_count in (("first", 4, 2), ("second", 5, 1), ("third", 6, 1)):
        policy = LatePolicy(due=f"2024-0{month}-16T23:59:00", time_zone="UTC", deduct=Fraction(1), late_days=9)
        late = decide(policy, dt.datetime(2024, month, 18, tzinfo=dt.UTC))
        for _ in range(run_count):  # a second run of one assignment does not use its days twice
            book.results.record(book.runs.begin(replace(new_run(), assignment=name)), [entry(ada, late=late)])
    due = dt.datetime(2024, 6, 16, 23, 59, tzinfo=dt.UTC)
    assert book.results.late_days_used("third", due) == {ada: 4}
    assert book.results.late_days_used("first", dt.datetime(2024, 4, 16, 23, 59, tzinfo=dt.UTC)) == {}


def test_exports_are_kept(book: Gradebook, place: Path) -> None:
    run = book.runs.begin(new_run())
    book.runs.note_export(run, "tiny", {"format": "canvas", "path": "x.csv", "digest": "d", "students": 3}, "eve")
    with closing(sqlite3.connect(place)) as database:
        assert database.execute("SELECT format, students, who FROM exports").fetchall() == [("canvas", 3, "eve")]


def test_a_student_that_is_not_there_is_told_with_the_nearest(book: Gradebook) -> None:
    book.runs.enrol([Student("lovelace")])
    with pytest.raises(GradebookError, match=r"there is no student 'lovlace' in .*; the nearest: lovelace"):
        book.runs.student("lovlace")


def test_the_file_of_a_gradebook_is_written_ahead_and_other_readers_do_not_wait(book: Gradebook, place: Path) -> None:
    with closing(sqlite3.connect(place)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        database.execute("BEGIN")
        database.execute("SELECT * FROM students").fetchall()
        assert book.runs.enrol([Student("ada")])


def test_a_gradebook_is_its_owners_alone(book: Gradebook, place: Path) -> None:
    book.runs.enrol([Student("ada")])
    assert {file.stat().st_mode & 0o077 for file in place.parent.glob("gradebook.sqlite*")} == {0}
