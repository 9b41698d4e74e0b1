"""Read `mistakes.py`: known mistakes and conventions of an assignment, each fitting the reference and the rubric."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from grader import authoring
from grader.authoring import Convention, Mistake
from grader.authoring.mistakes import Replacement, Rewriting
from grader.course.assignment import MISTAKES, CourseAssignment
from grader.course.import_deadline import ended_in_time
from grader.course.raised import fault_of
from grader.course.validation import nearest, parsed, path_in_course, quoted
from grader.drivers import former_names
from grader.errors import CourseError, MissingError, OverBudgetError, Problem
from grader.sandbox.guest.program import Program
from grader.subjects.course import printed_to_stderr

_ONE_IN_A_TUPLE: Final = "also where it is one: (x,) with a comma"
HYPHENATED: Final = re.compile(r"\w+(-\w+)*")


def read_mistakes(course: CourseAssignment) -> tuple[Mistake, ...]:
    """Execute the assignment's `mistakes.py` and check what it says of mistakes and conventions.

    Raises:
        CourseError: with every entry that does not fit the reference or the rubric.
    """
    return read_known(course)[0]


def read_known(course: CourseAssignment) -> tuple[tuple[Mistake, ...], tuple[Convention, ...]]:
    """Read the mistakes and the conventions likewise; the file need not name any of the latter.

    What the course leaves out is not read, and nothing is wrong with it.
    """
    file = path_in_course(course.folder / MISTAKES)
    mistakes, conventions = _well_formed(course, file)
    found = _misfits(mistakes, conventions, course, file)
    problems = [one for name, wrong in found.items() if name not in course.left_out for one in wrong]
    for names in ([mistake.name for mistake in mistakes], [one.name for one in conventions]):
        problems += [Problem(file, name, "is named twice") for name in sorted(set(names)) if names.count(name) > 1]
    if problems:
        raise CourseError(tuple(problems))
    kept = tuple(mistake for mistake in mistakes if mistake.name not in course.left_out)
    return kept, tuple(one for one in conventions if one.name not in course.left_out)


def misfits(course: CourseAssignment) -> dict[str, list[Problem]]:
    """Return what is wrong with each mistake and convention that does not fit the reference or the rubric, by name.

    Raises:
        CourseError: the file is not such that it could be asked.
    """
    file = path_in_course(course.folder / MISTAKES)
    return _misfits(*_well_formed(course, file), course, file)


def _misfits(
    mistakes: Iterable[Mistake], conventions: Iterable[Convention], course: CourseAssignment, file: str
) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for mistake in mistakes:
        wrong = [*_problems(mistake, course, file)] or [*_unparsable(mistake, course, file)]
        found.setdefault(mistake.name, []).extend(wrong)
    for one in conventions:
        found.setdefault(one.name, []).extend(_problems_of_convention(one, mistakes, course, file))
    return {name: wrong for name, wrong in found.items() if wrong}


def _well_formed(course: CourseAssignment, file: str) -> tuple[tuple[Mistake, ...], tuple[Convention, ...]]:
    """Execute the file and return its mistakes and conventions, which may not fit.

    Raises:
        CourseError: it cannot be executed, or they are something else.
    """
    if not course.mistakes:
        return (), ()
    unread: list[Problem] = []
    tree = parsed(course.mistakes, file, unread)
    if tree is not None:
        former_names.install(former_names.former_imports([course.mistakes]))
        unread += _unknown_imports(tree, file)
    if unread:
        raise CourseError(tuple(unread))
    mistakes, conventions = _executed(course, file)
    if faults := [*_faults_of_form(mistakes, file)]:
        raise CourseError(tuple(faults))
    if faults := [*_faults_of_conventions(conventions, file)]:
        raise CourseError(tuple(faults))
    return mistakes, conventions


def _executed(course: CourseAssignment, file: str) -> tuple[Any, Any]:
    """Execute the file and return what it calls mistakes and conventions, whatever that is.

    Raises:
        CourseError: it cannot be executed, or names no mistakes.
    """
    with printed_to_stderr(), Program({MISTAKES: course.mistakes}).running() as program, ended_in_time():
        try:
            mistakes = program.load("mistakes:MISTAKES")
        except MissingError as error:
            raise CourseError((Problem(file, "MISTAKES", "is missing, expected a tuple of Mistake"),)) from error
        except (Exception, SystemExit, OverBudgetError) as error:
            found = fault_of(error, course, course.folder / MISTAKES)
            raise CourseError((dataclasses.replace(found, message=f"cannot be executed: {found.message}"),)) from error
        try:
            return mistakes, program.load("mistakes:CONVENTIONS")
        except MissingError:
            return mistakes, ()


def _unknown_imports(tree: ast.Module, file: str) -> Iterator[Problem]:
    """Find names that are imported from what authors import, and that it does not have."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == authoring.__name__:
            for alias in node.names:
                if alias.name != "*" and not hasattr(authoring, alias.name):
                    near = nearest(alias.name, authoring.__all__)
                    yield Problem(file, f"line {node.lineno}", f"{node.module} has no {alias.name}{near}")


