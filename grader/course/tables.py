"""What may stand in a table of TOML, made from a dataclass: a field that is added there is read as it is declared."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from enum import StrEnum
from fractions import Fraction
from functools import partial
from typing import Any, Final, get_args, get_origin, get_type_hints

from pydantic_core import CoreConfig, CoreSchema, core_schema

from grader.course.validation import quoted

Fields = dict[str, Any]
"""What stands in a table, checked, by the names of the fields that it is for."""


def table_of(
    row_type: type,
    *,
    forms: Mapping[str, CoreSchema] | None = None,
    keys: Mapping[str, str] | None = None,
    without: tuple[str, ...] = (),
    besides: Mapping[str, CoreSchema] | None = None,
) -> CoreSchema:
    """Make the schema of a table from a dataclass.

    Args:
        row_type: What the table is about. Fields without a default have to stand in the table.
        forms: What may stand for those of its fields whose type does not say it.
        keys: The keys of fields that have another name in the table.
        without: Fields that do not stand in the table.
        besides: Keys that may stand there too, and are no fields.

    Returns:
        A schema that gives `Fields`: what stands in the table, so that the dataclass alone knows the defaults.

    Raises:
        TypeError: the type of a field does not say what may stand for it, and no form does.
    """
    hints, forms, keys = get_type_hints(row_type), forms or {}, keys or {}
    entries = {
        field.name: core_schema.typed_dict_field(
            forms[field.name] if field.name in forms else _of_type(hints[field.name]),
            required=field.default is MISSING and field.default_factory is MISSING,
            validation_alias=keys.get(field.name),
        )
        for field in fields(row_type)
        if field.name not in without
    }
    for key, schema in (besides or {}).items():
        entries[key] = core_schema.typed_dict_field(schema, required=False)
    return table(entries)


def table(entries: dict[str, core_schema.TypedDictField]) -> CoreSchema:
    """Read a table of these keys and no others; a value of one type is never read as one of another."""
    return core_schema.typed_dict_schema(entries, extra_behavior="forbid", config=CoreConfig(strict=True))


def _of_type(hint: Any) -> CoreSchema:  # noqa: ANN401  # any annotation
    if hint in BY_TYPE:
        return BY_TYPE[hint]
    if get_origin(hint) is tuple:
        return list_of(_of_type(get_args(hint)[0]))
    if get_origin(hint) is dict:
        return core_schema.dict_schema(core_schema.str_schema(), _of_type(get_args(hint)[1]))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return checked(core_schema.str_schema(), partial(_one_of, tuple(hint)), hint)
    raise TypeError(f"{hint} does not say what may stand for it in a table: give the field a form")


def checked(schema: CoreSchema, *steps: Callable[[Any], Any]) -> CoreSchema:
    """Pass what a schema gives through functions, which refuse it with a ValueError or make something of it."""
    for step in steps:
        schema = core_schema.no_info_after_validator_function(step, schema)
    return schema


def list_of(items: CoreSchema, min_length: int | None = None) -> CoreSchema:
    """Read a list as a tuple."""
    return checked(core_schema.list_schema(items, min_length=min_length), tuple)


def one_of(*words: str) -> CoreSchema:
    """Read one of these words."""
    return checked(core_schema.str_schema(), partial(_one_of, words))


def number(*, ge: float | None = None, gt: float | None = None, le: float | None = None) -> CoreSchema:
    """Read a number within limits as the decimal that was written."""
    return checked(core_schema.float_schema(ge=ge, gt=gt, le=le, allow_inf_nan=False), exact)


def count(ge: int, le: int | None = None) -> CoreSchema:
    """Read a whole number within limits."""
    return core_schema.int_schema(ge=ge, le=le)


def exact(number: float) -> Fraction:
    """Return points as the decimal number that was written, not as its binary neighbour."""
    return Fraction(repr(number))


def _one_of(words: tuple[str, ...], text: str) -> str:
    if text not in words:
        raise ValueError(f"is {quoted(text)}, expected {', '.join(words)}")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty, expected a text")
    if control := next((one for one in text if unicodedata.category(one) == "Cc" and one not in "\n\t"), ""):
        raise ValueError(f"holds the control character U+{ord(control):04X}, expected text alone")
    return text


TEXT: Final = checked(core_schema.str_schema(), _not_blank)
BY_TYPE: Final[Mapping[Any, CoreSchema]] = {
    str: TEXT,
    bool: core_schema.bool_schema(),
    float: core_schema.float_schema(gt=0, le=24 * 3600),  # seconds
    Fraction: number(ge=0, le=1_000_000),  # points
}
"""What may stand for a field of a type, where nothing else is said."""
