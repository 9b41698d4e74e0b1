"""Tuples on their way between a test and a submission: what is sent has lists alone, and tests may tell them apart."""

from __future__ import annotations

from typing import Any, Final

TUPLE: Final = "()"
"""The key of a dict that stands for a tuple."""


def packed(value: Any) -> Any:  # noqa: ANN401  # any tree
    """Return a tree in which a dict of one key stands for each tuple."""
    if isinstance(value, tuple):
        return {TUPLE: [packed(item) for item in value]}
    if isinstance(value, list):
        return [packed(item) for item in value]
    if isinstance(value, dict):
        return {key: packed(item) for key, item in value.items()}
    return value


def unpacked(value: Any) -> Any:  # noqa: ANN401  # any tree
    """Return a tree with its tuples again."""
    if isinstance(value, dict):
        if value.keys() == {TUPLE} and isinstance(value[TUPLE], list):
            return tuple(unpacked(item) for item in value[TUPLE])
        return {key: unpacked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [unpacked(item) for item in value]
    return value
