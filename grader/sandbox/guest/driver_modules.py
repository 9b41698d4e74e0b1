"""The drivers of an assignment and what they import of ours, executed afresh for every call.

What a submission changes in them while it is imported or called is gone with the call. So is what it puts into
`sys.modules` in the place of a library that was there when the drivers were loaded.
"""

from __future__ import annotations

import functools
import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Final

from grader import drivers
from grader.drivers.former_names import IMPORTS, former_imports
from grader.sandbox.guest.program import Program
from grader.sandbox.protocol import DRIVERS

PREFIX: Final = f"{drivers.__name__}."
MODULE: Final = DRIVERS.removesuffix(".py")


@functools.cache
def compiled_modules() -> Mapping[str, CodeType]:
    """Return the code of each loaded module that drivers may import of ours, by its name.

    A fork server asks before it forks: a worker without files could not read it.
    """
    loaders = {name: getattr(module.__spec__, "loader", None) for name, module in sys.modules.items()
               if name.startswith(PREFIX)}  # fmt: skip
    codes = {name: loader.get_code(name) for name, loader in loaders.items()
             if isinstance(loader, importlib.abc.InspectLoader)}  # fmt: skip
    return {name: code for name, code in codes.items() if code is not None}


class DriverModules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """An assignment's drivers, which are executed once at first: that tells which modules of ours they import.

    Args:
        program: The file of drivers, as a program of its own.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._code = compiled_modules()
        self._executed: list[str] = []  # each behind those that it imports
        for name in self._code:
            self._forget(name)
        former = {name: IMPORTS[name] for name in former_imports(program.sources.values()) if name in sys.modules}
        sys.meta_path.insert(0, self)
        try:
            self._former = {name: importlib.import_module(present).__name__ for name, present in former.items()}
            self._rename()
            self._import_drivers()
        finally:
            sys.meta_path.remove(self)
        self._libraries = dict(sys.modules)  # as they are before a line of the student's runs

    def fresh(self) -> ModuleType:
        """Execute the drivers and what they import of ours."""
        sys.modules.update(self._libraries)
        for name in self._executed:
            module = ModuleType(name)
            sys.modules[name] = module
            setattr(drivers, name.removeprefix(PREFIX), module)
            exec(self._code[name], module.__dict__)  # noqa: S102  # our own, compiled before the fork
        self._rename()
        return self._import_drivers()

    def _import_drivers(self) -> ModuleType:
        with self._program.running():
            return importlib.import_module(MODULE)

    def _rename(self) -> None:
        """Let the former names of modules stand for the present ones."""
        for former, present in self._former.items():
            owner, _, name = former.rpartition(".")
            sys.modules[former] = sys.modules[present]
            setattr(sys.modules[owner], name, sys.modules[present])

    def _forget(self, name: str) -> None:
        """Let a module be looked for when it is next imported."""
        sys.modules.pop(name, None)
        vars(drivers).pop(name.removeprefix(PREFIX), None)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module of ours (the import system's protocol)."""
        return ModuleSpec(fullname, self) if fullname in self._code else None

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave the making of the module object to the import system."""

    def exec_module(self, module: ModuleType) -> None:
        """Execute a module's code, and remember that drivers need it."""
        exec(self._code[module.__name__], module.__dict__)  # noqa: S102  # our own, compiled before the fork
        self._executed.append(module.__name__)
