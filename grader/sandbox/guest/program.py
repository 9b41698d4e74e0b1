"""Import Python modules from source text in memory: a submission in the worker, a reference in the judge.

Packages need no `__init__.py`; a file that does not parse costs only whoever imports it; a traceback names the
path that the student knows. Every load executes the modules afresh, from code that was compiled once.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import linecache
import marshal
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType

from grader.errors import BrokenFileError, FatalFileError, MissingError
from grader.model.observation import BrokenFile
from grader.model.path_patterns import fits
from grader.model.unmerged import MARKS, unmerged
from grader.sandbox.guest.cell_imports import public_names
from grader.sandbox.guest.cells import Cells
from grader.sandbox.guest.lacking_names import execute
from grader.sandbox.guest.newer_syntax import newer_syntax
from grader.sandbox.guest.notebook import Execution, NotebookCode


class Program(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """A tree of source files that can be imported under its own module names.

    `before` is called with "compile" or "import" and a path just before the file is compiled or executed, and with
    "imported" after, whether it raised or not, so that a supervisor knows which file a process died on. `taken` are
    top-level names that no file may claim: a `numpy.py` has no effect. `attached` is what was handed in beside the
    modules, bytes by path. `notebooks` are the paths whose source is the code of a notebook's cells.
    """

    def __init__(
        self,
        sources: Mapping[str, str],
        before: Callable[[str, str], None] | None = None,
        taken: Collection[str] = (),
        attached: Mapping[str, bytes | memoryview] | None = None,
        notebooks: Collection[str] = (),
    ) -> None:
        self.sources = dict(sources)
        self.notebooks = frozenset(notebooks) & self.sources.keys()
        self._attached = dict(attached or {})
        self.broken: dict[str, BrokenFile] = {}
        self.fatal: frozenset[str] = frozenset()
        self._before = before or (lambda step, path: None)
        self._code: dict[str, CodeType | NotebookCode] = {}
        self._cells: dict[str, Cells] = {}
        self._reading: set[str] = set()
        self._executions: dict[str, Execution] = {}
        self._quotable: dict[str, tuple[int, None, list[str], str]] = {}
        free = [path for path in self.sources if _module_name(path).partition(".")[0] not in taken]
        self._paths = {_module_name(path): path for path in free}
        self._packages = {parent for path in free for parent in _parents(path)}
        self._names = self._packages | set(self._paths)
        self._taken = taken
        self._homes: dict[str, str] = {}
        self._loaded: set[str] = set()
        self._lacking: list[tuple[str, str, int, str]] = []

    def take_compiled(self, compiled: Mapping[str, bytes]) -> None:
        """Take over files that the judge's side has compiled."""
        for path, code in compiled.items():
            self._keep(path, marshal.loads(code))  # noqa: S302  # made by the judge, from the course's own files

    def has_compiled(self, path: str) -> bool:
        """Return whether a file is compiled."""
        return path in self._code

    def code(self) -> list[CodeType]:
        """List the code of the files that are compiled, but for that of notebooks."""
        return [code for code in self._code.values() if isinstance(code, CodeType)]

    def compile_all(self, broken: Mapping[str, BrokenFile] | None = None) -> None:
        """Compile every file, noting those that do not compile in `broken`."""
        self.broken.update(broken or {})
        for path in self.sources:
            if path in self.broken or path in self._code:
                continue
            self._before("compile", path)
            try:
                self._keep(path, self._compiled(path))
            except SyntaxError as error:
                line = error.text or ""
                merge = unmerged(self.sources[path]) if line.startswith(MARKS) else ""
                said = merge or newer_syntax(line) or str(error.msg)
                self.broken[path] = BrokenFile(said, error.lineno or 0, error.offset or 0)
            except (ValueError, MemoryError, RecursionError, OverflowError) as error:
                self.broken[path] = BrokenFile(f"the file is too deeply nested or malformed ({type(error).__name__})")

    def _compiled(self, path: str) -> CodeType | NotebookCode:
        source = self.sources[path]
        if path not in self.notebooks:
            return compile(source, path, "exec", dont_inherit=True)
        if source not in self._cells:
            itself = [_module_name(other) for other in self.notebooks if self.sources[other] == source]
            self._cells[source] = Cells(source, self._paths, itself, self._names_in)
        return NotebookCode(self._cells[source], path)

    def _names_in(self, module: str) -> Collection[str] | None:
        """List the public names that a notebook binds; None for any other module, and where one runs itself."""
        path = self._paths.get(module)
        if path not in self.notebooks or path in self._reading:
            return None
        self._reading.add(path)
        try:
            return public_names(self.sources[path], self._names_in)
        finally:
            self._reading.discard(path)

    def why_missing(self, error: NameError) -> str:
        """Say of a name that a notebook's function did not find which statement should have bound it."""
        found = (execution.why_missing(error.name or "") for execution in self._executions.values())
        return next(filter(None, found), "")

    def _keep(self, path: str, code: CodeType | NotebookCode) -> None:
        self._code[path] = code
        lines = [f"{line}\n" for line in self.sources[path].split("\n")]  # a form feed ends no line
        self._quotable[path] = (len(self.sources[path]), None, lines, path)

    def load(self, target: str) -> object:
        """Return the object that `package.module:Name` names.

        Raises:
            MissingError: no such file, or no such name in it. Whatever the module itself raises goes through.
        """
        module_name, _, attribute = target.partition(":")
        path = self._paths.get(module_name)
        if path is None:
            raise MissingError(f"{module_name.replace('.', '/')}.py is missing from the submission")
        sys.argv = [path]
        self._loaded.add(module_name)
        module = self._imported(module_name)
        try:
            return getattr(module, attribute)
        except AttributeError:
            raise MissingError(f"{path} defines no {attribute}") from None

    def _imported(self, name: str) -> ModuleType:
        """Import one of the modules as `importlib` does, but without asking who has it: that takes as long again."""
        known = sys.modules.get(name)
        if known is not None:
            return known
        parent, _, child = name.rpartition(".")
        if parent:
            self._imported(parent)
            if name in sys.modules:  # a package imports its modules itself
                return sys.modules[name]
        spec = self._spec(name)
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec._initializing = True  # type: ignore[attr-defined]  # noqa: SLF001  # by it Python names a circular import
        try:
            self.exec_module(module)
        except BaseException:
            sys.modules.pop(name, None)
            raise
        finally:
            spec._initializing = False  # type: ignore[attr-defined]  # noqa: SLF001  # see above
        module = sys.modules.get(name, module)  # it may have put another object in its place
        if parent in sys.modules:
            setattr(sys.modules[parent], child, module)
        return module

    def lacking(self) -> list[tuple[str, int, str, bool]]:
        """List what a library lacks of what files imported since modules were last made importable.

        Returns:
            The path, the line of the import, the name, and whether the file itself was asked for.
        """
        return [(path, line, name, module in self._loaded) for module, path, line, name in self._lacking]

    def attachment(self, path: str) -> bytes:
        """Return the bytes of what was handed in under a path beside the modules.

        Raises:
            MissingError: it was not handed in.
        """
        self._before("attachment", path)
        if path not in self._attached:
            raise MissingError(f"{path} was not handed in")
        return bytes(self._attached[path])

    def attachments(self, pattern: str) -> list[str]:
        """List what was handed in beside the modules under paths that fit a pattern."""
        return sorted(path for path in self._attached if fits(path, pattern))

    @contextmanager
    def running(self) -> Iterator[Program]:
        """Make the modules importable inside the block, executed afresh, and forget them after it."""
        displaced = {name: sys.modules.pop(name) for name in self._names if name in sys.modules}
        self._executions.clear()
        self._loaded.clear()
        self._lacking.clear()
        folders, entries, arguments = sys.path, list(sys.path), sys.argv
        sys.meta_path.insert(0, self)
        try:
            yield self
        finally:
            # The code that ran may have changed the lists; what it left is put in order all the same.
            sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self]
            sys.path, sys.path[:], sys.argv = folders, entries, arguments
            for name in (*self._names, *self._homes):
                sys.modules.pop(name, None)
            self._homes.clear()
            sys.modules.update(displaced)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module among the sources (the import system's protocol)."""
        return self._spec(fullname) if fullname in self._names or self._is_sibling(fullname) else None

    def _is_sibling(self, name: str) -> bool:
        """Find a module or package in a folder of the submission that its code has put on `sys.path`."""
        if name in self._taken:
            return False
        package, _, own = name.rpartition(".")
        if package:
            folders = [self._homes[package]] if package in self._homes else []
        else:
            folders = [os.path.relpath(str(entry) or os.curdir).replace(os.sep, ".") for entry in sys.path]
        home = next((home for folder in folders if (home := f"{folder}.{own}") in self._names), None)
        if home is None and not package and self.notebooks:  # in the folder that cells have gone to, by a magic or not
            homes = [other for other in self._names if other.endswith(f".{own}")]
            home = homes[0] if len(homes) == 1 else None
        if home is not None:
            self._homes[name] = home
        return home is not None

    def _spec(self, name: str) -> ModuleSpec:
        home = self._homes.get(name, name)
        spec = ModuleSpec(name, self, origin=self._paths.get(home, home.replace(".", "/")))
        if home in self._packages:
            spec.submodule_search_locations = []  # what is not among the sources is never looked for on disk
        return spec

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave the making of the module object to the import system."""

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module's compiled source in it."""
        path = self._paths.get(self._homes.get(module.__name__, module.__name__))
        if path is None:  # a folder without __init__.py
            return
        module.__file__ = path
        if path in self.fatal:
            raise FatalFileError(path)
        if path not in self._code:
            self.compile_all()
        if path in self.broken:
            broken = self.broken[path]
            raise BrokenFileError(broken.message, (path, broken.line, broken.column, None))
        linecache.cache[path] = self._quotable[path]
        self._before("import", path)
        code = self._code[path]
        try:
            if isinstance(code, NotebookCode):
                self._executions[path] = Execution(code, module.__dict__)
            else:
                lacking = execute(code, module)
                self._lacking += [(module.__name__, path, line, name) for line, name in lacking]
        finally:
            self._before("imported", path)


def _module_name(path: str) -> str:
    name = path.removesuffix(".py").replace("/", ".")
    return name.removesuffix(".__init__")


def _parents(path: str) -> Iterator[str]:
    folders = path.split("/")[:-1]
    for depth in range(1, len(folders) + 1):
        yield ".".join(folders[:depth])
