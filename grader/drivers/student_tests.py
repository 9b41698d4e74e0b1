"""Run a student's file of tests where no implementation is: what it calls is answered from a list, or noted as asked.

The file is executed in the student's worker. The module that it tests stands there as an empty one, whose functions and
classes give what they are known to answer; a call that is not known ends its test, and is asked of an implementation
in another process before the file is run again. pytest itself reads plugins and files from disk, which a worker may
not: its marks and fixtures are read here, and the tests called.
"""

from __future__ import annotations

import builtins
import inspect
import itertools
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any, Final, cast

import numpy as np

from grader.drivers.implementation import Implementation, Tree
from grader.drivers.packing import packed, unpacked

SEED: Final = 20261130
PLAIN: Final = (bool, int, float, complex, str, type(None), np.ndarray, np.generic)
MADE: Final = "()"  # the step that calls the function or makes the object
SPECIAL: Final = ("__call__", "__len__", "__getitem__")
MOST_STEPS: Final = 200
_RAISED: Final = "the implementation raises this"  # whatever it says: a text would tell mutants apart


class Unanswered(BaseException):  # no error: a test ends until its call is answered
    """A call is not known yet. No `except Exception` of a test takes it for the implementation's."""


class Answers:
    """What calls of an implementation are known to give, and which others the tests ask for."""

    def __init__(self, known: Sequence[Sequence[Any]]) -> None:
        self._known = {_key(call): answer for call, answer in known}
        self.asked: dict[Any, Any] = {}

    def of(self, target: str, steps: Sequence[Any]) -> Any:  # noqa: ANN401  # what the implementation gives
        """Return what the last of some steps gives.

        Raises:
            Unanswered: it is not known.
            Exception: the implementation raises, one of Python's own by its name and of no text.
        """
        call = [target, packed(_sendable([*steps], target))]
        key = _key(call)
        if key not in self._known:
            self.asked[key] = call
            raise Unanswered
        answer = self._known[key]
        if "raises" in answer:
            kind = getattr(builtins, answer["raises"], None)
            is_error = isinstance(kind, type) and issubclass(kind, Exception)
            raise (kind if is_error and kind is not None else RuntimeError)(_RAISED)
        for place, array in answer["changed"].items():  # what it wrote into is written into
            steps[-1][1][int(place)][...] = array
        if "object" in answer:
            return Asked(self, target, [*steps], frozenset(answer["object"]))
        return unpacked(answer["value"])


class Asked:
    """An object of the implementation, as far as a test sees it: the steps by which it came to be as it is."""

    def __init__(self, answers: Answers, target: str, steps: list[Any], methods: frozenset[str]) -> None:
        for name, value in (("_answers", answers), ("_target", target), ("_steps", steps), ("_methods", methods)):
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # a method, or what the attribute holds
        """Return a method, or ask for an attribute."""
        if name in self._methods:
            return lambda *args, **kwargs: self._step(name, args, kwargs)
        if name.startswith("__"):
            raise AttributeError(name)
        return self._answers.of(self._target, [*self._steps, [f"@{name}", [], {}]])

    def __setattr__(self, name: str, value: object) -> None:
        """Have the attribute set before whatever is asked next."""
        self._steps.append([f"={name}", [_sendable(value, name)], {}])

    def __call__(self, *args: object, **kwargs: object) -> Any:  # noqa: ANN401  # what it gives
        """Call the object."""
        return self._step("__call__", args, kwargs)

    def __len__(self) -> int:
        """Ask for the length."""
        return int(self._step("__len__", (), {}))

    def __getitem__(self, place: object) -> Any:  # noqa: ANN401  # what it gives
        """Ask for an item."""
        return self._step("__getitem__", (place,), {})

    def _step(self, name: str, args: Sequence[object], kwargs: Mapping[str, object]) -> Any:  # noqa: ANN401
        if len(self._steps) >= MOST_STEPS:
            raise RuntimeError(f"an object is used {MOST_STEPS} times, expected fewer in one test")
        before = _step(name, args, kwargs)
        step = [name, [*args], dict(kwargs)]
        self._steps.append(before)
        return self._answers.of(self._target, [*self._steps[:-1], step])


def answered(impl: Implementation, calls: Sequence[Sequence[Any]]) -> Tree:
    """Make calls of the implementation that is here; return an answer for each."""
    return {"answers": [_answered(impl, target, unpacked(steps)) for target, steps in calls]}


