"""Libraries in the judge, which code of the course may change for a call and has to leave as they were."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import is_
from types import ModuleType
from typing import Final, TypeGuard

MOST_PARTS: Final = 2  # of a module's name; what such a module has for modules is looked at too: torch.nn.functional


class LibraryChangedError(RuntimeError):
    """Code of the course left functions of a library changed, which were put back; `names` says which."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"{names[0]} was left changed: whatever else runs in the judge would use it")
        self.names = tuple(names)


class Libraries:
    """The public functions, classes and modules of libraries, as they were when they were first looked at."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[ModuleType, dict[str, object]]] = {}
        self._seen: dict[tuple[str, ...], int] = {}
        self._counts: dict[tuple[str, ...], int] = {}  # of their modules: counting takes longer than many a call

    @contextmanager
    def kept(self, names: Sequence[str]) -> Iterator[None]:
        """Put back what the block replaces in libraries, by the names of their packages.

        Where more of a library was imported in the block, it may have replaced functions itself, as torch._dynamo does:
        what is there then stands for what was.

        Raises:
            LibraryChangedError: something was replaced or taken away.
        """
        packages = tuple(names)
        self._look_at(packages)
        size, before = self._seen[packages], self._counts[packages]
        changed: list[str] = []
        try:
            yield
        finally:
            if len(sys.modules) == size or _imported(packages) == before:
                changed = [name for module, values in self._kept.values() for name in _put_back(module, values)]
            else:
                self._kept.clear()
                self._seen.clear()
        if changed:
            raise LibraryChangedError(changed)

    def _look_at(self, names: tuple[str, ...]) -> None:
        if self._seen.get(names) == len(sys.modules):  # nothing was imported since
            return
        self._seen[names], self._counts[names] = len(sys.modules), _imported(names)
        for path, module in list(sys.modules.items()):
            parts = path.split(".")
            if parts[0] in names and len(parts) <= MOST_PARTS and _is_public(path) and _is_module(module):
                for one in (module, *filter(_is_module, _public(module).values())):
                    if one.__name__.startswith(path):
                        self._kept.setdefault(one.__name__, (one, _public(one)))


def _imported(names: Sequence[str]) -> int:
    return sum(path.partition(".")[0] in names for path in list(sys.modules))


def _public(module: ModuleType) -> dict[str, object]:
    values = vars(module).items()
    return {name: value for name, value in values if _is_public(name) and (callable(value) or _is_module(value))}


def _is_public(path: str) -> bool:
    return not any(part.startswith("_") for part in path.split("."))


def _is_module(value: object) -> TypeGuard[ModuleType]:
    return issubclass(type(value), ModuleType)  # isinstance asks the value, and torch has some that warn


def _put_back(module: ModuleType, values: dict[str, object]) -> Iterator[str]:
    now = vars(module)
    if all(map(is_, values.values(), map(now.get, values))):
        return
    for name, value in values.items():
        if now.get(name) is not value:
            setattr(module, name, value)
            yield f"{module.__name__}.{name}"


LIBRARIES: Final = Libraries()
"""Those of this process."""
