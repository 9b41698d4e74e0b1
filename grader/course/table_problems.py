"""What is wrong in a TOML file of the course: each problem with its key, what is there, and what is expected."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic_core import CoreSchema, ValidationError

from grader.course.validation import key_at, path_in_course, quoted
from grader.errors import CourseError, Problem

MAYBE_MARKED: Final = "utf-8-sig"
"""The encoding of code and TOML: UTF-8 with or without the byte order mark that some editors write."""
FORMS: Final[Mapping[str, str]] = {
    "string_type": "a text in quotes",
    "list_type": 'a list such as ["a", "b"]',
    "dict_type": "a table",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "datetime_type": "a day and a time such as 2027-04-16T23:59:00",
}
"""What may stand for a value, by pydantic's name of what is wrong with it."""
SCHEMA_FORMS: Final[Mapping[str, str]] = {
    "str": "string_type",
    "list": "list_type",
    "bool": "bool_type",
    "int": "int_type",
    "float": "float_type",
    "datetime": "datetime_type",
}
"""The same, by pydantic's name of a schema."""
_AT_LINE: Final = re.compile(r" \(at line (\d+), column \d+\)$")
_PYTHONS: Final = re.compile(r"= *(True|False|None)\b")
_COLON: Final = re.compile(r"^\s*[\w.-]+ *: ")


def problems_of(error: ValidationError, file: str, schema: CoreSchema | None = None) -> list[Problem]:
    """Return what pydantic found as problems, each with its key.

    Args:
        error: What it found.
        file: The file, as people speak of it.
        schema: What was expected, from which keys that are missing or unknown are explained.
    """
    found = []
    for entry in error.errors():
        place = tuple(step for step in entry["loc"] if step != "[key]")
        found.append(Problem(file, key_at(place), _expectation(dict(entry), place, schema)))
    return found


def _expectation(entry: dict[str, Any], place: tuple[int | str, ...], schema: CoreSchema | None) -> str:
    """Format what pydantic found, with the value that was there."""
    match entry["type"]:
        case "missing":
            expected = form_of(schema_at(schema, place), str(place[-1]))
            return f"is missing, expected {expected}" if expected else "is missing"
        case "extra_forbidden":
            return f"is no known key{_meant(entry, place, schema)}"
        case "value_error":
            return str(entry["ctx"]["error"])
        case "too_short":
            least = entry["ctx"]["min_length"]
            return f"is {quoted(entry['input'])}, expected at least {least} {'entry' if least == 1 else 'entries'}"
        case kind if kind in FORMS:
            expected = form_of(schema_at(schema, place), str(place[-1])) if place else ""
            return f"is {quoted(entry['input'])}, expected {expected or FORMS[kind]}"
    return f"is {quoted(entry['input'])}, expected {entry['msg'].removeprefix('Input should be ')}"


def _meant(entry: dict[str, Any], place: tuple[int | str, ...], schema: CoreSchema | None) -> str:
    """Say what an unknown key may stand for: the nearest of its table's keys, or the table that has such a key."""
    key, siblings = str(place[-1]), [*keys_of(schema_at(schema, place[:-1]))]
    if near := difflib.get_close_matches(key, siblings, n=1):
        return f"; the nearest is {near[0]}"
    if len(place) > 1 and key in keys_of(schema):
        table = ".".join(str(step) for step in place[:-1] if isinstance(step, str))
        heading = f"[[{table}]]" if isinstance(place[-2], int) else f"[{table}]"
        return f" of {heading}: {key} stands at the top of the file, before the first [table]"
    if len(place) > 1 and place[0] == "checks" and isinstance(entry["input"], dict):
        return f": a check has one name without dots, expected [checks.{key}]"
    homes = [table for table in keys_of(schema) if key in keys_of(schema_at(schema, (table,)))]
    if len(homes) == 1 and schema_at(schema, (homes[0],)).get("type") == "typed-dict":
        return f"; one of that name stands in [{homes[0]}]"
    return f", expected one of {', '.join(siblings)}" if siblings else ""


def schema_at(schema: CoreSchema | None, place: tuple[int | str, ...]) -> dict[str, Any]:
    """Return the schema of what stands at a place, of the functions that check it afterwards taken off; else none."""
    here: dict[str, Any] = dict(schema or {})
    for step in (*place, None):
        while "schema" in here and here.get("type") != "typed-dict-field":
            here = dict(here["schema"])
        if step is None:
            return here
        match here.get("type"):
            case "typed-dict":
                here = dict(_entries(here).get(str(step), {}))
                here = dict(here.get("schema", {}))
            case "list":
                here = dict(here.get("items_schema", {}))
            case "dict":
                here = dict(here.get("values_schema", {}))
            case _:
                return {}
    return here


