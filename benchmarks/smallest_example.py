"""Which share of an assignment's known mistakes get a smallest example, of how many numbers, and what that takes.

A mistake counts once, however many ways it is written in, with the smallest example of any check that it fails. Seconds
are processor time of the judge, for all examples of a submission.
Run it as `.venv/bin/python benchmarks/smallest_example.py [ASSIGNMENT ...] [--most 9]`.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from grader.course.discovery import read_assignment
from grader.diagnosis.known_mistakes import patched
from grader.judging.grading import Grader
from grader.judging.smallest_example import ExampleSearch
from grader.sandbox.host.session import Session

ROOT = Path(__file__).parent.parent
LAYERS = ("convnet", "cnn_manual", "layers")
NONE = 1 << 30


def measured(grader: Grader) -> Iterator[tuple[str, int, float]]:
    """Grade every mistake that fails something; give its name, the numbers of its smallest example, and the seconds."""
    course = grader.course
    found = ExampleSearch.found
    spent = [0.0]

    def timed(search: ExampleSearch, *outcomes: object) -> object:
        began = time.process_time()
        try:
            return found(search, *outcomes)  # type: ignore[arg-type]  # handed on as they came
        finally:
            spent[0] = time.process_time() - began

    ExampleSearch.found = timed  # type: ignore[assignment,method-assign]  # the same, with a clock
    for mistake in grader.judge.mistakes.mistakes:
        best, seconds, fails = NONE, 0.0, False
        for variant in mistake.variants():
            tree, attached = patched(course, variant)
            spent[0] = 0.0
            session = Session(
                grader.server, tree, course.drivers, course.assignment.runtime, attached, provided=course.provided
            )
            with closing(session):
                judgement = grader.judge.judge(session)
            fails |= any(one.status.value in {"failed", "raised"} for one in judgement.verdicts)
            best = min([best, *(one.numbers for one in judgement.examples.values())])
            seconds = max(seconds, spent[0])
        if fails:
            yield mistake.name, best, seconds


def main() -> None:
    """Print a line for each mistake without a small example, and one for each assignment."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assignments", nargs="*", default=LAYERS)
    parser.add_argument("--most", type=int, default=9, help="numbers of an example that counts")
    asked = parser.parse_args()
    for name in asked.assignments:
        with Grader(read_assignment(ROOT / "reference" / name)) as grader:
            grader.judge.seeks_examples = True
            grader.server.wait_until_ready()
            rows = [*measured(grader)]
        for mistake, numbers, _ in rows:
            if numbers > asked.most:
                print(f"  {mistake}: {'none' if numbers == NONE else numbers}", flush=True)
        small = sum(numbers <= asked.most for _, numbers, _ in rows)
        seconds = [spent for _, _, spent in rows]
        print(
            f"{name}: {small} of {len(rows)} mistakes ({small / len(rows):.0%}) have one of at most {asked.most} "
            f"numbers; median {statistics.median(seconds):.2f} s, most {max(seconds):.2f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
