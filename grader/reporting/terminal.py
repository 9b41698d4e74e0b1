"""A result as lines of a terminal. Pure: it builds what rich prints, and prints nothing.

Every text from a submission passes `printable` and becomes a `Text`, in which rich reads no markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from grader.model.result import CheckResult, Item, PartScore, Picture, QuotedLine
from grader.model.status import Status
from grader.model.submission import StoredOutput
from grader.reporting.build_log import Guarded
from grader.results.visibility import VisibleResult, renderer
from grader.wording.figures import figure_says
from grader.wording.statuses import (
    MARKS,
    WORDS,
    fix_first,
    isolation_warning,
    next_command,
    outcome_text,
    partial_warning,
)
from grader.wording.text import around_column, counted, one_line, place, points_text, printable

STYLES: dict[Status, str] = {
    Status.PASSED: "green",
    Status.UNWRITTEN: "blue",
    Status.BLOCKED: "dim",
    Status.VOID: "magenta",
}
"""The colour of a mark; every other status is red."""

MARK_WIDTH = max(map(len, MARKS.values()))
MAX_NAME_WIDTH = 32  # of a heading
MIN_SENTENCE_WIDTH = 24  # where less is left beside a name, the sentence stands below it
BAR_WIDTH = 20
SIDES_APART = 3  # columns between two matrices
SHADES = ("grey30", "yellow", "dark_orange", "red", "bright_red")
INDENT = MARK_WIDTH + 2


@renderer
def rendering(seen: VisibleResult, work: str | None = None) -> Group:
    """Render a result: a line per check, the first failure in full, the next command as the last line.

    `work` is where its author said that it lies, as for `next_command`.
    """
    first = fix_first(seen.checks)
    command = next_command(seen.assignment, seen.checks, seen.rules, left_out=seen.left_out, work=work)
    blocks: list[RenderableType] = [*_headline(seen), *_parts(seen)]
    if first is not None:
        blocks += [Text(), check_in_full(first)]
    if seen.rules or seen.notes:
        blocks += [Text(), _remarks(seen)]
    if seen.stored_outputs:
        blocks += [Text(), Text("What the notebook shows, by its author's account", style="bold")]
        blocks += [_stored(output) for output in seen.stored_outputs]
    blocks += [Text(), Text(_before_command(seen, first, is_handed_in=work is None), style="dim")]
    # One line however narrow the screen is, since it is there to be copied.
    last = Text(one_line(command), style="bold", no_wrap=True, overflow="ignore")
    return Group(Guarded(Group(*blocks)), last)


def _headline(seen: VisibleResult) -> Iterator[Text]:
    score = f"{points_text(seen.score)} of {counted(seen.judged_score, 'point')}"
    if seen.open_points:
        score += f", {counted(seen.open_points, 'point')} open"
    if seen.withheld_points:
        score += f", {counted(seen.withheld_points, 'point')} not shown here"
    yield Text.assemble((one_line(seen.title), "bold"), "  ", (score, "bold"))
    yield Text(f"submission: {one_line(seen.submission)}", style="dim")
    if warning := partial_warning(seen.left_out):
        yield Text(warning, style="bold yellow")
    if warning := isolation_warning(seen.provenance):
        yield Text(warning, style="bold yellow")


def _parts(seen: VisibleResult) -> Iterator[RenderableType]:
    title_width = min(max((cell_len(one_line(part.title)) for part in seen.parts), default=0), MAX_NAME_WIDTH)
    name_width = max((cell_len(one_line(item.name)) for item in seen.items), default=0)
    points_width = max((len(_points(item)) for item in seen.items), default=0)
    for part in seen.parts:
        items = [item for item in seen.items if item.part == part.name]
        if items:
            yield Text()
            yield PartLine(part, title_width)
            yield ItemLines(items, name_width, points_width)


@dataclass(frozen=True, slots=True)
class PartLine:
    """The heading of a part, a bar and its points: without the bar where there is no room for one."""

    part: PartScore
    title_width: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw for what this console can show."""
        part = self.part
        title, points = Text(one_line(part.title), style="bold"), f"{points_text(part.points)} of "
        points += points_text(part.max_points)
        if self.title_width + BAR_WIDTH + len(points) + 4 > options.max_width:
            yield Text.assemble(title, f"  {points}")
            return
        title.truncate(self.title_width, overflow="ellipsis", pad=True)
        share = min(part.points / part.max_points, Fraction(1)) if part.max_points > 0 else Fraction(0)
        filled = int(share * BAR_WIDTH)  # rounded down: a full bar is full points
        done, rest = "#-" if options.ascii_only else "━─"
        bar = ((done * filled, "green"), (rest * (BAR_WIDTH - filled), "dim"))
        yield Text.assemble(title, "  ", *bar, f"  {points}")


