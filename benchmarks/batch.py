"""What grading a class costs: throughput beside cold pytest, memory, growth, two processes, kill -9, regrade.

    .venv/bin/python benchmarks/batch.py [--size 1000] [--parts throughput beside regrade growth efficiency kills]
        [--cold 24] [--growth 100] [--kills 20] [--minutes 12] [--torch]

What the reference answers is recorded before, once (`grade record`). The class is made from the samples of convnet
in turn, each submission unlike all others, so that none is graded for another. The samples that hang or end the
process are left out: cold pytest would never end on them. Of cold pytest a sample is run, half of it before the
class and half after it, on as many cores at a time; its rate is compared. A machine that is shared may change its
speed meanwhile by half as much again: "beside" has both run in the same minutes, and compares CPU time. Peak memory
is that of all processes together, shared pages counted once, read twice a second. What has not begun after --minutes
is left out and named; a part that is under way then is stopped. The table at the end is Markdown.

With --torch, submissions may import torch and both sides have it loaded, as courses on deep learning do: what is asked
of the throughput is asked of that.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from peers import cold

from grader.batch.executors.memory import MIB, tree_bytes
from grader.course.discovery import Course
from grader.submissions.read import read_submission

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "reference" / "convnet" / "samples"
LEFT_OUT = ("hangs_at_import", "exits_at_import")
COMMAND = [sys.executable, "-c", "from grader.cli import main; main()"]
SAMPLED_SECONDS = 0.5
END_SECONDS = 20
EFFICIENCY_SIZE = 200
KILLED_SIZE = 300
DATABASE = "gradebook.sqlite"


class OverTimeError(Exception):
    """What is to be measured does not fit into the time that is left."""


@dataclass(frozen=True)
class Measured:
    """One command: wall and CPU seconds of all its processes, their peak memory together, what it printed."""

    wall: float
    cpu: float
    peak_bytes: int
    document: dict[str, Any]


@dataclass
class Bench:
    """What all parts share: the class, the course, how many processes, until when, and the table so far."""

    work: Path
    course: Path
    size: int
    jobs: int
    torch: bool
    until: float
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    ran: dict[str, Measured] = field(default_factory=dict)

    def say(self, what: str, figure: str, target: str = "") -> None:
        """Put a line into the table, and tell it now."""
        self.rows.append((what, figure, target))
        sys.stderr.write(f"[{self.left():4.0f} s left] {what}: {figure}\n")

    def left(self) -> float:
        """Say how many seconds are left."""
        return self.until - time.monotonic()

    def class_of(self, size: int) -> Path:
        """Give a folder of so many submissions; a larger one begins with the same."""
        folder = self.work / f"class-{size}"
        make_class(folder, size)
        return folder

    def batch(self, size: int, jobs: int, out: str) -> Measured:
        """Grade so many submissions; the same run is not made twice."""
        if out not in self.ran:
            words = ["batch", "convnet", str(self.class_of(size)), "--out", str(self.work / out), "--jobs", str(jobs)]
            self.ran[out] = measured(words, self)
        return self.ran[out]

    def whole(self) -> Measured:
        """Grade the class that everything else is compared with."""
        return self.batch(self.size, self.jobs, "whole")


def make_class(folder: Path, size: int) -> None:
    """Write so many submissions, no two alike."""
    course = Course(ROOT).load("convnet")
    read = [read_submission(SAMPLES / name, course.assignment, {}).sources for name in sample_names()]
    for number in range(size):
        for path, text in read[number % len(read)].items():
            file = folder / f"s{number:05}" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{text}\n# {number}\n", encoding="utf-8")


def sample_names() -> list[str]:
    """List the samples that the class is made from."""
    return [name for name in tomllib.loads((SAMPLES / "samples.toml").read_text()) if name not in LEFT_OUT]


def measured(arguments: list[str], bench: Bench) -> Measured:
    """Run `grade` to its end.

    Raises:
        OverTimeError: that would be later than it may be.
    """
    if bench.left() <= 0:
        raise OverTimeError
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    process = subprocess.Popen(
        [*COMMAND, *arguments, "--course", str(bench.course), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    peaks = [0]
    ended = threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, peaks, ended))
    watch.start()
    try:
        out = _output(process, bench.left())
    finally:
        ended.set()
        watch.join()
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(wall, cpu, max(peaks), json.loads(out))


def _output(process: subprocess.Popen[str], seconds: float) -> str:
    try:
        return process.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        raise OverTimeError from None


def _watch(pid: int, peaks: list[int], ended: threading.Event) -> None:
    while not ended.wait(SAMPLED_SECONDS):
        peaks.append(tree_bytes([pid])[pid])


def start_cold(submission: Path, bench: Bench) -> subprocess.Popen[bytes]:
    """Start pytest afresh for one submission."""
    environment = cold.variables(submission, with_torch=bench.torch)
    return subprocess.Popen(
        cold.COMMAND, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )  # fmt: skip


def cold_pytest(submissions: Sequence[Path], bench: Bench) -> tuple[float, float]:
    """Run pytest afresh for each submission, on as many cores; give wall and CPU seconds of one."""

    def run(submission: Path) -> None:
        start_cold(submission, bench).wait()

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    with ThreadPoolExecutor(bench.jobs) as pool:
        list(pool.map(run, submissions))
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall / len(submissions), cpu / len(submissions)


def course_with_torch(folder: Path) -> Path:
    """Copy the course with torch among what submissions may import, as deep-learning courses have it."""
    shutil.copytree(ROOT / "reference" / "convnet", folder / "reference" / "convnet")
    rubric = folder / "reference" / "convnet" / "assignment.toml"
    text = rubric.read_text().replace('modules = ["numpy"]', 'modules = ["numpy", "torch"]')
    rubric.write_text(text.replace("memory_mb = 1024", "memory_mb = 3072"))
    return folder


# ------------------------------------------------------------------------------------------------------ the parts


def throughput(bench: Bench, options: argparse.Namespace) -> None:
    """Grade the class between two halves of cold runs, and see how much memory everything takes."""
    count = max(2, options.cold)
    submissions = sorted(bench.class_of(count).iterdir())
    before = cold_pytest(submissions[: count // 2], bench)
    whole = bench.whole()
    after = cold_pytest(submissions[count // 2 :], bench)
    wall, cpu = (sum(pair) / 2 for pair in zip(before, after, strict=True))
    bench.say(f"{bench.size:,} submissions, {bench.jobs} processes", told(bench.size, whole))
    bench.say(f"cold `pytest` on as many cores, from {count} runs", f"{1 / wall:.2f}/s, {cpu * 1000:.0f} ms CPU each")
    target = "≥ 20" if bench.torch else ""
    bench.say("throughput over cold `pytest`", f"{wall / (whole.wall / bench.size):.1f} times", target)
    bench.say("CPU time below cold `pytest`", f"{cpu / (whole.cpu / bench.size):.1f} times")
    bench.say("peak memory of everything", f"{whole.peak_bytes / MIB:.0f} MiB", "≤ 1,536 MiB")


def beside(bench: Bench, _options: argparse.Namespace) -> None:
    """Grade the class once more while pytest is started again and again, and compare what a submission takes."""
    submissions = itertools.cycle(sorted(bench.class_of(bench.size).iterdir())[: len(sample_names())])
    with ThreadPoolExecutor(1) as pool:
        graded = pool.submit(run_alone, bench)
        colds = []
        while not graded.done():
            process = start_cold(next(submissions), bench)
            colds.append(cpu_seconds(os.wait4(process.pid, 0)[2]))
            process.returncode = 0  # it was waited for here
    ours, theirs = graded.result() / bench.size, sum(colds) / len(colds)
    bench.say(
        f"CPU time of a submission beside {len(colds)} of cold `pytest`, in the same minutes",
        f"{ours * 1000:.0f} ms and {theirs * 1000:.0f} ms: {theirs / ours:.1f} times",
    )  # fmt: skip


def run_alone(bench: Bench) -> float:
    """Grade the class into a folder of its own; give the CPU seconds of that process and all it started."""
    arguments = ["batch", "convnet", str(bench.class_of(bench.size)), "--out", str(bench.work / "beside")]
    process = subprocess.Popen(
        [*COMMAND, *arguments, "--jobs", str(bench.jobs), "--course", str(bench.course)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    used = os.wait4(process.pid, 0)[2]
    process.returncode = 0  # it was waited for here
    return cpu_seconds(used)


def cpu_seconds(used: resource.struct_rusage) -> float:
    """Add up what a process and its children took."""
    return used.ru_utime + used.ru_stime


def regrade(bench: Bench, _options: argparse.Namespace) -> None:
    """Grade again what has not changed."""
    bench.whole()
    for command, target in (("regrade", "< 5 s"), ("batch", "")):
        words = [str(bench.class_of(bench.size))] if command == "batch" else []
        again = measured([command, "convnet", *words, "--out", str(bench.work / "whole")], bench)
        unchanged = again.document["unchanged"]
        bench.say(f"`grade {command}`, {unchanged:,} of {bench.size:,} unchanged", f"{again.wall:.2f} s", target)


def growth(bench: Bench, options: argparse.Namespace) -> None:
    """See whether a submission costs the same in a large class as in a small one, at its begin as at its end."""
    bench.whole()
    quarters = rates(bench.work / "whole" / DATABASE)
    bench.say("rate by quarter of that class", " ".join(f"{rate:.1f}/s" for rate in quarters), "flat")
    sizes = sorted({*options.growth, bench.size})
    walls = {}
    for size in sizes:
        run = bench.batch(size, bench.jobs, "whole" if size == bench.size else f"growth-{size}")
        walls[size] = run.wall
        if size != bench.size:
            bench.say(f"{size:,} submissions, {bench.jobs} processes", told(size, run))
    for small, large in itertools.pairwise(sizes):
        each = (walls[large] - walls[small]) / (large - small)
        bench.say(f"each further submission from {small:,} to {large:,}", f"{each * 1000:.1f} ms", "flat")


def efficiency(bench: Bench, _options: argparse.Namespace) -> None:
    """Compare one process with as many as there are cores."""
    size = min(EFFICIENCY_SIZE, bench.size)
    one, many = bench.batch(size, 1, "one"), bench.batch(size, bench.jobs, "many")
    bench.say(f"{size:,} submissions, 1 process", told(size, one))
    bench.say(f"{size:,} submissions, {bench.jobs} processes", told(size, many))
    bench.say(f"efficiency from 1 to {bench.jobs} processes", f"{one.wall / many.wall / bench.jobs:.0%}")


def kills(bench: Bench, options: argparse.Namespace) -> None:
    """Kill a batch at random moments, then let it finish; say whether a result was lost or doubled."""
    draw = random.Random(20261121)  # noqa: S311  # moments, not secrets
    size = min(KILLED_SIZE, bench.size)
    folder, out = bench.class_of(size), bench.work / "killed"
    arguments = ["batch", "convnet", str(folder), "--out", str(out), "--jobs", str(bench.jobs)]
    seen: dict[str, int] = {}
    lost = done = 0
    while done < options.kills and bench.left() > 0:
        process = subprocess.Popen(
            [*COMMAND, *arguments, "--course", str(bench.course)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while done % 2 and process.poll() is None and len(_kept(out)) == len(seen):  # every other time in mid-grading
            time.sleep(0.1)
        time.sleep(draw.uniform(0, 4))
        process.kill()
        process.wait()
        done += 1
        now = _kept(out)
        lost += sum(now.get(key) != number for key, number in seen.items())
        seen = now
    last = measured(arguments, bench)
    results, keys, submissions = _counts(out)
    bench.say(f"{done} times `kill -9`", f"{lost} results lost, {results - keys} doubled", "0, 0")
    bench.say(
        f"{size:,} submissions after that", f"{keys} results, {submissions} submissions kept, "
        f"{last.document['graded_now']} graded after the last kill",
    )  # fmt: skip


PARTS: dict[str, Callable[[Bench, argparse.Namespace], None]] = {
    "throughput": throughput, "beside": beside, "regrade": regrade, "growth": growth, "efficiency": efficiency,
    "kills": kills,
}  # fmt: skip


def told(size: int, run: Measured) -> str:
    """Write one run down."""
    return (
        f"{run.wall:.1f} s, {size / run.wall:.2f}/s, {run.cpu / size * 1000:.0f} ms CPU each, "
        f"peak {run.peak_bytes / MIB:.0f} MiB"
    )


def rates(database: Path) -> list[float]:
    """Give how many results a second came in each quarter of a run, from when each was kept."""
    with closing(sqlite3.connect(database)) as opened:
        rows = opened.execute("SELECT graded_at FROM results ORDER BY graded_at").fetchall()
    times = [datetime.fromisoformat(row[0]).timestamp() for row in rows]
    ends = [(len(times) - 1) * quarter // 4 for quarter in range(5)]
    return [(b - a) / max(times[b] - times[a], 0.001) for a, b in itertools.pairwise(ends)]


def _rows(out: Path, query: str) -> list[tuple[Any, ...]]:
    file = out / DATABASE
    if not file.is_file():
        return []
    with closing(sqlite3.connect(file, timeout=30)) as database:
        try:
            return database.execute(query).fetchall()
        except sqlite3.OperationalError:  # killed before its first table
            return []


def _kept(out: Path) -> dict[str, int]:
    return {key: number for number, key in _rows(out, "SELECT id, key FROM results ORDER BY id DESC")}


def _counts(out: Path) -> tuple[int, int, int]:
    ((results, keys),) = _rows(out, "SELECT count(*), count(DISTINCT key) FROM results")
    ((submissions,),) = _rows(out, "SELECT count(*) FROM submissions")
    return results, keys, submissions


def table(rows: Sequence[tuple[str, str, str]]) -> str:
    """Write the figures as a table of Markdown."""
    head = ("what", "measured", "target")
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---", "---", "---"), *rows))


def main() -> None:
    """Measure what is asked for, all in one run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--cold", type=int, default=2 * len(sample_names()), help="runs of cold pytest")
    parser.add_argument("--growth", type=int, nargs="*", default=[100], help="other sizes to compare with")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=12, help="after which nothing new begins")
    parser.add_argument("--torch", action="store_true", help="with torch imported, on both sides")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="grade-bench-") as name:
        work = Path(name)
        course = course_with_torch(work / "course") if options.torch else ROOT
        subprocess.run([*COMMAND, "record", "convnet", "--course", str(course)], check=True, stdout=subprocess.DEVNULL)
        until = time.monotonic() + options.minutes * 60
        bench = Bench(work, course, options.size, options.jobs, options.torch, until)
        for part in options.parts:
            try:
                PARTS[part](bench, options)
            except OverTimeError:
                bench.say(part, f"not measured: {options.minutes:g} minutes are over")
    print(table(bench.rows))


if __name__ == "__main__":
    main()
