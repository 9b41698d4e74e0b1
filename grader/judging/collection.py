"""Hold the hidden tests of an assignment open in pytest: collected once, run for one submission after another.

pytest has no public way to collect once and run often; the private names used here are those that pytest-xdist
and pytest-rerunfailures rely on, and pytest's version is pinned.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from copy import copy
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pytest
from _pytest.config import ConftestImportFailure, _prepareconfig

from grader.course.assignment import CourseAssignment
from grader.course.import_deadline import ended_in_time
from grader.course.raised import fault_of
from grader.course.validation import TEST_FILES, path_in_course
from grader.errors import CourseError, OverBudgetError, Problem
from grader.judging.direct_call import DirectCall, is_plain
from grader.judging.implementations import Implementations
from grader.judging.plugin import (
    JUDGE_SECONDS,
    PUBLIC_SEED,
    CurrentCase,
    SilentTerminal,
    check_name,
    collection_faults,
    fixtures,
    refuse_call,
)
from grader.model.figure import Figure
from grader.model.observation import Value
from grader.model.variant import Constant
from grader.sandbox.guest.program import Program
from grader.subjects.course import printed_to_stderr
from grader.subjects.student import Driver, Subject

UNNEEDED: Final = (
    *("terminal", "capture", "logging", "cacheprovider", "junitxml", "pastebin", "doctest", "unraisableexception"),
    *("threadexception", "warnings", "stepwise", "debugging", "faulthandler", "setuponly", "setupplan"),
)
CONFTEST: Final = "conftest.py"
OUR_HOOKS: Final = ("_pytest.", "pytest_timeout", "grader.judging.")


class CaseEnd(NamedTuple):
    """What ended a case, None where it passed, what it noted, what it measured and what it shows."""

    error: BaseException | None
    notes: tuple[str, ...]
    measured: float | None
    figure: Figure | None


class FirstCall(BaseException):  # not an error: it ends a test that need not go on, past its own `except`
    """The first driver call that a test makes."""

    def __init__(self, driver: Driver, inputs: dict[str, Value]) -> None:
        super().__init__()
        self.driver = driver
        self.inputs = inputs


def _raise_first_call(driver: Driver, **inputs: Value) -> Value:
    raise FirstCall(driver, inputs)


class HiddenTests:
    """The collected tests of one assignment, in rubric order."""

    def __init__(self, course: CourseAssignment) -> None:
        self._course = course
        self._current = CurrentCase()
        self._session = self._collected(course.folder / "checks")
        self.cases = self._cases_by_check()
        items = () if self._are_runs_hooked() else (item for cases in self.cases.values() for item in cases)
        self._direct = {item.nodeid: DirectCall(item, self._current) for item in items if is_plain(item)}
        self._used: set[str] = set()
        self.constants: Mapping[str, Constant] = {} if course.variant is None else course.variant.constants

    def with_constants(self, constants: Mapping[str, Constant]) -> HiddenTests:
        """Return the same tests for the variant of the assignment that has these constants."""
        tests = copy(self)
        tests.constants = constants
        return tests

    def run(
        self,
        item: pytest.Function,
        student: Subject,
        reference: Subject,
        seed: int = PUBLIC_SEED,
        *,
        files: Subject | None = None,
        implementations: Implementations | None = None,
    ) -> CaseEnd:
        """Run one case with these subjects, its inputs drawn under a seed.

        Where no subject is given for what was handed in beside modules, the student is asked for that as well.

        Raises:
            OverBudgetError: that took more of the judge than a submission may take.
        """
        current = self._current
        current.begin(student, reference, files or student, seed)
        current.implementations = implementations
        current.constants = self.constants
        with nullcontext() if sys.stdout is sys.stderr else printed_to_stderr():
            end = self._end_of(item, current)
        if isinstance(end.error, OverBudgetError):
            raise end.error
        return end

    def run_smaller(
        self,
        item: pytest.Function,
        parameters: Mapping[str, object],
        rng: np.random.Generator,
        student: Subject,
        reference: Subject,
    ) -> BaseException | None:
        """Run a plain test with other parameters and another generator; return what ended it, None where it passed.

        Raises:
            OverBudgetError: that took more of the judge than a submission may take.
        """
        self._current.begin(student, reference, refuse_call, PUBLIC_SEED)
        self._current.constants = self.constants
        with nullcontext() if sys.stdout is sys.stderr else printed_to_stderr():
            error = self._direct[item.nodeid].run(parameters, rng)
        if isinstance(error, OverBudgetError | KeyboardInterrupt | SystemExit):
            raise error
        return error

    def is_plain(self, item: pytest.Function) -> bool:
        """Return whether a test is called past pytest: then it can be called with other parameters."""
        return item.nodeid in self._direct

    def _end_of(self, item: pytest.Function, current: CurrentCase) -> CaseEnd:
        direct = self._direct.get(item.nodeid)
        if direct is not None:
            return CaseEnd(direct.run(), tuple(current.notes), current.measured, current.figure)
        current.is_alarm_installed = False  # pytest-timeout puts it away after its own
        state = self._session._setupstate  # noqa: SLF001  # see the module's docstring
        state.teardown_exact(item)
        if item.nodeid in self._used:
            item._initrequest()  # noqa: SLF001  # forget the fixture values of the previous submission
        self._used.add(item.nodeid)
        item.ihook.pytest_runtest_protocol(item=item, nextitem=item.parent)
        return CaseEnd(current.error, tuple(current.notes), current.measured, current.figure)

    def begin(self) -> None:
        """Begin with another submission, or whatever is tested next: others may have set the alarm meanwhile."""
        self._current.is_alarm_installed = False

    def first_call(self, item: pytest.Function, seed: int) -> FirstCall | None:
        """Return what a plain test asks the student first, where it has not asked the reference before."""
        if item.nodeid not in self._direct:
            return None
        ended = self.run(item, _raise_first_call, refuse_call, seed, files=refuse_call).error
        if isinstance(ended, KeyboardInterrupt | SystemExit):
            raise ended
        return ended if isinstance(ended, FirstCall) else None

    def close(self) -> None:
        """Let go of module-wide fixtures and plugins."""
        self._session._setupstate.teardown_exact(None)  # noqa: SLF001  # see the module's docstring
        self._session.config._ensure_unconfigure()  # noqa: SLF001

    def _collected(self, folder: Path) -> pytest.Session:
        arguments = [
            str(folder), "-c", os.devnull, f"--rootdir={folder}", f"--confcutdir={folder}", "--import-mode=importlib",
            "--assert=plain", "--disable-plugin-autoload", "-p", "pytest_timeout",
            "-o", f"timeout={JUDGE_SECONDS}", "-o", f"python_files={' '.join(TEST_FILES)}",
            *(word for name in UNNEEDED for word in ("-p", f"no:{name}")),
        ]  # fmt: skip
        config = self._configured(arguments)
        config.pluginmanager.register(SilentTerminal(), "terminalreporter")
        session = pytest.Session.from_config(config)
        config._do_configure()  # noqa: SLF001  # see the module's docstring
        config.hook.pytest_sessionstart(session=session)
        keep, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # the reference's folder stays as it is
        try:
            drivers = Program({"drivers.py": self._course.drivers})
            with printed_to_stderr(), own_modules(folder), drivers.running(), ended_in_time():
                session.perform_collect()
        except pytest.UsageError as error:
            raise CourseError((Problem(path_in_course(folder), "", str(error)),)) from None
        except (SystemExit, OverBudgetError) as error:
            raise CourseError((fault_of(error, self._course),)) from None
        finally:
            sys.dont_write_bytecode = keep
        if self._current.collection_errors:
            raise CourseError(
                tuple(fault_of(error, self._course, near) for near, error in self._current.collection_errors)
            )
        return session

    def _configured(self, arguments: list[str]) -> pytest.Config:
        """Configure pytest, which imports the course's own `conftest.py`."""
        drivers = Program({"drivers.py": self._course.drivers})
        try:
            with printed_to_stderr(), drivers.running(), ended_in_time():
                return _prepareconfig(arguments, [self._current, fixtures(self._current)])
        except (ConftestImportFailure, ImportError, pytest.UsageError, SystemExit, OverBudgetError) as error:
            cause = error.cause if isinstance(error, ConftestImportFailure) else error
            raise CourseError((fault_of(cause, self._course, self._course.folder / "checks" / CONFTEST),)) from None

    def _are_runs_hooked(self) -> bool:
        """Return whether the course has a plugin of its own that sees how tests are run: then pytest runs them all."""
        hook = self._session.config.hook
        calls = (getattr(hook, name) for name in dir(hook) if name.startswith(("pytest_runtest_", "pytest_pyfunc_")))
        makers = {str(made.function.__module__) for call in calls for made in call.get_hookimpls()}
        return not all(maker.startswith(OUR_HOOKS) for maker in makers)

    def _cases_by_check(self) -> dict[str, tuple[pytest.Function, ...]]:
        found: dict[str, list[pytest.Function]] = {}
        for item in self._session.items:
            if isinstance(item, pytest.Function):
                found.setdefault(check_name(item), []).append(item)
        names = [check.name for check in self._course.assignment.checks]
        faults = tuple(collection_faults(found, names))
        if faults:
            self.close()
            raise CourseError(
                tuple(self._fault_of_test(f"test_{name}", text, found.get(name, ())) for name, text in faults)
            )
        return {name: tuple(found[name]) for name in names if name in found}

    def _fault_of_test(self, name: str, text: str, cases: Sequence[pytest.Function]) -> Problem:
        """Say what is wrong with a test, and where it stands."""
        if not cases:
            return Problem(path_in_course(self._course.folder / "checks"), name, text)
        line = cases[0].function.__code__.co_firstlineno
        return Problem(path_in_course(cases[0].path), f"line {line}: {name}", text)


@contextmanager
def own_modules(folder: Path) -> Iterator[None]:
    """Let test files of one name in several courses be several modules: pytest would take the first for all.

    Files without tests can be imported meanwhile by those that have some.
    """
    names = {path.stem for path in folder.rglob("*.py")}
    displaced = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(displaced)
