"""What tests that were written for another autograder ask in place of the submission, whose code they once imported."""

from __future__ import annotations

import builtins
import doctest
import unittest
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from grader.authoring.hidden_tests import Subject
from grader.drivers.packing import packed, unpacked

_STUDENT: Final[list[tuple[Subject, Any]]] = []  # whom the test that runs now asks, one at a time, and by what


@contextmanager
def asking(student: Subject, attempt: Any = None) -> Iterator[None]:  # noqa: ANN401  # a driver
    """Have whatever the test asks meanwhile be answered by a student.

    A test that expects errors gives a driver `attempt(impl, target, args, kwargs)`, which returns their names.
    """
    _STUDENT.append((student, attempt))
    try:
        yield
    finally:
        _STUDENT.pop()


class Asked:
    """A function of the submission, called in the worker by a driver `call(impl, target, args, kwargs)`."""

    def __init__(self, driver: Any, target: str) -> None:  # noqa: ANN401  # a driver
        self._driver = driver
        self._target = target

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # what the test gives and expects
        """Call it; a value comes back as a copy, and arguments stay as they were."""
        student, attempt = _STUDENT[-1]
        given = {"target": self._target, "args": packed([*args]), "kwargs": packed(kwargs)}
        if attempt is None:
            return unpacked(student(self._driver, **given))
        ended = student(attempt, **given)
        name = ended.get("raised") if isinstance(ended, dict) else None
        if isinstance(name, str):
            raise _exception(name)(f"{self._target} raises {name}")
        return unpacked(ended["returned"])


class AskedModule:
    """A module of the submission, of which a test takes functions by name."""

    def __init__(self, driver: Any, module: str) -> None:  # noqa: ANN401  # a driver
        self._driver = driver
        self._module = module

    def __getattr__(self, name: str) -> Asked:
        return Asked(self._driver, f"{self._module}:{name}")


def read(driver: Any, target: str) -> Any:  # noqa: ANN401  # a driver, and a value of the submission
    """Return a value that the submission computed, by a driver `value(impl, target)`."""
    return unpacked(_STUDENT[-1][0](driver, target=target))


def _exception(name: str) -> type[Exception]:
    """Return the exception of a name, of Python's or numpy's own."""
    found = getattr(builtins, name, getattr(np.linalg, name, None))
    return found if isinstance(found, type) and issubclass(found, Exception) else Exception


def nose_function(name: str) -> Any:  # noqa: ANN401  # a function that asserts
    """Return what `nose.tools` had under a name, such as `assert_equal`: a method of unittest's."""
    words = name.removesuffix("_").split("_")
    return getattr(unittest.TestCase(), words[0] + "".join(map(str.capitalize, words[1:])))


def run_method(case: type[unittest.TestCase], name: str) -> None:
    """Run one method of a class of tests, between its own setting up and tearing down."""
    one = case(name)
    case.setUpClass()
    try:
        one.setUp()
        try:
            getattr(one, name)()
        finally:
            one.tearDown()
    finally:
        case.tearDownClass()


def run_examples(text: str, names: Mapping[str, Any]) -> None:
    """Run examples such as `>>> f(2)` with the line that is expected below each.

    Raises:
        AssertionError: an example prints something else.
    """
    examples = doctest.DocTestParser().get_doctest(text, dict(names), "examples", None, 0)
    try:
        doctest.DebugRunner(verbose=False).run(examples)
    except doctest.DocTestFailure as failure:
        raise AssertionError("an example does not print what is expected") from failure
    except doctest.UnexpectedException as error:
        raise error.exc_info[1] from None
