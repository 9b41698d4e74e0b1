"""What is expensive to import and seldom needed: put off, for a worker to ask for.

A fork server is at first forked before these modules are imported. One of its workers that needs anything which is not
imported ends at once, with an exit code that says so. Its judge then has everything imported, once, and asks a worker
that was forked behind that. So nothing but the time of a call depends on what was imported when. No list says what
needs them: whatever is not there does.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import sys
import warnings
from collections.abc import Collection, Sequence
from importlib import metadata
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import FunctionType, MappingProxyType, ModuleType
from typing import Any, Final, NoReturn

from grader.drivers.absent_modules import is_below
from grader.sandbox.guest.parts import built_on, lacking
from grader.sandbox.protocol import NEEDS_LATE_MODULES

LATE: Final = MappingProxyType({"torch": ("_dynamo",)})
"""Parts of packages that are put off, with all that they alone import: a third of what it takes to import torch."""
LOADING_NAMES: Final = frozenset(("__all__", "__path__"))  # asked for by whoever imports from the module, or below it
NAME: Final = re.compile(r"[\w.-]+")  # with which a requirement begins (PEP 508)
_exit: Final = os._exit  # the submission may put something else in its place


def graph_break(msg: str = "") -> None:
    """End no graph: none is being made."""


DOING_NOTHING: Final = MappingProxyType({"graph_break": graph_break})
"""Functions of late modules that do nothing outside of code that is compiled."""


class LateModule(ModuleType):
    """A module whose code runs in it once more is wanted of it than what `DOING_NOTHING` and `disable` are.

    Torch asks `torch._dynamo` at every optimizer's step to keep functions out of what is compiled. Nothing is compiled
    before that is imported.
    """

    def __init__(self, spec: ModuleSpec) -> None:
        super().__init__(spec.name)
        self.__spec__, self.__loader__, self.__file__, self.__package__ = spec, spec.loader, spec.origin, spec.name
        self.disable = functools.partial(_disabled, self)
        vars(self).update(DOING_NOTHING)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the module has
        """Load the module for an attribute that the stand-in has not."""
        if name.startswith("__") and name not in LOADING_NAMES:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        load(self)
        return getattr(self, name)


def _disabled(module: ModuleType, fn: object = None, *given: Any, **named: Any) -> Any:  # noqa: ANN401  # torch's own
    """Return a function that is run as it is until the module is loaded, and then as that has it."""
    if not isinstance(fn, FunctionType):
        if isinstance(module, LateModule):
            load(module)
        return module.disable(fn, *given, **named)

    @functools.wraps(fn)
    def as_it_is(*arguments: object, **others: object) -> object:
        if isinstance(module, LateModule):
            return fn(*arguments, **others)
        return module.disable(fn, *given, **named)(*arguments, **others)

    return as_it_is


def load(module: LateModule) -> None:
    """Execute a module that was put off, in its own namespace; a worker asks for that in place of doing it."""
    if LateFinder.is_installed:
        ask()
    spec = module.__spec__
    assert spec is not None  # noqa: S101  # it was made from one
    assert spec.loader is not None  # noqa: S101  # it was found in a file
    module.__class__ = ModuleType  # type: ignore[assignment]  # as importlib's own lazy modules do
    for name in ("disable", *DOING_NOTHING):
        delattr(module, name)
    if spec.submodule_search_locations is not None:
        module.__path__ = spec.submodule_search_locations
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec.loader.exec_module(module)


def ask() -> NoReturn:
    """End this worker: its judge asks another one, which has everything imported."""
    _exit(NEEDS_LATE_MODULES)


def put_off(modules: Collection[str]) -> None:
    """Let stand-ins take the place of the late parts of packages that are imported."""
    for package in modules:
        for part in LATE.get(package, ()):
            name = f"{package}.{part}"
            spec = None if name in sys.modules else importlib.util.find_spec(name)
            if spec is not None:
                sys.modules[name] = LateModule(spec)
                setattr(sys.modules[package], part, sys.modules[name])


def waiting() -> list[LateModule]:
    """List the modules that were put off and not loaded since."""
    return [module for module in sys.modules.values() if isinstance(module, LateModule)]


class LateFinder(MetaPathFinder):
    """Ask for what these packages, or what they need, would be looked for on the disk for.

    It finds nothing. What workers find beside what is imported is so the same, whichever they were forked from.
    """

    is_installed = False

    def __init__(self, packages: Collection[str]) -> None:
        self.names = top_level_names(packages)
        self._lacking = lacking(packages)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Ask for a module (the import system's protocol)."""
        if fullname.partition(".")[0] in self.names and not is_below(fullname, self._lacking):
            ask()
        return None

    def install(self) -> None:
        """Make this process a worker that asks: of the modules that were put off, and from now on for others."""
        LateFinder.is_installed = True
        sys.meta_path.insert(0, self)


def top_level_names(packages: Collection[str]) -> frozenset[str]:
    """List the names of these packages, of what they are built on, and of what those with late parts need."""
    late = [name for name in packages if name in LATE]
    return frozenset({*built_on(packages), *(top for name in needed_by(late) for top in _top_level(name))})


def needed_by(distributions: Collection[str]) -> set[str]:
    """List the installed distributions that some need, and those that these need, by what each says of itself."""
    found, todo = set[str](), [name for name in distributions if _is_installed(name)]
    while todo:
        for text in metadata.requires(todo.pop()) or ():
            name = NAME.findall(text)[0]
            if "extra ==" not in text and name not in found and _is_installed(name):
                found.add(name)
                todo.append(name)
    return found


def _is_installed(distribution: str) -> bool:
    try:
        metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


def _top_level(distribution: str) -> list[str]:
    """List the names under which a distribution is imported; where it does not say, its own."""
    said = metadata.distribution(distribution).read_text("top_level.txt")
    return (said or distribution.replace("-", "_")).split()
