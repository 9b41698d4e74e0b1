"""Which of the modules that submissions may import are not installed here, and what may be meant instead."""

from __future__ import annotations

import difflib
import pkgutil
import shlex
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder
from typing import Final

from grader.course.assignment import RUBRIC, CourseAssignment
from grader.course.installation import required
from grader.course.validation import path_in_course, quoted
from grader.errors import CourseError, MachineError, Problem
from grader.model.assignment import Runtime

KEY: Final = "runtime.modules"
OPTIONAL: Final = "runtime.optional"


def refuse_missing_modules(course: CourseAssignment) -> None:
    """Refuse an assignment whose [runtime] names modules that are not here. Nothing is imported.

    A name that is near to that of an installed module is taken for mistyped, any other for one that this machine lacks.

    Raises:
        CourseError: with each mistyped one, and the module that is probably meant.
        MachineError: with those that are to be installed, and the command that does.
    """
    where = path_in_course(course.folder / RUBRIC)
    names = course.assignment.runtime.modules
    problems = [Problem(where, KEY, text) for text in _faults(names)]
    optional = (text for name in course.assignment.runtime.optional if (text := _form_fault(name)))
    problems += [Problem(where, OPTIONAL, text) for text in optional]
    if problems:
        raise CourseError(tuple(problems))
    lacking = [name for name in names if not _is_installed(name)]
    if lacking:
        packages = [_package_of(name) for name in lacking]
        known = shlex.join(["pip", "install", *filter(None, packages)])
        advice = known if all(packages) else "install the packages that bring it"
        raise MachineError(f"{course.name} needs {', '.join(lacking)}, not installed here: {advice}")


def with_optional_modules(runtime: Runtime) -> Runtime:
    """Put those of its optional modules that are installed here among the modules of a runtime. Nothing is imported."""
    here = (name for name in runtime.optional if name not in runtime.modules and _is_installed(name))
    return replace(runtime, modules=(*runtime.modules, *here))


def _faults(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if fault := _form_fault(name):
            yield fault
        elif not _is_installed(name) and not _package_of(name) and (near := _nearest(name)):
            yield f"{quoted(name)} is no module that is installed here; the nearest: {near}"


def _package_of(name: str) -> str:
    """Return how the harness requires the package that brings a module, where that package is not installed."""
    top = name.partition(".")[0]
    return "" if _is_installed(top) else required(top)


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
