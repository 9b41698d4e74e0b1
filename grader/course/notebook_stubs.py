"""Make a notebook of the stubs of modules: a cell for the imports, and one for each function, class or statement."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from grader.errors import StubError

KERNEL: Final = {"display_name": "Python 3", "language": "python", "name": "python3"}

COMMAND_LINE: Final = re.compile(r"\bparse_args\(\s*(?:sys\.argv\[1:\]\s*)?\)")


def notebook_stub(title: str, stubs: Mapping[str, str]) -> str:
    """Write the stubs of modules as one notebook, version 4.5, without outputs.

    The first line of a module's docstring becomes a heading, the rest of it the text beneath. What modules import from
    each other is left out: in a notebook their names are all there. Where a program reads its command line it is given
    no arguments: those of the kernel stand there, which end it with an error.

    Args:
        title: The heading of the notebook.
        stubs: Python by path, in the order of the notebook.

    Raises:
        StubError: two of them define the same name, which a notebook has only once.
    """
    if problems := tuple(_doubled(stubs)):
        raise StubError(problems)
    own = {path.removesuffix(".py").replace("/", ".") for path in stubs}
    sections = [_parts(source, own) for source in stubs.values()]
    imports = dict.fromkeys(line for _, lines, _ in sections for line in lines)
    # A statement from __future__ has to be the first of its cell.
    first = sorted(imports, key=lambda line: not line.startswith("from __future__"))
    cells = [("markdown", f"# {title}"), *([("code", "\n".join(first))] if first else [])]
    for heading, _, pieces in sections:
        cells += [("markdown", heading)] if heading else []
        cells += [("code", piece) for piece in pieces]
    return notebook_of(cells)


def notebook_of(cells: Iterable[tuple[str, str]]) -> str:
    """Write cells, each its kind and its text, as a notebook of version 4.5 without outputs."""
    written = [_cell(kind, text, number) for number, (kind, text) in enumerate(cells)]
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    notebook = {"cells": written, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _doubled(stubs: Mapping[str, str]) -> Iterator[str]:
    """Name what is defined by two modules."""
    homes: dict[str, str] = {}
    for path, source in stubs.items():
        for statement in ast.parse(source).body:
            if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                home = homes.setdefault(statement.name, path)
                if home != path:
                    yield f"{path} and {home} both define {statement.name}: a notebook has one of that name"


def _parts(source: str, own: set[str]) -> tuple[str, list[str], list[str]]:
    """Cut a module into its heading, what it imports, and its other statements with the comments above them."""
    tree = ast.parse(source)
    body = tree.body
    docstring = ast.get_docstring(tree)
    heading = ""
    if docstring is not None:
        first, _, rest = docstring.partition("\n")
        heading, body = f"## {first.rstrip('.')}\n{rest}".rstrip(), body[1:]
    done = tree.body[0].end_lineno or 0 if docstring is not None else 0
    imports, pieces = [], []
    lines = source.splitlines()
    for statement in body:
        end = statement.end_lineno or statement.lineno
        text = "\n".join(lines[done:end]).strip("\n")
        done = end
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            pieces.append(COMMAND_LINE.sub("parse_args([])", text))
        elif not any(name in own for name in _modules(statement)):
            imports.append(ast.unparse(statement))
    if rest_of_file := "\n".join(lines[done:]).strip("\n"):
        pieces.append(rest_of_file)
    return heading, imports, list(_joined(pieces))


def _joined(pieces: list[str]) -> Iterator[str]:
    """Join statements of one line that follow each other, as constants do."""
    short: list[str] = []
    for piece in pieces:
        if "\n" not in piece:
            short.append(piece)
            continue
        if short:
            yield "\n".join(short)
            short = []
        yield piece
    if short:
        yield "\n".join(short)


def _modules(statement: ast.Import | ast.ImportFrom) -> list[str]:
    """List the modules that a statement imports from."""
    if isinstance(statement, ast.ImportFrom):
        return [statement.module or ""]
    return [alias.name for alias in statement.names]


def _cell(kind: str, text: str, number: int) -> dict[str, Any]:
    """Make a cell; its identifier is the same whenever the notebook is made of the same."""
    identifier = hashlib.sha256(f"{number} {text}".encode()).hexdigest()[:12]
    cell = {"cell_type": kind, "id": identifier, "metadata": {}, "source": text.splitlines(keepends=True)}
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell
