from __future__ import annotations

import html
import re
from dataclasses import replace

import cmarkgfm
import pytest
from any_results import any_results
from cmarkgfm.cmark import Options
from example_results import CONV_BACKWARD, EXAMPLES, hostile_result, perfect_result, rich_result
from export_formats import MARKDOWN
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.exports.markdown import block, code, escaped, summary
from grader.model.result import Result
from grader.results.visibility import View, visible_to
from grader.wording.text import one_line, printable

WORDS = ["http://", "https://a.b", "www.", "x@y.zz", ":tada:", "<b>", "&lt;", "1. ", "--"]
SIGNS = [*"`@*_[]()<>&|~#:$.-+=\\!/\"' a1w\t\n", *WORDS]
TEXTS = st.lists(st.sampled_from(SIGNS)).map("".join) | st.text()
thorough = settings(max_examples=200, deadline=None)
ALLOWED = "h2|h3|p|code|pre|ul|li|strong|table|thead|tbody|tr|th|td|details|summary"


def rendered(markdown: str) -> str:
    """Render as GitHub does, its filter of dangerous tags left off."""
    return cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)


def told(result: Result, view: View = View.STUDENT) -> str:
    return summary(visible_to(result, view), MARKDOWN)


def tags(page: str) -> set[str]:
    return set(re.findall(r"</?([a-z0-9]+)", page))


@thorough
@given(TEXTS)
def test_escaped_text_reads_as_it_was_written(text: str) -> None:
    page = rendered(escaped(text))
    assert tags(page) <= {"p", "code"}
    assert " ".join(html.unescape(re.sub(r"</?(p|code)>", "", page)).split()) == one_line(text)


@thorough
@given(TEXTS)
def test_escaped_text_stays_in_its_cell(text: str) -> None:
    page = rendered(f"| a | b |\n|---|---|\n| x{escaped(text)} | y |\n")
    assert page.count("<td>") == 2
    assert tags(page) <= {"table", "thead", "tbody", "tr", "th", "td", "code"}


@thorough
@given(TEXTS)
def test_a_code_span_shows_its_text_and_nothing_else(text: str) -> None:
    line = html.escape(one_line(text), quote=False).replace('"', "&quot;")
    assert rendered(code(text)) == (f"<p><code>{line}</code></p>\n" if line else "")


@thorough
@given(TEXTS)
def test_a_code_block_shows_its_text_and_nothing_else(text: str) -> None:
    (shown,) = re.findall(r'\A<pre lang="text"><code>(.*)\n</code></pre>\n\Z', rendered(block(text)), re.DOTALL)
    assert html.unescape(shown) == printable(text)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_results())
def test_a_summary_of_any_result_has_only_tags_of_ours(result: Result) -> None:
    outside_code = re.sub(r"<(code|summary)>.*?</\1>", "", rendered(told(result, View.INSTRUCTOR)), flags=re.DOTALL)
    assert tags(outside_code) <= set(ALLOWED.split("|"))


@pytest.mark.parametrize("result", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_every_block_that_is_opened_is_closed(result: Result) -> None:
    page = rendered(told(result, View.INSTRUCTOR))
    assert page.count("<details>") == page.count("</details>")
    assert page.count("<summary>") == page.count("</summary>")


def test_a_hostile_submission_shows_its_text_as_text() -> None:
    page = rendered(told(hostile_result(), View.INSTRUCTOR))
    assert "<script>" not in page
    assert "&lt;script&gt;window.broken = true&lt;/script&gt;" in page


def test_a_summary_tells_score_parts_and_checks() -> None:
    text = told(rich_result())
    assert text.startswith("## A convolutional network from scratch: 19.67 of 66 points, 4 points open\n")
    assert "### Convolution · 10.5 of 18" in text
    assert "| FAIL | conv\\_backward | 4.5 of 9 | The gradients of weight, bias and input agree" in text


def test_the_first_check_to_fix_is_told_in_full_and_the_others_are_folded() -> None:
    text = told(rich_result())
    first, others = text.split("<details><summary>pool_backward_overlap: failed</summary>")
    assert "### First: conv\\_backward, failed\n\n`dx[0, 1, 0, 4] is 0, expected -1.482037" in first
    assert "self.dx = dx_padded[:, :, 1:-1, 1:-1]" in first
    assert "self.dw = np.dot" in others


def test_the_hint_is_folded() -> None:
    assert "<details><summary>Hint</summary>\n\nThe loss reads every pixel of x" in told(rich_result())


def test_a_perfect_summary_has_nothing_to_fix() -> None:
    assert "First" not in told(perfect_result())
    assert told(perfect_result()).endswith("Next: `grade list`\n")


def test_a_student_reads_no_details() -> None:
    assert "worker answered in" not in told(rich_result())
    assert "worker answered in" in told(rich_result(), View.INSTRUCTOR)


def test_a_brief_summary_has_a_line_for_a_check() -> None:
    text = summary(visible_to(rich_result(), View.STUDENT), MARKDOWN, brief=True)
    assert "conv\\_backward" in text
    assert "```" not in text
    assert "<details>" not in text


def test_a_list_after_a_table_is_no_row_of_it() -> None:
    page = rendered(told(replace(perfect_result(), rules=rich_result().rules, checks=(CONV_BACKWARD,))))
    assert "<li>Rule: modules/relu.py prints 2 lines; the assignment asks for no output (-1.5 points)</li>" in page
