"""The statuses that a driver may give to a row of answers: `Status.UNWRITTEN` or `Status.FAILED`."""

from __future__ import annotations

from grader.model import Status

__all__ = ["Status"]
