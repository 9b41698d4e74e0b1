"""Play a class through before it is paid for: so many submissions on so many workers, with measured service times.

    .venv/bin/python benchmarks/plan.py [results/gradebook.sqlite] [--submissions 100000] [--workers 100 200 400]
        [--deaths-per-hour 0 0.1] [--restart-seconds 60] [--startup-seconds 5] [--coordinator-ms 10] [--price 0.05]

Every submission takes as long as one that was graded, drawn at random with replacement, from a gradebook or from a
folder of results (`results/results`); where none is named, the samples of convnet are graded here and now. A worker
grades one at a time. It dies after a random time, as often on average as is said; what it had in hand is given again
before all others, and given up at the fourth death, as `grade batch --cluster` has it. One coordinator hands out and
writes down, one submission at a time: it bounds what more workers can do. It keeps twice as many submissions in hand
as there are workers. All workers are paid until the end.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import random
import sqlite3
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, fields
from enum import IntEnum
from pathlib import Path
from typing import Protocol

from grader.catalog import Course
from grader.judging.grading import Grader

MOST_DEATHS = 4  # Dask's `distributed.scheduler.allowed-failures` is 3
IN_HAND_PER_WORKER = 2
TAIL = 0.01  # the share of submissions whose time is the tail


class Draw(Protocol):
    """What chance there is: `random.Random` has it."""

    def expovariate(self, rate: float, /) -> float:
        """Draw how long something lasts that ends so often in a second."""

    def choices(self, population: Sequence[float], /, *, k: int) -> list[float]:
        """Draw with replacement."""


@dataclass(frozen=True)
class Terms:
    """What is planned. `price` is of one worker for an hour."""

    submissions: int
    workers: int
    deaths_per_hour: float = 0.0
    restart_seconds: float = 60.0
    startup_seconds: float = 5.0
    coordinator_seconds: float = 0.01
    price: float = 0.0


@dataclass(frozen=True)
class Plan:
    """How it went. Seconds are on the wall, but those of work and of lost work, which are sums over workers."""

    seconds: float
    tail_seconds: float
    work_seconds: float
    lost_seconds: float
    coordinator_seconds: float
    done: int
    given_again: int
    given_up: int
    busy: float
    cost: float


class Event(IntEnum):
    """What can happen. Of several at one moment the first in this list is first."""

    DONE = 0
    RECORDED = 1
    DIES = 2
    READY = 3


@dataclass
class Worker:
    """One worker: which of its lives it is in, and what it has in hand since when."""

    life: int = 0
    job: int | None = None
    since: float = 0.0


@dataclass
class State:
    """The class at one moment."""

    terms: Terms
    services: list[float]
    draw: Draw
    events: list[tuple[float, int, int, int, int]] = field(default_factory=list)  # when, what, in turn, who, which life
    workers: list[Worker] = field(default_factory=list)
    idle: deque[int] = field(default_factory=deque)
    queue: deque[int] = field(default_factory=deque)
    deaths: dict[int, int] = field(default_factory=dict)
    recorded: list[float] = field(default_factory=list)
    now: float = 0.0
    turn: int = 0
    next_job: int = 0
    in_hand: int = 0
    coordinator_free: float = 0.0
    lost: float = 0.0
    given_again: int = 0
    given_up: int = 0

    def at(self, seconds: float, event: Event, who: int, life: int = 0) -> None:
        """Have something happen."""
        self.turn += 1
        heapq.heappush(self.events, (seconds, event, self.turn, who, life))

    def is_over(self) -> bool:
        """Tell whether nothing is left to grade."""
        return len(self.recorded) + self.given_up == self.terms.submissions

    def hand_out(self) -> None:
        """Give what the window has room for, and begin what idle workers can begin."""
        window = IN_HAND_PER_WORKER * self.terms.workers
        while self.in_hand < window and self.next_job < self.terms.submissions:
            self.queue.append(self.next_job)
            self.next_job += 1
            self.in_hand += 1
        while self.queue and self.idle:
            number = self.idle.popleft()
            worker = self.workers[number]
            worker.job, worker.since = self.queue.popleft(), self.now
            self.at(self.now + self.services[worker.job], Event.DONE, number, worker.life)

    def happens(self, event: Event, who: int, life: int) -> None:
        """Let one thing happen."""
        if event is Event.RECORDED:
            self.in_hand -= 1
            self.recorded.append(self.now)
            return
        worker = self.workers[who]
        if event is Event.READY:
            self.idle.append(who)
            if self.terms.deaths_per_hour:
                lasts = self.draw.expovariate(self.terms.deaths_per_hour / 3600)
                self.at(self.now + lasts, Event.DIES, who, worker.life)
        elif life != worker.life:
            return  # of a life that is over
        elif event is Event.DONE:
            worker.job = None
            self.idle.append(who)
            self.coordinator_free = max(self.now, self.coordinator_free) + self.terms.coordinator_seconds
            self.at(self.coordinator_free, Event.RECORDED, who)
        else:
            self.dies(who)

    def dies(self, number: int) -> None:
        """End a worker with what it has in hand; another takes its place."""
        worker = self.workers[number]
        if worker.job is None:
            self.idle.remove(number)
        else:
            self.lost += self.now - worker.since
            self.deaths[worker.job] = self.deaths.get(worker.job, 0) + 1
            if self.deaths[worker.job] < MOST_DEATHS:
                self.queue.appendleft(worker.job)
                self.given_again += 1
            else:
                self.given_up += 1
                self.in_hand -= 1
        worker.job = None
        worker.life += 1
        self.at(self.now + self.terms.restart_seconds + self.terms.startup_seconds, Event.READY, number)


def planned(terms: Terms, measured: Sequence[float], draw: Draw) -> Plan:
    """Play one class through.

    Args:
        terms: What is planned.
        measured: Seconds that submissions took.
        draw: Chance; the same gives the same plan.
    """
    state = State(terms, draw.choices(measured, k=terms.submissions), draw)
    state.workers = [Worker() for _ in range(terms.workers)]
    for number in range(terms.workers):
        state.at(terms.startup_seconds, Event.READY, number)
    while not state.is_over():
        state.now, event, _, who, life = heapq.heappop(state.events)
        state.happens(Event(event), who, life)
        state.hand_out()
    done, seconds = len(state.recorded), state.now
    work = sum(state.services) - sum(state.services[job] for job, count in state.deaths.items() if count == MOST_DEATHS)
    before_tail = state.recorded[max(0, math.ceil(done * (1 - TAIL)) - 1)] if done else 0.0
    return Plan(
        seconds, seconds - before_tail, work, state.lost, done * terms.coordinator_seconds, done, state.given_again,
        state.given_up, work / (seconds * terms.workers), terms.workers * seconds / 3600 * terms.price,
    )  # fmt: skip


def seconds_of_samples() -> list[float]:
    """Grade the samples of convnet, and give how long each took."""
    course = Course(Path(__file__).parents[1]).load("convnet")
    samples = sorted(path for path in (course.folder / "samples").iterdir() if path.is_dir())
    with Grader(course) as grader:
        grader.grade(samples[0])  # the first pays for what all have
        return [grader.grade(sample).seconds for sample in samples]


def service_seconds(source: Path) -> list[float]:
    """Read how long submissions took, from a gradebook or a folder of results.

    Raises:
        SystemExit: there are none.
    """
    found = list(_in_folder(source) if source.is_dir() else _in_gradebook(source))
    if not found:
        raise SystemExit(f"{source} holds no results: name a gradebook or the folder of results beside it")
    return found


def _in_gradebook(file: Path) -> Iterator[float]:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as database:
            yield from (row[0] for row in database.execute("SELECT seconds FROM results WHERE outcome = 'graded'"))
    except sqlite3.Error as error:
        raise SystemExit(f"{file} is no gradebook in a file ({error})") from None


def _in_folder(folder: Path) -> Iterator[float]:
    for file in sorted(folder.glob("*.json")):
        try:
            yield float(json.loads(file.read_text(encoding="utf-8"))["seconds"])
        except (KeyError, TypeError, ValueError):
            raise SystemExit(f"{file} is no result, expected its `seconds`") from None


def duration(seconds: float) -> str:
    """Write a time as people read it: `1 h 4 min`, `3 min 20 s`, `12.5 s`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def row(terms: Terms, plan: Plan) -> str:
    """Write one plan as a row of a table."""
    share = plan.lost_seconds / max(plan.work_seconds, 1e-9)
    cells = (
        f"{terms.workers:,}", f"{terms.deaths_per_hour:g}", duration(plan.seconds), duration(plan.tail_seconds),
        f"{plan.busy:.0%}", f"{plan.coordinator_seconds / plan.seconds:.0%}", f"{plan.given_again:,}",
        f"{plan.given_up:,}", f"{share:.2%}", f"{plan.cost:,.2f}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


COLUMNS = (
    "workers", "deaths per hour of each", "done in", "last 1 %", "workers busy", "coordinator busy", "given again",
    "given up", "work lost", "cost",
)  # fmt: skip
HEAD = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"


def main() -> None:
    """Plan what is asked for, a row for each number of workers and rate of deaths."""
    defaults = {one.name: one.default for one in fields(Terms)}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, nargs="?", help="a gradebook, or a folder of results")
    parser.add_argument("--submissions", type=int, default=100_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[100, 200, 400])
    parser.add_argument("--deaths-per-hour", type=float, nargs="+", default=[0.0, 0.1], help="of each worker")
    parser.add_argument("--restart-seconds", type=float, default=defaults["restart_seconds"])
    parser.add_argument("--startup-seconds", type=float, default=defaults["startup_seconds"])
    parser.add_argument("--coordinator-ms", type=float, default=10.0, help="to read and write down one submission")
    parser.add_argument("--price", type=float, default=0.0, help="of one worker for an hour")
    parser.add_argument("--seed", type=int, default=20261121)
    options = parser.parse_args()
    if options.submissions < 1 or min(options.workers) < 1 or min(options.deaths_per_hour) < 0:
        parser.error("submissions and workers are at least 1, deaths at least 0")
    measured = service_seconds(options.source) if options.source is not None else seconds_of_samples()
    mean = sum(measured) / len(measured)
    sys.stderr.write(
        f"{len(measured):,} measured: mean {mean:.3f} s, longest {max(measured):.3f} s; "
        f"{options.submissions:,} of them are about {duration(mean * options.submissions)} of one worker's work\n"
    )
    print(HEAD)
    for workers in options.workers:
        for deaths in options.deaths_per_hour:
            terms = Terms(
                options.submissions, workers, deaths, options.restart_seconds, options.startup_seconds,
                options.coordinator_ms / 1000, options.price,
            )  # fmt: skip
            chance = random.Random(options.seed)  # noqa: S311  # a simulation, not secrets
            print(row(terms, planned(terms, measured, chance)), flush=True)


if __name__ == "__main__":
    main()
