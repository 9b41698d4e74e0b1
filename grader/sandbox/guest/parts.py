"""Parts of packages that are imported on first use, read into memory while there are files to read."""

from __future__ import annotations

import functools
import importlib.util
import marshal
import os
import struct
import sys
import sysconfig
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Final

from grader.drivers.absent_modules import is_below
from grader.sandbox.guest.notebook_modules import SHOWING

# Of the standard library not for a submission: windows, installers, games, and what only prints when imported.
UNSUITED: Final = frozenset(
    (
        *("antigravity", "ensurepip", "idlelib", "lib2to3", "msilib", "msvcrt", "nt", "pydoc_data"),
        *("test", "this", "tkinter", "turtle", "turtledemo", "venv", "winreg", "winsound"),
    )
)
# Read ahead but imported by nobody else: it says that it is deprecated, and submissions want two functions of it.
ON_FIRST_USE: Final = frozenset(("distutils",))
# Of packages what nothing of a worker can use, 20 MB of it: compilers, and what tests the packages themselves.
LEFT_OUT: Final = frozenset(
    ("distutils.command", "numpy.distutils", "numpy.f2py", "torch._inductor", "torch.testing._internal")
)
NEEDS: Final = MappingProxyType(
    {
        "torch.utils.benchmark": "setuptools",
        "torch.utils.cpp_extension": "setuptools",
        "torch.utils.jit.log_extract": "setuptools",
        "torch.utils.tensorboard": "tensorboard",
    }
)
"""Parts that can only be imported where another package is."""
READ_THEMSELVES: Final = (b"install_config_module", b"script_method", b"maybe_register_decomposition")
"""What stands in parts of torch that look at their own source: for comments, and to compile it."""
FOLDERS_LEFT_OUT: Final = frozenset(("__pycache__", "site-packages", "test", "tests", "lib-dynload"))
HEADER: Final = struct.Struct("<4sIII")  # of a compiled file: magic number, flags, modification time and size (PEP 552)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A module that was not imported: its file, and its code where that lay there compiled, else its source."""

    path: str
    is_package: bool
    is_compiled: bool
    data: bytes


class Parts(MetaPathFinder, Loader):
    """Find the parts of packages that were read ahead, and execute them when they are first imported."""

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self.parts = parts

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a part (the import system's protocol)."""
        part = self.parts.get(fullname)
        if part is None:
            return None
        spec = ModuleSpec(fullname, self, origin=part.path, is_package=part.is_package)
        spec.has_location = True
        return spec

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave the making of the module object to the import system."""

    def exec_module(self, module: ModuleType) -> None:
        """Execute the part in its module."""
        part = self.parts[module.__name__]
        compiled = part.is_compiled
        code = marshal.loads(part.data) if compiled else compile(part.data, part.path, "exec")  # noqa: S302  # Python's own
        exec(code, module.__dict__)  # noqa: S102  # installed code, as if it were imported from its file

    def get_source(self, name: str) -> str | None:
        """Return a part's source, where that was kept (the protocol of `linecache`)."""
        part = self.parts[name]
        return None if part.is_compiled else importlib.util.decode_source(part.data)


class OnDisk(MetaPathFinder):
    """Find the parts of packages that are imported on first use, where there are files to read."""

    def __init__(self, packages: Collection[str]) -> None:
        self.packages = frozenset(packages)
        self.absent = lacking(packages)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module of one of the packages (the import system's protocol)."""
        is_theirs = fullname.partition(".")[0] in self.packages and not is_below(fullname, self.absent)
        return PathFinder.find_spec(fullname, path, target) if is_theirs else None


@functools.cache
def parts_of(packages: tuple[str, ...], *, is_whole: bool = True) -> Parts:
    """Read what is not imported of these packages, of those that they are built on and of the standard library.

    Of the standard library alone where not everything is imported: a worker asks for the others.

    What shows things in notebooks is left out unless it is asked for: it has harmless stand-ins.

    A fork server asks before it forks; its workers, which may read no files, find it read.
    """
    folders = {"": sysconfig.get_paths()["stdlib"]}
    asked_for = {name.partition(".")[0] for name in packages}
    for top in {*built_on(packages)} - (SHOWING - asked_for) if is_whole else ():
        folders |= {f"{top}.": folder for folder in folders_of(top)}
    absent, found = lacking(packages), {}
    for prefix, folder in folders.items():
        for name, path in _files(folder, prefix):
            if name not in sys.modules and not is_below(name, absent):
                found[name] = _read(path)
    for above in {name.rpartition(".")[0] for name in found} - found.keys() - sys.modules.keys():
        found[above] = Part(path=above, is_package=True, is_compiled=False, data=b"")  # a folder without __init__.py
    return Parts(found)


def built_on(packages: Collection[str]) -> list[str]:
    """List these packages and the installed ones that are imported with them."""
    installed = tuple(f"{folder}{os.sep}" for folder in installed_folders())
    tops = {name.partition(".")[0] for name in sys.modules} - {__name__.partition(".")[0]}
    theirs = {top for top in tops if any(folder.startswith(installed) for folder in folders_of(top))}
    return sorted(theirs.union(name.partition(".")[0] for name in packages))


def installed_folders() -> list[str]:
    """List the folders that packages are installed in."""
    known = [sysconfig.get_path(kind) for kind in ("purelib", "platlib")]
    return [*known, *(entry for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages"))]


def folders_of(top: str) -> Sequence[str]:
    """List the folders of a package that is imported; none of a single module."""
    spec = getattr(sys.modules.get(top), "__spec__", None)
    return tuple((spec and spec.submodule_search_locations) or ())


def lacking(packages: Collection[str]) -> list[str]:
    """List the parts of packages that need one which is not among them."""
    return [part for part, needed in NEEDS.items() if needed not in packages]


def _files(folder: str, prefix: str) -> Iterator[tuple[str, str]]:
    """List modules with their files, below a folder of packages."""
    with os.scandir(folder) as entries:
        for entry in entries:
            stem = entry.name.removesuffix(".py")
            name = f"{prefix}{stem}"
            if entry.name in FOLDERS_LEFT_OUT or name in UNSUITED or name in LEFT_OUT:
                continue
            if entry.is_dir():
                yield from _files(entry.path, f"{name}.")
            elif stem != entry.name:
                yield (prefix.removesuffix(".") if stem == "__init__" else name), entry.path


def _read(path: str) -> Part:
    is_package = path.endswith("__init__.py")
    try:
        data = Path(importlib.util.cache_from_source(path)).read_bytes()
        status = Path(path).stat()
        expected = (importlib.util.MAGIC_NUMBER, 0, int(status.st_mtime) & 0xFFFFFFFF, status.st_size & 0xFFFFFFFF)
        if HEADER.unpack_from(data) == expected and not any(word in data for word in READ_THEMSELVES):
            return Part(path=path, is_package=is_package, is_compiled=True, data=data[HEADER.size :])
    except (OSError, struct.error):  # it was never compiled, or not to the end
        pass
    return Part(path=path, is_package=is_package, is_compiled=False, data=Path(path).read_bytes())
