"""How far the judging of one submission is. Pure data."""

from __future__ import annotations

from dataclasses import dataclass

from grader.model.assignment import Check
from grader.model.status import Status


@dataclass(frozen=True, slots=True)
class Ended:
    """A check that has ended, and how, before anything is known of why."""

    check: Check
    status: Status
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Which check runs now, of how many; those that have ended, in order. `check` is empty once all have."""

    check: str
    of: int
    ended: tuple[Ended, ...]
