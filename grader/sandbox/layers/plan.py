"""Work out once, in a fork server, how its workers are to be confined; a worker only carries it out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from grader.model import Profile
from grader.sandbox.layers.layer import Limits, Request, Stage, Step
from grader.sandbox.layers.registry import LAYERS
from grader.sandbox.layers.uid import attainable


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a worker needs to confine itself.

    `labels` name its layers, for the record of a result. `steps` are by stage the name of a layer and what it does.
    `parent` is the process that forks workers; an `is_enclosed` worker is the first of a process namespace.
    """

    labels: tuple[str, ...]
    steps: tuple[tuple[Stage, str, Step], ...]
    parent: int
    is_enclosed: bool


def prepare(
    profile: Profile, limits: Limits, uid: int | None = None, *, readable: Sequence[str] = (), scratch: bool = False,
    data: str = "", entered: tuple[str, ...] = (),
) -> Plan:  # fmt: skip
    """Work out how the children of this process are to be confined.

    Call it in the fork server, after its imports: a worker's address space is what is mapped now plus its budget.

    Args:
        profile: What the workers may ask of the kernel.
        limits: What each may use.
        uid: The user and group to become. It is passed over where this process may not change its user; the labels
            then have no "uid".
        readable: Files and folders that a profile with files may read.
        scratch: Whether each worker of such a profile is given a folder to write to.
        data: A folder that it may read by the name of `data`; none where it is empty.
        entered: The namespaces that this process has entered.

    Raises:
        ConfinementError: this machine lacks what the profile cannot do without.
        OSError: the machine is out of processes or descriptors.
    """
    request = Request(
        profile=profile, limits=limits, uid=attainable(uid), readable=(*readable, *((data,) if data else ())),
        scratch=scratch, data=data, entered=entered,
    )  # fmt: skip
    planned = [(layer.name, plan) for layer in LAYERS if layer.plan is not None and (plan := layer.plan(request))]
    steps = [(stage, name, step) for name, plan in planned for stage, step in plan.steps.items()]
    return Plan(
        labels=tuple(plan.label for _, plan in planned if plan.label),
        steps=tuple(sorted(steps, key=lambda step: step[0])),
        parent=os.getpid(),
        is_enclosed=request.is_enclosed,
    )
