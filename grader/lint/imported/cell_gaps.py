"""Make gaps of the lines of a cell that are marked as a solution: whole statements, inside functions or outside."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from grader.course.stubs import LIKE_A_MARKER, gaps, stub
from grader.errors import StubError

Function = ast.FunctionDef | ast.AsyncFunctionDef
BEGIN: Final = re.compile(r"^\s*#+\s*BEGIN SOLUTION\b.*$", re.IGNORECASE)
END: Final = re.compile(r"^\s*#+\s*END SOLUTION\b.*$", re.IGNORECASE)
OWN: Final = re.compile(r"^\s*# (solution\(\w+\): \S.*|end solution)$")


@dataclass(frozen=True, slots=True)
class _Run:
    """Statements side by side that students write, as lines from 1."""

    first: int
    last: int
    indent: int
    names: tuple[str, ...]


def between_marks(text: str) -> frozenset[int]:
    """Return the lines that stand between `# BEGIN SOLUTION` and `# END SOLUTION`, with any number of #."""
    inside, found = False, set[int]()
    for number, line in enumerate(text.splitlines(), start=1):
        if BEGIN.match(line):
            inside = True
        elif END.match(line):
            inside = False
        elif inside:
            found.add(number)
    return frozenset(found)


def with_gaps(text: str, marked: Collection[int], first: int) -> str:
    """Return a cell whose marked statements are gaps; of a function that is marked whole its body is one.

    Comments that are marked and stand in no gap are left out: they may tell the solution.

    Args:
        text: A cell, or a module.
        marked: Lines, from 1.
        first: The number of the first gap.
    """
    lines = text.splitlines()
    runs = sorted(_runs(ast.parse(text).body, marked), key=lambda run: run.first)
    left_out = _comments(text) & {*marked}
    for number, run in reversed([*enumerate(runs, start=first)]):
        indent = " " * run.indent
        says = f"Compute {' and '.join(f'`{name}`' for name in run.names)}." if run.names else "Write what is missing."
        lines[run.last - 1] += f"\n{indent}# end solution"
        lines[run.first - 1] = f"{indent}# solution({number}): {says}\n{lines[run.first - 1]}"
        left_out -= {*range(run.first, run.last + 1)}
    return "\n".join(line for number, line in enumerate(lines, start=1) if number not in left_out)


def _comments(text: str) -> set[int]:
    """Return the lines that hold a comment alone."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {one.start[0] for one in tokens if one.type == tokenize.COMMENT and not one.line[: one.start[1]].strip()}


def without_marks(text: str) -> str:
    """Return a cell without comments that a reader would take for marks of a gap, but for those that are one."""
    return "\n".join(
        re.sub(r"\s*# ?SOLUTION( NO PROMPT)?\s*$", "", line)
        for line in text.splitlines()
        if OWN.match(line) or not LIKE_A_MARKER.match(line)
    )


def is_stubbed(text: str) -> bool:
    """Return whether a cell has a gap, and is Python without what stands in its gaps."""
    try:
        return bool(gaps(text, "")) and bool(stub(text, "", is_cell=True))
    except StubError:
        return False


def _runs(body: Sequence[ast.stmt], marked: Collection[int]) -> Iterator[_Run]:
    run: list[ast.stmt] = []
    for node in body:
        if _is_written(node, marked):
            run.append(node)
            continue
        if run:
            yield _run(run)
        run = []
        if isinstance(node, Function) and node.lineno in marked:
            yield _run(_body(node), named=False)
        else:
            for block in blocks_of(node):
                yield from _runs(block, marked)
    if run:
        yield _run(run)


def _is_written(node: ast.stmt, marked: Collection[int]) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return False
    if isinstance(node, Function):
        return node.lineno in marked and not _body(node)
    if isinstance(node, ast.ClassDef):
        has_methods = any(isinstance(one, Function) for one in node.body)
        return node.lineno in marked and not has_methods
    if any(blocks_of(node)):  # a loop or a condition, by its first line
        return node.lineno in marked
    return any(line in marked for line in range(node.lineno, (node.end_lineno or 0) + 1))


def blocks_of(node: ast.stmt) -> list[list[ast.stmt]]:
    """Return the blocks of statements in a statement."""
    blocks = [getattr(node, name, []) for name in ("body", "orelse", "finalbody")]
    blocks += [one.body for one in [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]]
    return [block for block in blocks if block]


def _body(node: Function) -> list[ast.stmt]:
    """Return what a function does, on lines of its own; nothing where that cannot be cut out."""
    is_described = ast.get_docstring(node, clean=False) is not None
    body = node.body[1:] if is_described else node.body
    return body if body and _first_line(body[0]) > node.lineno else []


def _run(nodes: Sequence[ast.stmt], *, named: bool = True) -> _Run:
    bound = [
        one.id
        for node in nodes
        if named and isinstance(node, ast.Assign | ast.AnnAssign)
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store) and one.id[0] != "_"
    ]
    return _Run(_first_line(nodes[0]), nodes[-1].end_lineno or 0, nodes[0].col_offset, tuple(dict.fromkeys(bound)))


def _first_line(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, Function | ast.ClassDef) else []
    return min([node.lineno, *(one.lineno for one in decorators)])
