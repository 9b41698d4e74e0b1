"""A result for the reporter of the retired GitHub Classroom, whose actions can still be run. Pure.

A grader step hands on the base64 text of a JSON document, version 3; the reporter adds up its tests and emits two
notices, which are given here too for a workflow without it.

Source: the grader and reporter actions of GitHub Classroom (classroom-resources).
"""

from __future__ import annotations

import base64
import json
import math

from grader.exports.github import command
from grader.exports.plain import BROKE_OFF, VOID_SENTENCE, feedback, hundredths, is_void, shortened
from grader.model import CheckResult, Result, RuleOutcome, Status
from grader.results import Json
from grader.views import View, one_line, outcome_text, points_text, seen_by

VERSION = 3
OUTPUT_CHARACTERS = 500
# The reporter reads the text from an environment variable, and Linux starts no program with one of 128 KiB.
MOST_BYTES = 96 * 1024


def report(result: Result, view: View = View.STUDENT) -> dict[str, Json]:
    """Write the document that a grader step hands to the reporter.

    Points that a rule took are a test of their own with a negative score, since the reporter adds up the tests.
    """
    seen = seen_by(result, view)
    parts = {part.name: index for index, part in enumerate(seen.parts, 1)}
    tests = [_test(check, parts.get(check.part, 0)) for check in seen.checks]
    tests += [_rule(rule) for rule in seen.rules if rule.points]
    document: dict[str, Json] = {
        "version": VERSION,
        "status": _status(seen),
        "max_score": math.ceil(seen.max_score),
        "tests": list(tests),
    }
    if is_void(seen):
        document["message"] = VOID_SENTENCE
    return document


def encoded(document: dict[str, Json]) -> str:
    """Write a report as the base64 text of its JSON, short enough for an environment variable.

    Where there is too much to tell, what the tests print is left out first, then what they say.
    """
    for left_out in ((), ("output",), ("output", "message")):
        kept = _without(document, left_out)
        text = base64.b64encode(json.dumps(kept, separators=(",", ":")).encode("ascii")).decode("ascii")
        if len(text) <= MOST_BYTES:
            break
    return text


def notices(result: Result, view: View = View.STUDENT) -> list[str]:
    """Write the two notices from which GitHub Classroom read the points."""
    seen = seen_by(result, view)
    total = json.dumps({"totalPoints": hundredths(seen.score), "maxPoints": hundredths(seen.max_score)})
    points = f"Points {points_text(seen.score)}/{points_text(seen.max_score)}"
    return [
        command("notice", points, title="Autograding complete"),
        command("notice", total, title="Autograding report"),
    ]


def _without(document: dict[str, Json], keys: tuple[str, ...]) -> dict[str, Json]:
    tests = document["tests"]
    if not keys or not isinstance(tests, list):
        return document
    rows = [test for test in tests if isinstance(test, dict)]
    return {**document, "tests": [{key: value for key, value in row.items() if key not in keys} for row in rows]}


def _status(seen: Result) -> str:
    if is_void(seen):
        return "error"
    return "pass" if all(check.status is Status.PASSED for check in seen.checks) else "fail"


def _test(check: CheckResult, place: int) -> dict[str, Json]:
    test: dict[str, Json] = {
        "name": one_line(check.name),
        "status": _test_status(check),
        "test_code": one_line(check.says),
        "task_id": place,
        "filename": one_line(check.quoted[0].file) if check.quoted else "",
        "line_no": check.quoted[0].line if check.quoted and not check.quoted[0].cell else 0,
        "duration": check.cpu_seconds,
        "score": hundredths(check.points),
    }
    if check.status is not Status.PASSED:
        test["message"] = shortened(one_line(outcome_text(check) or check.says), OUTPUT_CHARACTERS)
        test["output"] = shortened(feedback(check), OUTPUT_CHARACTERS)
    return test


def _test_status(check: CheckResult) -> str:
    if check.status is Status.PASSED:
        return "pass"
    return "error" if check.status in BROKE_OFF else "fail"


def _rule(rule: RuleOutcome) -> dict[str, Json]:
    return {
        "name": f"rule: {one_line(rule.rule)}",
        "status": "fail",
        "message": shortened(one_line(rule.message), OUTPUT_CHARACTERS),
        "test_code": "",
        "task_id": 0,
        "filename": "",
        "line_no": 0,
        "duration": 0,
        "score": hundredths(rule.points),
    }
