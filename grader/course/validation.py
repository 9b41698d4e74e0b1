"""What is wrong in a course: problems with file and key, and what no single key shows."""

from __future__ import annotations

import ast
import datetime as dt
import difflib
import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from grader.errors import Problem
from grader.model.path_patterns import fits

MAX_QUOTED: Final = 60  # characters of a value in a message
TEST_FILES: Final = ("test_*.py", "*_test.py")
"""The names of files that pytest collects tests from."""


def path_in_course(path: Path) -> str:
    """Name a file of a course as people speak of it: from `reference/` on."""
    parts = path.parts
    if "reference" not in parts:
        return path.name
    return "/".join(parts[len(parts) - 1 - parts[::-1].index("reference") :])


def key_at(place: Iterable[int | str]) -> str:
    """Name a place of a file as a person counts: `by_hand entry 1, points` is the first row's, where code says 0."""
    key = ""
    for step in place:
        if isinstance(step, int):
            key += f" entry {step + 1}"
        else:
            between = ", " if re.search(r" entry \d+$", key) else "."
            key += f"{between}{step}" if key else step
    return key


def quoted(value: object) -> str:
    """Format a value of a rubric, however large."""
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    try:
        text = repr(value)
    except ValueError:  # Python refuses to write integers of thousands of digits
        return "a number of thousands of digits"
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}..."


def parsed(text: str, file: str, problems: list[Problem]) -> ast.Module | None:
    """Parse a file of the course; note a problem where it does not parse."""
    try:
        return ast.parse(text)
    except SyntaxError as error:
        place = f"line {error.lineno} " if error.lineno else ""  # null bytes have none
        problems.append(Problem(file, "", f"{place}does not parse: {error.msg}"))
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes, or nesting without end
        problems.append(Problem(file, "", f"does not parse: {str(error) or type(error).__name__}"))
    return None


def test_files(checks: Mapping[str, str], folder: str, problems: list[Problem]) -> dict[str, str]:
    """Map each hidden test's name to its file, noting what pytest would not collect and names used twice."""
    names: dict[str, str] = {}
    for path, text in checks.items():
        tree = parsed(text, f"{folder}/{path}", problems)
        found = test_names(tree) if tree is not None else []
        is_collected = any(fnmatch.fnmatch(Path(path).name, pattern) for pattern in TEST_FILES)
        if found and not is_collected:
            expected = " or ".join(TEST_FILES)
            problems.append(
                Problem(
                    f"{folder}/{path}", "", f"holds test_{found[0]}, which is never run: expected a name {expected}"
                )
            )
        if tree is not None and is_collected:
            problems += [Problem(f"{folder}/{path}", "", text) for text in _misplaced_tests(tree)]
        for name in found:
            if name in names:
                problems.append(Problem(f"{folder}/{path}", f"test_{name}", f"is also defined in {names[name]}"))
            names[name] = path
    return names


