"""The errors of importing a submission that a driver may raise or catch."""

from __future__ import annotations

from grader.errors import MissingError

__all__ = ["MissingError"]
