"""A result as one HTML page that needs nothing else: no network, no script, no second file.

`render_html` is pure. `template_environment` is the edge that reads the templates, once per process.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.resources
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources.abc import Traversable
from itertools import zip_longest
from math import ceil
from pathlib import Path

import jinja2
from markupsafe import Markup

from grader.model.assignment import Assignment
from grader.model.result import CheckResult, Item, ManualItem, PartScore, Picture
from grader.model.status import Status
from grader.reporting.figures import LEVELS, has_images, image_drawing, mask_drawing, matrix
from grader.reporting.formulas import with_mathml
from grader.reporting.places import Address
from grader.results.unwritten_rows import Row, rows_of
from grader.results.visibility import View, VisibleResult, renderer
from grader.results.withheld import answer_notes
from grader.wording.requests import request_text
from grader.wording.statuses import (
    WORDS,
    ending,
    example_text,
    fix_first,
    isolation_warning,
    lacking_answers,
    outcome_text,
    partial_warning,
    repro_command,
    variables_text,
    withheld_text,
)
from grader.wording.text import around_column, counted, line_words, numbered_lines, one_line, points_text, printable

GREYS = 15  # steps between black and white
MAP_PIXELS = 224  # 32 cells of 7 pixels: a map and five values beside it fit the page
MAX_CELL_PIXELS = 24

KINDS: dict[Status, str] = {
    Status.PASSED: "good",
    Status.BLOCKED: "wait",
    Status.UNWRITTEN: "todo",
    Status.VOID: "void",
}
"""How a status looks: its colour and its icon. Every other status is `bad`."""

REPORT = "report.html.j2"
LATE = "late"  # how `grader.rules.late` names its rule; a renderer sees only the model and the views
FIRST_TITLES = {"bad": "Fix this first", "todo": "Write this first", "wait": "Look at this first"}


@dataclass(frozen=True, slots=True)
class Segment:
    """A check as a stretch of its part's bar, all lengths in percent of the bar."""

    start: float
    width: float
    earned: float
    kind: str


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the rubric with its checks in order and their bar; rows are what is open, what `passed` is folded."""

    part: PartScore
    items: tuple[Item, ...]
    bar: tuple[Segment, ...]
    withheld: Fraction
    open_rows: tuple[Row, ...]
    passed: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map of errors in units of one cell: a path per shade, and the worst cell."""

    rows: int
    columns: int
    pixels: int
    shades: tuple[tuple[int, Markup], ...]
    worst: tuple[int, int] | None
    description: str


