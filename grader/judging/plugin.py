"""The pytest plugin of hidden tests: their fixtures, the guard on their time, and the record of how each ended."""

from __future__ import annotations

import difflib
import io
import signal
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, Final

import numpy as np
import pytest
import pytest_timeout
from _pytest._io import TerminalWriter

from grader.drivers.former_names import FIXTURES
from grader.model.figure import Figure
from grader.model.observation import Value
from grader.model.variant import Constant
from grader.subjects.student import Driver, Subject
from grader.wording.predictions import unmeasurable_says

PUBLIC_SEED: Final = 0
MEASURE: Final = "measure"
"""The fixture that keeps what a case measures."""
FIGURE: Final = "figure"
"""The fixture that shows a figure."""
IMPLEMENTATIONS: Final = "implementations"
"""The fixture that students' own tests are tried on."""
MOST_MEASURED: Final = 1e12  # beyond it decimals are none any more
JUDGE_SECONDS: Final = 900  # pytest-timeout's, for a hidden test that hangs in the judge itself
NEVER_RUN: Final = frozenset({"skip", "skipif", "xfail"})  # a test without parameters to run with is marked skip
VARIANT: Final = "variant"
"""The fixture that has the constants of a variant."""
FIXTURE_NAMES: Final = (
    *("student", "reference", "files", "rng", "note", VARIANT, MEASURE, FIGURE, IMPLEMENTATIONS),
    *("tmp_path", "monkeypatch", "request"),
)
OF_OURS: Final = ("grader.", "_pytest.")
FIXTURES_EXPECTED: Final = f"expected {', '.join(FIXTURE_NAMES)} or a fixture of the course's own"
CAPTURING: Final = ("capsys", "capfd", "caplog", "capteesys")
"""What the names of pytest's fixtures begin with that capture output: a submission prints in a process of its own."""
OUTPUT_IS_JUDGED: Final = ": what a submission prints is judged by the rule on output"
HAS_ALARM: Final = hasattr(signal, "SIGALRM")  # which Windows has not: pytest-timeout takes a thread there
METHOD: Final = "signal" if HAS_ALARM else "thread"
GUARD: Final = pytest_timeout.Settings(JUDGE_SECONDS, METHOD, func_only=False, disable_debugger_detection=False)


def refuse_call(_driver: Driver, **_inputs: Value) -> Value:
    """Raise: a test asks while nobody is being graded."""
    raise RuntimeError("a hidden test ran outside a grading")


