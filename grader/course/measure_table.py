"""The table `measure` of a check in `assignment.toml`: what it may hold, and what of it says nothing together."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from grader.course.tables import Fields, checked, count, list_of, number, table_of
from grader.model.measure import Better, Line, MeasureRule, RankRule, Threshold

MOST_DECIMALS: Final = 12
_LIMIT: Final = 1e12  # of what is measured; beyond it decimals are none any more

_VALUE: Final = number(ge=-_LIMIT, le=_LIMIT)
_THRESHOLD: Final = checked(table_of(Threshold, forms={"at": _VALUE}), lambda given: Threshold(**given))


def agreeing_check(given: Fields) -> Fields:
    """Refuse what a check's keys say against each other: its points and its measure, what is drawn and to whom.

    Raises:
        ValueError: one sentence for each.
    """
    problems = []
    if given.get("maps") and not given.get("public"):
        problems.append("maps shows values, which only a public check does: expected public = true beside it")
    rule = given.get("measure")
    if rule is None:
        return _refused(given, problems)
    points: Fraction = given["points"]
    if given.get("partial") and (rule.thresholds or rule.line):
        problems.append("partial shares the points out by case and measure by value: expected one of them")
    if rule.thresholds and rule.thresholds[-1].points != points:
        best = float(rule.thresholds[-1].points)
        problems.append(
            f"the best of measure.thresholds gives {best:g} points, expected {float(points):g}, the check's"
        )
    return _refused(given, problems)


def _agreeing(given: Fields) -> Fields:
    rule = MeasureRule(**given)
    return _refused(given, [*_threshold_problems(rule), *_line_problems(rule)])


def _threshold_problems(rule: MeasureRule) -> Iterator[str]:
    if rule.thresholds and rule.line:
        yield "thresholds and line both say what a value earns: expected one of them"
    order = "rising" if rule.better is Better.HIGHER else "falling"
    for one, following in zip(rule.thresholds, rule.thresholds[1:], strict=False):
        if rule.is_as_good(one.at, following.at):
            yield f"thresholds: {_text(following.at)} stands after {_text(one.at)}, expected {order} values"
        if following.points <= one.points:
            yield f"thresholds: {_text(following.at)} gives no more points than {_text(one.at)}, expected more"


def _line_problems(rule: MeasureRule) -> Iterator[str]:
    if rule.line is not None and rule.is_as_good(rule.line.none_at, rule.line.all_at):
        wanted = "more" if rule.better is Better.HIGHER else "less"
        yield (
            f"line: all_at is {_text(rule.line.all_at)}, expected {wanted} than none_at, {_text(rule.line.none_at)}, "
            f"since {rule.better} is better"
        )


def _agreeing_rank(given: Fields) -> Fields:
    rule, problems = RankRule(**given), []
    if ("points" in given) == ("places" in given):
        problems.append("expected one of points (of the first, falling to the last) and places (of each place)")
    if "places" in given and ("last" in given or "step" in given):
        problems.append("last and step are about points, not about places")
    if any(later > earlier for earlier, later in zip(rule.places, rule.places[1:], strict=False)):
        problems.append("places give more to a later place than to an earlier one, expected falling points")
    if rule.most == 0:
        problems.append("the first place gives 0 points, expected more")
    if "points" in given and max(rule.last, rule.step) > rule.points:
        problems.append(f"last and step are at most points, {_text(rule.points)}")
    return _refused(given, problems)


def _refused(given: Fields, problems: list[str]) -> Fields:
    if problems:
        raise ValueError("; ".join(problems))
    return given


def _text(value: Fraction) -> str:
    return f"{float(value):g}"


_LINE: Final = checked(table_of(Line, forms={"none_at": _VALUE, "all_at": _VALUE}), lambda given: Line(**given))
_RANK: Final = checked(
    table_of(RankRule, forms={"places": list_of(number(ge=0), min_length=1)}),
    _agreeing_rank,
    lambda given: RankRule(**given),
)
MEASURE: Final = checked(
    table_of(
        MeasureRule,
        forms={
            "decimals": count(0, MOST_DECIMALS),
            "thresholds": list_of(_THRESHOLD, min_length=1),
            "line": _LINE,
            "rank": _RANK,
        },
    ),
    _agreeing,
    lambda given: MeasureRule(**given),
)
"""What may stand for the measure of a check."""
