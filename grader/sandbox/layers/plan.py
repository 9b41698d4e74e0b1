"""Work out once, in a fork server, how its workers are to be confined; a worker only carries it out."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from grader.sandbox.layers import root
from grader.sandbox.layers.layer import Layer, Planned, Request, Stage, Step
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


def prepare(request: Request) -> Plan:
    """Work out how the children of this process are to be confined.

    Call it in the fork server, after its imports: a worker's address space is what is mapped now plus its budget. The
    user to become is passed over where this process may not change its user; the labels then have no "uid".

    Raises:
        ConfinementError: this machine lacks what the profile cannot do without.
        OSError: the machine is out of processes or descriptors.
    """
    readable = (*request.readable, *filter(None, [request.data]))
    request = replace(request, uid=attainable(request.uid), readable=readable)
    request = replace(request, root=root.made_for(request))
    planned = [(layer.name, plan) for layer in LAYERS if (plan := _planned(layer, request))]
    steps = [(stage, name, step) for name, plan in planned for stage, step in plan.steps.items()]
    return Plan(
        labels=tuple(plan.label for _, plan in planned if plan.label),
        steps=tuple(sorted(steps, key=lambda step: step[0])),
        parent=os.getpid(),
        is_enclosed=request.is_enclosed,
    )


def _planned(layer: Layer, request: Request) -> Planned | None:
    if layer.steps:
        return Planned(label=layer.name, steps=layer.steps)
    return layer.plan(request) if layer.plan else None
