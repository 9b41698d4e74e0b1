"""Try a student's tests on implementations: right ones and known mistakes, in an order that nobody knows.

Each implementation answers in a process of its own. A student's file of tests runs in a new process of the student's
for each of them, which is given what calls give and nothing else: no source, time, memory, count or text of an
exception. What it reports is the student's word. It counts as a pattern alone: passed on all that is right, failed on
what is wrong, each met at least twice. So a file gains by telling right values from wrong ones, and by nothing else.
"""

from __future__ import annotations

import ast
import difflib
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import Any, Final, cast

from grader.authoring import Mistake
from grader.authoring.hidden_tests import NotWritten
from grader.course.assignment import CourseAssignment
from grader.diagnosis.patched import patched
from grader.drivers.student_tests import MADE, MOST_STEPS, SPECIAL
from grader.model.observation import Value
from grader.sandbox.host.server import Server
from grader.sandbox.host.session import Session
from grader.subjects.course import CourseSubject
from grader.subjects.recordings import Recordings, call_bytes
from grader.subjects.student import Driver, StudentFailure, StudentSubject, Subject
from grader.wording.student_tests import (
    NO_TEST,
    UNREADABLE,
    UNSTEADY,
    endless_says,
    missed_says,
    refused_says,
    unsupported_says,
)

RIGHT: Final = "checks/right/"
"""Where further right solutions stand: a folder each, with the files that differ from the solution's."""
LEAST_RUNS: Final = 12
"""How often a file of tests is run at least: guessing which runs are of right code succeeds once in some hundreds."""
MOST_ROUNDS: Final = 100
MOST_CALLS: Final = 400
SOLUTION: Final = "solution"

Call = list[Any]
Files = Mapping[str, str]


@dataclass(slots=True, eq=False)
class Implementations:
    """What a student's tests are tried on: `right` and `wrong` by name, each asked as a subject that `ask` opens.

    `student` runs the tests, and `renew` gives it a new process. `kept` are its calls that the case is explained by:
    one for each mistake.
    """

    course: CourseAssignment
    student: Subject
    mistakes: Sequence[Mistake]
    ask: Callable[[Files, Mapping[str, bytes]], Subject]
    order: random.Random
    renew: Callable[[], None] = lambda: None
    kept: list[Any] = field(default_factory=list)
    _subjects: dict[str, Subject] = field(default_factory=dict)
    _known: dict[str, dict[bytes, list[Value]]] = field(default_factory=dict)
    _calls: dict[bytes, Call] = field(default_factory=dict)

    def assert_told_apart(self, tests: Driver, *mistakes: str) -> None:
        """Run tests on all that is right, and on these mistakes.

        Args:
            tests: A ready driver `student_tests(...)`.
            mistakes: Names of mistakes that the tests have to find.

        Raises:
            AssertionError: the tests do not tell them apart; the sentence says on how many.
            NotWritten: there is no test.
            StudentFailure: the file of tests cannot be run.
            ValueError: there is no such mistake, none is named, or no second right solution is there.
        """
        self._refuse_untestable(tests)
        right, wrong = self._right(), self._wrong(mistakes)
        names = [*right, *wrong]
        runs = [*names, *names]
        runs += self.order.choices(names, k=max(0, LEAST_RUNS - len(runs)))
        self.order.shuffle(runs)
        passed: dict[str, set[bool]] = {name: set() for name in names}
        for name in runs:
            first = len(self.kept)
            passed[name].add(self._passes(tests, name, {**right, **wrong}[name]))
            del self.kept[first : None if name in right or len(passed[name]) > 1 else -1]
        if any(len(ways) > 1 for ways in passed.values()):
            raise AssertionError(UNSTEADY)
        refused = [name for name in right if passed[name] == {False}]
        if refused:
            raise AssertionError(refused_says(len(refused), len(right)))
        missed = [name for name in wrong if passed[name] == {True}]
        if missed:
            raise AssertionError(missed_says(len(missed), len(wrong)))

    def _refuse_untestable(self, tests: Driver) -> None:
        """Raise a ValueError where the driver is no file of tests, or names what the solution does not define."""
        of = getattr(tests, "of", None)
        if of is None:
            raise ValueError(
                f"{getattr(tests, '__name__', tests)!r} runs no tests, expected a driver student_tests(...)"
            )
        for target in of:
            module, _, name = target.partition(":")
            file = f"{module.replace('.', '/')}.py"
            if file not in self.course.solution:
                raise ValueError(f"{target} is to be tested, and {file} is no file of the solution")
            if name not in _names_in(self.course.solution[file]):
                raise ValueError(f"{target} is to be tested, and {file} of the solution defines no {name}")

    def _right(self) -> dict[str, tuple[Files, Mapping[str, bytes]]]:
        trees: dict[str, dict[str, str]] = {}
        for path, text in self.course.checks.items():
            name, _, file = path.removeprefix(RIGHT).partition("/")
            if path.startswith(RIGHT) and not file:
                raise ValueError(f"{path} stands in no folder, expected {RIGHT}<name>/{name}")
            if path.startswith(RIGHT):
                trees.setdefault(name, {})[file] = text
        if not trees:
            raise ValueError(f"{RIGHT} has no folder, expected one with a second right solution")
        for name, files in trees.items():
            if strange := sorted(files.keys() - self.course.solution.keys()):
                raise ValueError(f"{RIGHT}{name}/{strange[0]} is no file of the solution")
        every = {SOLUTION: {}, **{f"{RIGHT}{name}": files for name, files in trees.items()}}
        return {name: ({**self.course.solution, **files}, self.course.attached) for name, files in every.items()}

    def _wrong(self, names: Sequence[str]) -> dict[str, tuple[Files, Mapping[str, bytes]]]:
        known = {way.name: way for one in self.mistakes for way in one.variants()}
        if not names:
            raise ValueError("no mistake is named, expected those of mistakes.py that the tests have to find")
        for name in names:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                raise ValueError(f"{name} is no mistake of mistakes.py{f', nearest to {near[0]}' if near else ''}")
        return {name: patched(self.course, known[name]) for name in names}

    def _passes(self, tests: Driver, name: str, tree: tuple[Files, Mapping[str, bytes]]) -> bool:
        """Return whether the tests pass on an implementation, in a process that met no other.

        What the tests asked of others is asked ahead, so that one look at the answers is enough in most runs.
        """
        if name not in self._subjects:
            self._subjects[name] = self.ask(*tree)
            self._known[name] = {}
        known = self._known[name]
        self.renew()
        for _ in range(MOST_ROUNDS):
            for key, call in self._calls.items():
                if key not in known:
                    known[key] = [call, self._answer(tests, self._subjects[name], call)]
            ended, asked = _read(self.student(tests, known=[*known.values()]))
            new = {call_bytes("call", {"call": call}): call for call in asked}
            if not new:
                return _is_passed(ended)
            if not new.keys() - known.keys():
                raise AssertionError(UNREADABLE)
            self._calls |= new
            if len(self._calls) > MOST_CALLS:
                break
        raise AssertionError(endless_says(MOST_CALLS))

    def _answer(self, tests: Driver, subject: Subject, call: Call) -> Value:
        if not _is_allowed(call, tests.of):  # type: ignore[attr-defined]  # a ready driver has it
            return {"raises": "AttributeError"}
        try:
            given: Any = subject(tests, calls=[call])
        except StudentFailure:  # a mistake that never ends, or takes all memory
            return {"raises": "RuntimeError"}
        return cast("Value", given["answers"][0])


