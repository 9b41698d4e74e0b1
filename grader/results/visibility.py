"""What of a result its reader may see, decided once. Whatever renders a result takes a `VisibleResult`. Pure."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from fractions import Fraction
from typing import Concatenate, Never, ParamSpec, TypeVar, final

from grader.model.assignment import Visibility
from grader.model.result import (
    CheckResult,
    Item,
    ManualItem,
    PartScore,
    Provenance,
    Result,
    RuleOutcome,
    WithheldCheck,
)
from grader.model.submission import StoredOutput
from grader.results.withheld import answer_notes, told_of
from grader.rules.registry import FOR_INSTRUCTORS, recounted
from grader.rules.scoring import part_scores
from grader.wording.text import counted

Rest = ParamSpec("Rest")
Rendered = TypeVar("Rendered")


class View(StrEnum):
    """Who reads a result, and for a student also when. Publishing comes after the due date and shows its checks too."""

    STUDENT = "student"
    STUDENT_AFTER_DUE_DATE = "student_after_due_date"
    STUDENT_AFTER_PUBLISHED = "student_after_published"
    INSTRUCTOR = "instructor"


SHOWN: dict[View, frozenset[Visibility]] = {
    View.STUDENT: frozenset({Visibility.VISIBLE}),
    View.STUDENT_AFTER_DUE_DATE: frozenset({Visibility.VISIBLE, Visibility.AFTER_DUE_DATE}),
    View.STUDENT_AFTER_PUBLISHED: frozenset(set(Visibility) - {Visibility.HIDDEN}),
    View.INSTRUCTOR: frozenset(Visibility),
}

WITHHELD_SEED = -1  # no generator takes a negative seed, so this cannot be mistaken for one


@final
@dataclass(frozen=True, slots=True, init=False)
class VisibleResult:
    """What one reader may see of a result: all fields of `Result`, the view, and what is withheld.

    Of that there is a note, its points, and of checks that are shown later whether there is an answer to judge.

    Only `visible_to` makes one. It cannot be changed by `dataclasses.replace`, copied or pickled.
    """

    view: View
    withheld: str
    withheld_points: Fraction
    withheld_checks: tuple[WithheldCheck, ...]
    assignment: str
    title: str
    submission: str
    score: Fraction
    max_score: Fraction
    parts: tuple[PartScore, ...]
    checks: tuple[CheckResult, ...]
    rules: tuple[RuleOutcome, ...]
    notes: tuple[str, ...]
    provenance: Provenance
    cpu_seconds: float
    seconds: float
    stored_outputs: tuple[StoredOutput, ...]
    peak_bytes: int
    by_hand: tuple[ManualItem, ...]
    left_out: int

    def __init__(self, *_: Never, **__: Never) -> None:
        raise TypeError("a VisibleResult is made by visible_to alone, which leaves out what its reader may not see")

    @property
    def items(self) -> tuple[Item, ...]:
        """List the checks, then the rows that people mark."""
        return (*self.checks, *self.by_hand)

    @property
    def open_points(self) -> Fraction:
        """Sum the points that are neither earned nor lost: the course has to be mended, or a person to look."""
        return sum((check.max_points for check in self.checks if check.is_open), Fraction(0))

    @property
    def judged_score(self) -> Fraction:
        """Return what can be earned as far as it is judged."""
        return self.max_score - self.open_points

    @property
    def whole_score(self) -> Fraction:
        """Return what can be earned with all checks, those that are withheld among them."""
        return self.max_score + self.withheld_points

    def withheld_in(self, part: str) -> Fraction:
        """Sum what the checks of a part are worth that are shown later."""
        return sum((check.max_points for check in self.withheld_checks if check.part == part), Fraction(0))

    def __reduce__(self) -> Never:
        raise TypeError("a VisibleResult is neither copied nor pickled: hand on the Result, and call visible_to there")


def visible_to(result: Result, view: View) -> VisibleResult:
    """Leave out what this reader may not see: checks, instructors' details and remarks, and the seed of hidden cases.

    Where checks are left out the score, the parts and what the rules took are those of the checks that remain, so that
    no difference tells how the others ended; a note says how many they are.
    """
    withheld = _withheld(result, view)
    points = sum((check.max_points for check in withheld), Fraction(0))
    return _made(_filtered(result, view), view, _withheld_note(result, view), points, told_of(withheld))


def narrowed(visible: VisibleResult, view: View) -> VisibleResult:
    """Leave out of what an instructor sees what another reader may not see.

    Raises:
        TypeError: it is not the instructor's: what is left out cannot come back.
    """
    if visible.view is not View.INSTRUCTOR:
        raise TypeError(f"a result for view {visible.view} cannot be narrowed to {view}")
    whole = Result(**{field.name: getattr(visible, field.name) for field in fields(Result)})
    return visible_to(whole, view)


def renderer(
    render: Callable[Concatenate[VisibleResult, Rest], Rendered],
) -> Callable[Concatenate[VisibleResult, Rest], Rendered]:
    """Refuse to render a `Result` that nothing was left out of, which types alone do not at run time."""

    @functools.wraps(render)
    def checked(visible: VisibleResult, /, *args: Rest.args, **named: Rest.kwargs) -> Rendered:
        _check_kind(visible)
        return render(visible, *args, **named)

    return checked


def _check_kind(value: object) -> None:
    if not isinstance(value, VisibleResult):
        raise TypeError(f"expected a VisibleResult, which visible_to makes, got a {type(value).__name__}")


def _made(
    seen: Result, view: View, withheld: str, points: Fraction, checks: tuple[WithheldCheck, ...]
) -> VisibleResult:
    visible = object.__new__(VisibleResult)
    values = {field.name: getattr(seen, field.name) for field in fields(seen)}
    values |= {"view": view, "withheld": withheld, "withheld_points": points, "withheld_checks": checks}
    for name, value in values.items():
        object.__setattr__(visible, name, value)
    return visible


def _filtered(result: Result, view: View) -> Result:
    if view is View.INSTRUCTOR:
        return result
    shown = [check for check in result.checks if check.visibility in SHOWN[view]]
    withheld = _withheld(result, view)
    provenance = replace(result.provenance, seed=WITHHELD_SEED)
    checks = tuple(replace(check, verdict=replace(check.verdict, detail="", answer=())) for check in shown)
    rules = tuple(rule for rule in result.rules if rule.rule not in FOR_INSTRUCTORS)
    public = replace(result, checks=checks, rules=rules, provenance=provenance, stored_outputs=())
    if not withheld:
        return public
    earned = sum((item.points for item in public.items), Fraction(0))
    emptied = {check.part for check in withheld} - {item.part for item in public.items}
    rules = recounted(public.rules, earned)
    return replace(
        public,
        score=earned + sum((rule.points for rule in rules), Fraction(0)),
        max_score=sum((item.max_points for item in public.items), Fraction(0)),
        parts=part_scores((part for part in result.parts if part.name not in emptied), public.items),
        rules=rules,
        notes=(_withheld_note(result, view), *answer_notes(told_of(withheld)), *result.notes),
    )


def _withheld(result: Result, view: View) -> list[CheckResult]:
    return [check for check in result.checks if check.visibility not in SHOWN[view]]


def _withheld_note(result: Result, view: View) -> str:
    """Describe how many checks this reader is not shown; empty when all are."""
    withheld = _withheld(result, view)
    return f"{not_shown(withheld)} here; the score here counts the others" if withheld else ""


def not_shown(checks: Sequence[CheckResult]) -> str:
    """Begin a sentence about checks that are withheld: 2 checks worth 8 points are not shown."""
    points = sum((check.max_points for check in checks), Fraction(0))
    are = "is" if len(checks) == 1 else "are"
    return f"{counted(len(checks), 'check')} worth {counted(points, 'point')} {are} not shown"
