"""Put into words why a name of a notebook has no value."""

from __future__ import annotations

import re
from typing import Final

from grader.model.submission import SourceMap

# What the worker says of a name that no statement of a notebook gave a value, and what only the compiler finds there.
PHRASES: Final = (
    "name '{name}' is not defined: line {number} computes {name} and failed with {name}",
    "duplicate argument '{name}' in function definition",
    "name '{name}' is assigned to before global declaration",
    "name '{name}' is used prior to global declaration",
    "name '{name}' is parameter and global",
    "no binding for nonlocal '{name}' found",
    "'{name}' outside function",
    "'{name}' outside async function",
    "'{name}' outside loop",
    "'{name}' not properly in loop",
)

_NOT_RUN: Final = re.compile(
    r"(?P<what>name '\w+' is not defined): line (?P<line>\d+) computes (?P<name>\w+) and failed with (?P<error>\w+)"
)
_MISSING_NAME: Final = re.compile(r"\Aname '(\w+)' is not defined\Z|\Adefines no (\w+)\Z")
_KEPT_BY_JUPYTER: Final = re.compile(r"_{1,3}|_i{0,3}|_i?\d+|_[io]h|In|Out")
_OF_JUPYTER: Final = "Jupyter keeps under it what cells held or showed, which is not kept here: give the value a name"
_UNAVAILABLE: Final = {
    "ModuleNotFoundError": "what it imports is not available here",
    "TimeoutError": "it takes too long",
}


def with_reason(text: str, source_map: SourceMap | None) -> str:
    """Add to a text about a missing name why it is missing, as far as the notebook shows it.

    Args:
        text: What the worker says of it.
        source_map: Where the lines of its module come from; None where it is no notebook's.
    """
    if source_map is None:
        return text
    if failed := _NOT_RUN.fullmatch(text):
        cell, _ = source_map.locate(int(failed["line"]))
        why = _UNAVAILABLE.get(failed["error"], f"it failed with {failed['error']}")
        return f"{failed['what']}: cell {cell} computes `{failed['name']}` and was not run: {why}"
    named = _MISSING_NAME.search(text)
    name = (named[1] or named[2]) if named else ""
    why = source_map.left_out.get(name, _OF_JUPYTER if _KEPT_BY_JUPYTER.fullmatch(name) else "")
    return f"{text}: {why}" if why else text