def _names_in(source: str) -> set[str]:
    """List what a module binds at its top."""
    return {
        name
        for node in ast.parse(source).body
        for name in (
            [node.name]
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
            else [one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
        )
    }


def _read(report: Value) -> tuple[dict[str, Value], list[Call]]:
    """Return what a file of tests reports: how they ended, and the calls that it asks for.

    Raises:
        AssertionError: it is in no such form.
    """
    match report:
        case {"unsupported": str() as fixture}:
            raise AssertionError(unsupported_says(fixture))
        case {"tests": dict() as tests, "asked": list() as asked} if all(map(_is_call, asked)):
            return tests, cast("list[Call]", asked)
    raise AssertionError(UNREADABLE)


def _is_call(call: Value) -> bool:
    match call:
        case [str(), [*steps]]:
            return 0 < len(steps) <= MOST_STEPS and all(map(_is_step, steps))
    return False


def _is_step(step: Value) -> bool:
    match step:
        case [str(), list(), dict()]:
            return True
    return False


def _is_passed(tests: Mapping[str, Value]) -> bool:
    """Return whether all tests passed that were not skipped.

    Raises:
        NotWritten: there is none.
    """
    ended = [how for how in tests.values() if how != "skipped"]
    if not ended:
        raise NotWritten(NO_TEST)
    return all(how == "passed" for how in ended)


def _is_allowed(call: Call, of: Sequence[str]) -> bool:
    """Return whether a call goes to what is tested, and to its public methods: the rest would show the source."""
    target, steps = call
    names = [step[0] for step in steps]
    rest = [name.removeprefix("@").removeprefix("=") for name in names[1:]]
    is_public = all(name in SPECIAL or (name.isidentifier() and name[0] != "_") for name in rest)
    return target in of and names[0] == MADE and is_public


class Opened:
    """Opens implementations in workers of their own, and ends them all."""

    def __init__(self, course: CourseAssignment, server: Server, seconds: float) -> None:
        self._course, self._server, self._seconds = course, server, seconds
        self._stack = ExitStack()

    def ask(self, tree: Files, attached: Mapping[str, bytes]) -> Subject:
        """Return an implementation as what answers calls."""
        code = {path: text for path, text in tree.items() if path.endswith(".py")}
        course = self._course
        made = Session(
            self._server, code, course.drivers, course.assignment.runtime, attached, provided=course.provided
        )
        return StudentSubject(self._stack.enter_context(closing(made)), seconds=self._seconds)

    def close(self) -> None:
        """End the workers."""
        self._stack.close()


def in_the_judge(course: CourseAssignment, recordings: Recordings) -> Callable[[Files, Mapping[str, bytes]], Subject]:
    """Return what opens implementations in this process, for tests of the course's own."""

    def ask(tree: Files, attached: Mapping[str, bytes]) -> Subject:
        return CourseSubject.of(course, recordings, dict(tree), dict(attached))

    return ask
