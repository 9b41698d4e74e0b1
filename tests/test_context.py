"""The lines around the one that raised: in a terminal of any width, on a page and in plain text."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from example_results import rich_result
from rich.console import Console

from grader.exports.plain import quotation
from grader.model.result import QuotedLine, Result
from grader.model.status import Status
from grader.reporting.html import render_html, template_environment
from grader.reporting.terminal import check_in_full
from grader.results.codec import from_json, to_json
from grader.results.visibility import View, visible_to

LINE = QuotedLine(
    file="modules/max_pool.py", line=120, function="forward", source="        self.arg = columns.argmax(-1)",
    before=("    def forward(self, x):",
            "        columns = windows_of(x, self.kernel_size, self.stride, 'max' if x else 0)"),
    after=("        return columns.max(-1)",),
)  # fmt: skip
MAKER = QuotedLine(
    file="modules/relu.py", line=7, function="ReLU.forward", source="    def forward(self, x):", is_maker=True
)


def with_line(line: QuotedLine) -> Result:
    result = rich_result()
    raised = next(place for place, check in enumerate(result.checks) if check.status is Status.RAISED)
    checks = [*result.checks]
    checks[raised] = replace(checks[raised], verdict=replace(checks[raised].verdict, quoted=(line,)))
    return replace(result, checks=tuple(checks))


def on_screen(line: QuotedLine, width: int) -> str:
    check = next(one for one in with_line(line).checks if one.status is Status.RAISED)
    screen = io.StringIO()
    Console(file=screen, width=width, no_color=True).print(check_in_full(check))
    return screen.getvalue()


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_width_cuts_a_line_number_or_the_line_that_raised(width: int) -> None:
    shown = on_screen(LINE, width)
    assert all(str(number) in shown for number in range(118, 122))
    assert "columns.argmax(-1)" in shown
    assert sum("> 120" in row for row in shown.splitlines()) == 1
    assert max(map(len, shown.splitlines())) <= width


def test_a_maker_is_told_by_its_name() -> None:
    assert "made by ReLU.forward: modules/relu.py, line 7" in on_screen(MAKER, 100)


def test_a_result_keeps_both_and_the_page_shows_them() -> None:
    for line, told in ((LINE, '<span class="failed"><span class="number">120</span>'), (MAKER, "Made by")):
        seen = visible_to(with_line(line), View.STUDENT)
        assert any(line in check.quoted for check in from_json(to_json(seen)).checks)
        assert told in render_html(seen, template_environment())


def test_plain_text_marks_the_line_that_raised() -> None:
    assert [row[4:9] for row in quotation(LINE).splitlines()[1:]] == ["  118", "  119", "> 120", "  121"]
