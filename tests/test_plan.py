"""`benchmarks/plan.py`: the arithmetic of a plan, on classes whose end can be told by hand."""

from __future__ import annotations

import importlib.util
import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "plan.py"
FOREVER = 1e12


def load() -> ModuleType:
    """Import the script, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("benchmarks_plan", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


plan = load()
PLAIN = plan.Terms(submissions=6, workers=1, startup_seconds=5, coordinator_seconds=0, restart_seconds=60)


class Told:
    """Chance as a test says: how long lives last, in order, and service times in turn."""

    def __init__(self, *lives: float) -> None:
        self.lives = list(lives)

    def expovariate(self, rate: float, /) -> float:
        return self.lives.pop(0) if self.lives else FOREVER

    def choices(self, population: Sequence[float], /, *, k: int) -> list[float]:
        return [population[number % len(population)] for number in range(k)]


def test_one_worker_takes_its_start_and_the_sum() -> None:
    found = plan.planned(PLAIN, [1.0, 2.0, 3.0], Told())
    assert (found.seconds, found.done, found.busy) == (5 + 12, 6, 12 / 17)


@pytest.mark.parametrize("workers", [2, 3, 6])
def test_equal_submissions_are_divided_among_the_workers(workers: int) -> None:
    found = plan.planned(replace(PLAIN, workers=workers), [10.0], Told())
    assert found.seconds == 5 + 60 / workers
    assert found.work_seconds == 60


def test_workers_without_a_submission_are_paid_too() -> None:
    found = plan.planned(replace(PLAIN, workers=12, price=0.5), [10.0], Told())
    assert found.seconds == 15
    assert found.cost == 12 * 15 / 3600 * 0.5
    assert found.busy == 60 / (12 * 15)


def test_where_writing_down_takes_longer_than_grading_it_bounds_the_class() -> None:
    found = plan.planned(replace(PLAIN, workers=6, coordinator_seconds=4), [1.0], Told())
    assert found.seconds == 5 + 1 + 6 * 4
    assert found.coordinator_seconds == 24


def test_a_submission_is_handed_out_only_when_an_earlier_one_is_written_down() -> None:
    """With one worker two are in hand: the third begins when the first is written down, at 5 + 1 + 10."""
    found = plan.planned(replace(PLAIN, submissions=3, coordinator_seconds=10), [1.0], Told())
    assert found.seconds == 5 + 1 + 10 + 10 + 10
    quick = plan.planned(replace(PLAIN, submissions=3, coordinator_seconds=0.5), [1.0], Told())
    assert quick.seconds == 5 + 1 + 1 + 1 + 0.5


def test_what_a_dying_worker_has_in_hand_is_lost_and_done_again() -> None:
    """Ready at 5, it finishes one at 15 and dies at 20, five seconds into the next; it is back at 20 + 60 + 5."""
    found = plan.planned(replace(PLAIN, deaths_per_hour=1, submissions=3), [10.0], Told(15.0))
    assert found.seconds == 20 + 60 + 5 + 20
    assert (found.lost_seconds, found.given_again, found.given_up, found.done) == (5, 1, 0, 3)
    assert found.work_seconds == 30


def test_another_worker_takes_over_first_what_a_dead_one_had() -> None:
    """Two workers, 10 s each: one dies at 10; the other takes that job at 15, before what is new, until 35 and 45."""
    terms = replace(PLAIN, deaths_per_hour=1, submissions=4, workers=2)
    found = plan.planned(terms, [10.0], Told(5.0))
    assert found.seconds == 5 + 4 * 10
    assert (found.lost_seconds, found.given_again) == (5, 1)


def test_a_worker_that_dies_with_nothing_in_hand_costs_nobody() -> None:
    found = plan.planned(replace(PLAIN, deaths_per_hour=1, submissions=1, workers=2), [10.0], Told(FOREVER, 3.0))
    assert (found.seconds, found.lost_seconds, found.given_again) == (15, 0, 0)


def test_at_the_fourth_death_a_submission_is_given_up() -> None:
    lives = [4.0] * plan.MOST_DEATHS
    found = plan.planned(replace(PLAIN, deaths_per_hour=1, submissions=2), [10.0], Told(*lives))
    assert (found.given_up, found.given_again, found.done) == (1, 3, 1)
    assert found.lost_seconds == 4 * 4
    assert found.work_seconds == 10
    assert found.seconds == 5 + 4 * (4 + 65) + 10


def test_the_tail_is_what_the_last_hundredth_takes() -> None:
    services = [1.0] * 99 + [50.0]
    found = plan.planned(replace(PLAIN, submissions=100), services, Told())
    assert found.seconds == 5 + 99 + 50
    assert found.tail_seconds == 50


@pytest.mark.parametrize("deaths", [0.0, 20.0, 200.0])
def test_every_submission_is_done_or_given_up_once(deaths: float) -> None:
    terms = replace(PLAIN, submissions=400, workers=7, deaths_per_hour=deaths, coordinator_seconds=0.01)
    found = plan.planned(terms, [3.0, 0.5, 9.0], random.Random(1))  # noqa: S311  # a simulation
    assert found.done + found.given_up == 400
    assert found.seconds >= found.work_seconds / 7
    assert (found.lost_seconds > 0) == (deaths > 0)


def test_one_seed_gives_one_plan_and_another_another() -> None:
    terms = replace(PLAIN, submissions=200, workers=3, deaths_per_hour=30)

    def with_seed(seed: int) -> object:
        return plan.planned(terms, [1.0, 7.0], random.Random(seed))  # noqa: S311  # a simulation

    assert with_seed(1) == with_seed(1) != with_seed(2)


def test_deaths_come_as_often_as_is_said() -> None:
    """About 100 worker-hours at 2 deaths an hour, each costing 65 s in which nobody can die."""
    terms = replace(PLAIN, submissions=36_000, workers=10, deaths_per_hour=2)
    found = plan.planned(terms, [10.0], random.Random(3))  # noqa: S311  # a simulation
    assert found.given_again == pytest.approx(200, rel=0.25)


def test_service_times_come_from_a_gradebook_without_what_was_void(tmp_path: Path) -> None:
    file = tmp_path / "gradebook.sqlite"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE results (seconds REAL, outcome TEXT)")
        database.executemany("INSERT INTO results VALUES (?, ?)", [(0.5, "graded"), (9.0, "void"), (0.75, "graded")])
    assert plan.service_seconds(file) == [0.5, 0.75]


def test_service_times_come_from_a_folder_of_results(tmp_path: Path) -> None:
    for name, seconds in (("ada", 0.25), ("bob", 2)):
        (tmp_path / f"{name}.json").write_text(json.dumps({"seconds": seconds}))
    assert plan.service_seconds(tmp_path) == [0.25, 2.0]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("gradebook.sqlite", "no database", "is no gradebook in a file"),
        ("results/ada.json", "{}", "is no result, expected its `seconds`"),
        ("results/ada.txt", "", "holds no results"),
    ],
)
def test_what_holds_no_times_is_said_in_a_sentence(tmp_path: Path, name: str, text: str, why: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    with pytest.raises(SystemExit, match=why):
        plan.service_seconds(tmp_path / name.partition("/")[0])


@pytest.mark.parametrize(
    ("seconds", "text"), [(12.54, "12.5 s"), (200, "3 min 20 s"), (3839.7, "1 h 4 min"), (3600, "1 h 0 min")]
)
def test_times_are_written_as_people_read_them(seconds: float, text: str) -> None:
    assert plan.duration(seconds) == text


def test_the_command_prints_a_row_for_each_number_of_workers_and_rate(tmp_path: Path) -> None:
    (tmp_path / "ada.json").write_text('{"seconds": 1.8}')
    command = [sys.executable, str(SCRIPT), str(tmp_path), "--submissions", "1000", "--workers", "10", "20"]
    ran = subprocess.run(
        [*command, "--deaths-per-hour", "0", "--price", "1"], capture_output=True, text=True, check=True
    )
    rows = ran.stdout.splitlines()
    assert rows[2].startswith("| 10 | 0 | 3 min 5 s | 1.8 s |")
    assert rows[3].startswith("| 20 | 0 | 1 min 35 s |")
    assert "1,000 of them are about 30 min 0 s of one worker's work" in ran.stderr