@dataclass(frozen=True, slots=True)
class MapDrawing:
    """A map in units of one cell: a path for each grey."""

    title: str
    rows: int
    columns: int
    pixels: int
    greys: tuple[tuple[str, Markup], ...]


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One row of values around the worst place; each is got, expected and whether they differ."""

    label: str
    values: tuple[tuple[str, str, bool], ...]


@renderer
def render_html(
    seen: VisibleResult,
    environment: jinja2.Environment,
    change: str = "",
    *,
    is_returned: bool = False,
    link: Address | None = None,
) -> str:
    """Write the report of one submission; `change` says what is otherwise than in the run before.

    One that is returned to its student carries the text to ask about it. `link` gives the address of a quoted line.
    """
    first = fix_first(seen.checks)
    return environment.get_template(REPORT).render(
        result=seen,
        instructor=seen.view is View.INSTRUCTOR,
        first=first,
        first_title="" if first is None else FIRST_TITLES[kind(first.status)],
        groups=groups(seen),
        earned=sum((item.points for item in seen.items), Fraction(0)),
        taken=sum((rule.points for rule in seen.rules), Fraction(0)),
        is_sum=any(rule.points for rule in seen.rules),
        is_late=any(rule.rule == LATE and rule.points for rule in seen.rules),
        status_counts=status_counts(seen.checks, seen.by_hand, left_out=seen.left_out, withheld=seen.withheld),
        lacking=len(lacking_answers(seen.withheld_checks)),
        answer_notes=answer_notes(seen.withheld_checks),
        change=change,
        link=link or (lambda _line: ""),
        partial_warning=partial_warning(seen.left_out),
        withheld=seen.withheld,
        isolation_warning=isolation_warning(seen.provenance),
        has_images=any(has_images(check.figures) for check in seen.checks),
        request=request_text(seen.assignment, seen.submission) if is_returned else "",
        askable=[
            item.name
            for item in seen.items
            if item.points < item.max_points and not (isinstance(item, ManualItem) and item.mark is None)
        ],
    )


def render_not_graded(
    assignment: Assignment, submission: str, sentences: Sequence[str], environment: jinja2.Environment
) -> str:
    """Write the page of a student whose submission has no result: why, and what to do."""
    return environment.get_template("not_graded.html.j2").render(
        assignment=assignment.name, title=assignment.title, submission=submission, sentences=sentences
    )


def kind(status: Status) -> str:
    """Name how a status looks."""
    return KINDS.get(status, "bad")


def look(item: Item) -> str:
    """Name how an item looks: a mark is neither good nor bad by itself."""
    return kind(item.status) if isinstance(item, CheckResult) or item.mark is None else "mark"


@renderer
def groups(seen: VisibleResult) -> tuple[Group, ...]:
    """Put each item under its part, parts in the order of the rubric."""
    return tuple(
        Group(
            part,
            items,
            _bar(items, seen.withheld_in(part.name)),
            seen.withheld_in(part.name),
            tuple(row for row in rows_of(seen, part.name) if not _is_folded(row.items[0])),
            tuple(item for item in items if _is_folded(item)),
        )
        for part in seen.parts
        if (items := tuple(item for item in seen.items if item.part == part.name))
    )


def _is_folded(item: Item) -> bool:
    """Return whether an item passed and has no more to say: what people marked, and what was measured, is shown."""
    return isinstance(item, CheckResult) and item.status is Status.PASSED and not (item.figures or item.measurement)


def _bar(checks: Sequence[Item], withheld: Fraction = Fraction(0)) -> tuple[Segment, ...]:
    """Draw the checks of a part, and as open what those are worth that are withheld."""
    whole = sum((check.max_points for check in checks), withheld)
    segments: list[Segment] = []
    start = Fraction(0)
    for check in checks:
        if check.max_points > 0:
            at, width, earned = (
                percent(points, whole) for points in (start, check.max_points, min(check.points, check.max_points))
            )
            segments.append(Segment(at, width, earned, kind(check.status)))
            start += check.max_points
    if withheld:
        segments.append(Segment(percent(start, whole), percent(withheld, whole), 0.0, "wait"))
    return tuple(segments)


def percent(points: Fraction, whole: Fraction) -> float:
    """Return how much of the whole these points are, between 0 and 100; 0 of nothing is 0."""
    return round(min(max(float(points) / float(whole), 0.0), 1.0) * 100, 3) if whole > 0 else 0.0


def status_counts(
    checks: Sequence[CheckResult], by_hand: Sequence[ManualItem] = (), left_out: int = 0, withheld: str = ""
) -> str:
    """Describe in one sentence how the checks ended, and in another how many rows are still to be marked.

    `left_out` counts checks that were not run; `withheld` says which are not shown, if any.
    """
    waiting = sum(item.mark is None for item in by_hand)
    rows = f"{counted(waiting, 'row')} {'is' if waiting == 1 else 'are'} not marked by hand yet."
    ended = _counts(checks, left_out, is_whole=not withheld)
    return f"{ended} {rows}" if waiting else ended


def _counts(checks: Sequence[CheckResult], left_out: int, *, is_whole: bool) -> str:
    kinds = Counter(
        "person" if check.is_open and check.status is Status.BLOCKED else kind(check.status) for check in checks
    )
    if not checks:
        return "There is no check to show."
    if kinds["good"] == len(checks):
        if left_out:
            return f"{counted(len(checks), 'check')} passed; {left_out} not run."
        shown = "" if is_whole else " that is shown here"
        return f"Every check{shown} passed." if len(checks) > 1 else f"The one check{shown} passed."
    rest = (
        ("bad", "needs work", "need work"),
        ("todo", "is not written yet", "are not written yet"),
        ("wait", "waits for another", "wait for others"),
        ("person", "waits for a person", "wait for a person"),
        ("void", "could not be judged", "could not be judged"),
    )
    clauses = [f"{kinds[name]} {one if kinds[name] == 1 else many}" for name, one, many in rest if kinds[name]]
    listed = f"{', '.join(clauses[:-1])} and {clauses[-1]}" if len(clauses) > 1 else clauses[0]
    return f"{kinds['good']} of {counted(len(checks), 'check')} passed; {listed}."


def drawing(picture: Picture) -> Drawing:
    """Draw the map of a picture: neighbours of one shade in a row become one rectangle of that shade's path."""
    rows = ["".join(map(_shade, row)) for row in picture.cells]
    columns = max(map(len, rows), default=0)
    paths: dict[str, list[str]] = {}
    for y, row in enumerate(rows):
        for run in re.finditer(r"(\d)\1*", row):
            width = run.end() - run.start()
            paths.setdefault(run[1], []).append(f"M{run.start()} {y}h{width}v1h-{width}z")
    drawn = "".join(rows).replace(" ", "")
    wrong = len(drawn) - drawn.count("0")
    return Drawing(
        rows=len(rows),
        columns=columns,
        pixels=min(MAX_CELL_PIXELS * columns, MAP_PIXELS),
        shades=tuple((int(shade), _path(paths[shade])) for shade in sorted(paths)),
        worst=_worst(picture) if len(drawn) > 1 else None,
        description=f"{wrong} of {counted(len(drawn), 'cell')} of the map {'differs' if wrong == 1 else 'differ'}.",
    )


