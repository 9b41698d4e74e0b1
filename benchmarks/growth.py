"""Whether anything grows faster than the class: the same small assignment handed in by more and more students.

    .venv/bin/python benchmarks/growth.py [--sizes 100 1000 5000 20000] [--different N] [--cluster N] [--json FILE]

Each size is graded into a gradebook of its own. Seconds are of processors, of all processes of a command together;
those of a further submission are told between two sizes, so that neither start nor end counts. Peak memory is read four
times a second: the coordinator, and all that it started, shared pages counted once. Afterwards, on that gradebook: what
reading it for the page of the class takes, in statements and seconds, and the commands that a teacher calls. With
--different, no more submissions than so many are unlike all others: equal ones are graded once, and kept for each.

With --cluster so many submissions are graded by two workers of a Dask scheduler on this machine and by two local
processes, in turns, after as many others that start everything: 1.0 is as fast as local processes. The seconds of
processors beside it are disturbed less where a machine is busy.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, event

from grader.batch.class_report import read_snapshot
from grader.batch.executors.memory import MIB, process_bytes, tree_bytes
from grader.batch.options import ClassOptions, opened_class
from grader.course.discovery import Course
from grader.gradebook.class_grades import read_grades
from grader.reporting.class_page import render_class
from grader.reporting.html import template_environment

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # the assignment is the one that the tests grade
from tiny_course import SAMPLE_FILES, build

COMMAND: Final = [sys.executable, "-c", "from grader.cli import main; main()"]
ASSIGNMENT: Final = "tiny"
SAMPLED_SECONDS: Final = 0.25
WORKERS: Final = 2
KINDS: Final = ("correct", "short-rows", "prints", "loops")


@dataclass(frozen=True, slots=True)
class Ran:
    """One command: seconds on the clock and of processors, and the peak memory of its own and of all it started."""

    wall: float
    cpu: float
    own_bytes: int
    started_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What a class of one size took. Bytes are on disk or of memory, seconds of processors but for `wall`."""

    students: int
    different: int
    wall: float
    cpu: float
    coordinator_bytes: int
    judges_bytes: int
    gradebook_bytes: int
    page_bytes: int
    statements: int
    read_seconds: float
    page_seconds: float
    again_seconds: float
    regrade_seconds: float
    export_seconds: float
    export_bytes: int
    export_peak_bytes: int
    regrade_peak_bytes: int


def hand_in(folder: Path, numbers: Sequence[int], different: int) -> Path:
    """Write a submission for each number; so many are unlike all others, and then they come again."""
    for number in numbers:
        own = folder / f"s{number:06}"
        own.mkdir(parents=True)
        for name, text in zip(
            ("scale.py", "stats.py"), SAMPLE_FILES[KINDS[number % different % len(KINDS)]], strict=True
        ):
            (own / name).write_text(f"{text}\n# {number % different}\n", encoding="utf-8")
    return folder


def ran(*words: str | Path) -> Ran:
    """Run `grade` to its end; exit codes but 0 and 1 end the benchmark."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen([*COMMAND, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peaks, ended = [(0, 0)], threading.Event()

    def sample() -> None:
        while not ended.wait(SAMPLED_SECONDS):
            own = process_bytes(process.pid)
            peaks.append((own, tree_bytes([process.pid])[process.pid] - own))

    watching = threading.Thread(target=sample)
    watching.start()
    try:
        status = process.wait()
    finally:
        ended.set()
        watching.join()
    if status not in {0, 1}:
        raise SystemExit(f"grade {' '.join(map(str, words))} ended with {status}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    own, started = (max(values) for values in zip(*peaks, strict=True))
    return Ran(time.perf_counter() - began, cpu, own, started)


def measured(course: Path, folder: Path, students: int, different: int, jobs: int) -> Size:
    """Grade a class of one size, and do with its gradebook what teachers do."""
    out, handed_in = folder / "out", hand_in(folder / "class", range(students), different)
    common = ("--course", course, "--out", out)
    batch = ran("batch", ASSIGNMENT, handed_in, "--jobs", str(jobs), *common)
    again = ran("batch", ASSIGNMENT, handed_in, "--jobs", str(jobs), *common)
    regrade = ran("regrade", ASSIGNMENT, *common)
    grades = folder / "grades.csv"
    export = ran("export", ASSIGNMENT, "--format", "csv", "--out", grades, "--results", out, "--course", course)
    statements, read, page = pages(course, out)
    return Size(
        students=students, different=different, wall=batch.wall, cpu=batch.cpu, coordinator_bytes=batch.own_bytes,
        judges_bytes=batch.started_bytes, gradebook_bytes=(out / "gradebook.sqlite").stat().st_size,
        page_bytes=next(out.rglob("class.html")).stat().st_size, statements=statements, read_seconds=read,
        page_seconds=page, again_seconds=again.cpu, regrade_seconds=regrade.cpu, export_seconds=export.cpu,
        export_bytes=grades.stat().st_size, export_peak_bytes=export.own_bytes,
        regrade_peak_bytes=regrade.own_bytes,
    )  # fmt: skip


def pages(course: Path, out: Path) -> tuple[int, float, float]:
    """Read a gradebook for the page of the class and write that: statements, seconds to read, seconds to write."""
    assignment = Course(course).load(ASSIGNMENT)
    options = ClassOptions(course=Course(course), assignment=ASSIGNMENT, out=out)
    asked: list[str] = []
    with opened_class(options, lambda _: None) as (output, book):
        event.listen(Engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        began = time.process_time()
        grades = read_grades(book, assignment.assignment)
        snapshot = read_snapshot(book, assignment, output, grades)
        read = time.process_time()
        render_class(snapshot, template_environment())
    return len(asked), read - began, time.process_time() - read


# ---------------------------------------------------------------------------------------------------- the cluster


def ticks(pid: int) -> int:
    """Return what a process took of processors, and those that it started and waited for, in ticks of the clock."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:  # it ended, and counts for who started it
        return 0
    return sum(map(int, fields[11:15]))


