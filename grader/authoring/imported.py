"""What tests that were written for another autograder ask in place of the submission, whose code they once imported."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from grader.authoring.hidden_tests import Subject
from grader.authoring.imported_runs import nose_function, run_examples, run_method
from grader.drivers.packing import OWN, alike, packed, unpacked, write_back

__all__ = (
    "Asked",
    "AskedClass",
    "AskedModule",
    "Locals",
    "asked",
    "asking",
    "autotest",
    "exception",
    "names_of",
    "nose_function",
    "read",
    "run_examples",
    "run_method",
)
"""What imported tests name."""
CALLED: Final = "called"
"""The key of what a driver returns for a name of the submission that is called."""


@dataclass(slots=True)
class _Asking:
    """Whom the test that runs now asks, and by which driver where it expects errors.

    What a call writes into an argument is written into that of the test where the reference's call writes into it too,
    or where the test `sees_all`.
    """

    student: Subject
    attempt: Any
    reference: Subject | None = None
    sees_all: bool = False
    has_left_out: bool = False


_ASKING: Final[list[_Asking]] = []  # the one whose test runs now


@contextmanager
def asking(student: Subject, attempt: Any = None) -> Iterator[None]:  # noqa: ANN401  # a driver
    """Have whatever the test asks meanwhile be answered by a student; arguments stay as they were.

    A test that expects errors gives a driver `attempt(impl, target, args, kwargs)`, which returns their names.
    """
    with _asked_by(_Asking(student, attempt)):
        yield


def asked(student: Subject, reference: Subject, attempt: Any = None) -> Iterator[None]:  # noqa: ANN401  # a driver
    """Have whatever a test asks in the body of a loop be answered by a student, and yield once or twice.

    The test sees what a call wrote into its arguments where the reference's call writes into them too. Where a
    submission wrote more the test runs again and sees that as well: it may look whether an argument stays as it was.
    Seen at once, whatever was written would be right for a test that computes from an argument what it expects.
    """
    for sees_all in (False, True):
        turn = _Asking(student, attempt, reference, sees_all)
        with _asked_by(turn):
            yield
        if not turn.has_left_out:
            return


@contextmanager
def _asked_by(turn: _Asking) -> Iterator[None]:
    _ASKING[:] = [turn]
    try:
        yield
    finally:
        if _ASKING and _ASKING[-1] is turn:  # a loop that an error left ends when its frames are dropped
            _ASKING.clear()


class Asked:
    """A function of the submission, called in the worker by a driver `call(impl, target, args, kwargs)`."""

    def __init__(self, driver: Any, target: str) -> None:  # noqa: ANN401  # a driver
        self._driver = driver
        self._target = target

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # what the test gives and expects
        """Call it; a value comes back as a copy. For what becomes of the arguments see `asked`."""
        turn = _ASKING[-1]
        driver = self._driver if turn.attempt is None else turn.attempt
        given = {"target": self._target, "args": packed([*args], runs=True), "kwargs": packed(kwargs, runs=True)}
        ended = turn.student(driver, **given)
        before = [given["args"], given["kwargs"]]
        if (written := _written(ended, before)) is not None and turn.reference is not None:
            right = before if turn.sees_all else _written(turn.reference(driver, **given), before) or before
            rows = [*zip(args, before[0], written[0], right[0], strict=True)]
            rows += [(kwargs[name], before[1][name], written[1][name], right[1][name]) for name in kwargs]
            for argument, was, became, should in rows:
                if turn.sees_all or not alike(was, should):
                    write_back(argument, unpacked(became))
                else:
                    turn.has_left_out |= not alike(was, became)
        return self._ended(ended)

    def stands_for_own(self) -> dict[str, Any]:
        """Return what stands for it where a test hands it to the submission."""
        return {OWN: [self._target]}

    def replayed(self, init: list[Any], steps: list[Any]) -> Any:  # noqa: ANN401  # what the last step gives
        """Make an object anew, do these steps to it, and return what the last of them gives."""
        turn = _ASKING[-1]
        given = {"target": self._target, "init": init, "steps": steps, "attempts": turn.attempt is not None}
        return self._ended(turn.student(self._driver, **given))

    def _ended(self, ended: Any) -> Any:  # noqa: ANN401  # what a driver returned
        raised = ended.get("raised") if isinstance(ended, dict) else None
        match [raised] if isinstance(raised, str) else raised:  # a driver of an older import tells the class alone
            case [str() as name, *texts] if all(isinstance(text, str) for text in texts):
                raise exception(name)(*(texts or [f"{self._target} raises {name}"]))
        is_told = isinstance(ended, dict) and "returned" in ended
        return unpacked(ended["returned"] if is_told else ended)  # a driver of an older import tells the value alone


class AskedClass:
    """A class of the submission: objects of it are made anew for each question, and all that was done is done again.

    The driver is `replay(impl, target, init, steps)`, which gives what the last of the steps gives; `methods` are names
    that are called, others are read.
    """

    def __init__(self, driver: Any, target: str, *methods: str) -> None:  # noqa: ANN401  # a driver
        self._driver = driver
        self._target = target
        self._methods = frozenset(methods)

    def stands_for_own(self) -> dict[str, Any]:
        """Return what stands for it where a test hands it to the submission."""
        return {OWN: [self._target]}

    def __call__(self, *args: Any, **kwargs: Any) -> AskedObject:  # noqa: ANN401  # what the test gives
        """Return an object as the test sees it; what making it raises is raised here where a test expects errors."""
        init = [packed([*args], runs=True), packed(kwargs, runs=True)]
        if _ASKING[-1].attempt is not None:
            Asked(self._driver, self._target).replayed(init, [])
        return AskedObject(self._driver, self._target, self._methods, init)


class AskedObject:
    """An object of the submission, in each worker that is asked: its methods, attributes, length and items.

    What a test writes into an array, list or dict that it read of an attribute is set there before the next step.
    """

    def __init__(self, driver: Any, target: str, methods: Collection[str], init: list[Any]) -> None:  # noqa: ANN401
        vars(self).update(_asked=Asked(driver, target), _methods=methods, _init=init, _steps=[], _read={})

    def stands_for_own(self) -> dict[str, Any]:
        """Return what stands for it where a test hands it over: how it is made, and what was done to it."""
        own = vars(self)
        self._set_what_was_written()
        return {OWN: [own["_asked"].stands_for_own()[OWN][0], own["_init"], [*own["_steps"]]]}

    def _set_what_was_written(self) -> None:
        own = vars(self)
        for attribute, (value, before) in own["_read"].items():
            if not alike(before, became := packed(value)):
                own["_steps"].append(["set", attribute, [became], {}])
        own["_read"].clear()

    def _step(self, kind: str, name: str, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401
        own = vars(self)
        self._set_what_was_written()
        own["_steps"].append([kind, name, packed([*args], runs=True), packed(dict(kwargs or {}), runs=True)])
        return own["_asked"].replayed(own["_init"], own["_steps"])

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # a method, or what an attribute holds
        if name.startswith("__"):
            raise AttributeError(name)
        if name in vars(self)["_methods"]:
            return lambda *args, **kwargs: self._step("call", name, args, kwargs)
        found = self._step("read", name)
        if isinstance(found, list | dict | np.ndarray):
            found = found.copy() if isinstance(found, np.ndarray) else found
            vars(self)["_read"][name] = (found, deepcopy(packed(found)))
        return found

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401  # any value that can be sent
        vars(self)["_read"].pop(name, None)
        vars(self)["_steps"].append(["set", name, packed([value], runs=True), {}])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # see `_step`
        """Call the object itself."""
        return self._step("call", "__call__", args, kwargs)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._step("call", "__iter__"))

    def __len__(self) -> int:
        return int(self._step("call", "__len__"))

    def __getitem__(self, key: Any) -> Any:  # noqa: ANN401  # of a list, a dict or the like
        return self._step("call", "__getitem__", (key,))

    def __contains__(self, item: object) -> bool:
        return bool(self._step("call", "__contains__", (item,)))

    def __str__(self) -> str:
        return str(self._step("call", "__str__"))


class Locals(Mapping[str, Any]):
    """What a notebook of the submission binds: functions and classes to be asked, values that are read when named.

    `others` is what stands for all other names, such as the modules that it imports. With a driver `has(impl, target)`
    a name is there if the submission binds it, whatever the solution calls it.
    """

    def __init__(
        self,
        asked: Mapping[str, Any],
        values: Mapping[str, str],
        driver: Any,  # noqa: ANN401  # see above
        others: Mapping[str, Any],
        *,
        module: str = "",
        call: Any = None,  # noqa: ANN401  # see above
        has: Any = None,  # noqa: ANN401  # see above
    ) -> None:
        self._asked, self._values, self._driver, self._others = asked, values, driver, others
        self._module, self._call, self._has = module, call, has

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  # a function, or what is bound
        if name in self._values:
            return read(self._driver, self._values[name], self._call)
        if name in self._asked or name in self._others:
            return self._asked[name] if name in self._asked else self._others[name]
        if self._has is None or name not in self:
            raise KeyError(name)
        return read(self._driver, f"{self._module}:{name}", self._call)

    def __contains__(self, name: object) -> bool:
        """Return whether a name is bound; one that the solution binds is asked for, and has to be there."""
        asked = self._asked.get(str(name))
        target = self._values.get(str(name), getattr(asked, "_target", ""))
        if self._has is not None and (target or name not in self._others):
            return bool(_ASKING[-1].student(self._has, target=target or f"{self._module}:{name}"))
        if target:
            read(self._driver, target)
        return bool(target) or asked is not None or name in self._others

    def __iter__(self) -> Iterator[str]:
        return iter([*self._asked, *self._values])

    def __len__(self) -> int:
        return len(self._asked) + len(self._values)


def names_of(names: Mapping[str, Any]) -> Callable[..., Any]:
    """Return what stands for `dir`: the names that a submission binds, or those of whatever it is called with."""
    return lambda *of: dir(*of) if of else names


class AskedModule:
    """A module of the submission, of which a test takes functions, values, and classes named with their methods.

    Exceptions are named with the class that they are derived from.
    """

    def __init__(
        self,
        driver: Any,  # noqa: ANN401  # see above
        module: str,
        replay: Any = None,  # noqa: ANN401  # see above
        values: Collection[str] = (),
        value: Any = None,  # noqa: ANN401  # a driver that reads
        **classes: Sequence[str] | str,
    ) -> None:
        self._driver, self._module, self._replay = driver, module, replay
        self._values, self._value = values, value
        self._classes = classes

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # a function, a class or a value
        target = f"{self._module}:{name}"
        about = self._classes.get(name)
        if about is not None:
            return exception(name, about) if isinstance(about, str) else AskedClass(self._replay, target, *about)
        return read(self._value, target, self._driver) if name in self._values else Asked(self._driver, target)


def read(driver: Any, target: str, call: Any = None) -> Any:  # noqa: ANN401  # drivers, and a value of the submission
    """Return a value that the submission computed, by a driver `value(impl, target)`.

    What is called there, such as a name that stands for a lambda, is asked by the driver `call`.
    """
    found = _ASKING[-1].student(driver, target=target)
    is_called = call is not None and isinstance(found, dict) and found.keys() == {CALLED}
    return Asked(call, target) if is_called else unpacked(found)


def _written(ended: Any, before: list[Any]) -> list[Any] | None:  # noqa: ANN401  # what a driver returned
    """Return the packed arguments that a call left, in the form that they had; None where it changed none."""
    match ended:
        case {"written": [[*args], {**kwargs}]} if len(args) == len(before[0]) and kwargs.keys() == before[1].keys():
            return [args, kwargs]
    return None


_OWN: Final[dict[str, type[Exception]]] = {}  # exceptions that submissions define, by name


def exception(name: str, base: str = "") -> type[Exception]:
    """Return the exception of a name: of Python's or numpy's own, or one that stands for a class of the submission.

    Args:
        name: The class's.
        base: The name of the class that it is derived from, where the submission defines it.
    """
    if base:
        _OWN[name] = type(name, (exception(base),), {})
    found = _OWN.get(name, getattr(builtins, name, getattr(np.linalg, name, None)))
    return found if isinstance(found, type) and issubclass(found, Exception) else Exception


def autotest(ask: Callable[[], Any]) -> None:
    """Compare what an expression is of the submission with what it is of the solution, as nbgrader's autotests do.

    That is the type, and the value; of numbers that are no integers two digits after the point.

    Raises:
        AssertionError: they differ.
    """
    turn = _ASKING[-1]
    got = ask()
    if turn.reference is None:
        raise AssertionError("there is no solution to compare with")
    student, turn.student = turn.student, turn.reference
    try:
        want = ask()
    finally:
        turn.student = student
    if type(got) is not type(want):
        raise AssertionError(f"this is of type {type(got).__name__}, expected {type(want).__name__}")
    if isinstance(want, float | np.ndarray):
        np.testing.assert_allclose(got, want, rtol=0, atol=0.005)
    elif got != want:
        raise AssertionError("this is not what the solution gives")
