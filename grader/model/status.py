"""How a check ended, and how a run ended for a submission. Pure data."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """How a check ended. The set is closed; only PASSED earns points."""

    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"
    UNWRITTEN = "unwritten"
    RAISED = "raised"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    DIED = "died"
    FORBIDDEN = "forbidden"
    VOID = "void"


class Answer(StrEnum):
    """Whether there is something to judge for a check. The set is closed."""

    GIVEN = "given"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    UNTOLD = "untold"  # it waits for a check that is not shown either, or could


class Outcome(StrEnum):
    """How a run ended for one submission. The set is closed; only GRADED has a score that counts."""

    GRADED = "graded"
    VOID = "void"  # the course's own code failed: no score until it is repaired
    UNREADABLE = "unreadable"
    FAILED = "failed"  # the machine's fault or a bug of ours: graded again with the next run
    UNDECIDED = "undecided"  # one of several, and nobody said which counts
    SUPERSEDED = "superseded"  # one of several, and another counts
    MISSING = "missing"  # on the roster, and nothing was handed in
