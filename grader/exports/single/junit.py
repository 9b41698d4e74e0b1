"""A result as JUnit XML, with the points as properties. Pure.

JUnit has no field for points: every test suite and test case carries them as properties named `score` and `max_score`.

Source: the common JUnit XML format as collected by Testmo; `docs/schemas/junit.xsd` is the part that is written here.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from grader.exports.format import SingleFormat
from grader.exports.plain import BROKE_OFF, feedback, number
from grader.model.result import Item
from grader.model.status import Status
from grader.results.visibility import VisibleResult, renderer
from grader.wording.statuses import outcome_text
from grader.wording.text import one_line, printable

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'


@renderer
def junit_xml(seen: VisibleResult) -> str:
    """Write a result as one suite for each part with one test case for each check.

    What gave wrong values or is not written is a failure, what broke off is an error, and what waits for another check
    is skipped. An instructor finds the details in each case's `system-out`.
    """
    root = ET.Element("testsuites", {"name": one_line(seen.title), **_totals(seen.items), **_moment(seen)})
    for part in seen.parts:
        items = [item for item in seen.items if item.part == part.name]
        suite = ET.SubElement(root, "testsuite", {"name": one_line(part.title), **_totals(items), **_moment(seen)})
        _properties(suite, {"score": number(part.points), "max_score": number(part.max_points)})
        for item in items:
            _case(suite, item, f"{seen.assignment}.{part.name}")
    _rules(root, seen)
    ET.indent(root)
    return f"{DECLARATION}\n{ET.tostring(root, encoding='unicode')}\n"


def outcome(item: Item) -> str:
    """Name the element that tells how a check ended; empty for one that passed."""
    if item.status is Status.PASSED:
        return ""
    if item.status is Status.BLOCKED:
        return "skipped"
    return "error" if item.status in BROKE_OFF else "failure"


def _totals(items: Sequence[Item]) -> dict[str, str]:
    outcomes = [outcome(item) for item in items]
    return {
        "tests": str(len(items)),
        "failures": str(outcomes.count("failure")),
        "errors": str(outcomes.count("error")),
        "skipped": str(outcomes.count("skipped")),
        "assertions": str(sum(max(len(item.cases), 1) for item in items)),
        "time": _seconds(sum(item.cpu_seconds for item in items)),
    }


def _seconds(seconds: float) -> str:
    return f"{seconds:.6f}"


def _moment(seen: VisibleResult) -> dict[str, str]:
    return {"timestamp": seen.provenance.graded_at} if MOMENT.fullmatch(seen.provenance.graded_at) else {}


def _properties(parent: ET.Element, values: Mapping[str, object]) -> None:
    holder = ET.SubElement(parent, "properties")
    for name, value in values.items():
        ET.SubElement(holder, "property", {"name": name, "value": printable(str(value))})


def _case(suite: ET.Element, item: Item, class_name: str) -> None:
    case = ET.SubElement(suite, "testcase", {
        "name": one_line(item.name), "classname": one_line(class_name),
        "assertions": str(max(len(item.cases), 1)), "time": _seconds(item.cpu_seconds),
    })  # fmt: skip
    if item.quoted:
        case.set("file", one_line(item.quoted[0].file))
        case.set("line", str(0 if item.quoted[0].cell else max(item.quoted[0].line, 0)))
    _properties(case, {
        "score": number(item.points), "max_score": number(item.max_points), "status": item.status.value,
        "visibility": item.visibility.value,
    })  # fmt: skip
    element = outcome(item)
    if element:
        ended = ET.SubElement(case, element, {"message": one_line(outcome_text(item) or item.description)})
        if element != "skipped":
            ended.set("type", item.status.value)
            ended.text = feedback(item)
    if item.detail:
        ET.SubElement(case, "system-out").text = printable(item.detail)


def _rules(root: ET.Element, seen: VisibleResult) -> None:
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


FORMAT: Final = SingleFormat(
    description="JUnit XML for GitLab, Jenkins and most CI systems, with the points as properties",
    suffix=".xml",
    render=lambda seen, _: junit_xml(seen),
)
