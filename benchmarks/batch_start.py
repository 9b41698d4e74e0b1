"""What a batch costs before it grades: processor time of all its processes, beside a bare `import torch`.

    .venv/bin/python benchmarks/batch_start.py [--assignment imbalance] [--jobs 2] [--rounds 3]

A small class and a larger one are graded in turns, each submission once. What the larger costs more is what its
submissions cost; what the smaller costs beside its own is the start. Python keeps what it compiles, as where `grade`
is installed: else every process compiles our own modules anew. What was spent before the first worker is forked is
read from /proc, in the moment in which there is a process that is confined.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent
GRADE = Path(sys.executable).parent / "grade"
SMALL, LARGE = 2, 10
TICKS = os.sysconf("SC_CLK_TCK")
LOOK_SECONDS = 0.01
CONFINED = "Seccomp:\t2"  # of proc(5)'s `status`: a worker, and nothing else that a batch starts


def cpu_seconds(command: list[str]) -> float:
    """Run a command to its end; return the processor time of all the processes that came of it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    await_end(started(command))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def started(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a command that keeps what it compiles."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def await_end(process: subprocess.Popen[bytes]) -> None:
    """Wait for the end of a command that grades."""
    assert process.wait() in (0, 1), f"{process.args!r} ended with {process.returncode}"


def first_fork_seconds(command: list[str]) -> float:
    """Run a command to its end; return the processor time of all its processes until there is a worker."""
    process = started(command)
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    with suppress(PermissionError):  # on a busy machine it would look too late
        os.setpriority(os.PRIO_PROCESS, 0, -15)
    while (spent := spent_until_confined(process.pid)) is None:
        assert process.poll() is None, f"{command} ended without a worker"
        time.sleep(LOOK_SECONDS)
    os.setpriority(os.PRIO_PROCESS, 0, ours)
    await_end(process)
    return spent


def spent_until_confined(root: int) -> float | None:
    """Return the processor time of a process and all that descend from it, None while none of them is confined."""
    fields, confined = {}, set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):  # it has ended meanwhile
                fields[int(entry.name)] = (entry / "stat").read_text().rpartition(")")[2].split()
                if CONFINED in (entry / "status").read_text():
                    confined.add(int(entry.name))
    found = [root]
    for pid in found:
        found += [child for child, stat in fields.items() if int(stat[1]) == pid]
    if not confined.intersection(found):
        return None
    # User and system time, its own and that of children it has waited for: the fields 14 to 17 of proc(5).
    return sum(int(ticks) for pid in found if pid in fields for ticks in fields[pid][11:15]) / TICKS


@contextmanager
def batch_of(assignment: str, count: int, jobs: int) -> Iterator[list[str]]:
    """Hand in so many copies of the sample `correct`, no two of them alike; give the command that grades them."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            copy = Path(folder, "handed-in", f"student{number}")
            shutil.copytree(ROOT / "reference" / assignment / "samples" / "correct", copy)
            with next(copy.rglob("*.py")).open("a", encoding="utf-8") as file:
                file.write(f"\n# {number}\n")
        handed_in, out = Path(folder, "handed-in"), Path(folder, "out")
        yield [str(GRADE), "batch", assignment, str(handed_in), "--out", str(out), "--jobs", str(jobs)]


def batch_seconds(assignment: str, count: int, jobs: int) -> float:
    """Return what it costs to grade so many copies."""
    with batch_of(assignment, count, jobs) as command:
        return cpu_seconds(command)


def main() -> None:
    """Measure in turns and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assignment", default="imbalance")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    taken: dict[str, list[float]] = {"import torch": [], "small": [], "large": [], "first fork": []}
    batch_seconds(given.assignment, SMALL, given.jobs)  # not measured: it compiles
    for _ in range(given.rounds):
        taken["import torch"].append(cpu_seconds([sys.executable, "-c", "import torch"]))
        taken["small"].append(batch_seconds(given.assignment, SMALL, given.jobs))
        taken["large"].append(batch_seconds(given.assignment, LARGE, given.jobs))
        with batch_of(given.assignment, LARGE, given.jobs) as command:
            taken["first fork"].append(first_fork_seconds(command))
    torch, small, large, first_fork = (statistics.median(times) for times in taken.values())
    each = (large - small) / (LARGE - SMALL)
    start = small - SMALL * each
    print(f"import torch         {torch:6.2f} s of processor time, median of {given.rounds}")
    print(f"start of the batch   {start:6.2f} s, {start / torch:.1f} times that, on {given.jobs} processes")
    print(f"before the first fork{first_fork:5.2f} s, {first_fork / torch:.1f} times that")
    print(f"each submission      {each:6.3f} s")


if __name__ == "__main__":
    main()
