"""A variant of an assignment: what of it is one student's own. Pure data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Constant: TypeAlias = bool | int | float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One of an assignment's variants, by its number, with the constants that its text and its files have.

    `student` is whose it is, in a hand-out: what stands there is believed by nobody who grades others. Where
    `has_inputs`, the inputs of checks are drawn for it.
    """

    number: int
    constants: Mapping[str, Constant] = field(default_factory=dict)
    student: str = ""
    has_inputs: bool = False

    def seed(self, seed: int) -> int:
        """Return what the inputs of this variant are drawn from, 32 bits, given what all variants have."""
        if not self.has_inputs:
            return seed
        return int.from_bytes(hashlib.sha256(f"{seed}/{self.number}".encode()).digest()[:4], "big")