def _faults_of_form(mistakes: Any, file: str) -> Iterator[Problem]:  # noqa: ANN401  # whatever the file made
    """Find what is no tuple, or one of other things: parentheses around one thing are none without a comma."""
    if not isinstance(mistakes, tuple):
        yield Problem(file, "MISTAKES", f"is {type(mistakes).__name__}, expected a tuple of Mistake, {_ONE_IN_A_TUPLE}")
        return
    for number, mistake in enumerate(mistakes, start=1):
        if not isinstance(mistake, Mistake):
            yield Problem(file, "MISTAKES", f"entry {number} is {type(mistake).__name__}, expected Mistake")
            continue
        fields: Mapping[str, Any] = {one.name: getattr(mistake, one.name) for one in dataclasses.fields(Mistake)}
        name = fields["name"] if isinstance(fields["name"], str) else f"entry {number}"
        for field in ("name", "says", "hint", "teaches"):
            if not isinstance(fields[field], str):
                yield Problem(file, name, f"{field} is {type(fields[field]).__name__}, expected a text")
        yield from _faults_of_tuple(fields["fails"], (str,), "texts", Problem(file, name, "fails"))
        pieces = "replace(...) and rewrite(...)"
        yield from _faults_of_tuple(fields["patch"], (Replacement, Rewriting), pieces, Problem(file, name, "patch"))
        yield from _faults_of_pieces(fields["patch"], file, name)
        others = fields["other_patches"]
        yield from _faults_of_tuple(others, (tuple,), "tuples, a patch each", Problem(file, name, "other_patches"))
        for other in others if isinstance(others, tuple) else ():
            if isinstance(other, tuple):
                at = Problem(file, name, "a patch of other_patches")
                yield from _faults_of_tuple(other, (Replacement, Rewriting), pieces, at)
                yield from _faults_of_pieces(other, file, name)


def _faults_of_pieces(patch: object, file: str, name: str) -> Iterator[Problem]:
    """Find what is no text in `replace(...)`, and no function in `rewrite(...)`; what is no piece is told elsewhere."""
    for piece in patch if isinstance(patch, tuple) else ():
        if isinstance(piece, Replacement | Rewriting):
            call = "replace(...)" if isinstance(piece, Replacement) else "rewrite(...)"
            for one in dataclasses.fields(piece):
                value: object = getattr(piece, one.name)
                if one.name == "change":
                    if not callable(value):
                        said = f"{one.name} of {call} is {type(value).__name__}, expected a function of the text"
                        yield Problem(file, name, said)
                elif not isinstance(value, str):
                    yield Problem(file, name, f"{one.name} of {call} is {type(value).__name__}, expected a text")


def _faults_of_conventions(conventions: Any, file: str) -> Iterator[Problem]:  # noqa: ANN401  # see above
    whole = Problem(file, "CONVENTIONS", "it")
    yield from _faults_of_tuple(conventions, (Convention,), "Convention", whole)
    for one in conventions if isinstance(conventions, tuple) else ():
        if isinstance(one, Convention):
            changes = Problem(file, str(one.name), "changes")
            yield from _faults_of_tuple(one.changes, (Replacement,), "replace(...)", changes)
            yield from _faults_of_pieces(one.changes, file, str(one.name))
            named: object = one.also_fails
            if not isinstance(named, Mapping):
                said = f"also_fails is {type(named).__name__}, expected a table from mistakes to tuples of checks"
                yield Problem(file, str(one.name), said)
                continue
            for failed in named.values():
                yield from _faults_of_tuple(failed, (str,), "texts", Problem(file, str(one.name), "also_fails"))


