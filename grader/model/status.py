"""How a check ended. Pure data."""

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
