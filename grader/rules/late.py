"""What lateness costs: the policy of an assignment, a moment and an extension in, lines and points out.

Reads no clock; the only thing from outside is the time zone database. A day is a day of the wall clock, which is 23 or
25 hours long where the clocks change; an hour is always an hour. Where the wall clock shows a time twice or never, a
deadline is the later of the two moments that it can mean, and a submission the earlier.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from grader.errors import MomentError
from grader.model.assignment import YEARS, AfterLast, LatePolicy, Period
from grader.model.result import RuleOutcome
from grader.wording.text import counted

RULE: Final = "late"
DAY: Final = dt.timedelta(days=1)
HOUR: Final = dt.timedelta(hours=1)
EXTENSION: Final = re.compile(r"(?:(?P<days>[0-9]{1,4})\s*d)?\s*(?:(?P<hours>[0-9]{1,5})\s*h)?")
NO_TIME: Final = "no time of submission is known: nothing is deducted"


@dataclass(frozen=True, slots=True)
class Extension:
    """More time for one student: calendar days and then hours, or a deadline of its own on the course's wall clock."""

    days: int = 0
    hours: int = 0
    until: str = ""

    def __str__(self) -> str:
        if self.until:
            return f"until {self.until}"
        return " ".join(f"{count} {unit}" for count, unit in ((self.days, "d"), (self.hours, "h")) if count) or "0 d"

    @property
    def as_written(self) -> str:
        """Return what `extension` reads as this."""
        return self.until or str(self)


@dataclass(frozen=True, slots=True)
class LateDecision:
    """What one submission's lateness costs, before it is known how many points there are to lose.

    `periods` have started, of which `late_days_used` were paid from the student's late days. `at_most` is what can be
    left. `lines` explain it; what is lost is lost by the last of them. `terms` are the policy's, where periods have
    started.
    """

    due: dt.datetime
    submitted: dt.datetime | None
    periods: int = 0
    late_days_used: int = 0
    deduct: Fraction = Fraction(0)
    at_most: Fraction | None = None
    lines: tuple[str, ...] = ()
    terms: str = ""

    def left_of(self, score: Fraction) -> Fraction:
        """Return what is left of a score; never less than nothing."""
        left = max(Fraction(0), score - self.deduct)
        return left if self.at_most is None else min(left, self.at_most)

    def outcomes(self, score: Fraction) -> tuple[RuleOutcome, ...]:
        """Return the decision line by line, with the points it takes from a score on the last."""
        *before, last = self.lines or ("",)
        if not last:
            return ()
        taken = self.left_of(score) - score
        told_first = [line for line in (self.terms, *before) if line]
        return (*(RuleOutcome(RULE, line) for line in told_first), RuleOutcome(RULE, last, min(taken, Fraction(0))))


def extension(text: str) -> Extension:
    """Read an extension: `2 d`, `36 h`, `1 d 12 h`, or a time such as `2024-04-20T12:00`.

    Raises:
        MomentError: it is none.
    """
    text = text.strip()
    match = EXTENSION.fullmatch(text)
    if match is not None and any(match.groups()):
        return Extension(int(match["days"] or 0), int(match["hours"] or 0))
    try:
        until = dt.datetime.fromisoformat(text)
    except ValueError:
        until = None
    if until is None or until.tzinfo is not None or until.year not in YEARS:
        raise MomentError(f"{text!r}, expected days and hours such as 2 d or 36 h, or a time such as 2024-04-20T12:00")
    return Extension(until=until.isoformat())


def moment(text: str, time_zone: str) -> dt.datetime:
    """Read a time as ISO 8601, as of the course's wall clock where it carries no offset; give it as UTC.

    Raises:
        MomentError: it is none.
    """
    try:
        read = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        read = None
    if read is None or read.year not in YEARS:
        raise MomentError(f"{text!r}, expected a time such as 2024-04-16T23:59 or 2024-04-16T20:59Z")
    return read.astimezone(dt.UTC) if read.tzinfo is not None else min(_readings(read, ZoneInfo(time_zone)))


def due_at(policy: LatePolicy) -> dt.datetime:
    """Return the moment from which a submission without extension is late, without grace, as UTC."""
    return _instant(_wall_due(policy, None), policy)


def takes_time_away(policy: LatePolicy, extended: Extension) -> bool:
    """Return whether an extension ends before the deadline that everybody has."""
    return _instant(_wall_due(policy, extended), policy) < due_at(policy)