def test_names(tree: ast.Module) -> list[str]:
    """Return the names of the tests that a file defines, as their rows in the rubric have them."""
    return [
        node.name.removeprefix("test_")
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def _misplaced_tests(tree: ast.Module) -> Iterator[str]:
    """Find tests that have no row in the rubric because they are no plain functions at the top of their file."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            continue  # what stands in it is its own
        for inner in ast.walk(node):
            if isinstance(inner, ast.ClassDef) and inner.name.startswith("Test"):
                where = f"line {inner.lineno}: the class {inner.name} holds"
                inside = [one for one in inner.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
                yield from (f"{where} {one.name}, {_PLAIN_TEST}" for one in inside if one.name.startswith("test"))
        for inner in (node, *_under_conditions(node)):
            if isinstance(inner, ast.AsyncFunctionDef) and inner.name.startswith("test_"):
                yield f"line {inner.lineno}: {inner.name} is async, {_PLAIN_TEST}"
            elif isinstance(inner, ast.FunctionDef) and inner.name.startswith("test_"):
                yield f"line {inner.lineno}: {inner.name} stands under a condition, {_PLAIN_TEST}"


_PLAIN_TEST: Final = "expected a plain function at the top of the file: a check is joined with its test by the name"


def _under_conditions(node: ast.stmt) -> Iterator[ast.stmt]:
    """List the statements below `if`, `try`, `with` and loops, functions and classes not entered."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.stmt):
            yield inner
            yield from _under_conditions(inner)
        elif isinstance(inner, ast.ExceptHandler | ast.match_case):
            for one in inner.body:
                yield one
                yield from _under_conditions(one)


_JOINED: Final = "the test is called test_<name>"


def cross_problems(
    raw: Mapping[str, Any],
    tests: Mapping[str, str],
    solution: Mapping[str, str] | None,
    file: str,
    *,
    are_all_tests_known: bool = True,
) -> Iterator[Problem]:
    """Find what no single key shows: names that do not meet. What has the wrong form is told elsewhere.

    Nothing is known of `solution` in a hand-out. Where a file of tests does not parse, not all tests are known,
    and no row is said to lack one.
    """
    rows = _table_of(raw.get("checks"))
    parts = _texts_of(_table_of(part).get("name") for part in _list_of(raw.get("parts")))
    files = _texts_of(_list_of(raw.get("files")))
    patterns = _texts_of(_list_of(raw.get("attachments")))
    yield from _twice(file, "parts", map(repr, parts))
    yield from _twice(file, "files", files)
    if raw.get("files") == [] and not patterns:
        yield Problem(file, "files", "is [], expected at least 1 entry where there are no attachments")
    yield from _twice(file, "attachments", patterns)
    for group in _list_of(raw.get("alternatives")):
        for pattern in _texts_of(_list_of(group)):
            path, _, name = pattern.partition(":")
            if name and path not in files:
                yield Problem(file, "alternatives", f"{path} is not among the files")
            elif not name and pattern not in patterns:
                yield Problem(file, "alternatives", f"{pattern} is not among the attachments")
    for path in files:
        for pattern in patterns:
            if fits(path, pattern):
                yield Problem(file, "attachments", f"{pattern} stands for {path}, which is among the files")
    order = list(rows)
    for place, name in enumerate(order):
        row, key = _table_of(rows[name]), f"checks.{name}"
        if not (name.isascii() and name.isidentifier()):
            yield Problem(file, key, f"is {quoted(name)}, expected letters, digits and underscores: {_JOINED}")
        elif name not in tests and are_all_tests_known:
            yield Problem(file, key, f"no hidden test is named test_{name}{_nearest_test(name, tests)}")
        yield from _part_problems(row, parts, file, ("checks", name))
        for pattern in _texts_of(one for entry in _list_of(row.get("reads")) for one in _list_of(entry)):
            if not any(fits(pattern, attached) for attached in patterns):
                yield Problem(file, f"{key}.reads", f"{pattern} is not among the attachments")
        yield from _twice(file, f"{key}.needs", map(quoted, needs := _texts_of(_list_of(row.get("needs")))))
        for need in needs:
            if need not in rows:
                if are_all_tests_known:  # its test may be what could not be read
                    yield Problem(file, f"{key}.needs", f"{quoted(need)} is no check{nearest(need, rows)}")
            elif need == name:
                yield Problem(file, f"{key}.needs", f"{quoted(need)} is the check itself, expected one before it")
            elif need not in order[:place]:
                yield Problem(file, f"{key}.needs", f"{quoted(need)} does not stand before {name}")
    yield from _by_hand_problems(raw, parts, rows, file)
    for name in sorted(set(tests) - set(rows)):
        said = (
            f"test_{name} in {tests[name]} has no row [checks.{name}], nor @check(points=..., part=..., hint=...) at it"
        )
        yield Problem(file, "checks", said)
    for path in files:
        if solution is not None and path.strip() and path not in solution:
            held = [one for one in solution if one.endswith(".py")]
            shown = path if path.isprintable() else quoted(path)
            said = f"{shown} is not in solution/, expected a path below it{_offered(path, held)}"
            yield Problem(file, "files", said)


def _offered(path: str, held: list[str]) -> str:
    """Offer what lies in `solution/` for a path that does not: what has its name, else what is nearest, else all."""
    name = path.replace("\\", "/").rpartition("/")[2]
    near = [one for one in held if one.rpartition("/")[2] == name] or difflib.get_close_matches(path, held, n=1)
    return f" such as {', '.join(near or held[:3])}" if held else ", which holds no Python file"


def _nearest_test(name: str, tests: Mapping[str, str]) -> str:
    """Offer a test for a row that has none: `test_` is no part of a check's name."""
    if name.startswith("test_") and name.removeprefix("test_") in tests:
        return f": expected [checks.{name.removeprefix('test_')}], {_JOINED}"
    return nearest(name, tests, "test_")


def _by_hand_problems(
    raw: Mapping[str, Any], parts: list[str], checks: Mapping[str, Any], file: str
) -> Iterator[Problem]:
    """Find what is wrong between rows that people mark and the rest of the rubric."""
    rows = [_table_of(row) for row in _list_of(raw.get("by_hand"))]
    yield from _twice(file, "by_hand", map(quoted, _texts_of(row.get("name") for row in rows)))
    for place, row in enumerate(rows):
        name = row.get("name")
        if isinstance(name, str) and name in checks:
            yield Problem(file, key_at(("by_hand", place, "name")), f"{quoted(name)} is also the name of a check")
        yield from _part_problems(row, parts, file, ("by_hand", place))


def _part_problems(
    row: Mapping[str, Any], parts: list[str], file: str, place: tuple[str | int, ...]
) -> Iterator[Problem]:
    part = row.get("part")
    if isinstance(part, str) and part.strip() and parts and part not in parts:
        yield Problem(file, key_at((*place, "part")), f"is {quoted(part)}, expected one of {', '.join(parts)}")


def _twice(file: str, key: str, names: Iterable[str]) -> Iterator[Problem]:
    names = list(names)
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(file, key, f"{name} stands there twice")


def _table_of(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list_of(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts_of(values: Iterable[object]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def nearest(name: str, names: Iterable[str], prefix: str = "") -> str:
    """Offer the name that is nearest to one that is not among them, as the end of a sentence."""
    near = difflib.get_close_matches(name, names, n=1)
    return f"; the nearest is {prefix}{near[0]}" if near else ""
