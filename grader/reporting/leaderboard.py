"""What a class measured, best first, as one HTML page for everybody and as a table for a terminal. Pure.

The environment is that of `grader.reporting.html`. Nothing of a student is in it but the name that is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import jinja2
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.model.measure import MeasureRule, Placement
from grader.wording.text import counted, one_line, points_text

LAST: Final = 1 << 62  # the place of who has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One measure of the assignment, and which check measures it."""

    check: str
    rule: MeasureRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What was measured of one student: places by check, and the points that places gave.

    `who` is a pseudonym or a name; `known_as` is the pseudonym where a name is shown, else empty.
    """

    who: str
    known_as: str = ""
    places: Mapping[str, Placement]
    points: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaderboard:
    """The standings of a class by each column; who has no value in a column stands at its end."""

    assignment: str
    title: str
    columns: tuple[Column, ...]
    standings: tuple[Standing, ...]
    has_names: bool = False

    def by(self, column: Column) -> list[Standing]:
        """Sort by a column, the best first; equal ones by the name that is shown, which tells nothing."""
        return sorted(self.standings, key=lambda one: (_place(one, column), one.who))


def _place(standing: Standing, column: Column) -> int:
    placement = standing.places.get(column.check)
    return LAST if placement is None else placement.place


def render_leaderboard(board: Leaderboard, environment: jinja2.Environment) -> str:
    """Write the page: one table for each measure, of which the browser shows the one that is asked for."""
    return environment.get_template("leaderboard.html.j2").render(
        board=board,
        tables=[(f"by-{place}", column, board.by(column)) for place, column in enumerate(board.columns, 1)],
        has_points=[column for column in board.columns if column.rule.rank is not None],
        value=_value,
        gives=_gives,
        heading=heading,
    )


def leaderboard_table(board: Leaderboard, column: Column, most: int) -> Group:
    """Render the first rows by a column for a terminal."""
    headings = [text for one in board.columns for text in (heading(board, one), *(["gives"] if one.rule.rank else []))]
    table = Table("place", "student", *(["pseudonym"] if board.has_names else []), *headings, box=None, pad_edge=False)
    standings = board.by(column)
    for one in standings[:most]:
        placement = one.places.get(column.check)
        who = [one.who, one.known_as] if board.has_names else [one.who]
        cells = [
            text
            for other in board.columns
            for text in (_value(one, other), *([_gives(one, other)] if other.rule.rank else []))
        ]
        place = "" if placement is None else str(placement.place)
        table.add_row(*(Text(one_line(cell)) for cell in (place, *who, *cells)))
    blocks: list[RenderableType] = [Text(f"{one_line(board.title)}, by {heading(board, column)}", style="bold"), table]
    if len(standings) > most:
        blocks.append(Text(f"and {counted(len(standings) - most, 'other')} in the page"))
    return Group(*blocks)


def heading(board: Leaderboard, column: Column) -> str:
    """Name a column: by its measure, and by its check where two measure the same; with the unit."""
    names = [other.rule.name for other in board.columns]
    name = column.rule.name if names.count(column.rule.name) == 1 else f"{column.check}: {column.rule.name}"
    return f"{name} ({column.rule.unit})" if column.rule.unit else name


def _value(standing: Standing, column: Column) -> str:
    """Write a value with all its decimals, so that they stand below each other; empty where there is none."""
    placement = standing.places.get(column.check)
    return "" if placement is None else f"{float(placement.value):.{column.rule.decimals}f}"


def _gives(standing: Standing, column: Column) -> str:
    """Write what the place of a value gives; empty where there is none."""
    points = standing.points.get(column.check)
    return "" if points is None else f"+{points_text(points)}"