@dataclass(frozen=True, slots=True)
class ItemLines:
    """A line for each check: mark, name, points and a sentence.

    What went wrong is wrapped, since its last word may be the one that helps; what a passed check says may be cut.
    """

    items: Sequence[Item]
    name_width: int
    points_width: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Set sentences beside the names, or below them where the screen is narrow."""
        before = MARK_WIDTH + self.name_width + self.points_width + 6
        if options.max_width - before >= MIN_SENTENCE_WIDTH:
            lines = Table.grid(padding=(0, 2, 0, 0), expand=True)
            lines.add_column(width=MARK_WIDTH, no_wrap=True)
            lines.add_column(width=self.name_width, no_wrap=True)
            lines.add_column(width=self.points_width, no_wrap=True, justify="right")
            lines.add_column(ratio=1, overflow="fold")
            for item in self.items:
                lines.add_row(mark(item.status), Text(one_line(item.name)), Text(_points(item)), _sentence(item))
            yield lines
            return
        for item in self.items:
            yield Text.assemble(mark(item.status), "  ", one_line(item.name), "  ", _points(item), overflow="fold")
            if sentence := _sentence(item):
                yield Padding(sentence, (0, 0, 0, INDENT))


def _sentence(item: Item) -> Text:
    said, style = outcome_text(item), "dim" if item.status is Status.PASSED else ""
    if item.status is Status.PASSED and not said:
        return Text(one_line(item.description), style=style, no_wrap=True, overflow="ellipsis")
    return Text(one_line(said), style=style, overflow="fold")


def _points(item: Item) -> str:
    return f"{points_text(item.points)}/{points_text(item.max_points)}"


def mark(status: Status) -> Text:
    """Write a status as one short word in its colour."""
    return Text(f"{MARKS[status]:<{MARK_WIDTH}}", style=STYLES.get(status, "bold red"))


def check_in_full(check: CheckResult) -> Group:
    """Render one check in full: its sentence, what was seen, known mistakes, the student's line, the map of errors."""
    title = Text.assemble(mark(check.status), "  ", (one_line(check.name), "bold"), f"  {WORDS[check.status]}, ")
    title.append(f"{points_text(check.points)} of {counted(check.max_points, 'point')}")
    blocks: list[RenderableType] = [Text(printable(check.description))]
    if outcome_text(check):
        blocks.append(Text(printable(outcome_text(check)), style="bold"))
    blocks.extend(_listed(reason) for reason in check.reasons)
    if check.mistakes:
        blocks.append(Text("Your values are exactly those of a known mistake:", style="yellow"))
        blocks.extend(_listed(known.description) for known in check.mistakes)
    for line in check.quoted:
        blocks += [Text(), _quotation(line)]
    if check.picture is not None:
        blocks += [Text(), picture_block(check.picture)]
    for figure in check.figures:
        blocks.append(Text(figure_says(figure), style="dim"))
        blocks += [Text(printable(line), style="dim", no_wrap=True) for line in figure.lines]
    if check.detail:
        # Behind a bar, no line of a stranger's is a command to the build server whose log this may be.
        blocks += [Text(), *(Text(f"| {line}", style="dim") for line in printable(check.detail).splitlines())]
    return Group(title, Padding(Group(*blocks), (0, 0, 0, INDENT)))