@dataclass(slots=True, eq=False)
class CurrentCase:
    """Who is asked by the case that runs now, under which seed, and the exception that ended it.

    As a plugin of pytest it records that exception, and what could not be collected.
    """

    student: Subject = refuse_call
    reference: Subject = refuse_call
    files: Subject = refuse_call
    implementations: Any = None
    constants: Mapping[str, Constant] = field(default_factory=dict)
    seed: int = PUBLIC_SEED
    error: BaseException | None = None
    is_alarm_installed: bool = False
    notes: list[str] = field(default_factory=list)
    measured: float | None = None
    figure: Figure | None = None
    collection_errors: list[tuple[Path, BaseException]] = field(default_factory=list)

    def begin(self, student: Subject, reference: Subject, files: Subject, seed: int) -> None:
        """Take the next case."""
        self.student, self.reference, self.files, self.seed = student, reference, files, seed
        self.error = None
        self.notes = []
        self.measured = None
        self.figure = None

    def note(self, sentence: str) -> None:
        """Keep what the verdict of the case should add if it is passed, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def measure(self, value: Any) -> None:  # noqa: ANN401  # anything that a test may have computed
        """Keep the value that the case measures.

        Raises:
            AssertionError: it is not finite, as what follows from a submission's values may be.
            TypeError: it is no number.
            RuntimeError: the case has measured one before.
        """
        number: Any = value.item() if isinstance(value, np.generic | np.ndarray) and np.ndim(value) == 0 else value
        if isinstance(number, bool) or not isinstance(number, int | float | Fraction):
            raise TypeError(f"the measure is {type(value).__name__}, expected a number")
        if not -MOST_MEASURED <= number <= MOST_MEASURED:  # of NaN too
            raise AssertionError(unmeasurable_says(float(number), MOST_MEASURED))
        if self.measured is not None:
            raise RuntimeError("a case measures twice, expected once: a check has one measure")
        self.measured = float(number)

    def show(self, figure: Figure) -> None:
        """Keep the figure that the case shows, the last one."""
        if not isinstance(figure, Figure):
            raise TypeError(f"the figure is {type(figure).__name__}, expected one of grader.authoring.figures")
        self.figure = figure

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Record the exception itself; the judge words the verdict, so pytest need not format a traceback."""
        if call.excinfo is not None and self.error is None:
            self.error = call.excinfo.value
        outcome: Any = "passed" if call.excinfo is None else "failed"
        when: Any = call.when  # never "collect" here, which its type allows
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, when, (), call.duration)

    def pytest_exception_interact(
        self, node: pytest.Collector, call: pytest.CallInfo[Any], report: pytest.CollectReport | pytest.TestReport
    ) -> None:
        """Keep what a test module raised while it was imported: its report has a text of it alone."""
        if isinstance(report, pytest.CollectReport) and call.excinfo is not None:
            self.collection_errors.append((node.path, _with_its_test(call.excinfo)))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep that a test module skips itself: nobody could earn its points."""
        if report.skipped and isinstance(report.longrepr, tuple):
            file, line, reason = report.longrepr
            said = f"line {line}: skips the file, expected to be run for everybody: {reason.removeprefix('Skipped: ')}"
            self.collection_errors.append((Path(file), pytest.Collector.CollectError(said)))


def _with_its_test(raised: pytest.ExceptionInfo[BaseException]) -> BaseException:
    """Return an exception, that of a test's parameters with the test: pytest's own frames alone know which it is."""
    made = (value for entry in raised.traceback for value in entry.frame.f_locals.values())
    found = next((value for value in made if isinstance(value, pytest.Metafunc)), None)
    if found is None or isinstance(raised.value, pytest.fail.Exception | pytest.Collector.CollectError):
        return raised.value
    first = str(raised.value).partition("\n")[0]
    place = f"line {found.function.__code__.co_firstlineno}: {found.function.__name__}"
    said = f"its parameters cannot be read, expected a list of values: {raised.typename}: {first}"
    return pytest.Collector.CollectError(f"{place}: {said}")


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """What students' own tests are tried on in whatever case runs now."""

    current: CurrentCase

    def assert_told_apart(self, tests: Driver, *mistakes: str) -> None:
        """Run tests on all that is right and on these mistakes; fail where they do not tell them apart."""
        if self.current.implementations is None:
            raise RuntimeError("a hidden test ran outside a grading")
        self.current.implementations.assert_told_apart(tests, *mistakes)


def fixtures(current: CurrentCase) -> ModuleType:
    """Make the plugin that gives hidden tests their fixtures."""

    # Made once for the session: who is graded, the current case knows, and pytest has less to set up for each case.
    @pytest.fixture(scope="session")
    def student() -> Subject:
        """Run a driver on the submission."""
        return lambda *asked, **inputs: current.student(*asked, **inputs)  # noqa: PLW0108  # who that is changes

    @pytest.fixture(scope="session")
    def reference() -> Subject:
        """Run a driver on the reference."""
        return lambda *asked, **inputs: current.reference(*asked, **inputs)  # noqa: PLW0108  # see above

    @pytest.fixture(scope="session")
    def files() -> Subject:
        """Run a driver on what was handed in beside modules, where no code of the submission runs."""
        return lambda *asked, **inputs: current.files(*asked, **inputs)  # noqa: PLW0108  # see above

    @pytest.fixture
    def rng(request: pytest.FixtureRequest) -> np.random.Generator:
        """Return the generator of a case's inputs: one seed, the same for everybody; another case, other numbers."""
        return generator(current.seed, request.node)

    @pytest.fixture
    def variant() -> Mapping[str, Constant]:
        """Return the constants of the variant that is graded."""
        return MappingProxyType(dict(current.constants))

    @pytest.fixture(scope="session")
    def note() -> Callable[[str], None]:
        """Return what notes something that is no fault, such as which of several conventions was recognised."""
        return current.note

    @pytest.fixture(scope="session")
    def measure() -> Callable[[Any], None]:
        """Return what keeps the value that a case measures."""
        return current.measure

    @pytest.fixture(scope="session")
    def figure() -> Callable[[Figure], None]:
        """Return what shows a figure in the report."""
        return current.show

    @pytest.fixture(scope="session")
    def implementations() -> Tried:
        """Return what students' own tests are tried on."""
        return Tried(current)

    plugin = ModuleType("grade_fixtures")  # pytest takes fixtures of wider scope from modules and classes only
    made = {
        "student": student, "reference": reference, "files": files, "rng": rng, "note": note, MEASURE: measure,
        VARIANT: variant, FIGURE: figure, IMPLEMENTATIONS: implementations,
    }  # fmt: skip
    vars(plugin).update(made, **{former: made[present] for former, present in FIXTURES.items()})
    return plugin


