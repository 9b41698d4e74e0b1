"""Make a submission of what a kernel has: its inputs as a notebook, and the files that they use. Pure.

Inputs are kept in the order in which they were executed, each under its own number, so that the notebook computes what
the kernel computed. What the kernel does not have any more is left out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import Final

from grader.course.notebook_stubs import notebook_of
from grader.desk.kernel import Kernel
from grader.errors import NotPythonError, UsageError
from grader.submissions.ipython_syntax import foreign_magic, python_cell
from grader.submissions.members import listed
from grader.submissions.notebook import MAX_CELLS, MAX_CODE_CHARACTERS
from grader.submissions.notebook_source import AnyDefinition

KERNEL_NOTEBOOK: Final = "kernel.ipynb"
"""What the notebook is called where a report names a line of it."""

_OUR_MAGICS: Final = re.compile(r"^[ \t]*%(?:grade\b|(?:re)?load_ext[ \t]+grader\b).*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveNotebook:
    """A notebook, the files of modules that belong to it by their paths in the submission, and sentences about both."""

    notebook: str
    modules: dict[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Input:
    """One input: its number, its lines, what it defines at the top, and what it uses and binds there."""

    number: int
    lines: list[str]
    defined: dict[str, list[AnyDefinition]]
    bound: frozenset[str]
    imported: frozenset[str]
    used: frozenset[str]
    has_star: bool


def live_notebook(kernel: Kernel, asked: Mapping[str, Collection[str]], folder: str) -> LiveNotebook:
    """Write what a kernel has as a notebook.

    Args:
        kernel: The kernel.
        asked: What an assignment asks for, by the path of the module that defines it.
        folder: The folder that the kernel works in, from which files are named.

    Raises:
        UsageError: the kernel has nothing of what is asked for, or too much was executed in it.
    """
    if len(kernel.inputs) > MAX_CELLS:
        raise UsageError(
            f"{len(kernel.inputs) - 1} cells were executed in this kernel, expected at most {MAX_CELLS - 1}: "
            "restart it and run all cells"
        )
    inputs = [_read(number, _OUR_MAGICS.sub("", text)) for number, text in enumerate(kernel.inputs)]
    notes = [f"{KERNEL_NOTEBOOK} is what was executed in the kernel: its cell 7 is the one marked [7]"]
    wanted = list(dict.fromkeys(name for names in asked.values() for name in names))
    by_cells = {name for one in inputs for name in one.bound}
    notes += _left_out(inputs, kernel)
    imported = {PurePosixPath(module_path(name, file)).as_posix(): file for name, file in kernel.modules.items()}
    imported |= dict(_run_files(kernel, imported.values(), folder))
    by_star = {*imported.values()} if any(one.has_star for one in inputs) else set()
    held = [name for name in wanted if name in kernel.names]
    live = {name for name in held if name in by_cells or kernel.names[name] in by_star}
    unknown: list[str] = []
    for name in held:
        if name in live:
            continue
        file = kernel.names[name]
        origin = f"it was compiled from {file}" if file else "how it was made is not known"
        unknown.append(f"{name} is in the kernel and no cell defines or imports it ({origin}): it is not graded")
    live_modules = {path for path, names in asked.items() if any(_is_of_a_cell(name, inputs, kernel) for name in names)}
    modules = {path: file for path, file in imported.items() if path not in live_modules}
    notes += [f"{path}, which the kernel imported, is taken as it is on the disk now" for path in sorted(modules)]
    if not live and not modules.keys() & asked.keys():
        why = "; ".join(unknown) or "run the cells that do, and then grade"
        raise UsageError(f"the kernel defines none of {listed(wanted)}: {why}")
    notes += unknown
    cells = [("code", "\n".join(one.lines)) for one in _within_bounds(inputs)]
    return LiveNotebook(notebook=notebook_of(cells[1:]), modules=modules, notes=tuple(notes))


def _read(number: int, text: str) -> _Input:
    body: list[ast.stmt] = []
    if not foreign_magic(text):
        try:
            body = python_cell(text).body
        except NotPythonError:
            body = []  # whoever reads the notebook says so
    defined: dict[str, list[AnyDefinition]] = {}
    for statement in body:
        if isinstance(statement, AnyDefinition):
            defined.setdefault(statement.name, []).append(statement)
    bound, used = set(defined), set[str]()
    imported = set[str]()
    has_star = False
    for node in _outside_functions(body):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [(alias.asname or alias.name).split(".")[0] for alias in node.names]
            has_star = has_star or "*" in names
            imported.update(names)
        elif isinstance(node, AnyDefinition):
            bound.add(node.name)
    bound |= imported
    return _Input(number, text.split("\n"), defined, frozenset(bound), frozenset(imported), frozenset(used), has_star)


def _outside_functions(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Walk what is executed with a cell: not what stands in functions, but decorators and classes."""
    waiting = [*body]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
        elif isinstance(node, ast.ClassDef):
            within = [part for part in _outside_functions([*node.body]) if isinstance(part, ast.Name)]
            waiting += [*node.decorator_list, *node.bases, *(part for part in within if isinstance(part.ctx, ast.Load))]
        elif not isinstance(node, ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def _left_out(inputs: list[_Input], kernel: Kernel) -> Iterator[str]:
    """Blank definitions that the kernel does not have, or not any more, with a sentence about those that are gone."""
    cells: dict[str, list[_Input]] = {}
    for one in inputs:
        for name in one.defined:
            cells.setdefault(name, []).append(one)
    for name, found in cells.items():
        if name not in kernel.names:
            if found[-1].number + 1 < len(inputs) or name in inputs[-1].defined:
                yield f"{name} is defined in cell {found[-1].number} and the kernel does not have it: it is left out"
            for one in found:
                _blank(one, name)
            continue
        origin = kernel.names[name]
        last = next(one for one in reversed(inputs) if name in one.bound)
        if name in last.imported and name not in last.defined and not isinstance(origin, int):
            for one in found:
                _blank(one, name)
            continue
        live = origin if isinstance(origin, int) and inputs[origin] in found else found[-1].number
        for one, after in zip_longest(found, found[1:]):
            until = len(inputs) if after is None else after.number + 1
            is_used = any(name in later.used for later in inputs[one.number + 1 : until])
            if one.number > live or (one.number < live and not is_used):
                _blank(one, name)


def _blank(one: _Input, name: str) -> None:
    for node in one.defined[name]:
        first = min((node.lineno, *(decorator.lineno for decorator in node.decorator_list)))
        last = node.end_lineno or node.lineno
        one.lines[first - 1 : last] = [""] * (last - first + 1)


def _is_of_a_cell(name: str, inputs: list[_Input], kernel: Kernel) -> bool:
    """Return whether a name's last definition is a cell's own, and no import of it from a file."""
    if name not in kernel.names or isinstance(kernel.names[name], int):
        return name in kernel.names
    is_of_a_file = kernel.names[name] in kernel.modules.values()
    return not is_of_a_file and any(name in one.bound for one in inputs)


def module_path(module: str, file: str) -> str:
    """Return where the file of a module belongs, by the module's name."""
    return module.replace(".", "/") + ("/__init__.py" if file.endswith("__init__.py") else ".py")


def _run_files(kernel: Kernel, imported: Collection[str], folder: str) -> Iterator[tuple[str, str]]:
    """Yield the files below the folder that defined something and were not imported, as those of `%run`."""
    root = PurePosixPath(folder)
    for file in {file for file in kernel.names.values() if isinstance(file, str)} - set(imported):
        path = PurePosixPath(file)
        if file.endswith(".py") and path.is_relative_to(root):
            yield path.relative_to(root).as_posix(), file


def _within_bounds(inputs: list[_Input]) -> list[_Input]:
    """Empty the oldest inputs that define nothing which is left, where a notebook may not hold all of them."""
    size = sum(len(line) + 1 for one in inputs for line in one.lines)
    seen: set[str] = set()
    for one in reversed(inputs):
        text = "\n".join(one.lines)
        if text in seen and size > MAX_CODE_CHARACTERS // 2:  # executed again later
            size -= len(text)
            one.lines[:] = [""] * len(one.lines)
        seen.add(text)
    return inputs