def decide(
    policy: LatePolicy, submitted: dt.datetime | None, extended: Extension | None = None, days_left: int | None = None
) -> LateDecision:
    """Return what lateness costs.

    A submission that came nobody knows when costs nothing, and that is said. A student without `days_left` has all
    late days of the policy.
    """
    due = _wall_due(policy, extended)
    start = _instant(due, policy)
    if submitted is None:
        return LateDecision(start, None, lines=(NO_TIME,))
    submitted = submitted.astimezone(dt.UTC)
    if submitted <= start:
        return LateDecision(start, submitted)
    lines = [f"due {_wall_text(due)} in {policy.time_zone}, extended by {extended}"] if extended is not None else []
    if extended is not None and extended.until:
        lines = [f"due {_wall_text(due)} in {policy.time_zone}, an extension"]
    late = f"submitted {_elapsed(due, submitted, policy)} late"
    periods = _started(due, submitted, policy)
    if not periods:
        return LateDecision(start, submitted, lines=(*lines, f"{late}, within the {policy.grace_minutes} min of grace"))
    late = f"{late}, so {_begun(periods, policy)}"
    left = policy.late_days if days_left is None else days_left
    used = min(periods, max(0, left))
    charged = periods - used
    if used:
        lines.append(f"{late}: {_counted(used, policy)} of the late days used, {left - used} left")
        late = f"{_counted(charged, policy)} more"
    told = terms(policy, due_is_told=extended is not None)
    decision = partial(LateDecision, start, submitted, periods, used, terms=told)
    if not charged:
        return decision(lines=tuple(lines))
    if policy.periods is None or charged <= policy.periods:
        return decision(charged * policy.deduct, lines=(*lines, late))
    late = f"{late}, more than {_counted(policy.periods, policy)}"
    match policy.then:
        case AfterLast.CAP:
            return decision(at_most=policy.cap, lines=(*lines, f"{late}: at most {counted(policy.cap, 'point')}"))
        case AfterLast.ZERO:
            return decision(at_most=Fraction(0), lines=(*lines, f"{late}: no points"))
        case AfterLast.KEEP:
            return decision(policy.periods * policy.deduct, lines=(*lines, late))


def terms(policy: LatePolicy, *, due_is_told: bool = False) -> str:
    """Write a policy as a sentence, with the deadline where nothing else tells it."""
    period = policy.per.value
    start = "the deadline" if due_is_told else "it"
    each = f"each {period} that begins after {start} takes {counted(policy.deduct, 'point')}"
    clauses = [each] if policy.deduct else []
    if policy.periods is not None:
        after = counted(policy.periods, period)
        clauses += {
            AfterLast.CAP: [f"after {after} at most {counted(policy.cap, 'point')} can be left"],
            AfterLast.ZERO: [f"after {after} nothing is left"],
            AfterLast.KEEP: [f"after {after} no more is taken"],
        }[policy.then]
    if due_is_told:
        return "; ".join(clauses)
    due = dt.datetime.fromisoformat(policy.due)
    return "; ".join([f"due {_wall_text(due)} in {policy.time_zone}", *clauses])


def _wall_due(policy: LatePolicy, extended: Extension | None) -> dt.datetime:
    """Return the deadline as the wall clock shows it."""
    due = dt.datetime.fromisoformat(policy.due)
    if extended is None:
        return due
    if extended.until:
        return dt.datetime.fromisoformat(extended.until)
    due += extended.days * DAY
    if not extended.hours:
        return due
    wall = (_instant(due, policy) + extended.hours * HOUR).astimezone(ZoneInfo(policy.time_zone))
    return wall.replace(tzinfo=None, fold=0)


def _instant(wall: dt.datetime, policy: LatePolicy) -> dt.datetime:
    return max(_readings(wall, ZoneInfo(policy.time_zone)))


def _readings(wall: dt.datetime, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """Return the moments that a time of the wall clock can mean; nearly always they are one."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    return first, second


def shown_by_no_clock(policy: LatePolicy) -> dt.datetime | None:
    """Return what a deadline counts as where the clocks of its zone pass over it, as UTC; None where they show it."""
    due = dt.datetime.fromisoformat(policy.due)
    zone = ZoneInfo(policy.time_zone)
    is_shown = any(one.astimezone(zone).replace(tzinfo=None) == due for one in _readings(due, zone))
    return None if is_shown else _instant(due, policy)


def _boundary(due: dt.datetime, periods: int, policy: LatePolicy) -> dt.datetime:
    """Return the moment when so many periods are over."""
    if policy.per is Period.DAY:
        return _instant(due + periods * DAY, policy)
    return _instant(due, policy) + periods * HOUR


def _started(due: dt.datetime, submitted: dt.datetime, policy: LatePolicy) -> int:
    """Count the periods that have started when something comes after the deadline; grace moves every boundary."""
    effective = submitted - dt.timedelta(minutes=policy.grace_minutes)
    periods = max(0, (effective - _instant(due, policy)) // (DAY if policy.per is Period.DAY else HOUR) - 1)
    while effective > _boundary(due, periods, policy):
        periods += 1
    return periods


def _elapsed(due: dt.datetime, submitted: dt.datetime, policy: LatePolicy) -> str:
    """Write how late something came, in its two largest units that are not zero; days are those of the wall clock."""
    days = max(0, (submitted - _instant(due, policy)) // DAY - 1)
    while _instant(due + (days + 1) * DAY, policy) <= submitted:
        days += 1
    rest = (submitted - _instant(due + days * DAY, policy)) // dt.timedelta(seconds=1)
    units = ((days, "d"), (rest // 3600, "h"), (rest // 60 % 60, "min"), (rest % 60, "s"))
    return " ".join([f"{count} {unit}" for count, unit in units if count][:2]) or "less than a second"


def _begun(periods: int, policy: LatePolicy) -> str:
    """Say how many periods are counted: each that has begun, and not only those that are over."""
    return f"{_counted(periods, policy)} {'has' if periods == 1 else 'have'} begun"


def _counted(periods: int, policy: LatePolicy) -> str:
    return f"{periods} {'d' if policy.per is Period.DAY else 'h'}"


def _wall_text(wall: dt.datetime) -> str:
    return wall.isoformat(" ", "minutes" if not (wall.second or wall.microsecond) else "auto")