def reported(impl: Implementation, file: str, of: Sequence[str], known: Sequence[Sequence[Any]]) -> Tree:
    """Run the tests of a file on what is known of an implementation.

    Returns:
        `tests`, how each ended, "passed", "failed" or "skipped", and `asked`, calls that are not known yet. Where a
        test asks for a fixture that is not there, `unsupported` is its name.

    Raises:
        NotImplementedError: a test is left as it was handed out.
    """
    answers = Answers(known)
    unwritten: list[BaseException] = []
    tests: dict[str, str] = {}
    with _modules_of(of, answers), _seeded():
        try:
            impl.load(f"{file}:__name__")
        except Unanswered:
            return {"tests": {}, "asked": [*answers.asked.values()]}
        module = sys.modules[file]
        for name, call in _tests_in(module):
            try:
                with _seeded():
                    call()
                tests[name] = "passed"
            except Unanswered:
                tests[name] = "failed"
            except NotImplementedError as error:
                tests[name] = "failed"
                if _is_own(error, module):
                    unwritten.append(error)
            except UnsupportedError as error:
                return {"tests": {}, "asked": [], "unsupported": str(error)}
            except BaseException as error:  # noqa: BLE001  # whatever a student's test raises
                tests[name] = "skipped" if type(error).__name__ == "Skipped" else "failed"
    if unwritten and not answers.asked:
        raise unwritten[0]
    return {"tests": tests, "asked": [*answers.asked.values()]}


class UnsupportedError(Exception):
    """A test asks for a fixture that is not there where it runs; the text is its name."""


def _answered(impl: Implementation, target: str, steps: Sequence[Any]) -> Tree:
    made: Any = None
    value: Any = None
    arguments: list[Any] = []
    for number, (name, args, kwargs) in enumerate(steps):
        arguments = [*args]
        before = [array.copy() if isinstance(array, np.ndarray) else None for array in arguments]
        try:
            if name == MADE:
                value = made = impl.load(target)(*args, **kwargs)
            elif name.startswith("="):
                setattr(made, name[1:], args[0])
            elif name.startswith("@"):
                value = getattr(made, name[1:])
            else:
                value = getattr(made, name)(*args, **kwargs)
        except Exception as error:  # noqa: BLE001  # a mutant may raise anything
            if number == len(steps) - 1:
                return {"raises": type(error).__name__}
    if value is not made and not _is_plain(value):
        return {"raises": TypeError.__name__}  # an object inside an object stays where it is
    changed = {
        str(place): array
        for place, (array, was) in enumerate(zip(arguments, before, strict=True))
        if was is not None and array.tobytes() != was.tobytes()
    }
    if _is_plain(value):
        return {"value": packed(value), "changed": changed}
    return {"object": [name for name in dir(value) if name[0] != "_" and callable(getattr(value, name, None))],
            "changed": changed}  # fmt: skip


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
    return isinstance(value, PLAIN)


def _step(name: str, args: Sequence[object], kwargs: Mapping[str, object]) -> list[Any]:
    """Return a step whose arguments stay as they are now, whoever writes into them later."""
    return [
        name,
        [_sendable(value, name) for value in args],
        {key: _sendable(value, name) for key, value in kwargs.items()},
    ]


def _sendable(value: Any, name: str) -> Any:  # noqa: ANN401  # any tree of plain values
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, list | tuple):
        return type(value)(_sendable(item, name) for item in value)
    if isinstance(value, dict):
        return {key: _sendable(item, name) for key, item in value.items()}
    if not isinstance(value, PLAIN):
        raise TypeError(
            f"{name} is given {type(value).__name__}, expected numbers, texts, arrays, lists, tuples, dicts"
        )
    return value


def _key(value: Any) -> Any:  # noqa: ANN401  # any tree of plain values
    """Return what is equal for the same values alone."""
    if isinstance(value, np.ndarray | np.generic):
        return "array", value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, list | tuple):
        return "list", *map(_key, value)
    if isinstance(value, dict):
        return "dict", *((key, _key(value[key])) for key in sorted(value))
    return type(value).__name__, repr(value)


@contextmanager
def _modules_of(of: Sequence[str], answers: Answers) -> Iterator[None]:
    """Have modules that hold what is tested, and nothing else, in the place of the submission's own."""
    before = dict(sys.modules)
    for target in of:
        path, _, name = target.partition(":")
        parts = path.split(".")
        for depth in range(1, len(parts) + 1):
            made = sys.modules.get(inner := ".".join(parts[:depth]))
            if made is None or made is before.get(inner):
                made = sys.modules[inner] = ModuleType(inner)
                made.__path__ = []
        setattr(sys.modules[path], name, _function(answers, target, name))
    try:
        yield
    finally:
        for name in {".".join(path[:depth]) for path in (one.partition(":")[0].split(".") for one in of)
                     for depth in range(1, len(path) + 1)}:  # fmt: skip
            sys.modules.pop(name, None)
            if name in before:
                sys.modules[name] = before[name]


def _function(answers: Answers, target: str, name: str) -> Callable[..., Any]:
    def call(*args: object, **kwargs: object) -> Any:  # noqa: ANN401  # what the implementation gives
        _step(name, args, kwargs)  # refuses what cannot be sent
        return answers.of(target, [[MADE, [*args], dict(kwargs)]])

    call.__name__ = call.__qualname__ = name
    return call


@contextmanager
def _seeded() -> Iterator[None]:
    """Have every generator that a test makes without a seed begin alike, so that each run asks for the same."""
    random.seed(SEED)
    np.random.seed(SEED)  # noqa: NPY002  # tests use the global generator
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(SEED)
    make = np.random.default_rng
    np.random.default_rng = lambda seed=None: make(SEED if seed is None else seed)
    try:
        yield
    finally:
        np.random.default_rng = make


