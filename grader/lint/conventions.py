"""Prove the conventions of an assignment: each is right, is told from the reference, and fails what it says it does."""

from __future__ import annotations

from collections.abc import Iterator

from grader.judging.judge import Judge
from grader.lint.thoughtless import is_failure
from grader.model.observation import Value
from grader.subjects.driver_name import driver_name
from grader.subjects.recordings import call_bytes
from grader.subjects.student import Driver, Subject


def convention_problems(judge: Judge) -> Iterator[str]:
    """Find conventions that lose points or answer as the reference does, and what they wrongly say to fail."""
    for known in judge.mistakes.in_conventions:
        assert known.convention is not None  # noqa: S101  # each of these has one
        name, asked = known.convention.name, dict[tuple[str, bytes], None]()

        def noted(driver: Driver, *positional: object, **inputs: Value) -> Value:
            called = driver_name(driver, positional)
            asked[called, call_bytes(called, inputs)] = None  # noqa: B023  # is called in this round alone
            return known.right(driver, *positional, **inputs)  # noqa: B023  # see above

        failed = [check.name for check in judge.checks if fails(judge, check.name, noted)]
        if failed:
            yield f"the convention {name} fails {', '.join(failed)}, expected it to be right"
        elif all(judge.reference.is_answered_alike(known.right, *call) for call in asked):
            yield f"the convention {name} answers every call as the reference does"
        for mistake in known.mistakes:
            for check in known.convention.also_fails.get(mistake.name, ()):
                if not fails(judge, check, known.subject(mistake)):
                    yield f"the mistake {mistake.name} passes {check} in the convention {name}, other than it says"


def fails(judge: Judge, name: str, subject: Subject) -> bool:
    """Return whether a subject fails some case of a check, under the assignment's own seed."""
    checks = {check.name: check for check in judge.checks}
    cases = judge.tests.cases.get(name, ())
    return any(is_failure(judge.run_case_with(checks[name], item, subject)) for item in cases)
