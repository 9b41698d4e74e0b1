"""Find out which layers of the sandbox this machine can put in force, by trying each in a child that ends at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grader.sandbox.layers.layer import Layer
from grader.sandbox.layers.registry import LAYERS

REQUIRED: Final = tuple(layer.name for layer in LAYERS if layer.is_required)
"""Layers without which no submission is run; all of them need no privilege."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What trying a layer gave. `detail` is a sentence: what was seen, and what would help."""

    name: str
    in_force: bool
    detail: str


def probed(layer: Layer, uid: int) -> ProbeResult | None:
    """Try a layer; None for one that cannot be missing."""
    if layer.probe is None:
        return None
    try:
        return ProbeResult(layer.name, *layer.probe(uid))
    except OSError as error:
        return ProbeResult(layer.name, in_force=False, detail=f"the trial failed: {error}")


def examine(uid: int = 61001) -> tuple[ProbeResult, ...]:
    """Try every layer, those first that are required, where workers of a grader that is root become this user."""
    if sys.platform != "linux":
        return (ProbeResult("seccomp", in_force=False, detail=f"the system is {sys.platform}, expected linux"),)
    ordered = sorted(LAYERS, key=lambda layer: not layer.is_required)
    return tuple(result for layer in ordered if (result := probed(layer, uid)) is not None)


def required_missing(results: Sequence[ProbeResult], required: Sequence[str] = REQUIRED) -> tuple[ProbeResult, ...]:
    """Return the required layers that are not in force; one that was never tried is not."""
    found = {result.name: result for result in results}
    untried = f"no layer has this name; tried are {', '.join(found)}"
    wanted = [found.get(name, ProbeResult(name, in_force=False, detail=untried)) for name in required]
    return tuple(result for result in wanted if not result.in_force)
