"""Find the formats: every module of `exports.single` and `exports.class_grades` is one, loaded when asked for."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Final, TypeVar

from grader.exports.format import ClassFormat, ExportContext, SingleFormat, written
from grader.model import Result
from grader.visibility import View, visible_to

SINGLE: Final = "grader.exports.single"
CLASS_GRADES: Final = "grader.exports.class_grades"

Declared = TypeVar("Declared", SingleFormat, ClassFormat)


def single_names() -> tuple[str, ...]:
    """List the formats of one result."""
    return _names(SINGLE)


def class_names() -> tuple[str, ...]:
    """List the formats of the grades of a class."""
    return _names(CLASS_GRADES)


def single_format(name: str) -> SingleFormat:
    """Load a format of one result."""
    return _declared(SINGLE, name, SingleFormat)


def class_format(name: str) -> ClassFormat:
    """Load a format of the grades of a class."""
    return _declared(CLASS_GRADES, name, ClassFormat)


def exported(result: Result, name: str, view: View, context: ExportContext) -> str:
    """Write a result for this reader in the format of that name.

    Raises:
        ExportError: the context does not hold what the format needs.
    """
    form = single_format(name)
    return written(visible_to(result, View.INSTRUCTOR if form.hides else view), form, context)


def _names(package: str) -> tuple[str, ...]:
    return tuple(sorted(module.name for module in pkgutil.iter_modules(importlib.import_module(package).__path__)))


def _declared(package: str, name: str, kind: type[Declared]) -> Declared:
    declared = importlib.import_module(f"{package}.{name}").FORMAT
    if not isinstance(declared, kind):
        raise TypeError(f"FORMAT of {package}.{name} is a {type(declared).__name__}, expected {kind.__name__}")
    return declared
