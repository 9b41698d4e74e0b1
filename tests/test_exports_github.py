from __future__ import annotations

import re
from dataclasses import replace

import pytest
from example_results import CONV_BACKWARD, changed, hostile_result, perfect_result, rich_result
from export_formats import MARKDOWN
from github_runner import executed, outputs_read
from hypothesis import given
from hypothesis import strategies as st

from grader.exports.single.github import (
    MOST_OF_A_KIND,
    SUMMARY_BYTES,
    annotation_lines,
    command,
    fenced,
    outputs,
    step_summary,
)
from grader.model.result import QuotedLine, Result
from grader.model.status import Status
from grader.results.visibility import View, visible_to

COMMAND = re.compile(r"::(error|warning|notice)( [^:]*)?::(.*)")
TOKEN = "5f1c0c9b7d6e4e0a"  # noqa: S105  # drawn at random where it matters


def of_kind(kind: str, lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith(f"::{kind} ")]


def many(status: Status, number: int) -> Result:
    checks = tuple(changed(CONV_BACKWARD, name=f"check_{place}", status=status) for place in range(number))
    return replace(rich_result(), checks=checks)


def test_a_command_is_escaped_as_the_toolkit_of_github_does() -> None:
    """What @actions/core 3.0 writes for `core.error` and `core.notice` with these texts."""
    wrong = command("error", "100% wrong\nline,two: three", title="x: y, 5%", file="a,b:c.py", line="3", col="5")
    assert wrong == "::error title=x%3A y%2C 5%25,file=a%2Cb%3Ac.py,line=3,col=5::100%25 wrong%0Aline,two: three"
    told = command("notice", "Points 3/4", title="Autograding complete")
    assert told == "::notice title=Autograding complete::Points 3/4"


@given(st.text(), st.text())
def test_no_text_makes_a_command_more_than_one_line_or_one_command(data: str, value: str) -> None:
    line = command("error", data, title=value)
    assert "\n" not in line
    assert "\r" not in line
    assert "::" not in line.removeprefix("::error").split("::", 1)[0]


def test_what_is_wrong_is_an_error_at_the_students_own_line() -> None:
    (line,) = [line for line in annotation_lines(visible_to(rich_result(), View.STUDENT)) if "linear_backward" in line]
    assert line == (
        "::error file=modules/linear.py,line=44,title=linear_backward%3A raised an exception::"
        "ValueError in modules/linear.py, line 44: the shapes (4, 12) and (5, 4) cannot be multiplied"
    )


def test_an_annotation_points_to_the_column_where_one_is_known() -> None:
    quoted = replace(CONV_BACKWARD.quoted[0], column=19)
    result = replace(rich_result(), checks=(changed(CONV_BACKWARD, quoted=(quoted,)),))
    assert ",line=71,col=19," in annotation_lines(visible_to(result, View.STUDENT))[1]


def test_an_annotation_finds_its_file_in_the_repository() -> None:
    lines = annotation_lines(visible_to(rich_result(), View.STUDENT), folder="homework/2/")
    assert "file=homework/2/modules/linear.py," in "\n".join(lines)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (Status.FAILED, "error"),
        (Status.TIMED_OUT, "error"),
        (Status.UNWRITTEN, "warning"),
        (Status.VOID, "warning"),
        (Status.BLOCKED, None),
        (Status.PASSED, None),
    ],
)
def test_whose_move_it_is_decides_the_kind_of_annotation(status: Status, kind: str | None) -> None:
    lines = annotation_lines(visible_to(many(status, 1), View.STUDENT))[1:]
    assert [COMMAND.fullmatch(line)[1] for line in lines] == ([] if kind is None else [kind])  # type: ignore[index]


def test_the_score_is_a_notice() -> None:
    assert annotation_lines(visible_to(perfect_result(), View.STUDENT)) == [
        "::notice title=A convolutional network from scratch::78 of 78 points; 15 of 15 checks passed"
    ]


@pytest.mark.parametrize("number", [MOST_OF_A_KIND, MOST_OF_A_KIND + 1, 50])
@pytest.mark.parametrize(("status", "kind"), [(Status.FAILED, "error"), (Status.UNWRITTEN, "warning")])
def test_there_are_at_most_ten_annotations_of_a_kind(status: Status, kind: str, number: int) -> None:
    assert len(of_kind(kind, annotation_lines(visible_to(many(status, number), View.STUDENT)))) == MOST_OF_A_KIND


def test_the_last_of_too_many_annotations_names_the_rest() -> None:
    visible = visible_to(many(Status.FAILED, 12), View.STUDENT)
    assert annotation_lines(visible)[-1] == "::error title=3 more checks::check_9, check_10, check_11"


def test_a_hostile_submission_makes_no_command_of_its_own() -> None:
    lines = annotation_lines(visible_to(hostile_result(), View.INSTRUCTOR))
    place = QuotedLine(file="a\n::warning::", line=1, function="", source="")
    forged = changed(CONV_BACKWARD, message="x\n::error title=forged::you", quoted=(place,))
    lines += annotation_lines(visible_to(replace(rich_result(), checks=(forged,)), View.STUDENT))
    log = "\n".join(lines)
    assert executed(log) == lines
    assert len(log.splitlines()) == len(lines)


def test_nothing_between_the_fences_is_a_command() -> None:
    text = "::error title=forged::you lost\n::stop-commands::mine\n::mine::\n::set-output name=score::100"
    assert executed(fenced(text, TOKEN) + "::notice::ours") == ["::notice::ours"]


def test_an_output_cannot_name_a_second_one() -> None:
    written = outputs({"summary": f"fine\nscore=100\nscore<<x\n{TOKEN[:-1]}", "score": "3"}, TOKEN)
    assert outputs_read(written) == {"summary": f"fine\nscore=100\nscore<<x\n{TOKEN[:-1]}", "score": "3"}


def test_a_step_summary_is_the_whole_summary_where_it_fits() -> None:
    assert "First: conv" in step_summary(visible_to(rich_result(), View.STUDENT), MARKDOWN)


@pytest.mark.parametrize(
    ("number", "description", "told"), [(400, "short", "check\\_399"), (1500, "β" * 400, "The rest is left out")]
)
def test_a_step_summary_stays_below_what_github_drops(number: int, description: str, told: str) -> None:
    check = changed(CONV_BACKWARD, message="β" * 1900, description=description)
    wide = tuple(changed(check, name=f"check_{place}") for place in range(number))
    text = step_summary(visible_to(replace(rich_result(), checks=wide), View.STUDENT), MARKDOWN)
    assert len(text.encode()) <= SUMMARY_BYTES
    assert told in text
    assert "The rest is left out: GitHub shows at most 1024 KiB." in text
    assert "```" not in text
