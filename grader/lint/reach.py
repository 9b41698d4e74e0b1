"""Find which cases of hidden tests a mistake can change: those that enter a function that it is made in.

A case that enters none runs as it does on the reference, and need not be run again. What a case enters, and whether a
mistake changes an answer in it, is found under the seed that is tried first: other seeds give other numbers to the same
calls of the same functions.
"""

from __future__ import annotations

import ast
import cProfile
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, MappingProxyType
from typing import Final, TypeAlias

import pytest

from grader.authoring import Mistake
from grader.diagnosis.patched import patched
from grader.drivers.former_names import FIXTURES
from grader.judging.judge import Judge
from grader.model.assignment import Check
from grader.model.observation import Value
from grader.subjects.course import CourseSubject, ReferenceFailure
from grader.subjects.driver_name import driver_name
from grader.subjects.recordings import call_bytes
from grader.subjects.student import Driver, Subject

Function: TypeAlias = tuple[str, str]
"""A file of the solution, and the qualified name of one of its functions, which nested ones belong to."""
Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
OutcomeKey: TypeAlias = tuple[str, str, str, int | None]
"""A check, one of its cases, a mistake, and the seed that the inputs of the case are drawn from, if they are drawn."""
WHOLE_FILE: Final = ""
"""Stands for a name where something else than the body of a function is meant."""
DRAWING: Final = frozenset({"rng", "request", *(former for former, present in FIXTURES.items() if present == "rng")})
"""The fixtures that a seed reaches a case by."""


class Reach:
    """What each case of an assignment enters when it runs on the reference, and which mistakes show in it."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self._entered: dict[tuple[str, str], frozenset[Function]] = {}
        self._changes: dict[str, frozenset[Function]] = {}
        self._unchanged: set[tuple[str, str, str]] = set()
        self.is_failed: dict[OutcomeKey, bool] = {}

    def outcome_key(self, check: Check, case: pytest.Function, mistake: Mistake, seed: int) -> OutcomeKey:
        """Return what the outcome of a case on a mistake depends on: under seeds with one key it is the same."""
        drawn = draws_inputs(case)
        return check.name, case.name, mistake.name, self.judge.inputs_seed(check, seed) if drawn else None

    def cases(self, check: Check, mistake: Mistake, seed: int) -> list[pytest.Function]:
        """List the cases of a check that enter something that a mistake changes, and were not seen to give the same."""
        if mistake.name not in self._changes:
            self._changes[mistake.name] = self._changed(mistake)
        changed = self._changes[mistake.name]
        return [
            case
            for case in self.judge.tests.cases[check.name]
            if changed & self._functions(check, case, seed)
            and (check.name, case.name, mistake.name) not in self._unchanged
        ]

    @contextmanager
    def noting(self, check: Check, case: pytest.Function, reference: CourseSubject) -> Iterator[None]:
        """Note what a case enters that is run meanwhile, on a reference that records nothing."""
        profile = cProfile.Profile(builtins=False)  # one that is written in Python is called for each call of C, too
        before = sys.getprofile()
        profile.enable()
        try:
            yield
        finally:
            profile.disable()
            sys.setprofile(before)
        codes = [entry.code for entry in profile.getstats() if isinstance(entry.code, CodeType)]
        functions = {(code.co_filename, code.co_qualname.partition(".<locals>")[0]) for code in codes}
        self._entered[check.name, case.name] = frozenset(
            functions | {(file, WHOLE_FILE) for file in reference.executed}
        )

    @contextmanager
    def watched(self, check: Check, case: pytest.Function, mistake: Mistake) -> Iterator[Subject]:
        """Give a mistake to run a case on, and note whether it answers all as the reference does, bit by bit."""
        mistaken, reference = self.judge.mistakes.subject(mistake), self.judge.reference
        is_changed = False

        def student(driver: Driver, **inputs: Value) -> Value:
            nonlocal is_changed
            was_changed, is_changed = is_changed, True  # where either of them raises
            name = driver_name(driver)
            identity = call_bytes(name, inputs)
            answer = mistaken.answer(name, identity)
            with suppress(ReferenceFailure):
                is_changed = was_changed or not mistaken.is_answered_alike(reference, name, identity)
            return answer

        yield student
        if not is_changed:
            self._unchanged.add((check.name, case.name, mistake.name))

    def _changed(self, mistake: Mistake) -> frozenset[Function]:
        course = self.judge.course
        tree, attached = patched(course, mistake)
        files = {(file, WHOLE_FILE) for file, data in attached.items() if data != course.attached[file]}
        functions = {
            (file, name)
            for file, text in tree.items()
            if text != course.solution[file]
            for name in changed_functions(course.solution[file], text)
        }
        return frozenset(files | functions)

    def _functions(self, check: Check, case: pytest.Function, seed: int) -> frozenset[Function]:
        known = self._entered.get((check.name, case.name))
        return self._run(check, case, seed) if known is None else known

    def _run(self, check: Check, case: pytest.Function, seed: int) -> frozenset[Function]:
        reference = self.judge.reference.unrecorded()
        with self.noting(check, case, reference):
            self.judge.run_case_with(check, case, reference, seed=seed)
        return self._entered[check.name, case.name]


def draws_inputs(case: pytest.Function) -> bool:
    """Return whether a case has a generator of inputs, or may ask for one while it runs."""
    return not DRAWING.isdisjoint(case.fixturenames)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A file's functions, each by its body, and all else that it says; equal where two files say the same."""

    bodies: Mapping[str, str]
    rest: str


@lru_cache(maxsize=64)
def outline(text: str) -> Outline | None:
    """Return the outline of a file, None where it does not parse or two functions have one name.

    The files of a reference are asked for with every mistake; of those that mistakes make each is asked for once.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    bodies: dict[str, str] = {}
    for name, function in _definitions(tree):
        if name in bodies:
            return None
        bodies[name] = "".join(map(ast.dump, function.body))
        function.body = []
    return Outline(bodies=MappingProxyType(bodies), rest=ast.dump(tree))


def changed_functions(before: str, after: str) -> Iterator[str]:
    """List the functions whose bodies differ between two texts of a file; where anything else does, the whole file."""
    old, new = outline(before), outline(after)
    if old is None or new is None or old.rest != new.rest:
        yield WHOLE_FILE
        return
    yield from (name for name, body in old.bodies.items() if body != new.bodies[name])


def _definitions(node: ast.AST, path: str = "") -> Iterator[tuple[str, Definition]]:
    """List the functions of a module and its classes, and none that is inside another."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            yield path + child.name, child
        else:
            yield from _definitions(child, f"{path}{child.name}." if isinstance(child, ast.ClassDef) else path)