def _is_own(error: BaseException, module: ModuleType) -> bool:
    """Return whether an error was raised by a line of a module itself."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals is vars(module)


def _tests_in(module: ModuleType) -> Iterator[tuple[str, Callable[[], None]]]:
    """List the tests of a module, and what runs each: functions, and methods of classes, once for each parameters."""
    for name, value in [*vars(module).items()]:
        if name.startswith("test") and inspect.isfunction(value):
            yield from _cases(name, value, module, None)
        elif inspect.isclass(value) and value.__module__ == module.__name__:
            is_unittest = any(base.__name__ == "TestCase" for base in value.__mro__)
            if is_unittest or name.startswith("Test"):
                for method, function in inspect.getmembers(value, inspect.isfunction):
                    if method.startswith("test"):
                        yield from _cases(f"{name}::{method}", function, module, value)


def _cases(
    name: str, function: Callable[..., object], module: ModuleType, cls: type | None
) -> Iterator[tuple[str, Callable[[], None]]]:
    marks = [*getattr(function, "pytestmark", ()), *getattr(cls, "pytestmark", ())]
    if any(mark.name == "skip" or (mark.name == "skipif" and any(mark.args)) for mark in marks):
        return
    axes = [[*_parameters(mark)] for mark in marks if mark.name == "parametrize"]
    for number, chosen in enumerate(itertools.product(*axes)):
        given = {key: value for one in chosen for key, value in one.items()}
        yield f"{name}[{number}]" if axes else name, lambda given=given: _run(function, module, cls, given)  # type: ignore[misc]


def _parameters(mark: Any) -> Iterator[dict[str, object]]:  # noqa: ANN401  # a mark of pytest
    names, rows = (*mark.args, *mark.kwargs.values())[:2]
    listed = [one.strip() for one in names.split(",")] if isinstance(names, str) else [*names]
    for row in rows:
        values = getattr(row, "values", None) if hasattr(row, "marks") else None
        if values is None:
            values = [row] if len(listed) == 1 else row
        yield dict(zip(listed, values, strict=True))


def _run(function: Callable[..., object], module: ModuleType, cls: type | None, given: Mapping[str, object]) -> None:
    """Run a test: what is set up before it, its fixtures, and what is taken down after it."""
    with ExitStack() as stack:
        holder: Any = None
        if cls is not None:
            is_unittest = any(base.__name__ == "TestCase" for base in cls.__mro__)
            holder = cls(function.__name__) if is_unittest else cls()
        for owner, up, down in (
            (module, "setup_module", "teardown_module"), (module, "setup_function", "teardown_function"),
            (holder, "setup_class", "teardown_class"), (holder, "setup_method", "teardown_method"),
            (holder, "setUpClass", "tearDownClass"), (holder, "setUp", "tearDown"),
        ):  # fmt: skip
            if owner is None or (up.endswith("_function") and holder is not None):
                continue
            if hasattr(owner, up):
                _called_with(getattr(owner, up), function)
            if hasattr(owner, down):
                stack.callback(_called_with, getattr(owner, down), function)
        made: dict[str, object] = dict(given)
        for name, value in {**vars(module), **vars(cls or object)}.items():
            if getattr(getattr(value, "_fixture_function_marker", None), "autouse", False):
                _fixture(name, module, holder, made, stack)
        asked = [*inspect.signature(function).parameters][0 if cls is None else 1 :]
        arguments = {name: _fixture(name, module, holder, made, stack) for name in asked}
        function(*(() if cls is None else (holder,)), **arguments)


def _called_with(function: Callable[..., object], test: Callable[..., object]) -> None:
    """Call what sets up or takes down, with the test where it asks for one."""
    function(*[test][: len(inspect.signature(function).parameters)])


def _fixture(name: str, module: ModuleType, holder: object, made: dict[str, object], stack: ExitStack) -> object:
    """Make a fixture of the file, once for a test."""
    if name in made:
        return made[name]
    if name == "monkeypatch":
        made[name] = stack.enter_context(sys.modules["pytest"].MonkeyPatch.context())
        return made[name]
    definition = getattr(type(holder), name, None) or getattr(module, name, None)
    wrapped = getattr(definition, "_get_wrapped_function", None)
    if wrapped is None or getattr(getattr(definition, "_fixture_function_marker", None), "params", None):
        raise UnsupportedError(name)
    function = wrapped()
    asked = [*inspect.signature(function).parameters]
    own = [holder] if asked[:1] == ["self"] else []
    value = function(*own, **{one: _fixture(one, module, holder, made, stack) for one in asked[len(own) :]})
    if inspect.isgenerator(value):
        value, rest = next(value), value
        stack.callback(_finished, cast("Iterator[object]", rest))
    made[name] = value
    return value


def _finished(rest: Iterator[object]) -> None:
    """Run what a fixture does after the test."""
    next(rest, None)
