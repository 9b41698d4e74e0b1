"""What grading a class costs: throughput beside cold pytest, memory, growth, two processes, regrade, kill -9.

    .venv/bin/python benchmarks/batch.py [--size 1000] [--cold 24] [--growth 100] [--kills 20] [--torch]

The class is made from the samples of convnet, each submission unlike all others, so that none is graded for another.
The samples that hang or end the process are left out: cold pytest would never end on them. Peak memory is that of all
processes together, shared pages counted once, read twice a second.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.batch.memory import MIB, tree_bytes
from grader.catalog import Course
from grader.submissions.read import read_submission

HERE = Path(__file__).parent
ROOT = HERE.parent
SAMPLES = ROOT / "reference" / "convnet" / "samples"
LEFT_OUT = ("hangs_at_import", "exits_at_import")
COMMAND = [sys.executable, "-c", "from grader.cli import main; main()"]
SAMPLED_SECONDS = 0.5


@dataclass(frozen=True)
class Measured:
    """One command: wall and CPU seconds of all its processes, their peak memory together, what it printed."""

    wall: float
    cpu: float
    peak_bytes: int
    document: dict[str, Any]


def make_class(folder: Path, size: int) -> None:
    """Write so many submissions, no two alike."""
    course = Course(ROOT).load("convnet")
    names = [name for name in tomllib.loads((SAMPLES / "samples.toml").read_text()) if name not in LEFT_OUT]
    read = [read_submission(SAMPLES / name, course.assignment, {}).sources for name in names]
    for number in range(size):
        for path, text in read[number % len(read)].items():
            file = folder / f"s{number:05}" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{text}\n# {number}\n", encoding="utf-8")


def measured(arguments: list[str], course: Path) -> Measured:
    """Run `grade` to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    process = subprocess.Popen(
        [*COMMAND, *arguments, "--course", str(course), "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip
    peaks = [0]
    ended = threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, peaks, ended))
    watch.start()
    out, _ = process.communicate()
    wall = time.perf_counter() - began
    ended.set()
    watch.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(wall, cpu, max(peaks), json.loads(out))


def _watch(pid: int, peaks: list[int], ended: threading.Event) -> None:
    while not ended.wait(SAMPLED_SECONDS):
        peaks.append(tree_bytes([pid])[pid])


def cold_pytest(submissions: list[Path], jobs: int, *, torch: bool) -> tuple[float, float]:
    """Run pytest afresh for each submission, on as many cores; give wall and CPU seconds of one."""
    command = [
        sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "plain_harness", "-p", "no:cacheprovider",
        "--import-mode=importlib", str(ROOT / "reference" / "convnet" / "checks"),
    ]  # fmt: skip
    variables = {**os.environ, "PYTHONPATH": str(HERE), "OMP_NUM_THREADS": "1"} | ({"WITH_TORCH": "1"} if torch else {})

    def run(submission: Path) -> None:
        environment = {**variables, "SUBMISSION": str(submission)}
        subprocess.run(
            command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        )

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    with ThreadPoolExecutor(jobs) as pool:
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


def told(title: str, size: int, run: Measured) -> str:
    """Write one measurement as a line."""
    each = run.wall / size
    return (
        f"{title:38} {run.wall:7.1f} s  {size / run.wall:6.2f}/s  {each * 1000:7.1f} ms each  "
        f"{run.cpu / size * 1000:7.1f} ms CPU each  peak {run.peak_bytes / MIB:6.0f} MiB"
    )


