"""Which of the modules that submissions may import are not installed here, and what may be meant instead."""

from __future__ import annotations

import difflib
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder
from typing import Final

from grader.course.assignment import RUBRIC, CourseAssignment
from grader.course.validation import path_in_course, quoted
from grader.errors import CourseError, Problem
from grader.model.assignment import Runtime

KEY: Final = "runtime.modules"
OPTIONAL: Final = "runtime.optional"


def refuse_mistyped_modules(course: CourseAssignment) -> None:
    """Refuse names of [runtime] that are no modules and by all appearances mistyped. Nothing is imported.

    A name that is near to nothing may well be a module that this machine lacks: whoever starts workers says so.

    Raises:
        CourseError: with each of them, and the module that is probably meant.
    """
    where = path_in_course(course.folder / RUBRIC)
    problems = [Problem(where, KEY, text) for text in _faults(course.assignment.runtime.modules)]
    optional = (text for name in course.assignment.runtime.optional if (text := _form_fault(name)))
    problems += [Problem(where, OPTIONAL, text) for text in optional]
    if problems:
        raise CourseError(tuple(problems))


def with_optional_modules(runtime: Runtime) -> Runtime:
    """Put those of its optional modules that are installed here among the modules of a runtime. Nothing is imported."""
    here = (name for name in runtime.optional if name not in runtime.modules and _is_installed(name))
    return replace(runtime, modules=(*runtime.modules, *here))


def _faults(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if fault := _form_fault(name):
            yield fault
        elif not _is_installed(name) and (near := _nearest(name)):
            yield f"{quoted(name)} is no module that is installed here; the nearest: {near}"


def _form_fault(name: str) -> str:
    """Return what is wrong with the form of a module's name; nothing where it has that of one."""
    if all(step.isidentifier() for step in name.split(".")):
        return ""
    provided = _modules_of(name)
    meant = f" such as {provided}, which {name} brings" if provided else ", as in `import numpy`"
    return f"is {quoted(name)}, expected the name of a module{meant}"


def _modules_of(distribution: str) -> str:
    """Return a module that a distribution brings, as scikit-learn does sklearn; nothing where it is not installed."""
    wanted = distribution.lower().replace("_", "-")
    for module, brought_by in sorted(metadata.packages_distributions().items()):
        if not module.startswith("_") and wanted in {one.lower().replace("_", "-") for one in brought_by}:
            return module
    return ""


def _is_installed(name: str) -> bool:
    top, *rest = name.split(".")
    if top in sys.builtin_module_names:
        return not rest
    spec = PathFinder.find_spec(top)
    for depth in range(len(rest)):
        if spec is None or spec.submodule_search_locations is None:
            break
        inner = ".".join((top, *rest[: depth + 1]))
        spec = PathFinder.find_spec(inner, list(spec.submodule_search_locations))
    # What a module makes of itself as it is imported, such as os.path, no file shows.
    return spec is not None


def _nearest(name: str) -> str:
    """Name the installed modules whose names are nearest, of the same package where that is installed."""
    parent, _, last = name.rpartition(".")
    if not parent:
        known = {one.name for one in pkgutil.iter_modules()} | sys.stdlib_module_names
        prefix = ""
    else:
        spec: ModuleSpec | None = PathFinder.find_spec(parent) if "." not in parent else None
        if spec is None or spec.submodule_search_locations is None:
            return ""
        known, prefix = {one.name for one in pkgutil.iter_modules(spec.submodule_search_locations)}, f"{parent}."
    near = difflib.get_close_matches(last, (one for one in known if not one.startswith("_")), n=3, cutoff=0.8)
    return ", ".join(f"{prefix}{one}" for one in near)
