"""The map of errors of a check, and the values around the worst place, as lines of a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from grader.model.result import Picture
from grader.wording.text import one_line

SIDES_APART = 3  # columns between two matrices
SHADES = ("grey30", "yellow", "dark_orange", "red", "bright_red")


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