def _listed(sentence: str) -> Table:
    return _headed([("-", sentence)])


def _headed(rows: Sequence[tuple[str, str]]) -> Table:
    """Set each text beside its heading, so that no line of it can pass for a line of ours."""
    lines = Table.grid(padding=(0, 1, 0, 0))
    for heading, text in rows:
        lines.add_row(Text(heading), Text(printable(text)))
    return lines


def _stored(output: StoredOutput) -> Group:
    pictures = f", {counted(output.pictures, 'picture')}" if output.pictures else ""
    where = f"{one_line(output.file)}, cell {output.cell}{pictures}"
    return Group(Text(where, style="dim"), *[Padding(Text(printable(output.text)), (0, 0, 0, 4))][: bool(output.text)])


def _quotation(line: QuotedLine) -> Group:
    before, at, after = around_column(line)
    source = Text(f"    {before}{at}{after}", no_wrap=True, overflow="ellipsis")
    caret = [Text(" " * (4 + cell_len(before)) + "^", no_wrap=True, overflow="ellipsis")] if at else []
    return Group(Text(place(line), style="dim"), source, *caret)


def picture_block(picture: Picture) -> Group:
    """Draw the map of errors, then the values around the worst place, got above expected."""
    caption = f"{one_line(picture.title)}: {one_line(picture.caption)}"
    if picture.columns:
        return Group(Text(caption, style="dim"), Matrices(picture))
    return Group(Text(caption, style="dim"), HeatMap(picture.cells), Values(picture))


