"""What changed from one run to the next, and how the report folds what passed."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from example_results import changed, perfect_result, rich_result

from grader.model.result import Result
from grader.model.status import Status
from grader.reporting.html import render_html, template_environment
from grader.results.change import changed_since
from grader.results.visibility import View, visible_to


def failing(*places: int) -> Result:
    """Let these checks of a perfect result fail."""
    perfect = perfect_result()
    lost = [perfect.checks[place].max_points for place in places]
    checks = tuple(
        changed(check, status=Status.FAILED, points=Fraction(0)) if place in places else check
        for place, check in enumerate(perfect.checks)
    )
    return replace(perfect, checks=checks, score=perfect.score - sum(lost))


def told(before: Result, now: Result) -> str:
    return changed_since(visible_to(now, View.STUDENT), visible_to(before, View.STUDENT))


def test_what_is_gained_and_lost_since_the_last_run_is_told_with_its_points() -> None:
    first, second, *_ = perfect_result().checks
    more = first.max_points - second.max_points
    said = told(failing(0), failing(1))
    assert f"newly passed: {first.name}; no longer: {second.name}." in said
    assert ("points more" in said) is (more > 0)


def test_many_checks_are_not_all_named() -> None:
    names = [check.name for check in perfect_result().checks]
    said = told(failing(0, 1, 2, 3, 4), perfect_result())
    assert f"newly passed: {', '.join(names[:3])} and 2 more." in said


@pytest.mark.parametrize(
    "other",
    [
        perfect_result(),
        replace(failing(0), submission="another"),
        replace(failing(0), assignment="another"),
        replace(failing(0), left_out=1),
    ],
)
def test_nothing_is_told_of_another_submission_or_where_nothing_changed(other: Result) -> None:
    assert told(other, perfect_result()) == ""


def test_the_page_says_what_changed() -> None:
    page = render_html(visible_to(perfect_result(), View.STUDENT), template_environment(), "Since the last run: 2 <b>.")
    assert '<p class="change">Since the last run: 2 &lt;b&gt;.</p>' in page


def test_what_passed_is_folded_and_what_did_not_is_open() -> None:
    page = render_html(visible_to(failing(0), View.STUDENT), template_environment())
    folded = "".join(re.findall(r'<details class="passed">.*?</details>\s*</section>', page, re.DOTALL))
    first, *others = perfect_result().checks
    assert f'id="check-{first.name}"' not in folded
    assert all(f'id="check-{check.name}"' in folded for check in others if not (check.figures or check.measurement))
    assert 'id="only-open"' in page


def test_a_perfect_page_has_no_switch() -> None:
    assert 'id="only-open"' not in render_html(visible_to(perfect_result(), View.STUDENT), template_environment())


def test_checks_that_wait_for_one_function_have_one_entry_of_the_page() -> None:
    todo = "1a Conv2D.forward, modules/convolution.py:41"
    rows = [
        changed(check, status=Status.UNWRITTEN, points=Fraction(0), todo=todo, part="convolution")
        for check in rich_result().checks[:3]
    ]
    page = render_html(visible_to(replace(rich_result(), checks=tuple(rows)), View.STUDENT), template_environment())
    assert page.count('<h4 class="says">1a Conv2D.forward</h4>') == 1
    assert f"modules/convolution.py:41: 3 checks wait for it, first {rows[0].name}" in page
