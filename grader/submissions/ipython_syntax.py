"""Take out of a notebook's cell what IPython understands and Python does not, every line kept on its number. Pure."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from textwrap import dedent
from typing import Final

from grader.errors import NotPythonError
from grader.model.python_tree import MALFORMED
from grader.model.unmerged import unmerged

RUN_AS_PYTHON: Final = frozenset({"time", "capture", "prun"})
"""Magics of a whole cell whose cell is Python all the same."""
KEEPING_NO_NAMES: Final = "timeit"
"""The magic whose cell is Python too, and which binds nothing in the notebook: it runs in a function."""

_CELL_MAGIC: Final = re.compile(r"\s*%%(\w*)[ \t]*([^\n]*)")
_RUN: Final = re.compile(
    r"[ \t]*%run[ \t]++(?:-\w[ \t]++)*+(?:\"(?P<a>[^\"\n]++)\"|'(?P<b>[^'\n]++)'|(?P<c>[^\s\"']++))(?:[ \t][^\n]*)?"
)
_FILE_KIND: Final = re.compile(r"\.(?:py|ipynb)\Z")
_ENVIRONMENT: Final = re.compile(r"[ \t]*%(?:set_)?env[ \t]++([A-Za-z_]\w*)(?:[ \t]*=[ \t]*|[ \t]+)([^\n=][^\n]*)")
_TIMED_VALUE: Final = re.compile(r"=[ \t]*%time[ \t]+(?=[^\s-])")
_TIMED: Final = re.compile(r"[ \t]*%(?:time|prun)[ \t]+(?=[^\s-])")
# Strings and comments are passed over; what begins with one of %, ! and ? at the start of a line, or after an equals
# sign, is no Python outside of them.
_SCANNED: Final = re.compile(
    r"""
    (?P<passed> \"{3}(?:[^\\]|\\.)*?(?:\"{3}|\Z) | '{3}(?:[^\\]|\\.)*?(?:'{3}|\Z)
              | \"(?:[^\"\\\n]|\\.)*+\"? | '(?:[^'\\\n]|\\.)*+'? | \#[^\n]* )
    | (?P<line> ^[ \t]*(?:[%!?]|[\w.\[\]]+\?)(?:[^\n]*\\\n)*[^\n]* )
    | (?P<value> (?<![=!<>])=[ \t]*(?:!|%%?[A-Za-z])(?:[^\n]*\\\n)*[^\n]* )
    | (?P<open> [(\[{] )
    | (?P<close> [)\]}] )
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class PythonCell:
    """A cell as Python: its text with as many lines as it had, and its statements."""

    text: str
    body: list[ast.stmt]
    had_magics: bool = False


def cell_magic(text: str) -> tuple[str, str]:
    """Return the magic that a cell begins with and the rest of its line; both are empty where it has none."""
    magic = _CELL_MAGIC.match(text)
    return (magic[1], magic[2]) if magic else ("", "")


def foreign_magic(text: str) -> str:
    """Name the magic that makes a cell one of another language, or of a file's text; empty for Python."""
    magic, _ = cell_magic(text)
    return "" if magic in RUN_AS_PYTHON else magic


def always_ends(node: ast.stmt) -> bool:
    """Return whether a cell always ends at a statement of it: `raise`, `sys.exit()`, `exit()` or `assert False`.

    Not so at `raise NotImplementedError`, which templates of courses hold: students write around it.
    """
    match node:
        case ast.Raise(exc=raised):
            called = raised.func if isinstance(raised, ast.Call) else raised
            return not (isinstance(called, ast.Name) and called.id == "NotImplementedError")
        case ast.Expr(value=ast.Call(func=function)):
            return ast.unparse(function) in {"sys.exit", "exit", "quit"}
        case ast.Assert(test=ast.Constant(value=value)):
            return not value
    return False


def python_cell(text: str) -> PythonCell:
    """Read a cell, without its magics where it cannot be read with them.

    Raises:
        NotPythonError: it does not parse.
    """
    body = _statements(text)
    if not isinstance(body, Exception):
        return PythonCell(text, body)
    without = _without_magics(text)
    first = next((line for line in without.split("\n") if line.strip()), "")
    without = dedent(without) if first[:1].isspace() else without
    body = _statements(without)
    if not isinstance(body, Exception):
        return PythonCell(without, body, had_magics=True)
    if where := unmerged(text):
        raise NotPythonError(where)
    if isinstance(body, SyntaxError):
        raise NotPythonError(f"line {body.lineno}: {body.msg}")
    raise NotPythonError(
        "it is nested too deeply" if isinstance(body, RecursionError | MemoryError) else "it is no text"
    )


def _statements(text: str) -> list[ast.stmt] | Exception:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd escapes in strings: the student's business
        try:
            return ast.parse(text).body
        except MALFORMED as error:
            return error


def _without_magics(text: str) -> str:
    """Return a cell's text without its magics, read once from the start to the end."""
    magic = _CELL_MAGIC.match(text)
    source = f"{_lines(magic[0])}{text[magic.end() :]}" if magic else text
    kept: list[str] = []
    depth = place = 0
    while match := _SCANNED.search(source, place):
        found, end = match[0], match.end()
        indent = found[: len(found) - len(found.lstrip())]
        depth = max(0, depth + (match["open"] is not None) - (match["close"] is not None))
        kept.append(source[place : match.start()])
        if match["value"] is not None:
            timed = _TIMED_VALUE.match(found)
            kept.append(f"= {found[timed.end() :]}" if timed else f"= None{_lines(found)}")
        elif match["line"] is None:
            kept.append(found)
        elif depth:  # inside brackets a line may begin with the operator %
            end = match.start() + len(indent) + 1
            kept.append(source[match.start() : end])
        else:
            kept.append(indent + _as_python(found))
        place = end
    return "".join([*kept, source[place:]])


def _as_python(line: str) -> str:
    """Return what a line's magic stands for: what is timed or set, what a file defines that is run; else nothing."""
    if timed := _TIMED.match(line):
        return line[timed.end() :]
    if (run := _RUN.fullmatch(line)) and (module := module_of(run["a"] or run["b"] or run["c"])):
        return f"from {module} import *"
    if given := _ENVIRONMENT.fullmatch(line):
        return f"import os; os.environ[{given[1]!r}] = {given[2].strip()!r}"
    return f"pass{_lines(line)}"


def module_of(path: str) -> str:
    """Name the module that a file stands for, be it called `Part 1.ipynb`; empty where no name can be made of it."""
    parts = [re.sub(r"\W", "_", part) for part in _FILE_KIND.sub("", path).split("/") if part not in ("", ".", "..")]
    return ".".join(parts) if all(map(str.isidentifier, parts)) else ""


def _lines(text: str) -> str:
    return "\n" * text.count("\n")
