"""Which forbidden operations a submission's code calls, recorded beside it: the operation, where from and how often.

Kernels of torch are watched in its dispatcher, where a Python function, a compiled one and every thread come through,
at no cost to any other operation: a dispatch mode makes each of them five times as dear, and holds for one thread. The
engine of autograd is watched where it is entered, functions that are named by a function mode, and those of other
libraries by wrapping them while a call is made. Nothing here is believed by the judge: it is evidence, made where a
submission can reach it.
"""

from __future__ import annotations

import functools
import importlib
import sys
import threading
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType, ModuleType
from typing import Any, Final, NamedTuple, cast

from grader.model.operations import AUTOGRAD, FAMILIES, NAMED_KERNELS

KEYS: Final = ("CPU", "MkldnnCPU", "QuantizedCPU")
"""Where torch keeps kernels of a worker's tensors: ordinary ones, and two forms that they can be brought into."""
MAX_PLACES: Final = 16  # of one call, each an operation from one place
MAX_FRAMES: Final = 8
MODULE: Final = "<module>"


class Wish(NamedTuple):
    """An entry of a rubric that a kernel belongs to, with the convolution that is meant where it is not every one."""

    entry: str
    dimensions: int | None = None
    is_transposed: bool = False

    def is_met(self, arguments: Sequence[Any]) -> bool:
        """Return whether the arguments of a kernel are those of what is meant."""
        if self.dimensions is None:
            return True
        return arguments[1].dim() == self.dimensions + 2 and bool(arguments[6]) is self.is_transposed


