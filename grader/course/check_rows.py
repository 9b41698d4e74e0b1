"""Rows of the rubric that stand where their check is, as decorators, and the ready drivers that tests make.

Both are read from the text of the tests, before a line of it runs: what the worker and the rubric are made of.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from grader.drivers.ready import READY, student_tests
from grader.errors import Problem
from grader.model.python_tree import python_tree

DECORATOR: Final = "check"
AUTHORING: Final = "grader.authoring"
SAYS: Final = "says"
STUDENT_TESTS: Final = student_tests.__name__
"""Whose target is a module, and no name in it."""
MADE: Final = "\n\n# Ready drivers, as the hidden tests make them.\nfrom grader.drivers import ready as _ready\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedTests:
    """A file of tests, parsed and walked once for all that is looked for in it; empty where it does not parse.

    `calls`, `functions` and `classes` are those at any depth; `names` says what the decorator and the ready drivers are
    called there, and `imported` which of these names are bare.
    """

    body: tuple[ast.stmt, ...]
    calls: tuple[ast.Call, ...]
    functions: tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]
    classes: tuple[ast.ClassDef, ...]
    names: Mapping[str, str]
    imported: frozenset[str]

    @classmethod
    def of(cls, tree: ast.Module) -> ParsedTests:
        """Look through a tree."""
        nodes = [*ast.walk(tree)]
        imports = [*_imports(tree.body)]
        from_authoring = [one for one in imports if isinstance(one, ast.ImportFrom) and one.module == AUTHORING]
        return cls(
            body=tuple(tree.body),
            calls=tuple(node for node in nodes if isinstance(node, ast.Call)),
            functions=tuple(node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)),
            classes=tuple(node for node in nodes if isinstance(node, ast.ClassDef)),
            names=_local_names(imports),
            imported=frozenset(alias.asname or alias.name for one in from_authoring for alias in one.names),
        )


def read_tests(checks: Mapping[str, str]) -> dict[str, ParsedTests]:
    """Parse files of tests."""
    return {path: ParsedTests.of(python_tree(text)) for path, text in checks.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """A row of the rubric that stands at its test: file and line, and what it says as a table would."""

    name: str
    file: str
    line: int
    fields: dict[str, Any]


def rows_in(checks: Mapping[str, ParsedTests], folder: str, problems: list[Problem]) -> dict[str, CheckRow]:
    """Read the rows that stand at tests, in the order of files and lines; note what is written in no plain values."""
    rows: dict[str, CheckRow] = {}
    for path, tests in checks.items():
        for node, decorator in _decorated(tests.body, tests.names):
            name, file = node.name.removeprefix("test_"), f"{folder}/{path}"
            place = f"line {decorator.lineno}: @check"
            fields: dict[str, Any] = {}
            says = ast.get_docstring(node)
            if says:
                fields[SAYS] = says.split("\n\n")[0].replace("\n", " ")
            for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
                if keyword.arg is None:
                    text_of = f"has **{ast.unparse(keyword.value)}, expected keys written out: they are read as text"
                    problems.append(Problem(file, place, text_of))
                    continue
                try:
                    value = ast.literal_eval(keyword.value)
                    fields[keyword.arg] = [*value] if isinstance(value, tuple) else value
                except ValueError:
                    given = ast.unparse(keyword.value)
                    text_of = f"is {given}, expected a value written out: it is read before anything runs"
                    problems.append(Problem(file, f"line {keyword.value.lineno}: @check({keyword.arg}=...)", text_of))
            if name in rows and rows[name].line != decorator.lineno and rows[name].file == file:
                problems.append(
                    Problem(
                        file,
                        place,
                        f"stands there twice for test_{name}, or two tests have that name",
                    )
                )
            if not isinstance(decorator, ast.Call):
                text_of = "has no keys, expected those of a row such as @check(points=2, part=..., hint=...)"
                problems.append(Problem(file, place, text_of))
            elif decorator.args:
                text_of = "has an argument without a name, expected keys of the rubric such as points=2"
                problems.append(Problem(file, place, text_of))
            rows[name] = CheckRow(name=name, file=file, line=decorator.lineno, fields=fields)
    return rows


def misplaced_rows(checks: Mapping[str, ParsedTests], folder: str) -> Iterator[Problem]:
    """Find rows at functions that are no tests by their name or place, so that nobody would ever run them."""
    for path, tests in checks.items():
        methods = {id(one) for node in tests.classes for one in node.body}
        placed = {id(node) for node in tests.body if _is_test(node)}
        for node in tests.functions:
            if id(node) not in placed | methods:
                for decorator in node.decorator_list:
                    if _is_check(decorator, tests.names):
                        said = f"stands at {node.name}, expected a function test_... at the top of the file"
                        yield Problem(f"{folder}/{path}", f"line {decorator.lineno}: @check", said)


def swapped_comparisons(checks: Mapping[str, ParsedTests], folder: str) -> Iterator[Problem]:
    """Find comparisons in which reference and student change places, so that a student would read the opposite."""
    for path, tests in checks.items():
        for node in tests.calls:
            is_comparison = _dotted(node.func) == "assert_matches"
            if is_comparison and [_asked(one) for one in node.args[:2]] == ["reference", "student"]:
                said = "asks the reference first, expected assert_matches(student(...), reference(...))"
                yield Problem(f"{folder}/{path}", f"line {node.lineno}: assert_matches", said)


def _asked(value: ast.expr) -> str:
    """Return who is asked for a value, where it is a call or an entry of what that returns."""
    while isinstance(value, ast.Subscript | ast.Attribute):
        value = value.value
    return value.func.id if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else ""


def unreadable_targets(checks: Mapping[str, ParsedTests], folder: str) -> Iterator[Problem]:
    """Find ready drivers whose target or options are not written out, so that the worker could not make them."""
    for path, tests in checks.items():
        for node in tests.calls:
            called = _dotted(node.func)
            name = tests.names.get(called, "")
            if name in READY and ("." in called or called in tests.imported) and not _is_plain(node, name):
                wanted = '"module"' if name == STUDENT_TESTS else '"module:name"'
                made_of = f"expected {wanted} and options written out: the worker makes the same of the text"
                said = f"is {ast.unparse(node)}, {made_of}"
                yield Problem(f"{folder}/{path}", f"line {node.lineno}: {name}(...)", said)


def with_rows(
    raw: Mapping[str, Any], rows: Mapping[str, CheckRow], rubric: str
) -> tuple[dict[str, Any], list[Problem]]:
    """Add rows that stand at tests to what a rubric holds, and a part for each name that has no heading there."""
    if not rows:
        return dict(raw), []
    written = raw.get("checks", {})
    if not isinstance(written, dict):
        return dict(raw), []
    problems = [
        Problem(rubric, f"checks.{name}", f"also stands in {rubric} [checks.{name}], expected one of both")
        for name, row in rows.items()
        if name in written
    ]
    merged = {**raw, "checks": {**written, **{name: row.fields for name, row in rows.items()}}}
    if "parts" not in raw:
        named = dict.fromkeys(row.fields.get("part") for row in rows.values())
        names = [name for name in named if isinstance(name, str)]
        if names:  # else what is missing are the parts at the tests
            merged["parts"] = [{"name": name, "title": name.replace("_", " ").capitalize()} for name in names]
    return merged, problems


def at_its_test(problem: Problem, rows: Mapping[str, CheckRow]) -> Problem:
    """Return a problem of a row with the place where the row stands."""
    table, _, rest = problem.key.partition(".")
    name, _, key = rest.partition(".")
    key, entry, which = key.partition(" entry ")
    row = rows.get(name) if table == "checks" else None
    if row is None:
        return problem
    said = "the docstring" if key == SAYS else f"@check({key}=...)" if key else f"test_{name}"
    return Problem(row.file, f"line {row.line}: {said}{entry}{which}", problem.message)


def without_rows(text: str) -> str:
    """Return a file of tests without what stands in the rubric: a changed hint is no other test."""
    tree = ast.parse(text)
    for node, decorator in _decorated(tree.body, _local_names(_imports(tree.body))):
        node.decorator_list.remove(decorator)
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def has_rows(text: str) -> bool:
    """Return whether rows of the rubric stand at tests of a file."""
    body = python_tree(text).body
    return next(_decorated(body, _local_names(_imports(body))), None) is not None


def ready_drivers(checks: Mapping[str, ParsedTests]) -> str:
    """Return the source of the drivers that tests make of targets, empty where there are none."""
    calls: dict[str, None] = {}
    for tests in checks.values():
        for node in tests.calls:
            name = tests.names.get(_dotted(node.func), "")
            if name in READY and _is_plain(node, name):
                given = [
                    *map(ast.unparse, node.args),
                    *(f"{one.arg}={ast.unparse(one.value)}" for one in node.keywords),
                ]
                calls[f"_ready.{name}({', '.join(given)})"] = None
    if not calls:
        return ""
    lines = "".join(f"_made = {call}\nglobals()[_made.__name__] = _made\n" for call in calls)
    return f"{MADE}{lines}"


def _decorated(body: Iterable[ast.stmt], names: Mapping[str, str]) -> Iterator[tuple[ast.FunctionDef, ast.expr]]:
    """List the tests of a file with the decorator that is their row."""
    for node in body:
        if isinstance(node, ast.FunctionDef) and _is_test(node):
            for decorator in [*node.decorator_list]:
                if _is_check(decorator, names):
                    yield node, decorator


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")


def _is_check(decorator: ast.expr, names: Mapping[str, str]) -> bool:
    return names.get(_dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)) == DECORATOR


def _dotted(value: ast.expr) -> str:
    """Return a name, or a name of a module's name; nothing for what is no such thing."""
    names = []
    while isinstance(value, ast.Attribute):
        names.append(value.attr)
        value = value.value
    return ".".join([value.id, *reversed(names)]) if isinstance(value, ast.Name) else ""


