"""Libraries in the judge, which code of the course may change for a call and has to leave as they were."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
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
        self._kept: dict[str, _Kept] = {}
        self._seen: dict[tuple[str, ...], int] = {}

    @contextmanager
    def kept(self, names: Sequence[str]) -> Iterator[None]:
        """Put back what the block replaces in libraries, by the names of their packages.

        Where more of a library was imported in the block, it may have replaced functions itself, as torch._dynamo does:
        what is there then stands for what was.

        Raises:
            LibraryChangedError: something was replaced or taken away.
        """
        self._look_at(tuple(names))
        before = list(sys.modules)
        changed: list[str] = []
        try:
            yield
        finally:
            if _is_part_imported(names, before):
                self._kept.clear()
                self._seen.clear()
            else:
                changed = [name for kept in self._kept.values() if not kept.is_unchanged() for name in kept.put_back()]
        if changed:
            raise LibraryChangedError(changed)

    def _look_at(self, names: tuple[str, ...]) -> None:
        if self._seen.get(names) == len(sys.modules):  # nothing was imported since
            return
        self._seen[names] = len(sys.modules)
        for path, module in list(sys.modules.items()):
            parts = path.split(".")
            if parts[0] in names and len(parts) <= MOST_PARTS and _is_public(path) and _is_module(module):
                for one in (module, *filter(_is_module, _public(module).values())):
                    if one.__name__.startswith(path) and one.__name__ not in self._kept:
                        self._kept[one.__name__] = _Kept(one)


class _Kept:
    """What one module had. All of torch has 7,000 such values, and every call of a driver asks after each."""

    __slots__ = ("_all", "_get", "_in_order", "_module", "_namespace", "_values")

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._namespace = vars(module)
        self._values = _public(module)
        names = tuple(self._values)
        # A getter of one name gives no tuple.
        self._get = itemgetter(*(names if len(names) > 1 else names * 2)) if names else None
        self._all = () if self._get is None else self._get(self._namespace)
        self._in_order = [*self._namespace.values()]

    def is_unchanged(self) -> bool:
        """Return whether every value is still there.

        A comparison of lists asks first whether two objects are one, and so takes a fifth of the time of a loop. The
        whole namespace is compared before each of the values is looked up: that takes half the time.
        """
        if self._get is None:
            return True
        try:
            in_order = [*self._namespace.values()]
            if in_order == self._in_order:
                return True
            is_unchanged = bool(self._get(self._namespace) == self._all)
        except Exception:  # noqa: BLE001  # it is gone, or what stands in its place cannot be compared
            return False
        if is_unchanged:  # something private was, as counters are
            self._in_order = in_order
        return is_unchanged

    def put_back(self) -> Iterator[str]:
        """Put back what was replaced or taken away, and name it."""
        for name, value in self._values.items():
            if self._namespace.get(name) is not value:
                setattr(self._module, name, value)
                yield f"{self._module.__name__}.{name}"


def _is_part_imported(names: Sequence[str], before: Sequence[str]) -> bool:
    """Return whether modules of these packages were imported since."""
    if list(sys.modules) == before:  # a quarter of the time of the difference
        return False
    return any(path.partition(".")[0] in names for path in sys.modules.keys() - set(before))


def _public(module: ModuleType) -> dict[str, object]:
    values = vars(module).items()
    return {name: value for name, value in values if _is_public(name) and (callable(value) or _is_module(value))}


def _is_public(path: str) -> bool:
    return not any(part.startswith("_") for part in path.split("."))


def _is_module(value: object) -> TypeGuard[ModuleType]:
    return issubclass(type(value), ModuleType)  # isinstance asks the value, and torch has some that warn


LIBRARIES: Final = Libraries()
"""Those of this process."""