class OperationRecorder:
    """What is called of the operations that a rubric forbids.

    Args:
        entries: Families and dotted names.
        theirs: The paths of the student's files.
        provided: Those of files of the course, whose own calls are nobody's fault.
        drivers: The path that the drivers go by.
    """

    def __init__(
        self, entries: Collection[str], theirs: Collection[str], provided: Collection[str], drivers: str
    ) -> None:
        self._theirs = frozenset(theirs) - frozenset(provided)
        self._provided = frozenset(provided) - {drivers}
        self._known = self._theirs | self._provided | {drivers}
        self._is_recording = False
        self._inside = threading.local()
        self._seen: dict[tuple[str, str, tuple[tuple[str, int, str], ...]], int] = {}
        self._watches_autograd = AUTOGRAD in entries
        torch = sys.modules.get("torch")
        self._torch: Any = torch
        wishes: dict[str, list[Wish]] = {}
        self._functions: dict[str, str] = {}
        for entry in entries:
            family, named = FAMILIES.get(entry), NAMED_KERNELS.get(entry)
            if family is not None:
                for kernel in family.kernels:
                    wishes.setdefault(kernel, []).append(Wish(entry))
                self._functions |= dict.fromkeys(family.functions, entry)
            elif named is not None:
                for kernel in named.kernels:
                    wishes.setdefault(kernel, []).append(Wish(entry, named.dimensions, named.is_transposed))
            else:
                self._functions[entry] = entry
        self._names = {name.rpartition(".")[2] for name in self._functions}
        self._libraries = [] if torch is None else self._watched_kernels(wishes)
        self._homes = [*_homes([name for name in self._functions if name.partition(".")[0] != "torch"])]
        self._by_function: dict[Any, tuple[str, str]] = {}
        self._layers: dict[str, str] = {}
        if torch is not None:
            self._look_up_functions()

    def taken(self) -> list[list[Any]]:
        """Return what was recorded since it was last taken: entry, operation, count, and frames, innermost first."""
        seen, self._seen = self._seen, {}
        return [[entry, name, count, [*map(list, frames)]] for (entry, name, frames), count in seen.items()]

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record what is called inside the block."""
        self._is_recording = True
        _RECORDERS.append(self)
        try:
            with ExitStack() as patched:
                for module, attribute, name in self._homes:
                    told = functools.partial(self._told_of_library, self._functions[name], name)
                    _wrap_attribute(patched, module, attribute, told)
                if self._watches_autograd and self._torch is not None:
                    self._watch_autograd(patched)
                for name, entry in self._layers.items():  # whoever calls a layer calls its forward
                    _wrap(patched, f"{name}.forward", functools.partial(self._note_caller, entry, name))
                if self._by_function:
                    self._watch_functions(patched)
                yield
        finally:
            self._is_recording = False
            _RECORDERS.remove(self)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Record nothing of what is called inside the block."""
        was_recording, self._is_recording = self._is_recording, False
        try:
            yield
        finally:
            self._is_recording = was_recording  # a block inside another one does not end that

    def _note(self, entry: str, name: str, frame: FrameType | None) -> None:
        """Record an operation that is called from a frame, unless the course calls it, or a module that is imported."""
        innermost, frames = "", []
        if not self._is_recording:
            return
        while frame is not None:
            code = frame.f_code
            if code.co_filename in self._known:
                innermost = innermost or code.co_filename
                if code.co_filename in self._theirs:
                    frames.append((code.co_filename, frame.f_lineno, code.co_name))
            frame = frame.f_back
        if innermost in self._provided or (frames and frames[-1][2] == MODULE):
            return  # what a module tries out as it is imported has no part in what its functions return
        key = (entry, name, tuple(frames[:MAX_FRAMES]))
        if key in self._seen or len(self._seen) < MAX_PLACES:
            self._seen[key] = self._seen.get(key, 0) + 1

    def _watched_kernels(self, wishes: dict[str, list[Wish]]) -> list[Any]:
        """Put a kernel that records before each that is watched; return what keeps them in place."""
        torch, libraries = self._torch, {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns that a kernel is replaced
            for kernel, wanted in wishes.items():
                namespace, _, name = kernel.partition("::")
                if namespace not in libraries:
                    libraries[namespace] = torch.library.Library(namespace, "IMPL")
                for schema in torch._C._jit_get_schemas_for_operator(kernel):  # noqa: SLF001  # lists the overloads
                    self._watch_kernel(libraries[namespace], name, schema.overload_name, wanted)
        return [*libraries.values()]

    def _watch_kernel(self, library: Any, name: str, overload: str, wanted: list[Wish]) -> None:  # noqa: ANN401  # torch's
        whole = f"{name}.{overload}" if overload else name
        qualified = f"{library.ns}::{whole}"
        torch_c = self._torch._C  # noqa: SLF001  # torch's table of kernels, whose public form knows fewer keys
        for key in KEYS:
            if torch_c._dispatch_has_computed_kernel_for_dispatch_key(qualified, key):  # noqa: SLF001  # see above
                original = torch_c._dispatch_get_computed_kernel_for_dispatch_key(qualified, key)  # noqa: SLF001  # see above
                watched = self._recording_kernel(qualified.replace("::", "."), original.call_boxed, wanted)
                library.impl(whole, watched, key, with_keyset=True)

    def _recording_kernel(self, name: str, original: Callable[..., Any], wanted: list[Wish]) -> Callable[..., Any]:
        def kernel(keys: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # whatever the operation takes and gives
            if not self._is_recording or getattr(self._inside, "kernel", False):
                return original(keys, *args, **kwargs)
            for wish in wanted:
                if wish.is_met(args):
                    self._note(wish.entry, name, sys._getframe(1))  # noqa: SLF001  # the caller's
            self._inside.kernel = True  # what a kernel calls itself is no call of its own
            try:
                return original(keys, *args, **kwargs)
            finally:
                self._inside.kernel = False

        return kernel

    def _watch_autograd(self, patched: ExitStack) -> None:
        """Put an engine that records before the one that every backward pass runs through."""
        variable = self._torch.autograd.Variable
        engine, recorder = variable._execution_engine, self  # noqa: SLF001  # where torch itself looks it up

        class RecordingEngine:
            """The engine of autograd, whose runs are recorded."""

            def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # all else is the engine's
                return getattr(engine, name)

            def run_backward(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # as the engine's
                recorder._note(AUTOGRAD, "autograd", sys._getframe(1))  # noqa: SLF001  # its own method, the caller's frame
                return engine.run_backward(*args, **kwargs)

        variable._execution_engine = RecordingEngine()  # noqa: SLF001  # see above
        patched.callback(setattr, variable, "_execution_engine", engine)
        forward = importlib.import_module("torch.autograd.forward_ad")
        told = functools.partial(self._told_of_library, AUTOGRAD, "torch.autograd.forward_ad.make_dual")
        _wrap(patched, f"{forward.__name__}.make_dual", told)

    def _told_of_library(self, entry: str, name: str) -> None:
        """Record a function of a library, unless the library uses it for another function of its own.

        Then a frame of the library names it. One may be handed it, as `numpy.vectorize` is, and what has its name, as
        `numpy.ma.convolve` has, is another road to it.
        """
        caller = sys._getframe(2)  # noqa: SLF001  # who called the wrapper
        library, function = name.partition(".")[0], name.rpartition(".")[2]
        frame: FrameType | None = caller
        while frame is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] == library:
            if function in frame.f_code.co_names and frame.f_code.co_name not in self._names:
                return
            frame = frame.f_back
        is_told = (
            frame is not None and frame.f_globals is globals()
        )  # a wrapper around the function that called this one
        if not is_told:
            self._note(entry, name, caller)

    def _look_up_functions(self) -> None:
        """Look up the functions and layers of torch that are forbidden by name and known by no kernel."""
        for name, entry in self._functions.items():
            if name.partition(".")[0] == "torch" and entry != AUTOGRAD:
                found = resolved(name)
                if isinstance(found, type):
                    self._layers[name] = entry
                elif found is not None:
                    self._by_function[found] = (entry, name)

    def _watch_functions(self, patched: ExitStack) -> None:
        """Record functions of torch by a function mode, in threads that are started as well."""
        mode_type: Any = importlib.import_module("torch.overrides").TorchFunctionMode
        known, note = self._by_function, self._note

        class RecordingMode(mode_type):  # type: ignore[misc]  # torch is not imported here
            """Record which functions of torch are called, and call them."""

            def __torch_function__(
                self,
                func: Callable[..., Any],
                types: object,
                args: tuple[Any, ...] = (),
                kwargs: dict[str, Any] | None = None,
            ) -> Any:  # noqa: ANN401  # what the function gives
                named = known.get(func)
                if named is not None:
                    note(*named, sys._getframe(1))  # noqa: SLF001  # the caller's
                return func(*args, **(kwargs or {}))

        patched.enter_context(RecordingMode())
        for name in ("_thread.start_new_thread", "threading._start_new_thread"):
            home, _, function = name.rpartition(".")
            module = sys.modules[home]
            original = getattr(module, function)

            def started(target: Any, args: Any, *rest: Any, original: Any = original) -> Any:  # noqa: ANN401  # as the original
                def run(*given: Any, **named: Any) -> None:  # noqa: ANN401  # what the thread is given
                    with RecordingMode():
                        target(*given, **named)

                return original(run, args, *rest)

            setattr(module, function, started)
            patched.callback(setattr, module, function, original)

    def _note_caller(self, entry: str, name: str) -> None:
        self._note(entry, name, sys._getframe(2))  # noqa: SLF001  # who called the wrapper


_RECORDERS: Final[list[OperationRecorder]] = []
"""The recorder of the call that is being made, if there is one."""


@contextmanager
def unrecorded() -> Iterator[None]:
    """Charge nothing of what a driver calls inside the block to its check: what precedes the call that is judged."""
    with ExitStack() as pausing:
        for recorder in _RECORDERS:
            pausing.enter_context(recorder.paused())
        yield


def resolved(name: str) -> Any:  # noqa: ANN401  # whatever has that name
    """Return what a dotted name stands for; None where there is no such thing, or its library is not here.

    A module of a library that is here is imported where it was not yet.
    """
    top, *steps = name.split(".")
    found: Any = sys.modules.get(top)
    path = top
    for step in steps:
        if found is None:
            return None
        path = f"{path}.{step}"
        if not hasattr(found, step):
            try:
                found = importlib.import_module(path)
                continue
            except ImportError:
                return None
        found = getattr(found, step)
    return found


def _homes(names: Collection[str]) -> Iterator[tuple[ModuleType, str, str]]:
    """List where functions stand in the modules of their libraries: module, attribute, and the dotted name."""
    functions = {id(found): name for name in names if (found := resolved(name)) is not None}
    libraries = {name.partition(".")[0] for name in functions.values()}
    for path, module in [*sys.modules.items()]:
        if path.partition(".")[0] in libraries and isinstance(module, ModuleType):
            for attribute, value in [*vars(module).items()]:
                if id(value) in functions:
                    yield module, attribute, functions[id(value)]


def _wrap(patched: ExitStack, name: str, told: Callable[[], None]) -> None:
    """Put a wrapper into the place of a function, until the block ends; there may be none of that name."""
    home, _, attribute = name.rpartition(".")
    owner = resolved(home)
    if owner is not None and hasattr(owner, attribute):
        _wrap_attribute(patched, owner, attribute, told)


def _wrap_attribute(patched: ExitStack, owner: Any, attribute: str, told: Callable[[], None]) -> None:  # noqa: ANN401  # a module or class
    original = cast("Callable[..., Any]", getattr(owner, attribute))

    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # as the original
        told()
        return original(*args, **kwargs)

    del wrapper.__wrapped__  # by which the original would be reached
    setattr(owner, attribute, wrapper)
    patched.callback(setattr, owner, attribute, original)
