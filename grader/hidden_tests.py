"""Hold the hidden tests of an assignment open in pytest: collected once, run for one submission after another.

pytest has no public way to collect once and run often; the private names used here are those that pytest-xdist
and pytest-rerunfailures rely on, and pytest's version is pinned.
"""

from __future__ import annotations

import functools
import io
import os
import signal
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
import pytest
import pytest_timeout
from _pytest._io import TerminalWriter
from _pytest.config import _prepareconfig

from grader.catalog import CourseAssignment, CourseError, Problem, shown
from grader.model import Value
from grader.sandbox.guest.program import Program
from grader.subject import Driver

PUBLIC_SEED: Final = 0
JUDGE_SECONDS: Final = 900  # pytest-timeout's, for a hidden test that hangs in the judge itself
UNNEEDED: Final = (
    *("terminal", "capture", "logging", "cacheprovider", "junitxml", "pastebin", "doctest", "unraisableexception"),
    *("threadexception", "warnings", "stepwise", "debugging", "faulthandler", "setuponly", "setupplan"),
)

GUARD: Final = pytest_timeout.Settings(JUDGE_SECONDS, "signal", func_only=False, disable_debugger_detection=False)

Subject = Callable[..., Value]


def _nobody(_driver: Driver, **_inputs: Value) -> Value:
    raise RuntimeError("a hidden test ran outside a grading")


@dataclass(slots=True)
class Bench:
    """What the fixtures give to the test that runs now."""

    student: Subject = _nobody
    reference: Subject = _nobody
    seed: int = PUBLIC_SEED
    error: BaseException | None = None
    is_alarm_installed: bool = False
    remarks: list[str] = field(default_factory=list)

    def remark(self, sentence: str) -> None:
        """Note what the check that runs now should add if it is passed, once."""
        if sentence not in self.remarks:
            self.remarks.append(sentence)


def fixtures(bench: Bench) -> ModuleType:
    """Make the plugin that gives hidden tests their fixtures `student`, `reference`, `draw` and `remark`."""

    # Made once for the session: whose turn it is, the bench knows, and pytest has less to set up for each case.
    @pytest.fixture(scope="session")
    def student() -> Subject:
        """Run a driver on the submission."""
        return lambda driver, **inputs: bench.student(driver, **inputs)  # noqa: PLW0108  # who that is changes

    @pytest.fixture(scope="session")
    def reference() -> Subject:
        """Run a driver on the reference."""
        return lambda driver, **inputs: bench.reference(driver, **inputs)  # noqa: PLW0108  # see above

    @pytest.fixture
    def draw(request: pytest.FixtureRequest) -> np.random.Generator:
        """Draw a case's inputs: the same for everybody graded with one seed, other for every case."""
        return generator(bench.seed, request.node)

    @pytest.fixture(scope="session")
    def remark() -> Callable[[str], None]:
        """Tell the student something that is no fault, such as which of several conventions was recognised."""
        return bench.remark

    plugin = ModuleType("grade_fixtures")  # pytest takes fixtures of wider scope from modules and classes only
    vars(plugin).update(student=student, reference=reference, draw=draw, remark=remark)
    return plugin


def generator(seed: int, item: pytest.Item) -> np.random.Generator:
    """Make the generator of one case under one seed."""
    name, case = check_name(item).encode(), case_name(item).encode()
    entropy = [seed, zlib.crc32(name), zlib.crc32(case)]
    # As default_rng would make it, which takes a list apart number by number: that takes longer than all the rest.
    return np.random.Generator(np.random.PCG64(np.array(entropy, np.uint32) if seed >> 32 == 0 else entropy))


def is_plain(item: pytest.Function) -> bool:
    """Whether a test asks for nothing but our fixtures and its own parameters, and is not marked to be skipped."""
    asked = item._fixtureinfo  # noqa: SLF001  # see the module's docstring
    makers = [asked.name2fixturedefs[name][-1].func for name in item.fixturenames if name != "request"]
    is_ours = all(str(make.__module__).startswith(("_pytest", __name__)) for make in makers)
    marks = {mark.name for mark in item.iter_markers()} - {"parametrize"}
    return is_ours and not marks and item.cls is None and "request" not in asked.argnames


def _disarm() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)


