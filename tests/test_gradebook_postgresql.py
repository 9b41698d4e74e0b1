"""The gradebook on a real PostgreSQL server, started from the distribution's package for these tests alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from classes import WHOLE, Grade, a_class
from gradebook_cases import entry, graded, handed_in, new_run

from grader.errors import GradebookLostError
from grader.gradebook.book import Gradebook, gradebook
from grader.gradebook.records import NewMark, Student

ACCOUNT = "postgres"  # the server does not run as root; the package makes this user


def programs() -> Path | None:
    """Find the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    on_path = shutil.which("postgres")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@dataclass(frozen=True)
class Server:
    """A server that can be stopped and started again."""

    programs: Path
    folder: Path

    def run(self, *command: str) -> None:
        user = {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run(
            [str(self.programs / command[0]), *command[1:]],
            cwd="/",
            check=False,
            capture_output=True,
            text=True,
            **user,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-o", options, "-l", f"{self.folder}/log", "-w", "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "-w", "stop")

    def database(self, name: str) -> str:
        self.run("createdb", "-h", str(self.folder), "-U", "eve", name)
        return f"postgresql://eve@/{name}?host={self.folder}"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    where = programs()
    if where is None:
        pytest.skip("PostgreSQL tests: not run, no server is installed (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="grade-pg-"))  # a socket's path must be short
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, ACCOUNT, ACCOUNT)
        running = Server(where, folder)
        running.run("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "eve", "--no-sync", "-E", "UTF8")
        running.start()
        yield running
        running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def place(server: Server, request: pytest.FixtureRequest) -> str:
    return server.database(f"grades_{zlib.crc32(request.node.name.encode())}")


@pytest.fixture
def book(place: str) -> Iterator[Gradebook]:
    with gradebook(place, lambda _: None) as opened:
        yield opened


def test_points_and_moments_come_back_exactly(book: Gradebook) -> None:
    ada = book.runs.enrol([Student("ada", "Ada Ł", on_roster=True)])["ada"]
    run = book.runs.begin(new_run())
    book.results.record(run, [entry(ada, score=Fraction(1, 3))])
    book.results.record(run, [entry(ada, score=Fraction(1, 3))])
    (kept,) = book.results.entries(run)
    assert kept.score == Fraction(1, 3)
    assert kept.student.name == "Ada Ł"
    assert [stored.handed_in.digest for stored in book.results.submissions("tiny")] == ["digest"]
    assert book.results.known("tiny", ["key"])["key"].scoring == "scoring"


def test_of_two_markers_who_saw_the_same_row_the_second_is_told(book: Gradebook) -> None:
    ada = book.runs.enrol([Student("ada")])["ada"]
    row = NewMark("essay", "The write-up", Fraction(3), Fraction(5), "", follows=0)
    assert book.decisions.mark(ada, "tiny", [row], "eve")
    assert not book.decisions.mark(ada, "tiny", [row], "dan")


def test_of_markers_who_save_the_same_row_at_once_one_is_kept_and_the_others_are_told(book: Gradebook) -> None:
    ada = book.runs.enrol([Student("ada")])["ada"]
    row = NewMark("essay", "The write-up", Fraction(3), Fraction(5), "", follows=0)
    together = threading.Barrier(4)
    saved: list[bool] = []

    def save(who: str) -> None:
        together.wait(30)
        saved.append(book.decisions.mark(ada, "tiny", [row], who))

    threads = [threading.Thread(target=save, args=(f"marker{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(saved) == [False, False, False, True]
    assert len(book.decisions.marks("tiny")) == 1


def test_several_that_open_a_new_gradebook_at_once_all_get_it(place: str) -> None:
    failures: list[BaseException] = []

    def enrol(name: str) -> None:
        try:
            with gradebook(place, lambda _: None) as book:
                book.runs.enrol([Student(name)])
        except BaseException as error:  # noqa: BLE001  # told below, in the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=enrol, args=(f"s{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with gradebook(place, pytest.fail) as book:
        assert [book.runs.student(f"s{n}") > 0 for n in range(4)] == [True] * 4


def test_a_server_that_is_started_again_costs_nothing(server: Server, book: Gradebook) -> None:
    numbers = book.runs.enrol([Student(f"s{n}") for n in range(20)])
    run = book.runs.begin(new_run())
    restart = threading.Thread(target=lambda: (time.sleep(0.2), server.stop(), server.start()))
    restart.start()
    for identifier, number in numbers.items():
        found = entry(number, handed_in=handed_in(identifier), result=graded(key=identifier))
        book.results.record(run, [found])
        time.sleep(0.05)
    restart.join()
    kept = book.results.entries(run)
    assert sorted(found.student.identifier for found in kept) == sorted(numbers)


def test_a_server_that_stays_away_is_one_sentence(
    server: Server, book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = book.runs.enrol([Student("ada")])["ada"]
    run = book.runs.begin(new_run())
    monkeypatch.setattr(book.results._do, "pauses", (0.01, 0.01))
    server.stop()
    try:
        with pytest.raises(GradebookLostError, match="the gradebook does not answer: ") as lost:
            book.results.record(run, [entry(ada)])
        assert "\n" not in str(lost.value)
    finally:
        server.start()
    book.results.record(run, [entry(ada)])
    assert len(book.results.entries(run)) == 1


def test_a_class_is_graded_and_graded_again_with_a_gradebook_on_a_server(
    place: str, grade: Grade, course: Path
) -> None:
    a_class(course / "handed", 3)
    assert grade("batch", "tiny", "handed", "--gradebook", place).code == WHOLE
    assert grade("regrade", "tiny", "--gradebook", place, "--json").document["unchanged"] == 3
    assert grade("diff", "--gradebook", place).code == WHOLE
    assert not (course / "results/gradebook.sqlite").exists()


def test_another_machine_reads_the_same_grades_from_the_server(place: str, grade: Grade, course: Path) -> None:
    a_class(course / "handed", 2)
    grade("batch", "tiny", "handed", "--gradebook", place)
    grade("override", "tiny", "student001", "2", "--check", "unit_rows", "--why", "right", "--gradebook", place)
    grade("regrade", "tiny", "--gradebook", place)
    here = grade("export", "tiny", "-f", "csv", "--gradebook", place)
    assert '"student001",,,"graded",10,10,0,,3,2,2,3\n' in here.out
    there = grade("export", "tiny", "-f", "csv", "--gradebook", place, "--results", "elsewhere")
    assert (there.out, there.err) == (here.out, here.err)
