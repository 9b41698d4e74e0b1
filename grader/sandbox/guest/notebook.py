"""Execute a notebook as Jupyter does: its statements one after another in one namespace, each failing alone.

Only what gives a name its value that is asked for is executed, when it is asked for: what nothing needs, as training
and plots, is not.
"""

from __future__ import annotations

import ast
import asyncio
import io
import signal
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from operator import itemgetter
from types import CodeType, FrameType, TracebackType
from typing import Any, Final

from grader.drivers.absent_modules import AbsentModule, AbsentName
from grader.errors import BrokenFileError
from grader.model.python_tree import MALFORMED
from grader.sandbox.guest.cell_imports import is_import
from grader.sandbox.guest.cells import Cells, compiled
from grader.sandbox.guest.notebook_modules import StandIn, StandInModule

PROCESSOR_SECONDS: Final = 2.0  # that a statement outside of functions may take; a check has 5 by default
WALL_FACTOR: Final = 2  # as much longer may it wait
SHORTER: Final = 4  # times, after each that took too long: several trainings must leave the check some of its time
LEAST_SECONDS: Final = 0.1  # that a statement has however many took too long
REPEAT_SECONDS: Final = 0.2  # until it is interrupted again: a bare `except` takes the first for an error of its own

# What fails for want of something that is here no more than its value would be.
_FOR_WANT: Final = (OSError, ImportError, EOFError, MemoryError)
_STANDING_IN: Final = (AbsentModule, AbsentName, StandIn, StandInModule)
_NOTHING: Final = object()
ANNOTATED: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.AnnAssign)
"""Statements whose annotations are evaluated as they are executed."""


class NotebookCode:
    """A notebook that stands in for the module at a path: compiled once, executed for every call."""

    def __init__(self, cells: Cells, path: str) -> None:
        self.cells = cells
        self.path = path
        self.too_slow: dict[int, tuple[TimeoutError, TracebackType | None]] = {}
        self._compiled: dict[int, list[CodeType] | BrokenFileError] = {}

    def code(self, number: int) -> list[CodeType]:
        """Return the code of a statement, and behind it what is executed where its annotations name what is not here.

        Raises:
            BrokenFileError: it does not compile.
        """
        if number not in self._compiled:
            node = self.cells.statements[number].node
            has_annotations = self.cells.evaluates_annotations and isinstance(node, ANNOTATED)
            try:
                self._compiled[number] = [
                    compiled(node, self.path, evaluates_annotations=evaluates)
                    for evaluates in ([True, False] if has_annotations else [False])
                ]
            except MALFORMED as error:
                place = (self.path, getattr(error, "lineno", None) or node.lineno, 0, None)
                self._compiled[number] = BrokenFileError(str(getattr(error, "msg", "it is malformed")), place)
        code = self._compiled[number]
        if isinstance(code, BrokenFileError):
            raise code
        return code


