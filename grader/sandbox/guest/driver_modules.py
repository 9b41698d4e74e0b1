"""The drivers of an assignment and what they import of ours, out of reach of what an earlier call did to them.

Drivers are executed afresh for every call. What they import of ours is executed again where anything in it is not as it
was: that is found out in a tenth of the time. What a submission put into `sys.modules` in the place of a library that
the drivers name is gone as well.
"""

from __future__ import annotations

import functools
import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec
from operator import is_
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

from grader import drivers
from grader.drivers import recorded_operations
from grader.drivers.former_names import IMPORTS, former_imports
from grader.sandbox.guest.program import Program
from grader.sandbox.protocol import DRIVERS

PREFIX: Final = f"{drivers.__name__}."
MODULE: Final = DRIVERS.removesuffix(".py")


@functools.cache
def compiled_modules() -> Mapping[str, CodeType]:
    """Return the code of each loaded module that drivers may import of ours, by its name.

    A fork server asks before it forks: a worker without files could not read it. The recorder of operations is the
    worker's own: drivers pause the one that is at work.
    """
    loaders = {name: getattr(module.__spec__, "loader", None) for name, module in sys.modules.items()
               if name.startswith(PREFIX) and name != recorded_operations.__name__}  # fmt: skip
    codes = {name: loader.get_code(name) for name, loader in loaders.items()
             if isinstance(loader, importlib.abc.InspectLoader)}  # fmt: skip
    return {name: code for name, code in codes.items() if code is not None}


class _Snapshot:
    """Everything that can be changed in modules whose own values are constants: names, classes and functions."""

    def __init__(self, modules: Sequence[ModuleType]) -> None:
        holders: list[ModuleType | type] = list(modules)
        for module in modules:
            holders += [kind for kind in vars(module).values() if isinstance(kind, type) and _is_of(kind, module)]
        self._names = [(holder, tuple(vars(holder)), tuple(vars(holder).values())) for holder in holders]
        values = (value for _, _, values in self._names for value in values)
        self._functions = [
            (function, function.__code__, function.__defaults__, function.__kwdefaults__)
            for value in values
            for function in (value, getattr(value, "__wrapped__", None))
            if isinstance(function, FunctionType)
        ]

    def holds(self) -> bool:
        """Return whether nothing is other than it was."""
        for holder, names, values in self._names:
            now: Mapping[str, Any] = vars(holder)
            # By identity: what stands in the place of something could claim to equal it.
            if len(now) != len(names) or not all(map(is_, now, names)) or not all(map(is_, now.values(), values)):
                return False
        return all(
            function.__code__ is code and function.__defaults__ is defaults and function.__kwdefaults__ is named
            for function, code, defaults, named in self._functions
        )


def _is_of(kind: type, module: ModuleType) -> bool:
    return kind.__module__ == module.__name__


def _named_in(codes: Sequence[CodeType]) -> set[str]:
    """List what code names, in functions too: whatever it may import is among it, with the packages that hold that."""
    names, todo = set[str](), list(codes)
    while todo:
        code = todo.pop()
        texts = [const for const in code.co_consts if isinstance(const, str)]  # import_module("torch.nn")
        names.update(code.co_names, texts)
        todo += (const for const in code.co_consts if isinstance(const, CodeType))
    return names | {name[:place] for name in names for place, letter in enumerate(name) if letter == "."}


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
            with program.running():
                importlib.import_module(MODULE)
        finally:
            sys.meta_path.remove(self)
        named = _named_in([*(self._code[name] for name in self._executed), *program.code()])
        # As they are before a line of the student's runs. To put all of them back takes as long as a small call.
        self._libraries = {name: sys.modules[name] for name in (named | {*self._executed}) & sys.modules.keys()}
        self._snapshot = _Snapshot([sys.modules[name] for name in self._executed])

    def fresh(self) -> ModuleType:
        """Execute the drivers, and what they import of ours if need be."""
        sys.modules.update(self._libraries)
        if not self._snapshot.holds():
            self._execute()
        for name in self._executed:
            setattr(drivers, name.removeprefix(PREFIX), sys.modules[name])
        self._rename()
        module = ModuleType(MODULE)
        module.__spec__ = ModuleSpec(MODULE, self._program)
        displaced = sys.modules.get(MODULE)
        sys.modules[MODULE] = module  # where a data class looks for the names of its fields' types
        try:
            self._program.exec_module(module)
        finally:
            sys.modules.pop(MODULE, None)
            if displaced is not None:
                sys.modules[MODULE] = displaced
        return module

    def _execute(self) -> None:
        """Execute what drivers import of ours, each module behind those that it imports."""
        for name in self._executed:
            module = ModuleType(name)
            sys.modules[name] = self._libraries[name] = module
            exec(self._code[name], module.__dict__)  # noqa: S102  # our own, compiled before the fork
        self._snapshot = _Snapshot([sys.modules[name] for name in self._executed])

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
