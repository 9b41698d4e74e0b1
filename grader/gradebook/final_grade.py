"""What a graded submission comes to: marks by hand and overrides put in, rules applied again, lateness taken off.

The result of a grading is kept as it was graded; this is what reports and exports are made from. Reads nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

from grader.model.assignment import Assignment, ManualRow, Visibility
from grader.model.measure import Placement, RankRule
from grader.model.result import CheckResult, Item, ManualItem, Result, RuleOutcome
from grader.model.status import Status
from grader.rules.late import RULE, LateDecision
from grader.rules.measures import with_rank
from grader.rules.registry import renewed
from grader.rules.scoring import part_scores, total
from grader.wording.text import points_text

OVERRIDE: Final = "override"


@dataclass(frozen=True, slots=True)
class Override:
    """Points that a person set: of one check or row marked by hand, or of everything where `check` is empty."""

    check: str
    points: Fraction
    why: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One row as a person marked it; title and highest points are those of the rubric at that time."""

    row: str
    title: str
    points: Fraction
    max_points: Fraction
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRank:
    """A check that gives points by place in the class, and the place; None where there is none."""

    check: str
    rule: RankRule
    placement: Placement | None = None


@dataclass(frozen=True, slots=True)
class Adjustments:
    """What people, the clock and the class add to what the checks say.

    `rows` are those of the rubric that people mark, `ranks` the checks that give points by place in the class;
    `known_as` is the name on the leaderboard, empty where there is none.
    """

    late: LateDecision | None = None
    overrides: tuple[Override, ...] = ()
    marks: tuple[Mark, ...] = ()
    rows: tuple[ManualRow, ...] = ()
    ranks: tuple[ClassRank, ...] = field(default=(), repr=False)
    known_as: str = field(default="", repr=False)

    @property
    def document(self) -> str:
        """Write all of it as text. What came later is left out where there is none: earlier versions knew of none."""
        return f"{self!r}{self.ranks or ''}{self.known_as}"

    @property
    def digest(self) -> str:
        """Hash what changes points or is told, but for the words about lateness, which follow from its figures."""
        late = None if self.late is None else replace(self.late, lines=(), terms="")
        return hashlib.sha256(replace(self, late=late).document.encode("utf-8", "backslashreplace")).hexdigest()


def apply_adjustments(result: Result, assignment: Assignment, adjustments: Adjustments) -> Result:
    """Return a result as it counts, every adjustment told in it.

    Args:
        result: As graded.
        assignment: What its rules take depends on the points before them.
        adjustments: Points by place in the class come first, points by hand in their stead, then the rules, then
            lateness; a score set by hand wins over all.
    """
    by_check = {override.check: override for override in adjustments.overrides if override.check}
    by_row = {mark.row: mark for mark in adjustments.marks}
    by_hand = tuple(_marked(row, by_row.get(row.name), by_check.get(row.name)) for row in adjustments.rows)
    ranks = {rank.check: rank for rank in adjustments.ranks}
    ranked = [_ranked(check, ranks.get(check.name)) for check in result.checks]
    checks = tuple(_overridden(check, by_check.get(check.name)) for check in ranked)
    items: tuple[Item, ...] = (*checks, *by_hand)
    before = sum((item.points for item in items), Fraction(0))
    rules = renewed(assignment, result.rules, before)
    if adjustments.late is not None:
        rules = (*rules, *adjustments.late.outcomes(total(items, rules)))
    final = next((override for override in adjustments.overrides if not override.check), None)
    if final is not None:
        changed = final.points - total(items, rules)
        rules = (*rules, RuleOutcome(OVERRIDE, f"set to {points_text(final.points)} by hand: {final.why}", changed))
    gone = sorted(by_check.keys() - {item.name for item in items})
    gone_rows = sorted(by_row.keys() - {row.name for row in adjustments.rows})
    is_on_leaderboard = bool(adjustments.known_as) and any(map(_is_told_measure, checks))
    notes = (
        *([f"on the leaderboard of the class you are {adjustments.known_as}"] if is_on_leaderboard else []),
        *(f"points set by hand for {name} do not count: there is no such check any more" for name in gone),
        *(f"the mark for {by_row[name].title} does not count: there is no such row any more" for name in gone_rows),
    )
    return replace(
        result,
        score=total(items, rules),
        max_score=result.max_score + _more_points(adjustments),
        parts=part_scores(result.parts, items),
        checks=checks,
        by_hand=by_hand,
        rules=rules,
        notes=(*result.notes, *notes),
    )


def _is_told_measure(check: CheckResult) -> bool:
    """Return whether a leaderboard that students may see has what a check measured."""
    is_judged = check.status in {Status.PASSED, Status.FAILED}
    return check.measurement is not None and is_judged and check.visibility is not Visibility.HIDDEN


def late_points(result: Result) -> Fraction:
    """Return what lateness took, a number of at least zero."""
    return -sum((outcome.points for outcome in result.rules if outcome.rule == RULE), Fraction(0))


def _more_points(adjustments: Adjustments) -> Fraction:
    """Return by how much the highest score grows: by rows that people mark, and by ranks that are no bonus."""
    by_rank = (rank.rule.most for rank in adjustments.ranks if not rank.rule.bonus)
    return sum((row.points for row in adjustments.rows), Fraction(0)) + sum(by_rank, Fraction(0))


def _ranked(check: CheckResult, rank: ClassRank | None) -> CheckResult:
    return check if rank is None else with_rank(check, rank.rule, rank.placement)


def _overridden(check: CheckResult, override: Override | None) -> CheckResult:
    if override is None:
        return check
    verdict = replace(check.verdict, reasons=(*check.reasons, _reason(override, check.max_points)))
    return replace(check, points=override.points, verdict=verdict)


def _marked(row: ManualRow, mark: Mark | None, override: Override | None) -> ManualItem:
    """Put a mark to its row of the rubric, never above the points that the row has today, unless they were set so."""
    item = ManualItem(row=row)
    if mark is not None:
        item = ManualItem(row=row, mark=min(mark.points, row.points), comment=mark.comment)
    if override is None:
        return item
    told = "\n".join(filter(None, (item.comment, _reason(override, row.points))))
    return replace(item, mark=override.points, comment=told)


def _reason(override: Override, most: Fraction) -> str:
    return f"set to {points_text(override.points)} of {points_text(most)} by hand: {override.why}"
