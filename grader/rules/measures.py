"""Turn measured values into points: by thresholds, on a line, and by place in the class. Exact fractions; pure."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Final, TypeVar

from grader.model.assignment import Check
from grader.model.measure import Among, Better, Measurement, MeasureRule, Placement, Rank, RankRule, Ties
from grader.model.result import CheckResult, Verdict
from grader.model.status import Status
from grader.wording.measures import NOTHING_MEASURED, earned_says, rank_says, unranked_says

Student = TypeVar("Student")
ALL, NOTHING = Fraction(1), Fraction(0)
SHARED_PLACES: Final = 4096  # whose points are remembered: those who share are few where places are more


def share_of(rule: MeasureRule, points: Fraction, value: float) -> Fraction:
    """Return which part of a check's points a value earns, from 0 to 1.

    Args:
        rule: The rule of the check.
        points: The points of the check.
        value: What was measured.
    """
    shown = rule.shown(value)
    if rule.line is not None:
        along = (shown - rule.line.none_at) / (rule.line.all_at - rule.line.none_at)
        return min(max(along, NOTHING), ALL)
    reached = [one.points for one in rule.thresholds if rule.is_as_good(shown, one.at)]
    if not rule.thresholds or len(reached) == len(rule.thresholds):
        return ALL
    return max(reached, default=NOTHING) / points


def weighed(check: Check, verdict: Verdict) -> tuple[Verdict, Measurement | None]:
    """Let what was measured decide how a check ended that is passed but for it; one that measured nothing is void."""
    rule = check.measure
    if rule is None or verdict.status is not Status.PASSED:
        return verdict, None
    if verdict.measured is None:
        return replace(verdict, status=Status.VOID, share=NOTHING, message=NOTHING_MEASURED), None
    share = share_of(rule, check.points, verdict.measured)
    measurement = Measurement(
        name=rule.name, value=verdict.measured, unit=rule.unit, better=rule.better, decimals=rule.decimals,
        says=earned_says(rule, verdict.measured, is_all=share == ALL),
    )  # fmt: skip
    if share == ALL:
        return replace(verdict, share=share, reasons=(), mistakes=()), measurement  # what told why it was less
    return replace(verdict, share=share, status=Status.FAILED), measurement


def placements(rule: MeasureRule, values: Mapping[Student, float]) -> dict[Student, Placement]:
    """Rank values, the best first; equal ones share the best of the places that they take together."""
    sign = -1 if rule.better is Better.HIGHER else 1
    shown = {student: rule.shown(value) for student, value in values.items()}
    order = sorted(sign * value for value in shown.values())
    found = {}
    for student, value in shown.items():
        before = bisect_left(order, sign * value)
        tied = bisect_right(order, sign * value) - before
        found[student] = Placement(value=value, place=before + 1, of=len(order), tied=tied)
    return found


def rank_points(rule: RankRule, placement: Placement) -> Fraction:
    """Return what a place gives, shared among equals as the rule says."""
    tied = 1 if rule.ties is Ties.BEST else placement.tied
    return _shared_points(rule, placement.place, tied, placement.of)


def with_rank(result: CheckResult, rule: RankRule, placement: Placement | None) -> CheckResult:
    """Add to a check what its place in the class gives; it must be the place of the value that was measured.

    Args:
        result: The check as graded.
        rule: What places give now.
        placement: The place; None where there is none.
    """
    check = result.check if rule.bonus else replace(result.check, points=result.max_points + rule.most)
    measured = result.measurement
    if measured is not None and result.status is not Status.PASSED and rule.among is Among.PASSED:
        says = unranked_says(rule.most, is_bonus=rule.bonus)
        return replace(result, check=check, measurement=replace(measured, standing=says))
    if measured is None or placement is None or measured.shown != placement.value:
        return replace(result, check=check)
    given = rank_points(rule, placement)
    rank = Rank(place=placement.place, of=placement.of, tied=placement.tied, points=given, max_points=rule.most)
    says = rank_says(measured, rank, is_bonus=rule.bonus)
    placed = replace(measured, rank=rank, standing=says)
    return replace(result, check=check, points=result.points + given, measurement=placed)


@lru_cache(maxsize=SHARED_PLACES)
def _shared_points(rule: RankRule, place: int, tied: int, of: int) -> Fraction:
    """Return what each of those who share a place gets: worked out once for all of them, and not by each anew."""
    return sum((_points_of_place(rule, one, of) for one in range(place, place + tied)), NOTHING) / tied


def _points_of_place(rule: RankRule, place: int, of: int) -> Fraction:
    if rule.places:
        return rule.places[place - 1] if place <= len(rule.places) else NOTHING
    if of == 1:
        return rule.points
    given = rule.points - (rule.points - rule.last) * Fraction(place - 1, of - 1)
    if not rule.step or place in (1, of):
        return given
    nearest = rule.step * math.floor(given / rule.step + Fraction(1, 2))
    return min(max(nearest, rule.last), rule.points)
