"""Walk the trees of lists and dicts that drivers take and return."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from grader.model.observation import Value

Path: TypeAlias = tuple[str | int, ...]
"""The keys and indices that lead to a place in a tree."""


def leaves(value: Value, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    """List the arrays and scalars of a tree with the way to each."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def with_own_containers(value: Value) -> Value:
    """Copy the lists and dicts of a tree, whose arrays stay the same: what is taken out of one stays in the other."""
    if isinstance(value, dict):
        return {key: with_own_containers(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(with_own_containers, value))
    return value


def leaf_at(value: Value, path: Path) -> Value:
    """Follow a path into a tree; None when it ends before."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list | tuple) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value
