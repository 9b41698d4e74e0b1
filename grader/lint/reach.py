"""Find which cases of hidden tests a mistake can change: those that enter a function that it is made in.

A case that enters none runs as it does on the reference, and need not be run again. What a case enters, and whether a
mistake changes an answer in it, is found under the seed that is tried first: other seeds give other numbers to the same
calls of the same functions.
"""

from __future__ import annotations

import ast
import copy
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import CodeType, FrameType
from typing import Final, TypeAlias

import pytest

from grader.authoring import Mistake
from grader.diagnosis.known_mistakes import patched
from grader.judging.judge import Judge
from grader.model.assignment import Check
from grader.model.observation import Value
from grader.sandbox import protocol
from grader.subjects.course import ReferenceFailure
from grader.subjects.student import Driver, Subject

Function: TypeAlias = tuple[str, str]
"""A file of the solution, and the qualified name of one of its functions, which nested ones belong to."""
Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
WHOLE_FILE: Final = ""
"""Stands for a name where something else than the body of a function is meant."""


class Reach:
    """What each case of an assignment enters when it runs on the reference, and which mistakes show in it."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self._entered: dict[tuple[str, str], frozenset[Function]] = {}
        self._changes: dict[str, frozenset[Function]] = {}
        self._unchanged: set[tuple[str, str, str]] = set()

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
    def watched(self, check: Check, case: pytest.Function, mistake: Mistake) -> Iterator[Subject]:
        """Give a mistake to run a case on, and note whether it answers all as the reference does, bit by bit."""
        mistaken, reference = self.judge.mistakes.subject(mistake), self.judge.reference
        is_changed = False

        def student(driver: Driver, **inputs: Value) -> Value:
            nonlocal is_changed
            was_changed, is_changed = is_changed, True  # where either of them raises
            answer = mistaken(driver, **inputs)
            with suppress(ReferenceFailure):
                is_changed = was_changed or frame(answer) != frame(reference(driver, **inputs))
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
        key = (check.name, case.name)
        if key not in self._entered:
            self._entered[key] = self._run(check, case, seed)
        return self._entered[key]

    def _run(self, check: Check, case: pytest.Function, seed: int) -> frozenset[Function]:
        reference = self.judge.reference.unrecorded()
        codes: set[CodeType] = set()

        def entered(frame: FrameType, event: str, _argument: object) -> None:
            if event == "call":
                codes.add(frame.f_code)

        before = sys.getprofile()
        sys.setprofile(entered)
        try:
            self.judge.run_case_with(check, case, reference, seed=seed)
        finally:
            sys.setprofile(before)
        functions = {(code.co_filename, code.co_qualname.partition(".<locals>")[0]) for code in codes}
        return frozenset(functions | {(file, WHOLE_FILE) for file in reference.executed})


def frame(answer: Value) -> bytes:
    """Return the bytes that an answer is sent as."""
    return protocol.encode("value", 0, answer)


def changed_functions(before: str, after: str) -> Iterator[str]:
    """List the functions whose bodies differ between two texts of a file; where anything else does, the whole file."""
    try:
        trees = [ast.parse(text) for text in (before, after)]
    except SyntaxError:
        yield WHOLE_FILE
        return
    bodies = [dict(_bodies(tree)) for tree in trees]
    repeated = any(number > 1 for tree in trees for number in Counter(name for name, _ in _bodies(tree)).values())
    if repeated or ast.dump(_without_bodies(trees[0])) != ast.dump(_without_bodies(trees[1])):
        yield WHOLE_FILE
        return
    for name, body in bodies[0].items():
        if body != bodies[1][name]:
            yield name


def _definitions(node: ast.AST, path: str = "") -> Iterator[tuple[str, Definition]]:
    """List the functions of a module and its classes, and none that is inside another."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            yield path + child.name, child
        else:
            yield from _definitions(child, f"{path}{child.name}." if isinstance(child, ast.ClassDef) else path)


def _bodies(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for name, function in _definitions(tree):
        yield name, "".join(map(ast.dump, function.body))


def _without_bodies(tree: ast.Module) -> ast.Module:
    outline = copy.deepcopy(tree)
    for _, function in _definitions(outline):
        function.body = []
    return outline