def _faults_of_tuple(value: object, kinds: tuple[type, ...], what: str, at: Problem) -> Iterator[Problem]:
    if not isinstance(value, tuple):
        got = quoted(value) if isinstance(value, str) else type(value).__name__
        yield dataclasses.replace(at, message=f"{at.message} is {got}, expected a tuple of {what}, {_ONE_IN_A_TUPLE}")
    elif strange := next((one for one in value if not isinstance(one, kinds)), None):
        yield dataclasses.replace(
            at, message=f"{at.message} holds {type(strange).__name__}, expected a tuple of {what}"
        )


def _problems_of_convention(
    convention: Convention, mistakes: Iterable[Mistake], course: CourseAssignment, file: str
) -> Iterator[Problem]:
    """Find what a convention changes that is not there, and what it names that nobody knows."""
    for piece in convention.changes:
        if piece.old not in course.solution.get(piece.file, ""):
            found = f"the text to replace does not occur in {piece.file}: {quoted(piece.old)}"
            yield Problem(file, convention.name, found)
    known = {mistake.name for mistake in mistakes}
    checks = {check.name for check in course.assignment.checks}
    for name, failed in convention.also_fails.items():
        if name not in known:
            yield Problem(file, convention.name, f"also_fails names no mistake: {name!r}{nearest(name, known)}")
        for check in failed:
            if check not in checks:
                yield Problem(file, convention.name, f"also_fails names no check: {check!r}{nearest(check, checks)}")


def _unparsable(mistake: Mistake, course: CourseAssignment, file: str) -> Iterator[Problem]:
    """Find patches after which a file is no Python any more: whoever makes such a mistake fails everything."""
    for variant in mistake.variants():
        if not variant.patch:
            yield Problem(file, mistake.name, "has an empty patch, expected replace(...) or rewrite(...)")
        same = [piece.old for piece in variant.patch if isinstance(piece, Replacement) and piece.old == piece.new]
        if same and len(same) == len(variant.patch):
            yield Problem(file, variant.name, f"replaces {quoted(same[0])} by the same, expected another text")
        changed: dict[str, str] = {}
        for piece in variant.patch:
            if isinstance(piece, Replacement) and piece.file.endswith(".py"):
                text = changed.get(piece.file, course.solution.get(piece.file, ""))
                changed[piece.file] = text.replace(piece.old, piece.new)
        for path, text in changed.items():
            try:
                ast.parse(text)
            except (SyntaxError, ValueError) as error:
                line = getattr(error, "lineno", None)
                yield Problem(file, variant.name, f"leaves line {line} of {path} that does not parse, expected Python")


def _problems(mistake: Mistake, course: CourseAssignment, file: str) -> Iterator[Problem]:
    checks = {check.name for check in course.assignment.checks}
    for name in mistake.fails:
        if name not in checks:
            yield Problem(file, mistake.name, f"fails names no check: {name!r}{nearest(name, checks)}")
    for name in sorted({name for name in mistake.fails if mistake.fails.count(name) > 1}):
        yield Problem(file, mistake.name, f"fails names {name} twice")
    if not mistake.name.strip():
        yield Problem(file, "MISTAKES", f"name is empty in the mistake that says {quoted(mistake.says)}")
    elif not HYPHENATED.fullmatch(mistake.name):
        yield Problem(
            file, quoted(mistake.name), "expected a name of letters, digits and underscores, joined by hyphens"
        )
    for field in ("says", "hint", "teaches"):
        if not getattr(mistake, field).strip():
            yield Problem(file, mistake.name, f"{field} is empty")
    for piece in (piece for variant in mistake.variants() for piece in variant.patch):
        attached, text = course.attached.get(piece.file), course.solution.get(piece.file, "")
        if isinstance(piece, Rewriting):
            if attached is None:
                yield Problem(file, mistake.name, f"{piece.file} is no attached file of the reference")
            continue
        if piece.file not in course.solution and attached is None:
            near = nearest(piece.file, [*course.assignment.files, *course.attached])
            yield Problem(file, mistake.name, f"patches {quoted(piece.file)}, which is not in solution/{near}")
            continue
        if piece.file in course.provided and attached is None:
            written = ", ".join(course.assignment.files)
            yield Problem(file, mistake.name, f"patches {piece.file}, which is provided, expected one of {written}")
            continue
        count = text.count(piece.old) if attached is None else attached.count(piece.old.encode())
        if count != 1:
            yield Problem(
                file, mistake.name, f"the text to replace occurs {count} times in {piece.file}, expected once"
            )
