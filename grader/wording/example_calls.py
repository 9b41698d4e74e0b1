"""Inputs of a driver as a person writes them on a board: `Conv2D(1, 1, kernel_size=1, stride=2)`. Pure.

What a course names its classes and their arguments comes from the signatures that it asks for, what a driver takes by
default from its text.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from grader.model.python_tree import python_tree

TYPE: Final = "type"  # what a dict calls the class that it describes
_MAKING: Final = ".__init__"
_CLASS: Final = "class("
Writer = Callable[[object], str]


@dataclass(frozen=True, slots=True)
class Written:
    """A call that is written already."""

    text: str


def as_on_a_board(
    inputs: Mapping[str, Any], asked: Mapping[str, str], drivers: str, driver: str, write: Writer
) -> dict[str, Any]:
    """Put calls of the course's classes in the place of what describes them, and leave out what goes without saying.

    Args:
        inputs: What a driver is given.
        asked: The signatures that the assignment asks for, by `file:dotted.name`.
        drivers: The text of the assignment's drivers.
        driver: The name of the one that is called.
        write: Writes a value.

    Returns:
        Inputs to be written; a call stands under an empty name.
    """
    classes = _classes(asked)
    defaults = _defaults(drivers, driver)
    kept = {name: value for name, value in inputs.items() if not _goes_without_saying(name, value, defaults)}
    words = {word: made for word, made in _words(drivers).items() if made in classes or made in _functions(asked)}
    made = {name: words.get(value, value) for name, value in kept.items() if isinstance(value, str)}
    kind = next((name for name, value in made.items() if value in classes or kept[name] in words), None)
    fits = _are_named if kind is not None and kept[kind] in words else _are_scalars
    given = next((name for name, value in inputs.items() if fits(value)), None) if kind is not None else None
    found: dict[str, Any] = {}
    for name, value in kept.items():
        if name == kind and given is not None:
            makers = classes | _functions(asked)
            found[""] = Written(", ".join(_calls(made[name], inputs[given], makers, write)))
        elif name != given:
            found[name] = _described(value, classes, write)
    return found


def _classes(asked: Mapping[str, str]) -> dict[str, str]:
    """List the classes that are asked for, with what making one takes: nothing where no `__init__` is asked for."""
    found: dict[str, str] = {}
    for key, said in asked.items():
        name = key.rpartition(":")[2]
        if name.endswith(_MAKING):
            found[name.removesuffix(_MAKING)] = said
        elif said.startswith(_CLASS):
            found.setdefault(name, "")
    return found


def _functions(asked: Mapping[str, str]) -> dict[str, str]:
    """List the functions that are asked for, with what they take behind a first parameter, as methods do."""
    found = {key.rpartition(":")[2]: said for key, said in asked.items() if said.startswith("(")}
    return {name: f"(self, {said[1:]}" for name, said in found.items() if "." not in name}


@lru_cache(maxsize=16)
def _words(drivers: str) -> Mapping[str, str]:
    """Return what a table of the drivers calls by a word of its own: `{"mbconv": ("layers", "MBConv", ...)}`."""
    nodes = python_tree(drivers).body
    tables = [node.value for node in nodes if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)]
    rows = [row for table in tables for row in zip(table.keys, table.values, strict=True)]
    return {
        word.value: name.value
        for word, (_, name, *_) in (
            (word, row.elts) for word, row in rows if isinstance(row, ast.Tuple) and len(row.elts) > 1
        )
        if isinstance(word, ast.Constant)
        and isinstance(word.value, str)
        and isinstance(name, ast.Constant)
        and isinstance(name.value, str)
    }


def _goes_without_saying(name: str, value: object, defaults: Mapping[str, object]) -> bool:
    is_default = name in defaults and type(value) is type(defaults[name]) and value == defaults[name]
    return is_default or (isinstance(value, dict | list | tuple) and not value)


def _are_scalars(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, int | float | str) for item in value)


def _are_named(value: object) -> bool:
    """Return whether a value may be what a call is given by name, or what each of several calls is."""
    several = value if isinstance(value, list | tuple) and value else [value]
    return all(isinstance(one, Mapping) and _are_scalars([*one.values()]) for one in several)


def _calls(name: str, given: Any, makers: Mapping[str, str], write: Writer) -> Iterator[str]:  # noqa: ANN401  # see above
    """Write the calls of what is made by a name: one, or one for each of several sets of named arguments."""
    several = given if isinstance(given, list | tuple) and given and isinstance(given[0], Mapping) else [given]
    for one in several:
        is_named = isinstance(one, Mapping)
        yield _call(name, () if is_named else one, one if is_named else {}, makers, write)


def _described(value: object, classes: Mapping[str, str], write: Writer) -> object:
    """Put calls in the place of dicts that describe one by its `type`, however deep."""
    if isinstance(value, list | tuple):
        return [_described(item, classes, write) for item in value]
    if not isinstance(value, Mapping):
        return value
    kind = value.get(TYPE)
    others = {str(name): item for name, item in value.items() if name != TYPE}
    if (
        isinstance(kind, str)
        and kind.isidentifier()
        and all(isinstance(one, int | float | str) for one in others.values())
    ):
        return Written(_call(kind, (), others, classes, write))
    return {name: _described(item, classes, write) for name, item in value.items()}


def _call(
    name: str, positional: Sequence[object], named: Mapping[str, object], classes: Mapping[str, str], write: Writer
) -> str:
    """Write a call: what has no default by its place, the rest by name, and what is as by default not at all."""
    taken = _parameters(classes.get(name, ""))
    if len(positional) > len(taken):
        taken = {}
    given = {**dict(zip(taken, positional, strict=False)), **named}
    parts = [] if taken else [write(item) for item in positional]
    is_in_place = True
    for parameter, value in given.items():
        has_default, default = taken.get(parameter, (True, None))
        if has_default and default is not None and type(default) is type(value) and default == value:
            is_in_place = False
            continue
        is_in_place &= not has_default
        parts.append(write(value) if is_in_place else f"{parameter}={write(value)}")
    return f"{name}({', '.join(parts)})"


@lru_cache(maxsize=64)
def _parameters(signature: str) -> Mapping[str, tuple[bool, object]]:
    """Return the parameters of `(self, kernel_size: int = 3)` but the first: whether each has a default, and which."""
    try:
        node = ast.parse(f"def made{signature}: pass").body[0]
    except (SyntaxError, ValueError):
        return {}
    if not isinstance(node, ast.FunctionDef):
        return {}
    defaults = dict(_defaults_of(node))
    every = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return {name: (name in defaults, defaults.get(name)) for name in every[1:]}


@lru_cache(maxsize=16)
def _defaults(text: str, function: str) -> Mapping[str, object]:
    """Return what a function of a text takes by default, as far as it is a plain value."""
    nodes = python_tree(text).body
    return next(
        (dict(_defaults_of(node)) for node in nodes if isinstance(node, ast.FunctionDef) and node.name == function), {}
    )


def _defaults_of(node: ast.FunctionDef) -> Iterator[tuple[str, object]]:
    given = node.args
    names = [one.arg for one in (*given.posonlyargs, *given.args)]
    pairs = [*zip(names[len(names) - len(given.defaults) :], given.defaults, strict=True)]
    pairs += [
        (one.arg, value) for one, value in zip(given.kwonlyargs, given.kw_defaults, strict=True) if value is not None
    ]
    for name, value in pairs:
        if isinstance(value, ast.Constant):
            yield name, value.value