class Execution:
    """One execution of a notebook, as far as names of it were asked for."""

    def __init__(self, code: NotebookCode, namespace: dict[str, Any]) -> None:
        self.code = code
        self.namespace = namespace
        self.failures: dict[str, tuple[int, str, BaseException]] = {}
        self._done: set[int] = set()
        self._open: set[str] = set()
        self._incomplete: dict[str, object] = {}
        self._bound: dict[str, list[tuple[int, object]]] = defaultdict(list)
        namespace.setdefault("display", StandIn("display"))
        namespace.setdefault("get_ipython", StandIn("get_ipython"))
        namespace["__getattr__"] = self.value

    def value(self, name: str) -> object:
        """Return what a name stands for, which modules are asked for that do not have it (PEP 562).

        Raises:
            AttributeError: no cell binds it. Whatever the statement that should have bound it raised goes through.
        """
        if name == "__all__":
            return self._importable()
        if not name.startswith("__"):
            self.namespace.update(self._incomplete)
            self._incomplete.clear()
            needed = self.code.cells.needed(name)
            for number in needed:
                if number not in self._done:
                    self._done.add(number)
                    self._execute(number)
            self._put_aside({other for number in needed for other in self.code.cells.statements[number].binds})
        if name in self.namespace:
            return self.namespace[name]
        if name in self.failures:
            raise self.failures[name][2]
        raise AttributeError(f"module {self.namespace['__name__']!r} has no attribute {name!r}")

    def _put_aside(self, names: set[str]) -> None:
        """Take names out of the module that came along with others, until all that they need is executed.

        Of `net, rate = make()` one was asked for: what later cells do to the other is done when that one is.
        """
        self._open |= names
        self._open = {name for name in self._open if not self._done.issuperset(self.code.cells.needed(name))}
        self._incomplete = {name: self.namespace.pop(name) for name in self._open if name in self.namespace}

    def _importable(self) -> list[str]:
        """List what `from it import *` gives another module: what has a value and takes no training."""
        names = sorted(name for name in self.code.cells.quick if not name.startswith("_"))
        for name in names:
            with suppress(Exception):  # as in a notebook, each fails alone
                self.value(name)
        return [name for name in names if name in self.namespace]

    def why_missing(self, name: str) -> str:
        """Name the line that should have given a name its value, and how it failed; nothing if none did."""
        if name not in self.failures:
            return ""
        line, cause, error = self.failures[name]
        kind = next(base for base in type(error).__mro__ if base.__module__ == "builtins")  # whose name is no secret
        return f"line {line} computes {cause} and failed with {kind.__name__}"

    def _execute(self, number: int) -> None:
        if number in self.code.too_slow:
            slow, traceback = self.code.too_slow[number]
            self._note_failure(number, slow.with_traceback(traceback))
            return
        statement = self.code.cells.statements[number]
        with self._as_it_was_at(number):
            before = {name: self.namespace[name] for name in statement.binds if name in self.namespace}
            try:
                seconds = max(LEAST_SECONDS, PROCESSOR_SECONDS / SHORTER ** len(self.code.too_slow))
                with _limited(seconds), redirect_stdout(_Nowhere()):
                    self._evaluate(*self.code.code(number))
            except BaseException as error:  # noqa: BLE001  # SystemExit and KeyboardInterrupt end a cell alike
                self._note_failure(number, error)
            else:
                if is_import(statement.node):  # of what is not here: in Jupyter it fails, and what was there stays
                    self.namespace.update(
                        {name: old for name, old in before.items() if isinstance(self.namespace[name], _STANDING_IN)}
                    )
                for name in statement.binds:
                    self.failures.pop(name, None)

    def _evaluate(self, code: CodeType, *without_annotations: CodeType) -> None:
        try:
            awaited = eval(code, self.namespace)  # noqa: S307  # executing the submission is what a worker is for
        except (NameError, AttributeError, TypeError, ImportError):
            if not without_annotations:
                raise
            self._evaluate(*without_annotations)
        else:
            if awaited is not None:  # a cell that awaits, for which Jupyter has an event loop
                asyncio.run(awaited)

    @contextmanager
    def _as_it_was_at(self, number: int) -> Iterator[None]:
        """Give names that several statements bind the values that they had before this one.

        A name that is asked for late may need a statement that stands before others which were executed already.
        """
        cells = self.code.cells
        later = {name: self.namespace.get(name, _NOTHING) for name in self._bound if self._bound[name][-1][0] > number}
        for name in later:
            self._set(name, next((old for by, old in reversed(self._bound[name]) if by < number), _NOTHING))
        try:
            yield
        finally:
            for name in cells.statements[number].binds & cells.rebound:
                self._bound[name].append((number, self.namespace.get(name, _NOTHING)))
                self._bound[name].sort(key=itemgetter(0))
            for name, value in later.items():
                self._set(name, value)

    def _set(self, name: str, value: object) -> None:
        if value is _NOTHING:
            self.namespace.pop(name, None)
        else:
            self.namespace[name] = value

    def _note_failure(self, number: int, error: BaseException) -> None:
        """Remember why names have no value. One from before stays, as in Jupyter, if the code itself is at fault."""
        statement = self.code.cells.statements[number]
        root = self.failures.get(error.name or "") if isinstance(error, NameError) else None
        if isinstance(error, TimeoutError):
            self.code.too_slow.setdefault(number, (error, error.__traceback__))
        for name in statement.binds:
            if root is not None or isinstance(error, _FOR_WANT):
                self.namespace.pop(name, None)
            if name not in self.namespace:
                line, cause = (statement.node.lineno, name) if root is None else root[:2]
                self.failures[name] = (line, cause, error if root is None else root[2])


class _Nowhere(io.TextIOBase):
    """Takes what statements print: a notebook shows it, and no check asks for it."""

    def write(self, text: str, /) -> int:
        """Take a text and forget it."""
        return len(text)


_is_limited = False


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Interrupt what takes too long by a TimeoutError; what is called inside has no time of its own."""
    global _is_limited  # noqa: PLW0603  # timers belong to the process
    if _is_limited or threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"takes more than {seconds:g} seconds outside of functions")

    previous = [(one, signal.signal(one, interrupt)) for one in (signal.SIGPROF, signal.SIGALRM)]
    _is_limited = True
    try:
        signal.setitimer(signal.ITIMER_PROF, seconds, REPEAT_SECONDS)
        signal.setitimer(signal.ITIMER_REAL, WALL_FACTOR * seconds, REPEAT_SECONDS)
        yield
    finally:
        with suppress(TimeoutError):  # it may come just now
            _is_limited = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for one, handler in previous:
            signal.signal(one, handler)