def map_drawings(picture: Picture) -> tuple[MapDrawing, ...]:
    """Draw the two maps of a picture in shades of grey, white the brightest; what is no number is left out."""
    return tuple(
        MapDrawing(title, len(cells), len(cells[0]), min(MAX_CELL_PIXELS * len(cells[0]), MAP_PIXELS), _greys(cells))
        for title, cells in zip(("got", "expected"), picture.maps, strict=False)
        if cells
    )


def _greys(cells: Sequence[Sequence[float | None]]) -> tuple[tuple[str, Markup], ...]:
    paths: dict[int, list[str]] = {}
    for y, row in enumerate(cells):
        for x, cell in enumerate(row):
            if cell is not None:
                paths.setdefault(round(cell * GREYS), []).append(f"M{x} {y}h1v1h-1z")
    return tuple((f"#{17 * grey:02x}{17 * grey:02x}{17 * grey:02x}", _path(paths[grey])) for grey in sorted(paths))


def _path(steps: Sequence[str]) -> Markup:
    return Markup("".join(steps))  # noqa: S704 - numbers and path letters of our own, too long to be escaped each


def _shade(cell: float | None) -> str:
    if cell is None:
        return " "
    if cell <= 0:
        return "0"
    return str(max(1, ceil(cell * LEVELS))) if cell <= 1 else str(LEVELS)  # NaN too is as wrong as can be


def _worst(picture: Picture) -> tuple[int, int] | None:
    errors = {(x, y): cell for y, row in enumerate(picture.cells) for x, cell in enumerate(row) if cell}
    return max(errors, key=errors.__getitem__, default=None)


def value_rows(picture: Picture) -> tuple[ValueRow, ...]:
    """Pair the values that the submission gave with the expected ones."""
    rows = zip_longest(picture.labels, picture.got, picture.expected)
    return tuple(
        ValueRow(
            label or "",
            tuple(
                (left, right, left != right) for left, right in zip_longest(got or (), expected or (), fillvalue="–")
            ),
        )
        for label, got, expected in rows
        if got or expected
    )


@functools.cache  # templates are compiled on first use, which takes longer than to render a report
def template_environment() -> jinja2.Environment:
    """Read the templates, from the installed package or else from the checkout, ready to render any number of results.

    Style sheets and the script of the class page become part of a page, and its policy allows nothing but their hashes.
    """
    folder = template_folder()
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8")),
        autoescape=True,
        auto_reload=False,
        finalize=_printable_value,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    style = folder.joinpath("report.css").read_text(encoding="utf-8")
    texts = {"style": style, "class_script": folder.joinpath("class.js").read_text(encoding="utf-8")}
    for name in ("class", "similar", "leaderboard", "totals", "instructions"):
        texts[f"{name}_style"] = style + folder.joinpath(f"{name}.css").read_text(encoding="utf-8")
    for name, text in texts.items():
        digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
        environment.globals[name] = Markup(text)  # noqa: S704 - our own style sheets and script
        environment.globals[f"{name}_source"] = f"sha256-{digest}"
    environment.filters.update(
        around_column=around_column,
        numbered_lines=numbered_lines,
        counted=counted,
        formulas=with_mathml,
        drawing=drawing,
        image_drawing=image_drawing,
        ending=ending,
        kind=kind,
        line_words=line_words,
        mask_drawing=mask_drawing,
        matrix=matrix,
        map_drawings=map_drawings,
        look=look,
        one_line=one_line,
        percent=percent,
        example_text=example_text,
        repro_command=repro_command,
        points=points_text,
        outcome_text=outcome_text,
        value_rows=value_rows,
        variables_text=variables_text,
        withheld_text=withheld_text,
        word=WORDS.__getitem__,
    )
    return environment


def warm_templates() -> None:
    """Compile what a report is rendered with."""
    template_environment().get_template(REPORT)


def template_folder() -> Traversable:
    """Find the templates: in the installed package, or else in the checkout."""
    try:
        return importlib.resources.files("grader.templates")
    except ModuleNotFoundError:
        return Path(__file__).parents[2] / "templates"


def _printable_value(value: object) -> object:
    """Make every text that a template writes printable, what the templates themselves mark as HTML excepted."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
