"""Measured values, what they earn and where they stand in the class, in words. Pure."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from grader.model.assignment import Check
from grader.model.measure import Better, Measurement, MeasureRule, Rank, rounded
from grader.wording.text import counted, points_text

NOTHING_MEASURED: Final = "the hidden test measured nothing: its points are open until that is mended"


def value_text(value: float, unit: str, decimals: int) -> str:
    """Write a value with its unit, rounded to so many decimals, without zeros at its end: 0.912, 3.5 s, 93 %."""
    text = f"{value:.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{'0' if text == '-0' else text}{f' {unit}' if unit else ''}"


def measured_text(measured: Measurement) -> str:
    """Write what was measured: 0.912."""
    return value_text(measured.value, measured.unit, measured.decimals)


def earned_says(rule: MeasureRule, value: float, *, is_all: bool) -> str:
    """Describe a value and, where it does not earn all points, which would."""
    is_text = f"{rule.name} is {value_text(value, rule.unit, rule.decimals)}"
    if is_all:
        return is_text
    bound = "at least" if rule.better is Better.HIGHER else "at most"
    if rule.line is not None:
        none, everything = _bound_text(rule.line.none_at, rule), _bound_text(rule.line.all_at, rule)
        return f"{is_text}, expected {bound} {everything} for all points, of which {none} earns none"
    missed = [one for one in rule.thresholds if not rule.is_as_good(rule.shown(value), one.at)]
    if len(rule.thresholds) == 1:
        return f"{is_text}, expected {bound} {_bound_text(missed[0].at, rule)}"
    wanted = " or ".join(f"{_bound_text(one.at, rule)} for {counted(one.points, 'point')}" for one in missed)
    return f"{is_text}, expected {bound} {wanted}"


def rank_says(measured: Measurement, rank: Rank, *, is_bonus: bool) -> str:
    """Describe a place in the class and what it gives: 3rd of 84 by mean IoU 0.912: bonus 4 of 5."""
    shared = f", with {counted(rank.tied - 1, 'other')}," if rank.tied > 1 else ""
    got, most = points_text(rank.points), points_text(rank.max_points)
    gives = f"bonus {got} of {most}" if is_bonus else f"{got} of {counted(rank.max_points, 'point')}"
    return f"{ordinal(rank.place)} of {rank.of}{shared} by {measured.name} {measured_text(measured)}: {gives}"


def unranked_says(most: Fraction, *, is_bonus: bool) -> str:
    """Describe that a value has no place in the class."""
    gives = f"bonus 0 of {points_text(most)}" if is_bonus else f"0 of {counted(most, 'point')}"
    return f"no place in the class, since only those are ranked who pass this check: {gives}"


def telling_terms(check: Check) -> str:
    """Describe how often the value is told that a check measures on hidden data; empty where it measures nothing."""
    if check.measure is None or check.public:
        return ""
    return f"{check.name}: {check.measure.name} is told each time this is graded"


def rank_terms(check: Check) -> str:
    """Describe what a place in the class gives, for before the class is ranked; empty where it gives nothing."""
    if check.measure is None or check.measure.rank is None:
        return ""
    rank = check.measure.rank
    kind = ", as a bonus" if rank.bonus else " more"
    most = counted(rank.most, "point")
    return f"{check.name}: once the class is ranked by {check.measure.name}, a place gives up to {most}{kind}"


def ordinal(place: int) -> str:
    """Write a place: 1st, 2nd, 3rd, 11th."""
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"


def _bound_text(bound: Fraction, rule: MeasureRule) -> str:
    """Write a bound of the rubric, which may have more decimals than values are shown with."""
    number = float(bound)
    if rounded(number, rule.decimals) == bound:
        return value_text(number, rule.unit, rule.decimals)
    return f"{number:g}{f' {rule.unit}' if rule.unit else ''}"
