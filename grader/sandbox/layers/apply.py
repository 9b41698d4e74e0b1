"""Confine a forked worker before a line of a student's runs."""

from __future__ import annotations

from grader.errors import ConfinementError
from grader.sandbox.layers.layer import Worker
from grader.sandbox.layers.plan import Plan


def confine(plan: Plan, keep: int, scratch: str | None = None) -> None:
    """Confine this process, a fresh fork of the one that made the plan, for good.

    Descriptors from 0 to `keep - 1` stay open. `scratch` is the folder to write to, where the plan was made for one.

    Raises:
        ConfinementError: a layer could not be put in force. The process must end then, having run nothing.
    """
    worker = Worker(keep=keep, scratch=scratch, parent=plan.parent)
    for _, layer, step in plan.steps:
        try:
            step(worker)
        except OSError as error:
            raise ConfinementError(layer, str(error)) from error