def _imports(body: Iterable[ast.AST]) -> Iterator[ast.Import | ast.ImportFrom]:
    """List the imports of a file at any depth, past all expressions: those are nine tenths of its nodes."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        for field in ("body", "handlers", "orelse", "finalbody", "cases"):
            yield from _imports(getattr(node, field, ()))


def _local_names(imports: Iterable[ast.Import | ast.ImportFrom]) -> dict[str, str]:
    """Return what a file calls the decorator and the ready drivers, however it imports them: each with its own name."""
    names = {DECORATOR: DECORATOR, **{name: name for name in READY}}
    for node in imports:
        if isinstance(node, ast.ImportFrom) and node.module == AUTHORING:
            names |= {alias.asname: alias.name for alias in node.names if alias.asname and alias.name in names}
        else:
            package = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                if f"{package}{alias.name}" == AUTHORING:
                    called = alias.asname or alias.name
                    names |= {f"{called}.{name}": name for name in (DECORATOR, *READY)}
    return names


def _is_plain(call: ast.Call, name: str) -> bool:
    try:
        values = [ast.literal_eval(value) for value in (*call.args, *(keyword.value for keyword in call.keywords))]
    except ValueError:
        return False
    return bool(values) and isinstance(values[0], str) and (":" in values[0] or name == STUDENT_TESTS)
