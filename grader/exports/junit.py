"""A result as JUnit XML, with the points as properties. Pure.

JUnit has no field for points: every test suite and test case carries them as properties named `score` and `max_score`.

Source: the common JUnit XML format as collected by Testmo; `docs/schemas/junit.xsd` is the part that is written here.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from fractions import Fraction

from grader.exports.plain import BROKE_OFF, feedback, number
from grader.model import CheckResult, Result, Status
from grader.views import View, one_line, outcome_text, printable, seen_by

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'


def junit_xml(result: Result, view: View = View.STUDENT) -> str:
    """Write a result as one suite for each part with one test case for each check.

    What gave wrong values or is not written is a failure, what broke off is an error, and what waits for another check
    is skipped. An instructor finds the details in each case's `system-out`.
    """
    seen = seen_by(result, view)
    root = ET.Element("testsuites", {"name": one_line(seen.title), **_totals(seen.checks), **_moment(seen)})
    for part in seen.parts:
        checks = [check for check in seen.checks if check.part == part.name]
        suite = ET.SubElement(root, "testsuite", {"name": one_line(part.title), **_totals(checks), **_moment(seen)})
        _properties(suite, {"score": number(part.points), "max_score": number(part.max_points)})
        for check in checks:
            _case(suite, check, f"{seen.assignment}.{part.name}", view)
    _rules(root, seen)
    ET.indent(root)
    return f"{DECLARATION}\n{ET.tostring(root, encoding='unicode')}\n"


def outcome(check: CheckResult) -> str:
    """Name the element that tells how a check ended; empty for one that passed."""
    if check.status is Status.PASSED:
        return ""
    if check.status is Status.BLOCKED:
        return "skipped"
    return "error" if check.status in BROKE_OFF else "failure"


def _totals(checks: Sequence[CheckResult]) -> dict[str, str]:
    outcomes = [outcome(check) for check in checks]
    return {
        "tests": str(len(checks)),
        "failures": str(outcomes.count("failure")),
        "errors": str(outcomes.count("error")),
        "skipped": str(outcomes.count("skipped")),
        "assertions": str(sum(max(len(check.cases), 1) for check in checks)),
        "time": _seconds(sum(check.cpu_seconds for check in checks)),
    }


def _seconds(seconds: float) -> str:
    return f"{seconds:.6f}"


def _moment(seen: Result) -> dict[str, str]:
    return {"timestamp": seen.provenance.graded_at} if MOMENT.fullmatch(seen.provenance.graded_at) else {}


def _properties(parent: ET.Element, values: Mapping[str, object]) -> None:
    holder = ET.SubElement(parent, "properties")
    for name, value in values.items():
        ET.SubElement(holder, "property", {"name": name, "value": printable(str(value))})


def _case(suite: ET.Element, check: CheckResult, class_name: str, view: View) -> None:
    case = ET.SubElement(suite, "testcase", {
        "name": one_line(check.name), "classname": one_line(class_name),
        "assertions": str(max(len(check.cases), 1)), "time": _seconds(check.cpu_seconds),
    })  # fmt: skip
    if check.quoted:
        case.set("file", one_line(check.quoted[0].file))
        case.set("line", str(0 if check.quoted[0].cell else max(check.quoted[0].line, 0)))
    _properties(case, {
        "score": number(check.points), "max_score": number(check.max_points), "status": check.status.value,
        "visibility": check.visibility.value,
    })  # fmt: skip
    element = outcome(check)
    if element:
        ended = ET.SubElement(case, element, {"message": one_line(outcome_text(check) or check.says)})
        if element != "skipped":
            ended.set("type", check.status.value)
            ended.text = feedback(check)
    if view is View.INSTRUCTOR and check.detail:
        ET.SubElement(case, "system-out").text = printable(check.detail)


def _rules(root: ET.Element, seen: Result) -> None:
    """Write what rules took as a suite of its own, so that the scores of all suites add up to the whole."""
    taken = [rule for rule in seen.rules if rule.points]
    if not taken:
        return
    zeros = {**_totals(()), "tests": str(len(taken)), "failures": str(len(taken)), "assertions": str(len(taken))}
    suite = ET.SubElement(root, "testsuite", {"name": "Rules", **zeros, **_moment(seen)})
    for key in ("tests", "failures", "assertions"):
        root.set(key, str(int(root.get(key, "0")) + len(taken)))
    _properties(suite, {"score": number(sum((rule.points for rule in taken), Fraction(0))), "max_score": 0})
    for rule in taken:
        case = ET.SubElement(suite, "testcase", {
            "name": one_line(rule.rule), "classname": one_line(f"{seen.assignment}.rules"), "assertions": "1",
            "time": _seconds(0),
        })  # fmt: skip
        _properties(case, {"score": number(rule.points), "max_score": 0})
        ended = ET.SubElement(case, "failure", {"message": one_line(rule.message), "type": "rule"})
        ended.text = one_line(rule.message)
