"""The course as a subject: the reference, or the reference with a known mistake, run in the judge and recorded."""

from __future__ import annotations

import importlib
import marshal
import random
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Self, TextIO, cast

import numpy as np

from grader.course.assignment import CourseAssignment
from grader.model.observation import Returned, Value
from grader.sandbox import protocol
from grader.sandbox.guest.program import Program
from grader.sandbox.guest.returns import Returns
from grader.sandbox.guest.worker import frames_of
from grader.sandbox.guest.workspace import Workspace
from grader.sandbox.protocol import DRIVERS
from grader.subjects.driver_name import driver_name, shown_driver
from grader.subjects.libraries import LIBRARIES, LibraryChangedError
from grader.subjects.recordings import Recordings, call_bytes, key_of, key_prefix, seed_of
from grader.subjects.student import Driver

TRANSIENT: Final = ("MemoryError", "OSError")  # the machine's troubles of a moment, not to be remembered


@dataclass(slots=True)
class Computing:
    """How much processor time the course's code took in this process, where it had to be run."""

    seconds: float = 0.0
    is_running: bool = False

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what is done meanwhile."""
        began, self.is_running = time.process_time(), True
        try:
            yield
        finally:
            self.seconds += time.process_time() - began
            self.is_running = False


COMPUTING: Final = Computing()


class ReferenceFailure(Exception):  # noqa: N818  # not an error of ours: it makes a case void
    """The reference gave no value. `is_final` says that no other process need be asked whether the course is broken."""

    def __init__(self, text: str, *, is_final: bool = False) -> None:
        super().__init__(text)
        self.is_final = is_final


class CourseSubject:
    """Call drivers on a tree of the course: the reference, or the reference with a known mistake."""

    def __init__(self, solution: Mapping[str, str], tree: str, drivers: str, modules: tuple[str, ...],
                 recordings: Recordings, workspace: Workspace | None = None,
                 attached: Mapping[str, bytes] | None = None, written: Collection[str] = ()) -> None:  # fmt: skip
        self.failed_at = ""  # file and line of the tree where the last call that was run here raised
        self.executed: set[str] = set()  # files that calls needed, as far as they were not recorded
        self._arguments = (solution, tree, drivers, modules)
        self._files: dict[str, str | bytes] = {**solution, **(attached or {})}
        self._workspace = workspace
        self._attached = attached
        self._written = frozenset(written)
        self._returns: dict[bytes, list[list[str]]] = {}
        code = {path: text for path, text in solution.items() if path.endswith(".py")}
        self._program = Program(code, self._record_step, attached=attached)
        self._drivers = Program({"drivers.py": drivers})
        self._recordings = recordings
        self._prefix = key_prefix(tree, drivers, modules)
        self._runnable = bool(solution) or (bool(attached) and not written)  # a course may have no modules
        self._modules = modules

    @classmethod
    def of(
        cls,
        course: CourseAssignment,
        recordings: Recordings,
        tree: dict[str, str] | None = None,
        attached: dict[str, bytes] | None = None,
    ) -> Self:
        """Return an assignment's reference, or another tree that stands in for it with what is attached to that."""
        if tree is None or attached is None:
            tree, attached = course.solution if course.has_reference else {}, course.attached
            digest = course.reference_digest
        else:
            digest = course.tree_digest(tree, attached)
        modules = course.assignment.runtime.modules
        written = course.assignment.files
        return cls(tree, digest, course.drivers, modules, recordings, course.workspace, attached, written)

    def unrecorded(self) -> CourseSubject:
        """Return the same tree without its memory: every call is run."""
        return CourseSubject(*self._arguments, Recordings(), self._workspace, self._attached, self._written)

    def __call__(self, driver: Driver, *positional: object, **inputs: Value) -> Value:
        """Return the recorded observation, or run the driver here and record it.

        Raises:
            DriverError: it is no driver, or an input has no name.
            ReferenceFailure: the tree raises, or is not there and nothing was recorded.
        """
        name = driver_name(driver, positional)
        return self.answer(name, call_bytes(name, inputs), shown_driver(driver))

    def answer(self, driver: str, identity: bytes, shown: str = "") -> Value:
        """Return the recorded value of a call, or run the driver here and record it; messages call it as `shown`.

        Raises:
            ReferenceFailure: the tree raises, or is not there and nothing was recorded.
        """
        message = self.message(driver, identity)
        if message.kind != "value":
            raise ReferenceFailure(f"the reference fails in {shown or driver}: {failure_of(message)[0]}")
        return message.body

    def is_answered_alike(self, other: CourseSubject, driver: str, identity: bytes) -> bool:
        """Return whether another tree gives the same value, bit by bit, for a call that this one gave a value for."""
        frame = self._recordings.frame(key_of(self._prefix, identity))
        other.message(driver, identity)  # records it
        return frame is not None and frame == other._recordings.frame(key_of(other._prefix, identity))

    def message(self, driver: str, identity: bytes) -> protocol.Message:
        """Return a value, or the name of the exception, as recorded or computed now."""
        key = key_of(self._prefix, identity)
        recorded = self._recordings.get(key)
        if recorded is not None:
            return recorded
        if not self._runnable:
            said = f"nothing is recorded for this call of {driver}, and the reference is not here"
            raise ReferenceFailure(said, is_final=True)
        frame = self._run(driver, identity)
        answer = protocol.decode(frame)
        if answer.kind == "value" or not failure_of(answer)[0].startswith(TRANSIENT):
            self._recordings.put(key, frame)
        return answer

    def kind_in_the_place_of(self, returned: Returned, driver: str, identity: bytes) -> str:
        """Return what kind of value the tree gives back where a submission gave another; nothing where none is known.

        Args:
            returned: What the submission gave back.
            driver: The driver that was called.
            identity: The call.
        """
        if not self._runnable:
            return ""
        key = key_of(b"returns", identity)
        if key not in self._returns:
            sources = self._files.keys()
            returns = Returns(sources, {DRIVERS, *sources} - self._written)
            with returns.watched():
                self._run(driver, identity)
            self._returns[key] = returns.seen
        seen = self._returns[key]
        there = seen[returned.count - 1] if 0 < returned.count <= len(seen) else ["", "", ""]
        return there[2] if there[1] == returned.function else ""

    def _record_step(self, step: str, path: str) -> None:
        if step in {"import", "attachment"}:
            self.executed.add(path)

    def _run(self, driver: str, identity: bytes) -> bytes:
        self.import_modules()
        for program in (self._program, self._drivers):
            for path, text in program.sources.items():
                code = None if program.has_compiled(path) else _compiled(path, text)
                if code is not None:
                    program.take_compiled({path: code})
        received = cast("Any", protocol.decode(identity).body)  # what a submission gets, and no alias
        place = nullcontext() if self._workspace is None else self._workspace.entered(self._files)
        with (
            COMPUTING.counted(),
            printed_to_stderr(),
            self._libraries_kept(driver),
            generators_seeded(seed_of(identity)),
            place,
            self._drivers.running(),
            self._program.running(),
        ):
            try:
                function = cast("Any", self._drivers.load(f"drivers:{driver}"))
                return protocol.encode("value", 0, function(self._program, **received))
            except (Exception, SystemExit) as error:  # noqa: BLE001  # a mistaken tree may raise anything
                frames = frames_of(error.__traceback__, self._program)
                self.failed_at = f"{frames[-1][0]}:{frames[-1][1]}" if frames else ""
                left_last = frames[-1][::2] if frames else ["", ""]
                way = [f"{file}:{name}" for file, _, name, *_ in frames]
                return protocol.encode("failure", 0, [f"{type(error).__name__}: {error}", *left_last, *way])

    @contextmanager
    def _libraries_kept(self, driver: str) -> Iterator[None]:
        """Refuse a call that leaves a library changed: other trees, and our own comparisons, run beside it."""
        try:
            with LIBRARIES.kept(self._modules):
                yield
        except LibraryChangedError as error:
            raise ReferenceFailure(f"{driver}: {error}", is_final=True) from error

    def import_modules(self) -> None:
        """Import what the tree may import: only the generators of libraries that are there can be seeded.

        Nothing is where the tree is not here to be run.

        Raises:
            ReferenceFailure: one of them cannot be imported.
        """
        for module in self._modules if self._runnable else ():
            try:
                importlib.import_module(module)
            except ImportError as error:
                raise ReferenceFailure(f"the reference needs {module}, which cannot be imported: {error}") from error
        torch: Any = sys.modules.get("torch")
        if torch is not None and torch.get_num_threads() > 1:
            torch.set_num_threads(1)  # as workers have: on a busy machine two threads mostly wait for each other


