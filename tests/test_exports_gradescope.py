from __future__ import annotations

import io
import json
import unittest
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from example_results import changed, perfect_result, rich_result, third_result
from export_formats import validator
from gradescope_utils.autograder_utils.decorators import leaderboard, number, tags, visibility, weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner

from grader.exports.plain import VOID_SENTENCE
from grader.exports.single.gradescope import carried_over, results_json, unjudged
from grader.model import Result, RuleOutcome, Status, Visibility
from grader.visibility import View, visible_to


def written(result: Result, *remarks: str) -> dict[str, Any]:
    return dict(results_json(visible_to(result, View.INSTRUCTOR), remarks))


def row(result: Result, check: str) -> dict[str, Any]:
    return next(test for test in written(result)["tests"] if test["extra_data"].get("check") == check)


def test_the_total_counts_hidden_checks_too() -> None:
    assert written(rich_result())["score"] == pytest.approx(float(rich_result().score))


@pytest.mark.parametrize("visibility", Visibility)
def test_every_check_is_written_with_the_visibility_of_its_rubric_row(visibility: Visibility) -> None:
    result = rich_result()
    checks = tuple(changed(check, visibility=visibility) for check in result.checks)
    rows = [test for test in written(replace(result, checks=checks))["tests"] if "check" in test["extra_data"]]
    assert len(rows) == len(checks)
    assert {test["visibility"] for test in rows} == {visibility.value}


def test_the_text_at_the_top_says_nothing_of_how_hidden_checks_ended() -> None:
    result = rich_result()
    passed = tuple(
        changed(check, status=Status.PASSED, points=check.max_points, message="")
        if check.visibility is not Visibility.VISIBLE
        else check
        for check in result.checks
    )
    assert written(replace(result, checks=passed, score=Fraction(70)))["output"] == written(result)["output"]


def test_the_text_at_the_top_says_how_much_is_not_shown_from_the_beginning() -> None:
    assert "2 checks worth 8 points are not shown from the beginning" in written(rich_result())["output"]


def test_the_text_at_the_top_tells_the_total_where_nothing_is_hidden() -> None:
    result = perfect_result()
    assert written(result)["output"].startswith(f"{result.title}: 78 of 78 points; 15 of 15 checks passed")


def test_a_check_that_is_worth_nothing_does_not_pass_by_itself() -> None:
    result = rich_result()
    free = tuple(changed(check, points=Fraction(0), max_points=Fraction(0)) for check in result.checks)
    assert row(replace(result, checks=free), "conv_backward")["status"] == "failed"


def test_checks_are_numbered_by_part_and_place() -> None:
    assert row(rich_result(), "conv_forward")["number"] == "1.1"
    assert row(rich_result(), "secret_shapes")["number"] == "5.3"


def test_what_a_rule_took_is_a_row_so_that_the_rows_add_up_to_the_total() -> None:
    result = rich_result()
    visible = tuple(changed(check, visibility=Visibility.VISIBLE) for check in result.checks)
    document = written(replace(result, checks=visible))
    assert sum(test["score"] for test in document["tests"]) == pytest.approx(document["score"])
    assert document["tests"][-1]["name"] == "Rule: output"
    assert document["tests"][-1]["score"] == -1.5


def test_a_rule_that_takes_all_points_does_not_give_away_what_hidden_checks_earned() -> None:
    result = rich_result()
    everything = RuleOutcome("output", "prints", -result.score)
    taken = next(test for test in written(replace(result, rules=(everything,)))["tests"] if test["tags"] == ["rule"])
    shown = sum(check.points for check in result.checks if check.visibility is Visibility.VISIBLE)
    assert taken["score"] == pytest.approx(-float(shown))


def test_a_void_check_is_said_to_be_nobodys_loss() -> None:
    assert VOID_SENTENCE in written(rich_result())["output"]
    assert VOID_SENTENCE not in written(perfect_result())["output"]


def test_a_remark_stands_in_the_text_at_the_top() -> None:
    remark = "Handed in 2 hours after the due date"
    assert remark in written(rich_result(), remark)["output"]


def test_the_next_command_is_about_a_check_that_the_student_may_see() -> None:
    result = rich_result()
    first = next(check for check in result.checks if check.name == "conv_backward")
    hidden = changed(first, visibility=Visibility.HIDDEN)
    checks = tuple(hidden if check is first else check for check in result.checks)
    output = written(replace(result, checks=checks))["output"]
    assert output.endswith("Next: grade hint convnet pool_backward_overlap")


def test_what_runs_print_is_kept_from_students() -> None:
    assert written(rich_result())["stdout_visibility"] == "hidden"


def test_thirds_of_points_are_written_as_the_nearest_number() -> None:
    assert row(third_result(), "conv_backward")["score"] == 1 / 3


def test_whole_points_are_written_as_whole_numbers() -> None:
    assert repr(row(rich_result(), "conv_forward")["score"]) == "6"


def test_a_submission_that_was_not_judged_keeps_its_score() -> None:
    assert unjudged("the course is broken", 7.5)["score"] == 7.5


def test_results_carried_over_keep_their_tests_under_the_new_sentence() -> None:
    earlier = results_json(visible_to(rich_result(), View.INSTRUCTOR))
    again = carried_over(earlier, 12.0, "too many submissions")
    assert again["tests"] == earlier["tests"]
    assert (again["output"], again["score"]) == ("too many submissions", 12.0)


@pytest.mark.parametrize("earlier", [{}, {"tests": None}, {"score": 3}])
def test_results_that_hold_no_tests_are_replaced_by_a_file_that_is_well_formed(earlier: dict[str, Any]) -> None:
    assert carried_over(earlier, 3.0, "too many submissions") == unjudged("too many submissions", 3.0)


def written_by_gradescopes_own_package() -> dict[str, Any]:
    """Run a test that passes and one that fails with the package that Gradescope publishes for autograders."""

    class Sums(unittest.TestCase):
        @weight(2)
        @number("1.1")
        @visibility("after_published")
        @tags("sums")
        def test_right(self) -> None:
            """One and one is two."""

        @weight(3)
        @number("1.2")
        def test_wrong(self) -> None:
            """Two and two is five."""
            self.fail("2 + 2 is 4, expected 5")

        @leaderboard("speed", "asc")
        def test_speed(self, set_leaderboard_value: Any = None) -> None:  # noqa: ANN401  # the package's own
            set_leaderboard_value(0.5)

    stream = io.StringIO()
    tests = unittest.defaultTestLoader.loadTestsFromTestCase(Sums)
    JSONTestRunner(visibility="visible", stdout_visibility="hidden", stream=stream).run(tests)
    found: dict[str, Any] = json.loads(stream.getvalue())
    return found


def test_the_schema_takes_what_gradescopes_own_package_writes() -> None:
    theirs = written_by_gradescopes_own_package()
    theirs["execution_time"] = float(theirs["execution_time"])  # a text there, seconds in Gradescope's documentation
    assert (len(theirs["tests"]), len(theirs["leaderboard"])) == (2, 1)
    assert [error.message for error in validator("gradescope.schema.json").iter_errors(theirs)] == []


def test_rows_are_written_in_the_words_of_gradescopes_own_package() -> None:
    theirs = written_by_gradescopes_own_package()
    common = set.intersection(*(set(told) for told in theirs["tests"]))
    assert {"name", "score", "max_score", "status", "output"} & common
    for told in written(rich_result())["tests"]:
        assert common - {"number"} <= told.keys()
        assert told["status"] in {one["status"] for one in theirs["tests"]}