class PlainTest:
    """A plain test, called without pytest's setting up and reporting, which cost more than most cases compute."""

    def __init__(self, item: pytest.Function, bench: Bench) -> None:
        self._item = item
        self._bench = bench
        self._function: Callable[..., object] = item.obj
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        asked = item._fixtureinfo.argnames  # noqa: SLF001  # see the module's docstring
        self._arguments = {name: parameters[name] for name in asked if name in parameters}
        made: dict[str, Callable[[], object]] = {
            "student": lambda: bench.student,
            "reference": lambda: bench.reference,
            "draw": self._draw,
            "remark": lambda: bench.remark,
        }
        self._drawing: dict[int, tuple[np.random.Generator, Any]] = {}
        self._made = {name: make for name, make in made.items() if name in asked and name not in parameters}

    def run(self) -> BaseException | None:
        """Run the test under pytest-timeout's guard; give the exception that ended it, if any."""
        disarm = self._armed()
        try:
            made = {name: make() for name, make in self._made.items()}
            if self._function(**self._arguments, **made) is not None:
                return TypeError(f"{self._item.name} returns a value, expected none: what is meant is to be asserted")
        except BaseException as error:  # noqa: BLE001  # the judge decides what it means
            return error
        finally:
            disarm()
        return None

    def _armed(self) -> Callable[[], object]:
        """Set pytest-timeout's alarm, and give what takes it back.

        Where its handler is installed already only the clock is set: that takes a tenth of the time.
        """
        if threading.current_thread() is not threading.main_thread():  # it takes a thread for an alarm there
            pytest_timeout.pytest_timeout_set_timer(self._item, GUARD)
            return functools.partial(pytest_timeout.pytest_timeout_cancel_timer, self._item)
        if self._bench.is_alarm_installed:
            signal.setitimer(signal.ITIMER_REAL, GUARD.timeout)
        else:
            pytest_timeout.pytest_timeout_set_timer(self._item, GUARD)
            self._bench.is_alarm_installed = True
        return _disarm

    def _draw(self) -> np.random.Generator:
        """Make the case's generator, or take back the one that was made for its seed to where it began."""
        seed = self._bench.seed
        drawn, begin = self._drawing.get(seed) or (None, {})
        if drawn is None or drawn.bit_generator.seed_seq.n_children_spawned:  # type: ignore[attr-defined]  # it has one
            drawn = generator(seed, self._item)
            self._drawing[seed] = drawn, drawn.bit_generator.state
            return drawn
        drawn.bit_generator.state = begin
        return drawn


class NoTerminal:
    """Takes the place of pytest's terminal, to which pytest-timeout writes what other threads do."""

    def __init__(self) -> None:
        self._tw = TerminalWriter(io.StringIO())


class FirstCall(BaseException):  # not an error: it ends a test that need not go on, past its own `except`
    """The first driver call that a test makes."""

    def __init__(self, driver: Driver, inputs: dict[str, Value]) -> None:
        super().__init__()
        self.driver = driver
        self.inputs = inputs


def _ask(driver: Driver, **inputs: Value) -> Value:
    raise FirstCall(driver, inputs)