def failure_of(message: protocol.Message) -> tuple[str, tuple[str, str]]:
    """Read a failure of the course's code: the exception, and the file and function of the course that it left last.

    A recording of an earlier version holds the exception alone.
    """
    match message.body:
        case [str() as exception, str() as file, str() as function, *_]:
            return exception, (file, function)
    return str(message.body), ("", "")


def way_of(message: protocol.Message) -> frozenset[str]:
    """List the functions of the course's code that a failure led through, each as `file:name`."""
    match message.body:
        case [_, _, _, *way]:
            return frozenset(map(str, way))
    return frozenset()


@lru_cache(maxsize=1024)
def _compiled(path: str, text: str) -> bytes | None:
    """Compile a file of the course, once for all the trees that have it: a mistake changes one of many.

    None stands for one that does not compile, which whoever imports it will be told.
    """
    try:
        return marshal.dumps(compile(text, path, "exec", dont_inherit=True))
    except (SyntaxError, ValueError):
        return None


def printed_to_stderr() -> redirect_stdout[TextIO]:
    """Send what code of the course prints to standard error: standard output is for results alone."""
    return redirect_stdout(sys.stderr)


@contextmanager
def generators_seeded(seed: int) -> Iterator[None]:
    """Seed the judge's global generators for one call, and put them back."""
    torch: Any = sys.modules.get("torch")
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002  # references use the global generator
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  # see above
    if torch is not None:
        before = torch.get_rng_state()
        torch.default_generator.manual_seed(seed)  # torch.manual_seed looks for GPUs, a hundred times dearer
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002  # see above
        if torch is not None:
            torch.set_rng_state(before)
