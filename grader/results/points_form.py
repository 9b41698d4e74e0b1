"""Points as the form `grade/result/v1` writes them: a number, and beside it a ratio where no decimal does. Pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from grader.errors import ResultError
from grader.results.form import PointsRow, short_repr

RATIO: Final = re.compile(r"-?[0-9]{1,40}/[1-9][0-9]{0,39}")


# A class has few different points, each thousands of times.
@functools.lru_cache
def points_json(key: str, points: Fraction) -> Mapping[str, int | float | str]:
    """Write points as a number, and beside it as a ratio where no decimal number equals them."""
    number: int | float = points.numerator if points.denominator == 1 else float(points)
    if Fraction(str(number)) == points:
        return {key: number}
    return {key: number, f"{key}_exact": str(points)}


def points_of(row: PointsRow, where: str) -> tuple[Fraction, Fraction]:
    """Read the points of a row and what it is worth."""
    return (
        exact_points(f"{where}points", row["points"], row.get("points_exact")),
        exact_points(f"{where}max_points", row["max_points"], row.get("max_points_exact")),
    )


def exact_points(where: str, number: float, ratio: str | None) -> Fraction:
    """Read points, by their ratio where there is one.

    Raises:
        ResultError: number and ratio disagree.
    """
    if ratio is None:
        return _decimal(number)
    exact = _ratio(ratio)
    if exact is None or float(exact) != number:
        key = where.rpartition(".")[2]
        raise ResultError(f"{where}_exact is {short_repr(ratio)}, expected a ratio equal to {key} {number}")
    return exact


@functools.lru_cache
def _decimal(number: float) -> Fraction:
    return Fraction(str(number))


@functools.lru_cache
def _ratio(text: str) -> Fraction | None:
    return Fraction(text) if RATIO.fullmatch(text) else None