def collection_faults(
    found: Mapping[str, Sequence[pytest.Function]], names: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Find what would keep a hidden test from judging anybody: name and sentence of each fault.

    Args:
        found: The cases that pytest collected, by the check that they belong to.
        names: The checks of the rubric.
    """
    for name in names:
        if name not in found:
            yield name, "is not collected by pytest, so that nobody could earn its points"
    told_of: set[str] = set()
    for name, cases in found.items():
        makers = cases[0]._fixtureinfo.name2fixturedefs  # noqa: SLF001  # see the docstring of `collection`
        if name not in names:  # a function that happens to begin with "test" asks for no student
            if "student" in makers:
                yield name, f"is a test without a row [checks.{name}]"
            continue
        for ours in (one for one in FIXTURE_NAMES if one in makers and one not in told_of):
            if not makers[ours][-1].func.__module__.startswith(OF_OURS):
                told_of.add(ours)
                yield name, f"gets {ours} from a fixture of the course's own, expected another name for that"
        for asked in cases[0].fixturenames:
            if asked not in makers and asked != "request":
                near = difflib.get_close_matches(asked, FIXTURE_NAMES, n=1)
                told = OUTPUT_IS_JUDGED if asked.startswith(CAPTURING) else ""
                yield name, f"asks for {asked}{f', nearest to {near[0]}' if near else ''}, {FIXTURES_EXPECTED}{told}"
        if marks := {mark.name for case in cases for mark in case.iter_markers()} & NEVER_RUN:
            yield name, f"is marked {' and '.join(sorted(marks))} or has no case, expected to be run for everybody"


def asks_us_for(item: pytest.Function) -> set[str]:
    """List the fixtures that a test asks us for, itself or through others of the course."""
    makers = item._fixtureinfo.name2fixturedefs  # noqa: SLF001  # see the docstring of `collection`
    return {name for name in item.fixturenames if name in makers and makers[name][-1].func.__module__ == __name__}


def generator(seed: int, item: pytest.Item) -> np.random.Generator:
    """Make the generator of one case under one seed."""
    name, case = check_name(item).encode(), case_name(item).encode()
    entropy = [seed, zlib.crc32(name), zlib.crc32(case)]
    # As default_rng would make it, which takes a list apart number by number: that takes longer than all the rest.
    return np.random.Generator(np.random.PCG64(np.array(entropy, np.uint32) if seed >> 32 == 0 else entropy))


class SilentTerminal:
    """Takes the place of pytest's terminal, to which pytest-timeout writes what other threads do."""

    def __init__(self) -> None:
        self._tw = TerminalWriter(io.StringIO())


def check_name(item: pytest.Item) -> str:
    """Return the name of the check that a test belongs to."""
    name = getattr(item, "originalname", None) or item.name
    return str(name).removeprefix("test_")


def case_name(item: pytest.Item) -> str:
    """Return the name of the parametrised case of a test, or nothing if it has none."""
    spec = getattr(item, "callspec", None)
    return "" if spec is None else str(spec.id)
