"""Find hidden tests whose inputs are not the same each time: two students would be asked different things."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from grader.judging.collection import HiddenTests
from grader.judging.judge import Judge
from grader.model.assignment import Check
from grader.model.observation import Value
from grader.subjects.recordings import call_bytes, key_of
from grader.subjects.student import Driver


def unseeded_problems(judge: Judge) -> Iterator[str]:
    """Run every case on the reference, twice and as collected anew, and find those that ask for other things.

    That is what unseeded generators of numpy, torch and Python lead to, the clock, and a seeded generator of a whole
    file, which goes on from wherever other cases left it.
    """
    with closing(HiddenTests(judge.course)) as again:
        for check in judge.checks:
            cases, others = judge.tests.cases[check.name], again.cases[check.name]
            names = [case.name for case in cases]
            if names != [case.name for case in others]:
                yield f"{check.name} has other cases each time it is collected: give them fixed parameters or ids"
                continue
            differing = [
                case.name
                for case, other in zip(cases, others, strict=True)
                if len({_asked(judge, *run, check) for run in (*[(judge.tests, case)] * 2, (again, other))}) > 1
            ]
            if differing:
                where = f"in {len(differing)} of {len(cases)} cases, such as {differing[0]}"
                yield f"{check.name} asks with other inputs each time {where}: draw them from rng"


def _asked(judge: Judge, tests: HiddenTests, case: pytest.Function, check: Check) -> tuple[bytes, ...]:
    """Return a hash of each call that a case makes of the student, who answers as the reference does."""
    calls: list[bytes] = []

    def reference(driver: Driver, **inputs: Value) -> Value:
        calls.append(key_of(check.name.encode(), call_bytes(driver.__name__, inputs)))
        return judge.reference(driver, **inputs)

    tests.begin()
    tests.run(case, reference, judge.reference, judge.inputs_seed(check))
    return tuple(calls)
