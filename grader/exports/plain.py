"""What several formats write alike: numbers, the text about one check, counts. Pure.

Every text passes `printable`, so that it holds no control character, nothing that XML forbids and no lone surrogate.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import zip_longest

from grader.model.result import CheckResult, Item, Picture, QuotedLine
from grader.model.status import Status
from grader.results.visibility import VisibleResult, renderer
from grader.wording.figures import figure_says
from grader.wording.statuses import EXAMPLE_TITLE, example_text, outcome_text
from grader.wording.text import around_column, counted, numbered_lines, one_line, place, points_text, printable

INDENT = "    "
VOID_SENTENCE = (
    "The course's own code failed in some checks. That is the course's move: their points are open until it is mended."
)
BROKE_OFF = frozenset({Status.RAISED, Status.TIMED_OUT, Status.OUT_OF_MEMORY, Status.DIED, Status.VOID})
"""Statuses of a check that gave no values to compare. Where a format tells errors from failures, they are errors."""


def number(points: Fraction) -> int | float:
    """Write points as a JSON number: whole ones as integers, others as the nearest double."""
    return points.numerator if points.denominator == 1 else float(points)


def hundredths(points: Fraction) -> int | float:
    """Write points as a number of at most two decimals, for a reader that prints what it gets."""
    return number(points) if points.denominator == 1 else round(float(points), 2)


@renderer
def score_text(seen: VisibleResult) -> str:
    """Describe the score: 19.67 of 70 points."""
    score = f"{points_text(seen.score)} of {counted(seen.judged_score, 'point')}"
    return f"{score}, {counted(seen.open_points, 'point')} open" if seen.open_points else score


def passed_text(checks: Sequence[CheckResult]) -> str:
    """Describe how many checks passed: 3 of 13 checks passed."""
    passed = sum(check.status is Status.PASSED for check in checks)
    return f"{passed} of {counted(len(checks), 'check')} passed"


@renderer
def is_void(seen: VisibleResult) -> bool:
    """Return whether the course's own code failed somewhere, so that nobody's points should depend on this result."""
    return any(check.status is Status.VOID for check in seen.checks)


def feedback(check: Item) -> str:
    """Format all about one check but its hint for a student, as lines of plain text."""
    blocks = [printable(check.description)]
    if outcome_text(check):
        blocks.append(
            "\n".join([printable(outcome_text(check)), *(f"- {one_line(reason)}" for reason in check.reasons)])
        )
    known = "Your values are exactly those of a known mistake"
    blocks += [f"{known}: {one_line(mistake.description)}" for mistake in check.mistakes]
    blocks += [quotation(line) for line in check.quoted]
    blocks += filter(None, [example(check)])
    if check.picture is not None:
        blocks.append(values(check.picture))
    blocks += map(figure_says, check.figures)
    if check.cases and check.status is not Status.PASSED:
        blocks.append(cases_text(check))
    return "\n\n".join(block for block in blocks if block)


def example(check: Item) -> str:
    """Write the smallest example of a check under its title; empty where none was found."""
    text = example_text(check) if isinstance(check, CheckResult) else ""
    return "\n".join([EXAMPLE_TITLE, *(f"{INDENT}{one_line(line)}" for line in text.splitlines())]) if text else ""


def quotation(line: QuotedLine) -> str:
    """Quote a line of the student's own file under its place, with the lines around it where these are told."""
    if line.before or line.after:
        numbered = numbered_lines(line)
        width = len(str(numbered[-1][0]))
        signs = ((">" if number == line.line else " ", number, text) for number, text in numbered)
        return "\n".join(
            [place(line), *(f"{INDENT}{sign} {number:>{width}} {text}".rstrip() for sign, number, text in signs)]
        )
    before, at, after = around_column(line)
    return f"{place(line)}\n{INDENT}{before}{at}{after}"


def values(picture: Picture) -> str:
    """Set the values that a submission gave above the expected ones, column by column."""
    lines = [f"{one_line(picture.title)}: {one_line(picture.caption)}"]
    for label, got, expected in zip_longest(picture.labels, picture.got, picture.expected):
        pairs = list(zip_longest(map(one_line, got or ()), map(one_line, expected or ()), fillvalue="-"))
        if pairs:
            widths = [max(map(len, pair)) for pair in pairs]
            rows = zip(("got     ", "expected"), zip(*pairs, strict=True), strict=True)
            lines += [f"{INDENT}{'row ' if picture.columns else ''}{one_line(label)}"] if label else []
            lines += [
                f"{INDENT}{name}  {'  '.join(map(str.rjust, row, widths))}" for name, row in rows
            ]  # fmt: skip
    return "\n".join(lines)


def cases_text(check: Item) -> str:
    """Describe which cases of a check passed."""
    passed = sum(case.status is Status.PASSED for case in check.cases)
    wrong = [one_line(case.case) for case in check.cases if case.status is not Status.PASSED and case.case]
    named = f"; not passed: {', '.join(wrong)}" if wrong else ""
    return f"{passed} of {counted(len(check.cases), 'case')} passed{named}"


def shortened(text: str, most: int) -> str:
    """Cut a text to at most so many characters; the last one then says that it was cut."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
