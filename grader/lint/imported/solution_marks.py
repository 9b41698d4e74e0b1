"""Bring the marks of solutions, `### BEGIN SOLUTION` and `### END SOLUTION`, into the form of our gaps."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from grader.course.stubs import LIKE_A_MARKER

Function = ast.FunctionDef | ast.AsyncFunctionDef
BEGIN: Final = re.compile(r"^(?P<indent>\s*)#+\s*BEGIN SOLUTION\b.*$", re.IGNORECASE)
END: Final = re.compile(r"^(?P<indent>\s*)#+\s*END SOLUTION\b.*$", re.IGNORECASE)


def own_markers(text: str) -> str:
    """Return a solution with its marks as our gaps.

    Our gaps stand inside functions: where whole functions are marked, their bodies become gaps. Other statements that
    are marked outside a function stay as they are, without a mark: see `left_outside`.
    """
    lines = text.splitlines()
    begins, functions = _marks_outside(text)
    bodies = {node: body for node in functions if (body := _body(node))}
    after = {body[-1].end_lineno or 0: body[0].col_offset for body in bodies.values()}
    before = {_first_line(body[0]): body[0].col_offset for body in bodies.values()}
    kept: list[str] = []
    number, is_outside = 0, False
    for place, line in enumerate(lines, start=1):
        if found := BEGIN.match(line):
            is_outside = place in begins
            if not is_outside:
                number += 1
                kept.append(_gap(found["indent"], number))
            continue
        if found := END.match(line):
            if not is_outside:
                kept.append(f"{found['indent']}# end solution")
            is_outside = False
            continue
        if place in before:
            number += 1
            kept.append(_gap(" " * before[place], number))
        if not LIKE_A_MARKER.match(line):  # "# Solution:" above one would be taken for a mark that is misspelt
            kept.append(line)
        if place in after:
            kept.append(f"{' ' * after[place]}# end solution")
    return "\n".join(kept) + "\n"


def left_outside(text: str) -> Iterator[tuple[int, str]]:
    """List the statements of a solution that are marked outside a function, by line: a stub would hand them out."""
    begins, _ = _marks_outside(text)
    tree = _parsed(text)
    for first, last in _blocks(text):
        if first in begins and tree is not None:
            for node in tree.body:
                if first < node.lineno < last and isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                    yield node.lineno, ast.unparse(node).split("\n")[0]


def _gap(indent: str, number: int) -> str:
    return f"{indent}# solution({number}): Write what is missing."


def _marks_outside(text: str) -> tuple[set[int], list[Function]]:
    """Return the lines where marks begin outside any function, and the functions between those marks."""
    tree = _parsed(text)
    if tree is None:
        return set(), []
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    begins, marked = set(), []
    for first, last in _blocks(text):
        if any(node.lineno < first <= (node.end_lineno or 0) for node in functions):
            continue
        begins.add(first)
        inside = [node for node in functions if first < node.lineno and (node.end_lineno or 0) < last]
        marked += [one for one in inside if not any(_holds(other, one) for other in inside)]
    return begins, marked


def _holds(outer: Function, inner: Function) -> bool:
    return outer is not inner and outer.lineno < inner.lineno and (inner.end_lineno or 0) <= (outer.end_lineno or 0)


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """List the first and last lines of what is marked."""
    first = None
    for place, line in enumerate(text.splitlines(), start=1):
        if BEGIN.match(line):
            first = place
        elif END.match(line) and first is not None:
            yield first, place
            first = None


def _body(node: Function) -> list[ast.stmt]:
    """Return what a function does, on lines of its own; nothing where that cannot be cut out."""
    is_described = ast.get_docstring(node, clean=False) is not None
    body = node.body[1:] if is_described else node.body
    return body if body and _first_line(body[0]) > node.lineno else []


def _first_line(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, Function | ast.ClassDef) else []
    return min([node.lineno, *(one.lineno for one in decorators)])


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except SyntaxError:
        return None
