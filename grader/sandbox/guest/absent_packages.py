"""Let a submission import what is not here, as long as it does not use it."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import FrameType
from typing import Final

from grader.drivers.absent_modules import AbsentFinder, AbsentModule, is_below
from grader.sandbox.guest.parts import lacking
from grader.sandbox.guest.program import Program

IMPORTING: Final = frozenset({importlib.__name__, "importlib._bootstrap", "importlib._bootstrap_external"})


class AbsentPackages(AbsentFinder):
    """Find a stand-in for what no finder before it knows, where a file of the submission imports it.

    Whoever asks whether a package is there, a library that tries an import, and a submission that is ready for its
    failure are told that there is none, as Python itself would. It stands last on `sys.meta_path`.
    """

    def __init__(self, program: Program, packages: Sequence[str] = ()) -> None:
        super().__init__(lacking(packages))
        self.program = program
        self._made: list[str] = []

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find a stand-in (the import system's protocol)."""
        parent = fullname.rpartition(".")[0]
        if parent and not is_below(fullname, self.names) and not isinstance(sys.modules.get(parent), AbsentModule):
            self._refuse_own(fullname)  # a library, of which versions differ, may lack the module
        frames = _outside_of_imports(sys._getframe(1))  # noqa: SLF001  # the only way to know who asks
        importer = next(frames, None)
        if importer is None or getattr(importer.f_globals.get("__spec__"), "loader", None) is not self.program:
            return None
        if any(map(self._is_guarded, (importer, *frames))):
            return None
        self._made.append(fullname)
        return importlib.util.spec_from_loader(fullname, self, is_package=True)

    def forget(self) -> None:
        """Forget what was imported, so that the next call asks again."""
        for name in self._made:
            sys.modules.pop(name, None)
        self._made.clear()

    def _refuse_own(self, fullname: str) -> None:
        """Raise where a package of the submission lacks a module; leave the words to Python for any other."""
        spec = getattr(sys.modules.get(fullname.partition(".")[0]), "__spec__", None)
        if spec is not None and spec.loader is self.program:
            raise ModuleNotFoundError(f"{fullname.replace('.', '/')}.py is not in the submission", name=fullname)

    def _is_guarded(self, frame: FrameType) -> bool:
        """Return whether a line of the submission stands in a `try` that is ready for an exception."""
        text = self.program.sources.get(frame.f_code.co_filename)
        if text is None:
            return False
        guarded = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Try) and node.handlers)
        return any(node.body[0].lineno <= frame.f_lineno <= (node.body[-1].end_lineno or 0) for node in guarded)


def _outside_of_imports(frame: FrameType | None) -> Iterator[FrameType]:
    """List the frames that are no part of the import system, the innermost first."""
    while frame is not None:
        if frame.f_globals.get("__name__") not in IMPORTING:
            yield frame
        frame = frame.f_back
