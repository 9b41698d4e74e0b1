"""What changed between two runs, for each student and check, and why. Reads nothing: two runs in, lines out."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final

from grader.course.fingerprint import CourseFingerprint
from grader.gradebook.ranking import Ranking
from grader.gradebook.records import Entry, GivenMark, GivenOverride, Run
from grader.model.measure import Placement
from grader.model.result import CheckResult, Result
from grader.model.status import Outcome, Status
from grader.results.codec import Json
from grader.submissions.members import listed
from grader.wording.text import counted

SCHEMA: Final = "grade/diff/v1"


class Cause(StrEnum):
    """Why something changed. The set is closed; FLAKY means that nothing it depends on did."""

    SUBMISSION = "submission"
    TEST = "test"
    REFERENCE = "reference"
    RUBRIC = "rubric"
    ENVIRONMENT = "environment"
    SEED = "seed"
    EARLIER_CHECK = "earlier check"
    OVERRIDE = "override"
    MARK = "mark by hand"
    RANK = "place in the class"
    LATENESS = "lateness"
    RULE = "rule"
    FLAKY = "flaky"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs; `check` is empty where it is the whole score, or whether there is one."""

    student: str
    check: str
    was: str
    now: str
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class RunSnapshot:
    """One of the two runs."""

    record: CourseFingerprint
    entries: Mapping[str, Entry]
    overrides: Sequence[GivenOverride]
    result: Callable[[int], Result]
    marks: Sequence[GivenMark] = ()
    ranking: Ranking = field(default_factory=Ranking)

    def marks_of(self, entry: Entry) -> dict[str, Fraction]:
        """Return the points that people had given to rows when an entry was made."""
        return _in_force(entry, ((mark.row, mark) for mark in self.marks if mark.student == entry.student_number))

    def places_of(self, entry: Entry) -> dict[str, Placement]:
        """Return the places in the class that were given when the run ended, by check."""
        found = ((check, places.get(entry.student_number)) for check, places in self.ranking.places.items())
        return {check: place for check, place in found if place is not None}

    def overrides_of(self, entry: Entry) -> dict[str, Fraction]:
        """Return the overrides that were in force when an entry was made."""
        given = ((one.check, one) for one in self.overrides if one.student == entry.student.identifier)
        return _in_force(entry, given)

    def overrides_beside_checks(self, entry: Entry) -> dict[str, Fraction]:
        """Return those of rows marked by hand, and of the whole score, which no difference of a check tells."""
        return {name: points for name, points in self.overrides_of(entry).items() if name not in self.record.tests}


def _in_force(entry: Entry, given: Iterable[tuple[str, GivenMark | GivenOverride]]) -> dict[str, Fraction]:
    """Return the points that people had given when an entry was made, by what they gave them for: the newest each."""
    at = entry.entered_at or dt.datetime.max.replace(tzinfo=dt.UTC)
    newest = {name: one.points for name, one in given if one.given_at <= at}
    return {name: points for name, points in newest.items() if points is not None}


@dataclass(slots=True)
class Comparison:
    """Everything that differs between two runs."""

    changes: list[Change] = field(default_factory=list)
    same: int = 0
    only_old: list[str] = field(default_factory=list)
    only_new: list[str] = field(default_factory=list)
    environment: list[str] = field(default_factory=list)

    def summary(self, old: Run, new: Run) -> Iterator[str]:
        """Sum it up in lines."""
        changed = len({change.student for change in self.changes})
        yield f"run {old.number} to run {new.number}: {counted(changed, 'student')} changed, {self.same} did not"
        by_cause = Counter(cause for change in self.changes if change.check for cause in change.causes)
        if by_cause:
            yield "checks by cause: " + ", ".join(f"{cause} {count}" for cause, count in by_cause.most_common())
        for run, names in ((old, self.only_old), (new, self.only_new)):
            if names:
                yield f"only in run {run.number}: {listed(names)}"
        for line in self.environment:
            yield f"environment: {line}"


def as_json(old: Run, new: Run, comparison: Comparison) -> dict[str, Json]:
    """Write a comparison as JSON."""
    return {
        "schema": SCHEMA,
        "old": old.number,
        "new": new.number,
        "same": comparison.same,
        "only_old": list(comparison.only_old),
        "only_new": list(comparison.only_new),
        "environment": list(comparison.environment),
        "changes": [
            {
                "student": change.student,
                "check": change.check or None,
                "was": change.was,
                "is": change.now,
                "causes": [cause.value for cause in change.causes],
            }
            for change in comparison.changes
        ],
    }


def compared(old: RunSnapshot, new: RunSnapshot) -> Comparison:
    """Compare two runs."""
    comparison = Comparison(
        only_old=sorted(old.entries.keys() - new.entries.keys()),
        only_new=sorted(new.entries.keys() - old.entries.keys()),
        environment=list(_environment(old.record, new.record)),
    )
    for student in sorted(old.entries.keys() & new.entries.keys()):
        changes = list(_changes(old, new, old.entries[student], new.entries[student]))
        comparison.changes += changes
        comparison.same += not changes
    return comparison


