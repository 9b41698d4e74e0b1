"""What a right submission to each assignment costs: processor seconds of one grading, without start and first calls.

    .venv/bin/python benchmarks/assignments.py [ASSIGNMENT...] [--rounds 5]

The samples that are stated to have all points, each graded in turns, isolated as always. Where a sample is slow on
purpose, as loops over pixels are, its own row says so.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path

from cost import tree_cpu

from grader.course.discovery import Course
from grader.course.samples import read_samples
from grader.judging.grading import Grader
from grader.lint.lint import is_stated_right


def costs(course: Course, name: str, rounds: int) -> dict[str, tuple[float, float]]:
    """Grade each right sample so many times.

    Returns by sample the median processor seconds of judge and workers, and the peak of a worker in MiB.
    """
    with Grader(course.load(name)) as grader:
        grader.server.wait_until_ready()
        pid = grader.server.pid
        assert pid is not None
        samples = [sample for sample in read_samples(grader.course) if is_stated_right(grader, sample)]
        peaks = dict.fromkeys((sample.name for sample in samples), 0)
        spent: dict[str, list[float]] = {sample.name: [] for sample in samples}
        for number in range(rounds + 1):
            for sample in samples:
                workers = tree_cpu(pid)
                result = grader.grade(sample.path)
                peaks[sample.name] = max(peaks[sample.name], result.peak_bytes or 0)
                if number:  # the first fills the recordings
                    judge = result.cpu_seconds - sum(check.cpu_seconds for check in result.checks)
                    spent[sample.name].append(judge + tree_cpu(pid) - workers)
    return {sample: (statistics.median(seconds), peaks[sample] / 2**20) for sample, seconds in spent.items()}


def main() -> None:
    """Print a row for each right sample."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assignments", nargs="*", metavar="ASSIGNMENT")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    course = Course(Path(__file__).parent.parent)
    print("| assignment | sample | processor, s | peak, MiB |")
    print("|---|---|---|---|")
    for name in options.assignments or course.names():
        for sample, (seconds, peak) in costs(course, name, options.rounds).items():
            print(f"| `{name}` | {sample} | {seconds:.2f} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