@contextmanager
def cluster() -> Iterator[tuple[str, list[int]]]:
    """Start a scheduler and workers of Dask as an operator does, and give the address and their processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    port = address.rpartition(":")[2]
    scheduler = ("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
    worker = ("worker", address, "--nworkers", "1", "--nthreads", "1", "--no-dashboard", "--no-nanny")
    with tempfile.TemporaryDirectory() as folder:
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
        processes = [
            subprocess.Popen([sys.executable, "-m", "dask", *words], env={**os.environ, "TMPDIR": folder}, **silent)
            for words in (scheduler, *[worker] * WORKERS)
        ]
        try:
            yield address, [process.pid for process in processes]
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait()


def beside_cluster(course: Path, folder: Path, size: int, rounds: int) -> list[dict[str, tuple[float, float]]]:
    """Grade the same submissions by two local processes and by two workers; give seconds: on the clock, of processors.

    Those of few and of many are subtracted: starts are paid once, and are not what the workers are asked about.
    """
    few, many = hand_in(folder / "few", range(WORKERS), size), hand_in(folder / "many", range(size), size)
    found = []
    with cluster() as (address, processes):

        def graded(way: str, words: Sequence[str], given: Path, out: Path) -> tuple[float, float]:
            before = tree_bytes(processes, ticks)
            took = ran("batch", ASSIGNMENT, given, *words, "--course", course, "--out", out)
            elsewhere = sum(tree_bytes(processes, ticks).values()) - sum(before.values())
            return took.wall, took.cpu + (elsewhere / os.sysconf("SC_CLK_TCK") if way == "cluster" else 0)

        ways = {"local": ("--jobs", str(WORKERS)), "cluster": ("--cluster", address)}
        for number in range(rounds):
            seconds = {}
            for way, words in ways.items():
                start, whole = (
                    graded(way, words, given, folder / f"{way}-{number}-{given.name}") for given in (few, many)
                )
                seconds[way] = (whole[0] - start[0], whole[1] - start[1])
            found.append(seconds)
            told = ", ".join(f"{way} {wall:.1f} s, {cpu:.1f} of processors" for way, (wall, cpu) in seconds.items())
            sys.stderr.write(f"{told}\n")
    return found


# ------------------------------------------------------------------------------------------------------- the table

COLUMNS: Final = (
    "students", "seconds", "processor, ms each", "coordinator, MiB", "what it started, MiB", "gradebook, KiB each",
    "class page, KiB each", "statements to read it", "read, ms each", "page, ms each", "batch again, ms each",
    "regrade, ms each", "export, ms each",
)  # fmt: skip


def row(size: Size) -> list[str]:
    """Format what a size took, in shares of its students."""
    each = (size.gradebook_bytes / 1024, size.page_bytes / 1024)
    seconds = (size.read_seconds, size.page_seconds, size.again_seconds, size.regrade_seconds, size.export_seconds)
    return [
        f"{size.students:,}", f"{size.wall:.1f}", f"{1000 * size.cpu / size.students:.1f}",
        f"{size.coordinator_bytes / MIB:.0f}", f"{size.judges_bytes / MIB:.0f}",
        *(f"{value / size.students:.2f}" for value in each), str(size.statements),
        *(f"{1000 * value / size.students:.2f}" for value in seconds),
    ]  # fmt: skip


def keep(document: dict[str, object], file: Path | None) -> None:
    """Write what is known so far: a long run may be ended."""
    if file is not None:
        file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100, 1000, 5000, 20_000])
    parser.add_argument("--different", type=int, default=sys.maxsize, metavar="SUBMISSIONS", help="by default all are")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--cluster", type=int, default=0, metavar="SUBMISSIONS")
    parser.add_argument("--rounds", type=int, default=3, help="of the comparison with a cluster")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    document: dict[str, object] = {"assignment": ASSIGNMENT, "jobs": options.jobs}
    with tempfile.TemporaryDirectory(prefix="grade-growth-") as name:
        work = Path(name)
        course = work / "course"
        build(course)
        if options.sizes:
            print(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|")
        sizes = []
        for students in options.sizes:
            sizes.append(
                measured(course, work / str(students), students, min(students, options.different), options.jobs)
            )
            print(f"| {' | '.join(row(sizes[-1]))} |", flush=True)
            document["sizes"] = [asdict(size) for size in sizes]
            keep(document, options.json)
        for small, large in itertools.pairwise(sizes):
            further = (large.cpu - small.cpu) / (large.students - small.students)
            print(f"each further from {small.students:,} to {large.students:,}: {1000 * further:.1f} ms of processors")
        if options.cluster:
            rounds = beside_cluster(course, work / "cluster", options.cluster, options.rounds)
            efficiency, share = (
                statistics.median(one["local"][kind] / one["cluster"][kind] for one in rounds) for kind in range(2)
            )
            print(f"two workers of a cluster are {efficiency:.2f} times as fast as two local processes")
            print(f"two local processes take {share:.2f} of the processor time of cluster and coordinator")
            document["cluster"] = {
                "submissions": options.cluster, "seconds": [(one["local"][0], one["cluster"][0]) for one in rounds],
                "cpu": [(one["local"][1], one["cluster"][1]) for one in rounds], "efficiency": efficiency,
            }  # fmt: skip
            keep(document, options.json)


if __name__ == "__main__":
    main()