def _changes(old: RunSnapshot, new: RunSnapshot, was: Entry, now: Entry) -> Iterator[Change]:
    student = was.student.identifier
    checks: list[Change] = []
    by_hand_before, by_hand_now = old.overrides_of(was), new.overrides_of(now)
    if (
        was.result is not None
        and now.result is not None
        and (was.result != now.result or by_hand_before != by_hand_now)
    ):
        before = _counting(old.result(was.result), by_hand_before)
        after = _counting(new.result(now.result), by_hand_now)
        for name in dict.fromkeys((*before, *after)):
            pair = before.get(name), after.get(name)
            if _points_text(pair[0]) != _points_text(pair[1]):
                overridden = by_hand_before.get(name) != by_hand_now.get(name)
                causes = _causes(old.record, new.record, name, pair, overridden=overridden)
                if was.digest != now.digest:
                    causes = (Cause.SUBMISSION, *(cause for cause in causes if cause is not Cause.FLAKY))
                checks.append(Change(student, name, _points_text(pair[0]), _points_text(pair[1]), causes))
    yield from checks
    if was.score == now.score and was.max_score == now.max_score and was.outcome is now.outcome:
        return
    yield Change(student, "", _score(was), _score(now), _causes_of_score(old, new, was, now, checks))


def _counting(result: Result, overrides: Mapping[str, Fraction]) -> dict[str, tuple[CheckResult, Fraction]]:
    return {check.name: (check, overrides.get(check.name, check.points)) for check in result.checks}


_Counted = tuple[CheckResult, Fraction]


def _points_text(counted: _Counted | None) -> str:
    if counted is None:
        return "not in the rubric"
    check, points = counted
    return f"{check.status.value} {_number(points)}/{_number(check.max_points)}"


def _score(entry: Entry) -> str:
    if entry.score is None or entry.max_score is None:
        return entry.outcome.value
    return f"{_number(entry.score)} of {_number(entry.max_score)}"


def _number(points: Fraction) -> str:
    """Write points so that two that differ look different."""
    return str(points.numerator) if points.denominator == 1 else f"{float(points):.6g}"


def _causes(
    old: CourseFingerprint,
    new: CourseFingerprint,
    check: str,
    pair: tuple[_Counted | None, _Counted | None],
    *,
    overridden: bool,
) -> tuple[Cause, ...]:
    verdict = _differ(pair, lambda check: (check.status, _share(check)))  # whatever it weighs
    weight = _differ(pair, lambda check: check.max_points)
    is_measured = any(counted is not None and counted[0].measurement is not None for counted in pair)
    differs = {
        Cause.TEST: verdict and (old.tests.get(check) != new.tests.get(check) or old.drivers != new.drivers),
        Cause.REFERENCE: verdict and old.reference != new.reference,
        Cause.RUBRIC: weight
        or (verdict and (old.judging.get(check), old.rest) != (new.judging.get(check), new.rest))
        or (verdict and is_measured and old.weighing.get(check) != new.weighing.get(check)),
        Cause.ENVIRONMENT: verdict and (old.versions, old.isolated) != (new.versions, new.isolated),
        Cause.SEED: verdict and old.seed != new.seed,
        Cause.OVERRIDE: overridden,
    }
    causes = tuple(cause for cause, is_one in differs.items() if is_one)
    if causes:
        return causes
    waited = any(counted is not None and counted[0].status is Status.BLOCKED for counted in pair)
    return (Cause.EARLIER_CHECK,) if waited else (Cause.FLAKY,)


def _differ(pair: tuple[_Counted | None, _Counted | None], fact: Callable[[CheckResult], object]) -> bool:
    was, now = (fact(counted[0]) if counted is not None else None for counted in pair)
    return was != now


def _share(check: CheckResult) -> Fraction:
    return check.points / check.max_points if check.max_points else Fraction(check.status is Status.PASSED)


def _causes_of_score(
    old: RunSnapshot, new: RunSnapshot, was: Entry, now: Entry, checks: Iterable[Change]
) -> tuple[Cause, ...]:
    causes = {cause for change in checks for cause in change.causes}
    if was.digest != now.digest:
        causes.add(Cause.SUBMISSION)
    if old.overrides_beside_checks(was) != new.overrides_beside_checks(now):
        causes.add(Cause.OVERRIDE)
    if old.marks_of(was) != new.marks_of(now):
        causes.add(Cause.MARK)
    if (old.record.by_hand, old.record.ranks) != (new.record.by_hand, new.record.ranks):
        causes.add(Cause.RUBRIC)
    if old.places_of(was) != new.places_of(now):
        causes.add(Cause.RANK)
    if was.late_penalty != now.late_penalty or was.late_lines != now.late_lines:
        causes.add(Cause.LATENESS)
    if Outcome.FAILED in (was.outcome, now.outcome):
        causes.add(Cause.ENVIRONMENT)
    if not causes:
        causes.add(Cause.RULE if old.record.rest != new.record.rest else Cause.FLAKY)
    return tuple(cause for cause in Cause if cause in causes)


def _environment(old: CourseFingerprint, new: CourseFingerprint) -> Iterator[str]:
    for name in sorted(old.versions.keys() | new.versions.keys()):
        before, after = old.versions.get(name, "nothing"), new.versions.get(name, "nothing")
        if before != after:
            yield f"{name} was {before}, is {after}"
    if old.isolated != new.isolated:
        yield "submissions are isolated, were not" if new.isolated else "submissions are not isolated, were"
