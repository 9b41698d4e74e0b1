"""A result as a short Markdown summary, for step summaries, releases and merge requests. Pure.

What a submission says stands in code spans and code blocks, where neither markup nor mentions nor links are read;
sentences of the course and of ours are escaped: `markdown_environment` escapes every text that a
template does not mark otherwise.

Source: CommonMark 0.31.2 and GitHub Flavored Markdown.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Callable

import jinja2

from grader.exports.plain import cases_text, example, passed_text, quotation, score_text, values
from grader.model.result import Item
from grader.model.status import Status
from grader.results.visibility import VisibleResult, renderer
from grader.wording.statuses import WORDS, ending, fix_first, next_command, outcome_text, partial_warning, short_mark
from grader.wording.text import one_line, points_text, printable

TEMPLATE = "summary.md.j2"
# Signs that are markup anywhere, those that are within a word or after a number, those that begin a list or a heading.
MARKUP = re.compile(r"([\\`*_\[\]<>&|~#$]|[.:](?=\S)|(?<=\d)[.)]|(?<=www)\.|^[-+=])")
MENTIONS = re.compile(r"@+")
BACKTICKS = re.compile(r"`+")


class Markdown(str):
    """Text that is Markdown already; every other text is escaped when a template writes it."""

    __slots__ = ()


@renderer
def summary(seen: VisibleResult, environment: jinja2.Environment, *, brief: bool = False) -> str:
    """Write the summary of a result; a `brief` one has a line for each check and no more."""
    first = fix_first(seen.checks)
    wrong = [item for item in seen.items if item.status is not Status.PASSED and item is not first]
    text = environment.get_template(TEMPLATE).render(
        result=seen,
        brief=brief,
        partial_warning=partial_warning(seen.left_out),
        first=first,
        others=wrong,
        groups=[(part, [item for item in seen.items if item.part == part.name]) for part in seen.parts],
        next_command=next_command(
            seen.assignment, seen.checks, seen.rules, left_out=seen.left_out, withheld=seen.withheld_checks
        ),
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


@renderer
def bounded_summary(seen: VisibleResult, environment: jinja2.Environment, most_bytes: int, limit: str) -> str:
    """Write the summary of a result in at most so many bytes: without details where they do not fit, else cut.

    `limit` says whose limit that is, as in "GitHub shows at most 1024 KiB".
    """
    full = summary(seen, environment)
    if len(full.encode("utf-8")) <= most_bytes:
        return full
    cut = f"\n\nThe rest is left out: {limit}.\n"
    room = most_bytes - len(cut.encode("utf-8"))
    brief = summary(seen, environment, brief=True).encode("utf-8")
    if len(brief) > room:
        # A brief summary has a check to a line and no block that spans lines, so it can end after any of them.
        brief = brief[: brief.rfind(b"\n", 0, room) + 1]
    return brief.decode("utf-8") + cut


@functools.cache  # with the templates that it has compiled
def markdown_environment(environment: jinja2.Environment) -> jinja2.Environment:
    """Make an environment that writes Markdown from one that writes HTML; the loader stays, the escaping does not."""
    ours = environment.overlay(autoescape=False, finalize=_escaped_unless_markdown)
    filters: dict[str, Callable[..., object]] = {
        "block": block,
        "cases": lambda check: Markdown(escaped(cases_text(check))),
        "code": code,
        "ending": ending,
        "example": lambda check: block(text) if (text := example(check)) else Markdown(""),
        "html": lambda text: Markdown(html.escape(one_line(text))),
        "mark": short_mark,
        "markdown": Markdown,
        "passed": lambda checks: Markdown(passed_text(checks)),
        "points": lambda points: Markdown(points_text(points)),
        "quoted": _quoted,
        "score": lambda result: Markdown(score_text(result)),
        "outcome_text": outcome_text,
        "values": values,
        "word": WORDS.__getitem__,
    }
    ours.filters = {**environment.filters, **filters}
    return ours


def escaped(text: str) -> Markdown:
    """Make one line that reads as written: no markup, no autolink and no mention in it is obeyed."""
    return Markdown(MENTIONS.sub(r"`\g<0>`", MARKUP.sub(r"\\\1", one_line(text))))


def code(text: str) -> Markdown:
    """Make a code span of one line of any text."""
    line = one_line(text)
    if not line:
        return Markdown("")
    ticks = _longer_than_any(line, 1)
    pad = " " if line[0] == "`" or line[-1] == "`" else ""
    return Markdown(f"{ticks}{pad}{line}{pad}{ticks}")


def block(text: str) -> Markdown:
    """Make a code block of any text; it begins and ends at the left margin."""
    shown = printable(text)
    ticks = _longer_than_any(shown, 3)
    return Markdown(f"{ticks}text\n{shown}\n{ticks}")


def _longer_than_any(text: str, least: int) -> str:
    return "`" * max([least, *(len(run) + 1 for run in BACKTICKS.findall(text))])


def _quoted(check: Item) -> Markdown:
    """Quote the student's own lines, each after its place, in one block."""
    lines = [quotation(line) for line in check.quoted]
    return block("\n".join(lines)) if lines else Markdown("")


def _escaped_unless_markdown(value: object) -> object:
    return escaped(value) if isinstance(value, str) and not isinstance(value, Markdown) else value
