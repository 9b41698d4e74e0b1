"""What a batch costs before it grades: processor time of all its processes, beside a bare `import torch`.

    .venv/bin/python benchmarks/batch_start.py [--assignment imbalance] [--jobs 2] [--rounds 3]

A small class and a larger one are graded in turns, each submission once. What the larger costs more is what its
submissions cost; what the smaller costs beside its own is the start. Python keeps what it compiles, as where `grade`
is installed: else every process compiles our own modules anew.
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
from pathlib import Path

ROOT = Path(__file__).parent.parent
GRADE = Path(sys.executable).parent / "grade"
SMALL, LARGE = 2, 10


def cpu_seconds(command: list[str]) -> float:
    """Run a command to its end; return the processor time of all the processes that came of it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    ran = subprocess.run(
        command, check=False, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert ran.returncode in (0, 1), f"{command} ended with {ran.returncode}"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def batch_seconds(assignment: str, count: int, jobs: int) -> float:
    """Grade so many copies of the sample `correct`, no two of them alike."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            copy = Path(folder, "handed-in", f"student{number}")
            shutil.copytree(ROOT / "reference" / assignment / "samples" / "correct", copy)
            with next(copy.rglob("*.py")).open("a", encoding="utf-8") as file:
                file.write(f"\n# {number}\n")
        handed_in, out = Path(folder, "handed-in"), Path(folder, "out")
        return cpu_seconds(
            [str(GRADE), "batch", assignment, str(handed_in), "--out", str(out), "--jobs", str(jobs)],
        )


def main() -> None:
    """Measure in turns and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assignment", default="imbalance")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    taken: dict[str, list[float]] = {"import torch": [], "small": [], "large": []}
    batch_seconds(given.assignment, SMALL, given.jobs)  # not measured: it compiles
    for _ in range(given.rounds):
        taken["import torch"].append(cpu_seconds([sys.executable, "-c", "import torch"]))
        taken["small"].append(batch_seconds(given.assignment, SMALL, given.jobs))
        taken["large"].append(batch_seconds(given.assignment, LARGE, given.jobs))
    torch, small, large = (statistics.median(times) for times in taken.values())
    each = (large - small) / (LARGE - SMALL)
    start = small - SMALL * each
    print(f"import torch         {torch:6.2f} s of processor time, median of {given.rounds}")
    print(f"start of the batch   {start:6.2f} s, {start / torch:.1f} times that, on {given.jobs} processes")
    print(f"each submission      {each:6.3f} s")


if __name__ == "__main__":
    main()
