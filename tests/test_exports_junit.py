from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from example_results import CONV_BACKWARD, EXAMPLES, changed, perfect_result, rich_result
from junitparser import Error, Failure, JUnitXml, Properties, Skipped, TestCase, TestSuite

from grader.exports.single.junit import junit_xml, outcome
from grader.model import Result, Status
from grader.visibility import View, visible_to


def read(result: Result, view: View = View.INSTRUCTOR) -> JUnitXml:
    """Read with a parser that others use."""
    return JUnitXml.fromstring(junit_xml(visible_to(result, view)).encode("utf-8"))


def cases(result: Result, view: View = View.INSTRUCTOR) -> dict[str, TestCase]:
    return {case.name: case for suite in read(result, view) for case in suite}


def points(holder: TestSuite | TestCase, name: str) -> Fraction:
    return Fraction(next(entry.value for entry in holder.child(Properties) if entry.name == name))


@pytest.mark.parametrize("result", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_a_parser_counts_as_we_do(result: Result) -> None:
    document = read(result)
    written = (document.tests, document.failures, document.errors, document.skipped)
    document.update_statistics()
    assert (document.tests, document.failures, document.errors, document.skipped) == written


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (Status.FAILED, Failure),
        (Status.UNWRITTEN, Failure),
        (Status.FORBIDDEN, Failure),
        (Status.RAISED, Error),
        (Status.TIMED_OUT, Error),
        (Status.OUT_OF_MEMORY, Error),
        (Status.DIED, Error),
        (Status.VOID, Error),
        (Status.BLOCKED, Skipped),
    ],
)
def test_a_status_is_told_by_its_element(status: Status, kind: type) -> None:
    (case,) = cases(replace(rich_result(), checks=(changed(CONV_BACKWARD, status=status),), rules=())).values()
    assert [type(entry) for entry in case.result] == [kind]
    assert outcome(changed(CONV_BACKWARD, status=status)) == kind.__name__.lower()


def test_a_check_that_passed_has_no_element() -> None:
    assert all(case.is_passed for case in cases(perfect_result()).values())


def test_points_are_properties_of_cases_and_suites() -> None:
    assert points(cases(rich_result())["conv_backward"], "score") == Fraction(9, 2)
    assert points(cases(rich_result())["conv_backward"], "max_score") == 9


def test_the_scores_of_all_suites_add_up_to_the_whole() -> None:
    total = sum(points(suite, "score") for suite in read(rich_result()))
    assert float(total) == pytest.approx(float(rich_result().score))


def test_a_failure_says_in_full_what_a_student_reads() -> None:
    (failure,) = cases(rich_result(), View.STUDENT)["conv_backward"].result
    assert failure.message == "dx[0, 1, 0, 4] is 0, expected -1.482037 (54 of 98 values differ)"
    assert failure.type == "failed"
    assert "modules/convolution.py, line 71, in backward" in failure.text


def test_a_case_names_the_students_own_line() -> None:
    case = cases(rich_result())["conv_backward"]
    assert (case._elem.get("file"), case._elem.get("line")) == ("modules/convolution.py", "71")
    assert case.classname == "convnet.convolution"


def test_details_are_for_instructors() -> None:
    assert "worker answered in" in cases(rich_result())["conv_backward"].system_out
    assert cases(rich_result(), View.STUDENT)["conv_backward"].system_out is None


@pytest.mark.parametrize("moment", ["", "yesterday", '2026-11-21T22:40:07Z" x="'])
def test_a_moment_that_is_none_is_left_out(moment: str) -> None:
    provenance = replace(rich_result().provenance, graded_at=moment)
    assert "timestamp" not in junit_xml(visible_to(replace(rich_result(), provenance=provenance), View.STUDENT))
