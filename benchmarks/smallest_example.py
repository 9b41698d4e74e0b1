"""Which share of an assignment's known mistakes get a smallest example, of how many numbers, and what that takes.

A mistake counts once, however many ways it is written in, with the smallest example of any check that it fails. Seconds
are processor time, the judge's and the workers' together: until the first example of so few numbers, and for one check.
Run it as `.venv/bin/python benchmarks/smallest_example.py [ASSIGNMENT ...] [--most 9] [--every 1]`; `--every 8` tries
one mistake of eight.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from grader.course.discovery import read_assignment
from grader.diagnosis.patched import patched
from grader.judging.found_example import FoundExample
from grader.judging.grading import Grader
from grader.judging.smallest_example import SUBMISSION_SECONDS, ExampleSearch
from grader.model.assignment import Check
from grader.sandbox.host.session import Session
from grader.subjects.case import Case

ROOT = Path(__file__).parent.parent
LAYERS = ("convnet", "cnn_manual", "layers")
WITHIN = 0.5
NONE = 1 << 30


@dataclass(slots=True)
class Clock:
    """The time that searches take, check after check, on the session that is graded at present."""

    session: Session
    checks: list[tuple[float, int]]  # seconds, and numbers of the example

    def watch(self) -> None:
        """Have each check of a search timed by itself, until the time for all of them is over."""
        found = ExampleSearch.found

        def timed(search: ExampleSearch, outcomes: Iterable[tuple[Check, Sequence[Case]]]) -> dict[str, FoundExample]:
            examples: dict[str, FoundExample] = {}
            for outcome in outcomes:
                if sum(seconds for seconds, _ in self.checks) > SUBMISSION_SECONDS:
                    break
                began, workers = time.process_time(), self.session.cpu_seconds
                one = found(search, [outcome])
                spent = time.process_time() - began + self.session.cpu_seconds - workers
                self.checks.append((spent, min([NONE, *(example.numbers for example in one.values())])))
                examples |= one
            return examples

        ExampleSearch.found = timed  # type: ignore[method-assign]  # the same, with a clock

    def until(self, most: int) -> float:
        """Return the seconds until the first example of so few numbers; infinity without one."""
        seconds = 0.0
        for spent, numbers in self.checks:
            seconds += spent
            if numbers <= most:
                return seconds
        return float("inf")


def measured(grader: Grader, clock: Clock, every: int, most: int) -> list[tuple[str, int, float, float]]:
    """Grade mistakes that fail something.

    Returns:
        The name of each, the numbers of its smallest example, seconds until one of so few, and the most for a check.
    """
    course, rows = grader.course, []
    for mistake in grader.judge.mistakes.mistakes[::every]:
        fails, checks, until = False, [(0.0, NONE)], float("inf")
        for variant in mistake.variants():
            tree, attached = patched(course, variant)
            clock.session, clock.checks = (
                Session(
                    grader.server, tree, course.drivers, course.assignment.runtime, attached, provided=course.provided
                ),
                [],
            )
            with closing(clock.session):
                judgement = grader.judge.judge(clock.session)
            fails |= any(one.status.value in {"failed", "raised"} for one in judgement.verdicts)
            checks += clock.checks
            until = min(until, clock.until(most))
        if fails:
            rows.append((mistake.name, min(held for _, held in checks), until, max(spent for spent, _ in checks)))
    return rows


def main() -> None:
    """Print a line for each mistake without a small example, and one for each assignment."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assignments", nargs="*", default=LAYERS)
    parser.add_argument("--most", type=int, default=9, help="numbers of an example that counts")
    parser.add_argument("--every", type=int, default=1, help="try one mistake of so many")
    asked = parser.parse_args()
    for name in asked.assignments:
        with Grader(read_assignment(ROOT / "reference" / name)) as grader:
            grader.judge.seeks_examples = True
            grader.server.wait_until_ready()
            clock = Clock(Session(grader.server, {}, "", grader.course.assignment.runtime), [])
            clock.watch()
            rows = measured(grader, clock, asked.every, asked.most)
        for mistake, numbers, _, _ in rows:
            if numbers > asked.most:
                print(f"  {mistake}: {'none' if numbers == NONE else numbers}", flush=True)
        small = sum(numbers <= asked.most for _, numbers, _, _ in rows)
        soon = sum(until <= WITHIN for _, _, until, _ in rows)
        print(
            f"{name}: {small} of {len(rows)} mistakes ({small / len(rows):.0%}) have an example of at most "
            f"{asked.most} numbers, {soon} ({soon / len(rows):.0%}) within {WITHIN} s; median "
            f"{statistics.median(until for _, _, until, _ in rows):.2f} s, at most "
            f"{max(most for _, _, _, most in rows):.2f} s for a check",
            flush=True,
        )


if __name__ == "__main__":
    main()