@dataclass(frozen=True, slots=True)
class Matrices:
    """Two small matrices, the one got and the one expected: side by side where that fits, else below each other.

    What is wrong stands in brackets of its own, so that colour adds nothing; columns that do not fit follow below.
    """

    picture: Picture

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Choose as many columns as this console has room for, and both sides if they fit."""
        count = len(self.picture.columns)
        whole = [self.side(title, range(count)) for title in ("got", "expected")]
        widths = [console.measure(side, options=options.update(width=10_000)).maximum for side in whole]
        if sum(widths) + SIDES_APART <= options.max_width:
            pair = Table.grid(padding=(0, SIDES_APART, 0, 0))
            pair.add_row(*whole)
            yield pair
            return
        fitting = max(1, count * options.max_width // max(widths))
        for first in range(0, count, fitting):
            for title in ("got", "expected"):
                yield self.side(title, range(first, min(first + fitting, count)))

    def side(self, title: str, columns: range) -> Group:
        """Lay out some columns of one matrix under its title, its rows and columns numbered."""
        picture, is_got = self.picture, title == "got"
        table = Table.grid(padding=(0, 1, 0, 0))
        for _ in range(len(columns) + 1):
            table.add_column(justify="right", no_wrap=True, overflow="ellipsis")
        table.add_row(Text(), *(Text(f"{one_line(picture.columns[place])} ", style="dim") for place in columns))
        for label, got, expected in zip_longest(picture.labels, picture.got, picture.expected):
            pairs = list(_pairs(got, expected))
            row = [pairs[place] if place < len(pairs) else ("-", "-") for place in columns]
            values = [_marked(left if is_got else right, left != right, is_got) for left, right in row]
            table.add_row(Text(one_line(label or ""), style="dim"), *values)
        return Group(Text(title), table)


def _marked(value: str, is_wrong: bool, is_got: bool) -> Text:  # noqa: FBT001  # two facts about one cell
    if not is_wrong:
        return Text(f"{one_line(value)} ")
    return Text(f"[{one_line(value)}]", style="bold red" if is_got else "bold")


@dataclass(frozen=True, slots=True)
class Values:
    """The values around the worst place, got above expected; those that do not fit follow below, none is cut."""

    picture: Picture

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Set as many values beside each other as this console has room for."""
        picture = self.picture
        rows = [
            (one_line(label or ""), [(one_line(left), one_line(right)) for left, right in _pairs(got, expected)])
            for label, got, expected in zip_longest(picture.labels, picture.got, picture.expected)
        ]
        width = max((cell_len(value) for _, pairs in rows for pair in pairs for value in pair), default=0)
        room = options.max_width - len("expected")
        fitting = max(1, room // (width + 2))
        for label, pairs in rows:
            yield Text(label, style="dim")
            for start in range(0, len(pairs), fitting):
                yield _values(pairs[start : start + fitting], min(width, room - 2))


def _values(pairs: Sequence[tuple[str, str]], width: int) -> Table:
    values = Table.grid(padding=(0, 2, 0, 0))
    values.add_column(no_wrap=True)
    for _ in pairs:
        values.add_column(justify="right", overflow="fold", min_width=max(width, 1))
    values.add_row("got", *(Text(left, style="bold red" if left != right else "") for left, right in pairs))
    values.add_row("expected", *(Text(right) for _, right in pairs))
    return values


def _pairs(got: Sequence[str] | None, expected: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    return zip_longest(got or (), expected or (), fillvalue="-")


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A map of errors, two rows of cells to a line: a half block is wrong, a dot is right, a blank is padding.

    Colour only adds how wrong. Where there is no colour the blocks alone tell right from wrong, and where the terminal
    knows ASCII alone a cell is a `#` or a dot.
    """

    cells: tuple[tuple[float | None, ...], ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw for what this console can show."""
        rows = [row[: options.max_width] for row in self.cells]
        if options.ascii_only:
            for row in rows:
                yield Segment("".join(map(_ascii_cell, row)))
                yield Segment.line()
            return
        coloured = console.color_system is not None and not console.no_color
        for upper, lower in zip_longest(rows[::2], rows[1::2], fillvalue=()):
            for pair in zip_longest(upper, lower):
                yield _half_blocks(*pair) if coloured else Segment(_half_block(*pair))
            yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Take one column per cell."""
        width = min(max(map(len, self.cells), default=0), options.max_width)
        return Measurement(width, width)


def _ascii_cell(cell: float | None) -> str:
    return " " if cell is None else "." if cell == 0 else "#"


def _half_block(upper: float | None, lower: float | None) -> str:
    if upper and lower:
        return "█"
    if upper or lower:
        return "▀" if upper else "▄"
    return " " if upper is None and lower is None else "·"


def _half_blocks(upper: float | None, lower: float | None) -> Segment:
    """Colour both halves where both are wrong; the shapes stay those that are drawn without colour."""
    if upper and lower:
        style = Style.parse(f"{_colour(upper)} on {_colour(lower)}")
        return Segment("▀", style) if _colour(upper) != _colour(lower) else Segment("█", Style.parse(_colour(upper)))
    worst = upper or lower
    return Segment(_half_block(upper, lower), Style.parse(_colour(worst) if worst else SHADES[0]))


def _colour(cell: float) -> str:
    """Choose the shade of an error; one that is not a number is as wrong as can be."""
    return SHADES[1 + int(cell * 3.999)] if 0 <= cell <= 1 else SHADES[-1]


def _remarks(seen: VisibleResult) -> Table:
    rules = [
        ("rule", f"{rule.message} ({points_text(rule.points)} points)" if rule.points < 0 else rule.message)
        for rule in seen.rules
    ]
    return _headed([*rules, *(("note", note) for note in seen.notes)])


def _before_command(seen: VisibleResult, first: CheckResult | None, *, is_handed_in: bool) -> str:
    if first is not None:
        return "for a hint:"
    if any(check.status is Status.VOID for check in seen.checks):
        return "some checks could not be judged; to see what this machine lacks:"
    if any(rule.points < 0 for rule in seen.rules):
        return "every check passed, but a rule took points; to run again:"
    if seen.left_out:
        return f"{counted(len(seen.checks), 'check')} passed, {seen.left_out} not run; to run all:"
    every = "every check that is shown here passed" if seen.withheld else "every check passed"
    return f"{every}; to {'see what comes next' if is_handed_in else 'make what is handed in'}:"