class Keeper:
    """The pytest plugin that keeps what ended a test, and what could not be collected."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.collection_errors: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Keep the exception itself; the judge words the verdict, so pytest need not format a traceback."""
        if call.excinfo is not None and self.bench.error is None:
            self.bench.error = call.excinfo.value
        outcome: Any = "passed" if call.excinfo is None else "failed"
        when: Any = call.when  # never "collect" here, which its type allows
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, when, (), call.duration)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what went wrong while a test module was imported."""
        if report.failed:
            last = str(report.longrepr).strip().splitlines()[-1]
            self.collection_errors.append(f"{report.nodeid} cannot be collected: {last.removeprefix('E').strip()}")


class HiddenTests:
    """The collected tests of one assignment, in rubric order."""

    def __init__(self, course: CourseAssignment, keyword: str = "") -> None:
        self.bench = Bench()
        self._course = course
        self._keeper = Keeper(self.bench)
        self._session = self._collected(course.folder / "checks", keyword)
        self.cases = self._cases_by_check()
        self._plain = {} if self._are_runs_hooked() else self._plain_tests()
        self._used: set[str] = set()

    def run(self, item: pytest.Function) -> BaseException | None:
        """Run one case with what is on the bench; give the exception that ended it, if any."""
        self.bench.error = None
        self.bench.remarks = []
        plain = self._plain.get(item.nodeid)
        if plain is not None:
            return plain.run()
        self.bench.is_alarm_installed = False  # pytest-timeout puts it away after its own
        state = self._session._setupstate  # noqa: SLF001  # see the module's docstring
        state.teardown_exact(item)
        if item.nodeid in self._used:
            item._initrequest()  # noqa: SLF001  # forget the fixture values of the previous submission
        self._used.add(item.nodeid)
        item.ihook.pytest_runtest_protocol(item=item, nextitem=item.parent)
        return self.bench.error

    def begin(self) -> None:
        """Begin with another submission, or whatever is tested next: others may have set the alarm meanwhile."""
        self.bench.is_alarm_installed = False

    def first_call(self, item: pytest.Function) -> FirstCall | None:
        """Say what a plain test asks the student first, where it has not asked the reference before."""
        plain = self._plain.get(item.nodeid)
        if plain is None:
            return None
        self.bench.student, self.bench.reference = _ask, _nobody
        ended = plain.run()
        if isinstance(ended, KeyboardInterrupt | SystemExit):
            raise ended
        return ended if isinstance(ended, FirstCall) else None

    def close(self) -> None:
        """Let go of module-wide fixtures and plugins."""
        self._session._setupstate.teardown_exact(None)  # noqa: SLF001  # see the module's docstring
        self._session.config._ensure_unconfigure()  # noqa: SLF001

    def _collected(self, folder: Path, keyword: str) -> pytest.Session:
        arguments = [
            str(folder), "-c", os.devnull, f"--rootdir={folder}", f"--confcutdir={folder}", "--import-mode=importlib",
            "--assert=plain", "--disable-plugin-autoload", "-p", "pytest_timeout",
            "-o", f"timeout={JUDGE_SECONDS}", "-o", "python_files=test_*.py",
            *(word for name in UNNEEDED for word in ("-p", f"no:{name}")),
            *(["-k", keyword] if keyword else []),
        ]  # fmt: skip
        config = _prepareconfig(arguments, [self._keeper, fixtures(self.bench)])
        config.pluginmanager.register(NoTerminal(), "terminalreporter")
        session = pytest.Session.from_config(config)
        config._do_configure()  # noqa: SLF001  # see the module's docstring
        config.hook.pytest_sessionstart(session=session)
        keep, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # the reference's folder stays as it is
        try:
            with own_modules(folder), Program({"drivers.py": self._course.drivers}).running():
                session.perform_collect()
        except pytest.UsageError as error:
            raise CourseError((Problem(shown(folder), "", str(error)),)) from None
        finally:
            sys.dont_write_bytecode = keep
        if self._keeper.collection_errors:
            raise CourseError(tuple(Problem(shown(folder), "", text) for text in self._keeper.collection_errors))
        return session

    def _plain_tests(self) -> dict[str, PlainTest]:
        items = (item for cases in self.cases.values() for item in cases)
        return {item.nodeid: PlainTest(item, self.bench) for item in items if is_plain(item)}

    def _are_runs_hooked(self) -> bool:
        """Whether the course has a plugin of its own that sees how tests are run: then pytest runs them all."""
        hook = self._session.config.hook
        calls = (getattr(hook, name) for name in dir(hook) if name.startswith(("pytest_runtest_", "pytest_pyfunc_")))
        makers = {str(made.function.__module__) for call in calls for made in call.get_hookimpls()}
        return not all(maker.startswith(("_pytest.", "pytest_timeout", __name__)) for maker in makers)

    def _cases_by_check(self) -> dict[str, tuple[pytest.Function, ...]]:
        found: dict[str, list[pytest.Function]] = {}
        for item in self._session.items:
            if isinstance(item, pytest.Function):
                found.setdefault(check_name(item), []).append(item)
        order = [check.name for check in self._course.assignment.checks if check.name in found]
        return {name: tuple(found[name]) for name in order}


@contextmanager
def own_modules(folder: Path) -> Iterator[None]:
    """Let test files of one name in several courses be several modules: pytest would take the first for all."""
    names = {path.stem for path in folder.rglob("*.py")}
    displaced = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(displaced)


def check_name(item: pytest.Item) -> str:
    """Give the check that a test belongs to."""
    name = getattr(item, "originalname", None) or item.name
    return str(name).removeprefix("test_")


def case_name(item: pytest.Item) -> str:
    """Give the parametrised case of a test, or nothing if it has none."""
    spec = getattr(item, "callspec", None)
    return "" if spec is None else str(spec.id)
