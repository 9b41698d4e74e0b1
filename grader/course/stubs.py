"""Make what a student receives from what the course holds: gaps instead of solutions, signatures kept.

A gap in a solution file is marked line by line:

    # solution(1a): Compute the output, one patch at a time.
    ...
    # end solution
"""

from __future__ import annotations

import ast
import io
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from grader.errors import StubError

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

_OPENING = re.compile(r"^(?P<indent>[ \t]*)# solution\((?P<part>\w+)\): (?P<sentence>\S.*?)\s*$")
_CLOSING = re.compile(r"^(?P<indent>[ \t]*)# end solution\s*$")
_GIVEN = re.compile(r"^#[^\n]*\bProvided\.\s*$", re.MULTILINE)
_ROW = re.compile(r"^(?P<key>[ \t]*[\w.-]+[ \t]*=[ \t]*)(?P<opening>\[)?")
_QUOTES = '""'
# Anything that a reader would take for a marker, so that a slip of the pen does not hand out a solution.
LIKE_A_MARKER = re.compile(
    r"^\s*#+\s*((end[ _-]?)?solution\b\s*(\(|:|$)|(begin|start|end)[ _-]solution\b"
    r"|(end\s+)?so[a-z]{3,6}n\s*(\(\w+\)\s*:|$))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Gap:
    """What a student writes in one place. `first` and `last` are the lines of its two markers, from 1."""

    part: str
    sentence: str
    first: int
    last: int
    indent: str


def gaps(source: str, file: str) -> tuple[Gap, ...]:
    """Find the gaps of a solution file, in order.

    Raises:
        StubError: a marker is misspelt, nested, or left without its partner; all such problems at once.
    """
    found: list[Gap] = []
    problems: list[str] = []
    opened: tuple[int, re.Match[str]] | None = None
    for number, line in enumerate(_lines(source), start=1):
        opening, closing = _OPENING.match(line), _CLOSING.match(line)
        if opening and opened:
            problems.append(
                f"{file}:{number}: solution({opening['part']}) opens inside the one of line {opened[0]},"
                " expected '# end solution' first"
            )
        elif opening:
            opened = number, opening
        elif closing and opened is None:
            problems.append(f"{file}:{number}: '# end solution' closes nothing, expected '# solution(...)' before it")
        elif closing and opened:
            start, match = opened
            if closing["indent"] != match["indent"]:
                problems.append(
                    f"{file}:{number}: '# end solution' is indented by {len(closing['indent'])},"
                    f" expected {len(match['indent'])} as in line {start}"
                )
            found.append(Gap(match["part"], match["sentence"], start, number, match["indent"]))
            opened = None
        elif LIKE_A_MARKER.match(line):
            problems.append(
                f"{file}:{number}: {line.strip()!r} is nearly a marker,"
                " expected '# solution(1a): A sentence.' or '# end solution'"
            )
    if opened:
        problems.append(f"{file}:{opened[0]}: solution({opened[1]['part']}) is not closed, expected '# end solution'")
    if problems:
        raise StubError(problems)
    return tuple(found)


def stub(source: str, file: str, *, is_cell: bool = False) -> str:
    """Replace every gap of a solution file by a TODO and a NotImplementedError with the gap's sentence.

    In a cell of a notebook a gap may stand outside any function: what raises there keeps no other cell from running.

    Raises:
        StubError: the markers are wrong, or what they leave is not Python that can be imported.
    """
    found = gaps(source, file)
    text = _without(source, found, raising=True)
    if problems := tuple(_faults(text, {} if is_cell else _lines_of_raises(found), file)):
        raise StubError(problems)
    return text


def emptied(source: str, which: Iterable[Gap]) -> str:
    """Replace some of the gaps of a solution file, in order, as `stub` replaces all of them."""
    return _without(source, tuple(which), raising=True)


def emptied_text(text: str, which: Iterable[Gap]) -> str:
    """Replace gaps of a text that is no code: only the TODO of each stays."""
    return _without(text, tuple(which), raising=False)


def handout(files: Mapping[str, str], written: Collection[str], *, are_cells: bool = False) -> dict[str, str]:
    """Make the tree that a student receives: stubs of the files they write, the provided files as they are.

    Where the files are the cells of a notebook, gaps may stand outside functions.

    Raises:
        StubError: markers are wrong, a written file is absent or has no gap, or a provided file has a marker;
            all such problems at once.
    """
    problems = [
        f"{path} is not in the solution, expected as a file that students write"
        for path in written
        if path not in files
    ]
    tree: dict[str, str] = {}
    for path, source in files.items():
        try:
            tree[path] = _written(source, path, is_cell=are_cells) if path in written else _provided(source, path)
        except StubError as error:
            problems.extend(error.sentences)
    if problems:
        raise StubError(problems)
    return tree


def attached_stubs(attached: Mapping[str, bytes]) -> dict[str, str]:
    """Make what a student receives of the reference's attachments: those texts that have gaps, the gaps taken out.

    What has no gap is the reference's own answer, and stays there, unless its first line is a comment that ends in
    "Provided.": that is handed out as it is. A gap of a TOML file keeps its rows, empty.

    Raises:
        StubError: markers are wrong.
    """
    stubs = {}
    for path, data in attached.items():
        try:
            text = data.decode()
        except UnicodeDecodeError:
            continue
        if found := gaps(text, path):
            stubs[path] = _without(text, found, raising=False, keeps_rows=path.endswith(".toml"))
        elif _GIVEN.match(text):
            stubs[path] = text
    return stubs


def signatures(source: str) -> dict[str, str]:
    """List the public functions, classes and methods of a module with what they are called with.

    Returns:
        By dotted name, in source order: `(self, x)` for a function, `class(Base)` for a class, after its decorators.
    """
    return dict(_signatures(ast.parse(source).body, ""))


def asked_signatures(files: Iterable[str], solution: Mapping[str, str]) -> dict[str, str]:
    """List what students are asked to define in these files, by `file:dotted.name`, as far as the solution is here."""
    written = [path for path in files if path.endswith(".py") and path in solution]
    return {f"{path}:{name}": said for path in written for name, said in signatures(solution[path]).items()}


def signature_differences(stub: str, solution: str) -> tuple[str, ...]:
    """Return where the signatures of a stub and of its solution disagree, a sentence each; none when they agree."""
    got, wanted = signatures(stub), signatures(solution)
    return tuple(
        f"{name} is {got.get(name, 'absent')}, expected {wanted.get(name, 'nothing of that name')}"
        for name in dict.fromkeys((*wanted, *got))
        if got.get(name) != wanted.get(name)
    )


def _lines(source: str) -> list[str]:
    """Split where Python does, line endings kept: `str.splitlines` would also split at a form feed."""
    return list(io.StringIO(source, newline=""))


def _without(source: str, found: tuple[Gap, ...], *, raising: bool, keeps_rows: bool = False) -> str:
    lines = _lines(source)
    kept: list[str] = []
    done = 0
    for gap in found:
        kept += lines[done : gap.first - 1]
        ending = lines[gap.first - 1].removeprefix(lines[gap.first - 1].rstrip("\r\n"))
        kept.append(f"{gap.indent}# TODO({gap.part}): {gap.sentence}{ending}")
        if raising:
            sentence = json.dumps(f"{gap.part}: {gap.sentence}", ensure_ascii=False)
            kept.append(f"{gap.indent}raise NotImplementedError({sentence}){ending}")
        if keeps_rows:
            rows = filter(None, map(_ROW.match, lines[gap.first : gap.last - 1]))
            kept += [f"{row['key']}{row['opening'] or _QUOTES}{']' if row['opening'] else ''}{ending}" for row in rows]
        done = gap.last
    return "".join((*kept, *lines[done:]))


def _lines_of_raises(found: tuple[Gap, ...]) -> dict[int, Gap]:
    """Return the line in the stripped file of each gap's NotImplementedError: a gap shrinks to two lines."""
    removed = 0
    places: dict[int, Gap] = {}
    for gap in found:
        places[gap.first + 1 - removed] = gap
        removed += gap.last - gap.first - 1
    return places


def _faults(text: str, raises: Mapping[int, Gap], file: str) -> Iterator[str]:
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        yield f"{file}: the stub is not Python in its line {error.lineno}, expected gaps around whole statements"
        return
    inside = {
        node.lineno
        for function in ast.walk(tree)
        if isinstance(function, Function)
        for node in ast.walk(function)
        if isinstance(node, ast.Raise)
    }
    for line, gap in raises.items():
        if line not in inside:
            yield (
                f"{file}:{gap.first}: solution({gap.part}) is outside any function, expected inside one:"
                " the stub could not be imported"
            )


def _written(source: str, path: str, *, is_cell: bool) -> str:
    if not path.endswith(".py"):
        raise StubError([f"{path} is written by students and is not Python, expected .py: only that can have gaps"])
    text = stub(source, path, is_cell=is_cell)
    if text == source:
        raise StubError([f"{path} has no gap, expected '# solution(...)': the solution would be handed out"])
    return text


def _provided(source: str, path: str) -> str:
    marked = [number for number, line in enumerate(_lines(source), start=1) if LIKE_A_MARKER.match(line)]
    if marked:
        raise StubError([f"{path}:{marked[0]}: a provided file has a solution marker, expected none"])
    return source


def _signatures(body: Iterable[ast.stmt], prefix: str) -> Iterator[tuple[str, str]]:
    for node in body:
        if not isinstance(node, Function | ast.ClassDef) or not _is_public(node.name):
            continue
        name = f"{prefix}{node.name}"
        decorators = "".join(f"@{ast.unparse(decorator)} " for decorator in node.decorator_list)
        if isinstance(node, ast.ClassDef):
            yield name, f"{decorators}class({', '.join(ast.unparse(base) for base in (*node.bases, *node.keywords))})"
            yield from _signatures(node.body, f"{name}.")
        else:
            awaited = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
            yield name, f"{decorators}{awaited}({ast.unparse(node.args)})"


def _is_public(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))