def keys_of(schema: Mapping[str, Any] | None) -> tuple[str, ...]:
    """List the keys of a table."""
    return tuple(_entries(schema_at(dict(schema or {}), ())))


def form_of(schema: Mapping[str, Any], key: str) -> str:
    """Say what may stand for a value; nothing where its schema does not tell."""
    kind = str(schema.get("type"))
    if kind == "list" and schema_at(schema["items_schema"], ()).get("type") == "typed-dict":
        required = _required(schema_at(schema["items_schema"], ()))
        return f"tables [[{key}]]" + (f" with {', '.join(required)}" if required else "")
    if kind == "typed-dict":
        required = _required(schema)
        return f"a table [{key}]" + (f" with {', '.join(required)}" if required else "")
    if kind == "dict":
        return f"tables such as [{key}.a_name]"
    return FORMS[SCHEMA_FORMS[kind]] if kind in SCHEMA_FORMS else ""


def _entries(schema: Mapping[str, Any]) -> dict[str, Any]:
    fields: Mapping[str, Any] = schema.get("fields", {})
    return {field.get("validation_alias") or name: field for name, field in fields.items()}


def _required(schema: Mapping[str, Any]) -> list[str]:
    return [key for key, field in _entries(schema).items() if field.get("required")]


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file of the course.

    Raises:
        CourseError: it cannot be read or is not TOML.
    """
    place = path_in_course(path)
    try:
        text = path.read_text(encoding=MAYBE_MARKED)
        return tomllib.loads(text)
    except FileNotFoundError:
        near = _other_name(path)
        raise CourseError((Problem(place, "", f"is missing{f'; {near} is there' if near else ''}"),)) from None
    except IsADirectoryError:
        raise CourseError((Problem(place, "", "is a folder, expected a file"),)) from None
    except OSError as error:
        raise CourseError((Problem(place, "", f"cannot be read: {error.strerror}"),)) from None
    except UnicodeDecodeError as error:
        raise CourseError((Problem(place, "", not_utf_8(error)),)) from None
    except tomllib.TOMLDecodeError as error:
        raise CourseError(tuple(_toml_problems(text, str(error), place))) from None
    except (ValueError, RecursionError) as error:  # integers of a mile, nesting without end
        raise CourseError((Problem(place, "", f"is not TOML: {error}"),)) from None


def not_utf_8(error: UnicodeDecodeError) -> str:
    """Say where a text is not in the encoding that is expected of every file of a course."""
    line = error.object.count(b"\n", 0, error.start) + 1
    wide = error.object.startswith((b"\xff\xfe", b"\xfe\xff"))
    guess = "it looks like UTF-16" if wide else f"byte 0x{error.object[error.start]:02x} in line {line} is none of it"
    return f"is not UTF-8: {guess}, expected a file that was saved as UTF-8"


def _other_name(path: Path) -> str:
    """Return a file beside a missing one whose name differs only in its case or by a letter."""
    beside = [one.name for one in path.parent.iterdir() if one.is_file()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name.lower(), [name.lower() for name in beside], n=1, cutoff=0.85)
    return next((name for name in beside if near and name.lower() == near[0]), "")


def _toml_problems(text: str, said: str, place: str) -> Iterator[Problem]:
    """Say in which line a text is not TOML, what stands there and what is expected."""
    found = _AT_LINE.search(said)
    if found is None:  # at the end of the document
        yield Problem(place, "", f"is not TOML: {said}")
        return
    number, what = int(found[1]), said[: found.start()]
    lines = text.split("\n")
    line = lines[number - 1].strip() if number <= len(lines) else ""
    if python := _PYTHONS.search(line):
        word = {"True": "true", "False": "false"}.get(python[1], "no line at all for a key without a value")
        what = f"{python[1]} is Python's, expected {word}"
    elif _COLON.match(line) and "=" in what:
        what = "expected = between key and value"
    elif what.startswith("Cannot declare") or (what.startswith("Cannot mutate") and line.startswith("[")):
        what = "this table stands there twice"
    elif what.startswith("Cannot overwrite"):
        what = f"{line.partition('=')[0].strip()} stands there twice"
    elif "'\\n'" in what or "Unterminated" in what:
        what = "a text ends without its quotation mark"
    elif what == "Invalid value":
        what = "expected a text in quotes, a number, true, false or a list"
    yield Problem(place, f"line {number}", f"is not TOML: {what}: {quoted(line)}")