def kill_at_random(folder: Path, out: Path, course: Path, kills: int, jobs: int) -> Iterator[str]:
    """Kill a batch at random moments, then let it finish; say whether a result was lost or doubled."""
    draw = random.Random(20261121)  # noqa: S311  # moments, not secrets
    arguments = ["batch", "convnet", str(folder), "--out", str(out), "--jobs", str(jobs)]
    seen: dict[str, int] = {}
    lost = 0
    for number in range(kills):
        process = subprocess.Popen(
            [*COMMAND, *arguments, "--course", str(course)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while number % 2 and process.poll() is None and len(_kept(out)) == len(seen):  # every other time in mid-grading
            time.sleep(0.1)
        time.sleep(draw.uniform(0, 4))
        process.kill()
        process.wait()
        now = _kept(out)
        lost += sum(now.get(key) != number for key, number in seen.items())
        seen = now
    last = measured(arguments, course)
    results, keys, submissions = _counts(out)
    yield (
        f"{kills} times kill -9: {lost} results lost, {results - keys} doubled; {keys} of {submissions} graded, "
        f"{last.document['graded_now']} of them after the last"
    )


def _rows(out: Path, query: str) -> list[tuple[Any, ...]]:
    file = out / "gradebook.sqlite"
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


def main() -> None:
    """Measure what is asked for, all in one run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--cold", type=int, default=24, help="submissions graded by cold pytest")
    parser.add_argument("--growth", type=int, nargs="*", default=[100], help="other sizes to compare with")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--torch", action="store_true", help="with torch imported, on both sides")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="grade-bench-") as name:
        measure(options, Path(name))


def measure(options: argparse.Namespace, work: Path) -> None:
    """Run one after the other and print a line for each."""
    course = course_with_torch(work / "course") if options.torch else ROOT
    largest = max(options.size, *options.growth, 1)
    make_class(work / "class", largest)
    everybody = sorted((work / "class").iterdir())

    def class_of(size: int) -> Path:
        folder = work / f"class-{size}"
        if not folder.exists():
            folder.mkdir()
            for submission in everybody[:size]:
                (folder / submission.name).symlink_to(submission)
        return folder

    def batch(size: int, jobs: int, out: str) -> Measured:
        return measured(
            ["batch", "convnet", str(class_of(size)), "--out", str(work / out), "--jobs", str(jobs)], course
        )

    def say(line: str) -> None:
        print(line, flush=True)

    cold_before = cold_pytest(everybody[: options.cold // 2], options.jobs, torch=options.torch)
    whole = batch(options.size, options.jobs, "whole")
    cold_after = cold_pytest(everybody[options.cold // 2 : options.cold], options.jobs, torch=options.torch)
    say(told(f"{options.size} submissions, {options.jobs} processes", options.size, whole))
    wall, cpu = (sum(pair) / 2 for pair in zip(cold_before, cold_after, strict=True))
    each = f"{wall * 1000:7.1f} ms each  {cpu * 1000:7.1f} ms CPU each"
    say(f"{'cold pytest, before and after':38} {'':9}  {1 / wall:6.2f}/s  {each}")
    times, less = wall / (whole.wall / options.size), cpu / (whole.cpu / options.size)
    say(f"throughput over cold pytest: {times:.1f} times, CPU {less:.1f} times less")
    for command in ("regrade", "batch"):
        words = [str(work / f"class-{options.size}")] if command == "batch" else []
        again = measured([command, "convnet", *words, "--out", str(work / "whole")], course)
        unchanged = again.document["unchanged"]
        say(f"grade {command} with nothing changed: {again.wall:.2f} s for {unchanged} unchanged")
    for size in options.growth:
        say(told(f"{size} submissions, {options.jobs} processes", size, batch(size, options.jobs, f"growth-{size}")))
    if options.jobs > 1 and options.growth:
        size = options.growth[0]
        one, many = batch(size, 1, "one"), batch(size, options.jobs, "many")
        say(told(f"{size} submissions, 1 process", size, one))
        say(told(f"{size} submissions, {options.jobs} processes", size, many))
        say(f"efficiency from 1 to {options.jobs} processes: {one.wall / many.wall / options.jobs:.0%}")
    if options.kills:
        for line in kill_at_random(
            class_of(min(options.size, 300)), work / "killed", course, options.kills, options.jobs
        ):
            say(line)


if __name__ == "__main__":
    main()
