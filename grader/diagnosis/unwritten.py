"""Which gaps of the assignment a submission left as they were, whatever its template returns there.

A function counts as unwritten when nothing in it computes: it passes, returns None, zeros or its input, or sets what it
was to compute to that. The text alone is read, nothing of it is executed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile
from types import MappingProxyType
from typing import Final

from grader.course.assignment import CourseAssignment
from grader.course.stubs import Function, Gap, emptied, gaps
from grader.model.python_tree import python_tree
from grader.model.status import Status
from grader.model.submission import SourceMap
from grader.sandbox.protocol import Message
from grader.subjects.case import Case
from grader.subjects.course import CourseSubject, failure_of, way_of
from grader.subjects.recordings import Recordings
from grader.subjects.student import Call
from grader.wording.failures import location

MOST_FILES: Final = 256  # of which it is remembered what they leave unwritten
PLACEHOLDERS: Final = frozenset({"zeros", "zeros_like", "empty", "empty_like"})
_BEGIN: Final = re.compile(r"#+\s*TODO\b")
_END: Final = "END OF YOUR CODE"
_TRIED: Final = frozenset({Status.FAILED, Status.RAISED})


@dataclass(frozen=True, slots=True)
class GapFunction:
    """A function of the reference with the gaps in it, what is given around them, and whether it returns something."""

    file: str
    name: str
    gaps: tuple[Gap, ...]
    given: frozenset[str]
    returns: bool


class UnwrittenGaps:
    """The gaps of one assignment, to be looked for in submissions."""

    def __init__(self, course: CourseAssignment, recordings: Recordings) -> None:
        self._course = course
        self._recordings = recordings
        self._functions = tuple(_gap_functions(course)) if course.has_reference else ()
        self._subjects: dict[frozenset[GapFunction], CourseSubject] = {}
        self._found: dict[tuple[str, str], Mapping[GapFunction, int]] = {}

    def found_in(self, sources: Mapping[str, str]) -> dict[GapFunction, int]:
        """Find the functions that a submission left unwritten, each with its line."""
        found: dict[GapFunction, int] = {}
        for file in {function.file for function in self._functions} & sources.keys():
            found |= self._found_in_file(file, sources[file])
        return found

    def _found_in_file(self, file: str, source: str) -> Mapping[GapFunction, int]:
        """Find the functions that one file leaves unwritten: many hand in a file as others, or as before."""
        known = self._found.get((file, source))
        if known is not None:
            return known
        own = _functions_of(source)
        found = {
            gap: own[gap.name].lineno
            for gap in self._functions
            if gap.file == file and gap.name in own and is_unwritten(own[gap.name], gap)
        }
        if len(self._found) >= MOST_FILES:
            self._found.clear()
        self._found[file, source] = found
        return found

    def told(
        self,
        case: Case,
        unwritten: Mapping[GapFunction, int],
        sources: Mapping[str, str],
        source_maps: Mapping[str, SourceMap] = MappingProxyType({}),
    ) -> Case:
        """Return a case as unwritten where what failed in it needs a function that is, and nothing broke before.

        `source_maps` are those of modules that a notebook stands in for, where the place is told as a cell.
        """
        if case.status not in _TRIED:
            return case
        unwritten = {**unwritten, **self._left_between_marks(case, sources)}
        if not unwritten:
            return case
        broke = self._broke_in(case, sources) - unwritten.keys()
        for call in case.calls[-1:] if case.failure is not None else case.calls:
            around = {gap for gap in broke if self._leads_through(call, gap, frozenset(unwritten))}
            first = self._first_needed(call, frozenset({*unwritten, *broke} - around))
            if first is not None and first in unwritten:
                return replace(
                    case,
                    status=Status.UNWRITTEN,
                    message=f"not written yet at {location(first.file, unwritten[first], source_maps)}",
                    differences=(),
                    unwritten_at=(first.file, unwritten[first]),
                )
        return case

    def _left_between_marks(self, case: Case, sources: Mapping[str, str]) -> dict[GapFunction, int]:
        """Find the function that lacks a name which a template leaves to what belongs between its marks, with its line.

        What a course gives around them differs from edition to edition: whether it is given, is not asked.
        """
        failure = case.failure
        if failure is None or failure.exception not in {"NameError", "UnboundLocalError"} or not failure.frames:
            return {}
        broke, frame = self._broke_in(case, sources), failure.frames[-1]
        source = sources.get(frame.file, "")
        return {
            gap: node.lineno
            for gap in broke
            if (node := _functions_of(source).get(gap.name)) is not None and _is_empty_between_marks(node, source)
        }

    def _broke_in(self, case: Case, sources: Mapping[str, str]) -> set[GapFunction]:
        """Find the written functions that an exception led through last."""
        for frame in reversed(case.failure.frames if case.failure is not None else ()):
            for name, node in _functions_of(sources.get(frame.file, "")).items():
                if node.lineno <= frame.line <= (node.end_lineno or node.lineno):
                    return {gap for gap in self._functions if (gap.file, gap.name) == (frame.file, name)}
        return set()

    def _leads_through(self, call: Call, around: GapFunction, unwritten: frozenset[GapFunction]) -> bool:
        """Return whether a function calls the first of the unwritten ones: it may have broken on what that gave."""
        return f"{around.file}:{around.name.rpartition('.')[2]}" in way_of(self._without(call, unwritten))

    def _first_needed(self, call: Call, functions: frozenset[GapFunction]) -> GapFunction | None:
        """Return which of some functions a call on the reference comes to first."""
        message = self._without(call, functions)
        if message.kind == "value":
            return None
        sentence, (file, _) = failure_of(message)
        return next(
            (
                function
                for function in functions
                for gap in function.gaps
                if function.file == file and sentence == f"NotImplementedError: {gap.part}: {gap.sentence}"
            ),
            None,
        )

    def _without(self, call: Call, functions: frozenset[GapFunction]) -> Message:
        """Return what a call on the reference gives where some functions are emptied."""
        if functions not in self._subjects:
            tree = dict(self._course.solution)
            for file in {function.file for function in functions}:
                out = [gap for function in functions if function.file == file for gap in function.gaps]
                tree[file] = emptied(tree[file], sorted(out, key=lambda gap: gap.first))
            self._subjects[functions] = CourseSubject.of(self._course, self._recordings, tree, self._course.attached)
        return self._subjects[functions].message(call.driver, call.identity)


def _is_empty_between_marks(function: Function, source: str) -> bool:
    """Return whether a function has marks of where to write, and behind none of them anything but comments."""
    lines = [line.strip() for line in source.split("\n")[function.lineno - 1 : function.end_lineno]]
    begins = [number for number, line in enumerate(lines) if _BEGIN.match(line)]
    inside = [line for begin in begins for line in takewhile(lambda line: _END not in line, lines[begin:])]
    return bool(begins) and all(line in {"", "pass"} or line.startswith("#") for line in inside)


def is_unwritten(function: Function, gap: GapFunction) -> bool:
    """Return whether nothing in a function computes, beside what is given in it."""
    arguments = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
    return _are_idle(function.body, gap, arguments)


def _are_idle(body: Sequence[ast.stmt], gap: GapFunction, arguments: Collection[str]) -> bool:
    return all(_is_idle(statement, gap, arguments) for statement in body)


def _is_idle(statement: ast.stmt, gap: GapFunction, arguments: Collection[str]) -> bool:
    match statement:
        case ast.For() | ast.While() | ast.If():  # of a given one all statements are given, which need not be asked
            return _are_idle([*statement.body, *statement.orelse], gap, arguments)
        case ast.With():
            return _are_idle(statement.body, gap, arguments)
    return _computes_nothing(statement, gap, arguments) or ast.dump(statement) in gap.given


def _computes_nothing(statement: ast.stmt, gap: GapFunction, arguments: Collection[str]) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom() | ast.Continue():
            return True
        case ast.Raise(exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError"))):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super"))))):
            return True
        case ast.Return(value=value):
            return value is None or _is_placeholder(value)
        case ast.Assign(targets=targets, value=value):
            is_result = (_sets(targets, ast.Attribute) and _is_result(value, gap, arguments)) or _switches(
                targets, value
            )
            return _is_placeholder(value) and not is_result and not _sets(targets, ast.Subscript)
        case ast.AnnAssign(target=target, value=value):
            return value is None or _computes_nothing(ast.Assign([target], value), gap, arguments)
    return False


def _sets(targets: Sequence[ast.expr], kind: type[ast.expr]) -> bool:
    return any(isinstance(node, kind) for target in targets for node in ast.walk(target))


def _switches(targets: Sequence[ast.expr], value: ast.expr) -> bool:
    """Return whether something else than the object itself is switched on or off: `parameter.requires_grad = False`."""
    is_switch = isinstance(value, ast.Constant) and isinstance(value.value, bool)
    bases = [target.value for target in targets if isinstance(target, ast.Attribute)]
    return is_switch and any(not (isinstance(base, ast.Name) and base.id == "self") for base in bases)


def _is_result(value: ast.expr, gap: GapFunction, arguments: Collection[str]) -> bool:
    """Return whether an argument becomes what the function leaves: where it returns something, that is its result."""
    return not gap.returns and isinstance(value, ast.Name) and value.id in arguments


def _is_placeholder(value: ast.expr) -> bool:
    """Return whether an expression only names what is there already, or nothing."""
    match value:
        case ast.Constant() | ast.Name():
            return True
        case ast.Attribute(value=inner) | ast.UnaryOp(operand=inner):
            return _is_placeholder(inner)
        case ast.Subscript(value=ast.Attribute(attr="shape"), slice=place):
            return _is_placeholder(place)
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return all(map(_is_placeholder, items))
        case ast.Dict(keys=keys):
            return not keys
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in PLACEHOLDERS
    return False


def _gap_functions(course: CourseAssignment) -> Iterator[GapFunction]:
    for file in course.assignment.files:
        source = course.solution[file]
        found = gaps(source, file)
        given = _functions_of(emptied(source, found))
        for name, node in _functions_of(source).items():
            inside = tuple(gap for gap in found if node.lineno <= gap.first <= (node.end_lineno or node.lineno))
            if not inside or name not in given:
                continue
            around = frozenset(
                ast.dump(statement)
                for statement in ast.walk(given[name])
                if isinstance(statement, ast.stmt) and statement is not given[name]
            )
            returns = any(isinstance(part, ast.Return) and part.value is not None for part in ast.walk(node))
            function = GapFunction(file, name, inside, around, returns)
            if not is_unwritten(node, function):
                yield function


@lru_cache(maxsize=256)
def _functions_of(source: str) -> dict[str, Function]:
    """List the functions and methods of a module by dotted name; none of one that is no Python."""
    return dict(_functions(python_tree(source).body, ""))


def _functions(body: Sequence[ast.stmt], prefix: str) -> Iterator[tuple[str, Function]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, Function):
            yield f"{prefix}{node.name}", node
