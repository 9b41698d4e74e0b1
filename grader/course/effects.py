"""What each field of a rubric affects, read from the annotations of the rubric's types."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

from grader.model.affects import Affects


@functools.cache
def effects(rubric_type: type) -> Mapping[str, Affects | type]:
    """Return what each field of a rubric's type affects; of a row or a table of rows its type, whose own fields say so.

    Raises:
        TypeError: a field, or one of a row within, does not declare it.
    """
    hints = get_type_hints(rubric_type, include_extras=True)
    return {field.name: _effect(rubric_type, field.name, hints[field.name]) for field in fields(rubric_type)}


def _effect(rubric_type: type, name: str, hint: Any) -> Affects | type:  # noqa: ANN401  # any annotation
    rows: list[type] = [row for row in (hint, *get_args(hint)) if isinstance(row, type) and is_dataclass(row)]
    if rows:
        effects(rows[0])
        return rows[0]
    said = [mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Affects)]
    if said:
        return said[0]
    choices = ", ".join(f"Affects.{affects.name}" for affects in Affects)
    raise TypeError(
        f"{rubric_type.__name__}.{name} does not declare what it affects: annotate its type with one of {choices}"
    )


def affecting(row: object, affects: Affects, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the fields of a row that affect this, by name and in their order; of rows within it theirs, if any."""
    found: dict[str, Any] = {}
    for name, effect in effects(type(row)).items():  # type: ignore[arg-type]  # a class is hashable
        value = getattr(row, name)
        if isinstance(effect, type):
            value = _within(value, affects)
        if name not in without and (value if isinstance(effect, type) else effect is affects):
            found[name] = value
    return found


def _within(value: object, affects: Affects) -> list[dict[str, Any]] | dict[str, Any]:
    if isinstance(value, tuple):
        return [found for row in value if (found := affecting(row, affects))]
    return {} if value is None else affecting(value, affects)
