"""The least isolation that a course asks for, and what to do on a machine that has less."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from grader.sandbox.layers.registry import LAYERS

ADVICE: Final[Mapping[str, str]] = {layer.name: layer.advice for layer in LAYERS if layer.advice}
"""How to get each layer that a course may ask for."""

REQUIRABLE: Final = tuple(ADVICE)


def unmet(required: Iterable[str], in_force: Sequence[str]) -> tuple[str, ...]:
    """Return how to get each layer that is asked for and not in force, a sentence each.

    `required` are names out of `REQUIRABLE`, `in_force` layers as a result records them, `landlock:7` among them.
    """
    names = {layer.partition(":")[0] for layer in in_force}
    return tuple(
        f"the course asks for the layer {name}, which is not in force here: {ADVICE[name]}"
        for name in dict.fromkeys(required)
        if name not in names
    )
