"""Write an assignment of answers on paper: rows of a TOML file with numbers, formulas, choices and lists of them."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from grader.course.stubs import attached_stubs, gaps
from grader.drivers.answers import read_answers
from grader.drivers.expressions import value_at
from grader.errors import ExpressionError, UsageError
from grader.lint.scaffold.mistakes import changed_text
from grader.lint.scaffold.solution import ascii_name

LEAST_ROWS: Final = 2
HINT: Final = "How would you check each of them?"
POINTS: Final = 2
_SYMBOL: Final = re.compile(r"[A-Za-z]\w*")
_KEY: Final = re.compile(r"\s*(?:\[(?P<table>[^\[\]]+)\]|(?P<key>[\w.\"'-]+)[ \t]*=)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An answer: its dotted name, its kind, what is right, and the lines of the file that it stands in, from 0."""

    name: str
    kind: str
    value: object
    first: int
    last: int
    symbols: tuple[str, ...] = ()


def texts(title: str, file: str, text: str, seed: int) -> dict[str, str]:
    """Return the files of the assignment by path.

    Args:
        title: Of the assignment.
        file: The name of the file that students hand in.
        text: The answers, rows of TOML.
        seed: Of the numbers that are put into formulas.

    Raises:
        UsageError: it is no TOML, has too few rows, or one that is no answer.
    """
    rows = _rows(file, text)
    text = text if gaps(text, file) else _marked(text, rows)
    rows = _rows(file, text)
    points = POINTS * len(rows)
    return {
        "assignment.toml": (
            f'title = {json.dumps(title)}\nsource = "The handout"\nfiles = []\nattachments = [{json.dumps(file)}]\n'
            f"\n[hidden]\nseed = {seed}\n"
        ),
        "drivers.py": _drivers(file),
        f"solution/{file}": text,
        "checks/test_answers.py": _test(rows),
        "mistakes.py": _mistakes(file, text, rows),
        "samples/samples.toml": (
            f'[solution]\nscore = {points}\nsays = "the solution"\n\n'
            f'[plain]\nscore = {points}\nsays = "the same without comments, otherwise written"\n\n'
            '[handout]\nscore = 0\nsays = "nothing is written yet"\n'
        ),
        f"samples/solution/{file}": text,
        f"samples/plain/{file}": "".join(f"{_quoted(row.name)} = {_otherwise(row)}\n" for row in rows),
        f"samples/handout/{file}": attached_stubs({file: text.encode()})[file],
        "instructions.md": (
            f"# {title}\n\nAnswer in `{file}`:\n\n"
            + "".join(f"- `{row.name}`: {EXPECTED[row.kind]}\n" for row in rows)
            + "\nAn answer stands behind the equals sign. `grade run` says which can be read.\n"
        ),
    }


EXPECTED: Final = {
    "number": 'a number such as 6, 1.5 or "3/2"',
    "numbers": "a list of numbers",
    "formula": "a formula between quotes",
    "choice": "a word or letter between quotes",
    "choices": "a list of words or letters between quotes, in any order",
}
"""What each kind of row holds, for students."""


def _rows(file: str, text: str) -> list[Row]:
    try:
        tomllib.loads(text)
    except ValueError as error:
        raise UsageError(f"{file} is no TOML: {error}") from None
    values = read_answers(text.encode()).rows
    lines = text.splitlines()
    found: list[Row] = []
    table, at = "", 0
    while at < len(lines):
        match = _KEY.match(lines[at])
        first, at = at, at + 1
        if match is None:
            continue
        if match["table"]:
            table = match["table"].strip()
            continue
        while not _is_whole("\n".join(lines[first:at])):
            at += 1
        name = ".".join(filter(None, (table, match["key"]))).replace('"', "")
        if name not in values:
            raise UsageError(
                f"line {first + 1} of {file}: {name} is no row that stands by itself, expected one answer a row"
            )
        kind, symbols = _kind(file, name, values[name])
        found.append(Row(name=name, kind=kind, value=values[name], first=first, last=at - 1, symbols=symbols))
    if len(found) < LEAST_ROWS or len(found) < len(values):
        raise UsageError(
            f"{file} has {len(found)} answers in rows of their own, expected at least {LEAST_ROWS} and no others"
        )
    return found


def _is_whole(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except ValueError:
        return False
    return True


def _kind(file: str, name: str, value: object) -> tuple[str, tuple[str, ...]]:
    match value:
        case bool():
            pass
        case int() | float():
            return "number", ()
        case str() if value.strip():
            symbols = tuple(sorted(set(_SYMBOL.findall(value))))
            is_formula = re.search(r"[-+*/^()\d]", value) and _is_formula(value, symbols)
            return ("formula", symbols) if is_formula and symbols else ("number" if is_formula else "choice", ())
        case [*items] if items and all(isinstance(one, int | float) and not isinstance(one, bool) for one in items):
            return "numbers", ()
        case [*items] if items and all(isinstance(one, str) and one.strip() for one in items):
            return "choices", ()
    raise UsageError(
        f"{file}: {name} is {value!r}, expected a number, a formula, a choice, or a list of numbers or choices"
    )


def _is_formula(text: str, symbols: Sequence[str]) -> bool:
    try:
        value_at(text, {symbol: (symbol,) for symbol in symbols}, {symbol: 7 + n for n, symbol in enumerate(symbols)})
    except ExpressionError:
        return False
    return True


def _marked(text: str, rows: Sequence[Row]) -> str:
    lines = text.splitlines()
    for number, row in reversed([*enumerate(rows, start=1)]):
        lines.insert(row.last + 1, "# end solution")
        lines.insert(row.first, f"# solution({number}): Answer {row.name}.")
    return "\n".join(lines) + "\n"


def _groups(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Put rows together that one check asks for: those of a table, and tables of one row with those without any."""
    tables: dict[str, list[Row]] = {}
    for row in rows:
        tables.setdefault(row.name.rpartition(".")[0], []).append(row)
    groups: dict[str, list[Row]] = {}
    for name, members in tables.items():
        key = (ascii_name(name, "answers") if len(members) >= LEAST_ROWS else "") or "answers"
        groups.setdefault(key, []).extend(members)
    if len(groups.get("answers", ())) == 1 and len(groups) > 1:
        alone = groups.pop("answers")
        groups[next(iter(groups))] += alone
    return groups


def _drivers(file: str) -> str:
    return f'''\
"""How the rows of `{file}` are read, beside the student: a row that holds no answer is told, and costs itself alone."""

from functools import partial

from grader.drivers.answers import collected, described, is_empty, number, read_answers
from grader.drivers.expressions import value_at
from grader.drivers.statuses import Status
from grader.errors import ExpressionError, RowError


def row(impl, name, kind, at):
    answers = read_answers(impl.attachment({json.dumps(file)}))
    rows = {{"answer": (f"{file}: {{name}}", partial(answers.value, name))}}
    found, problems = collected(rows, partial(READ[kind], at=at))
    return {{**found, "problems": problems}}


def numbers(value, at):
    if not isinstance(value, list) or is_empty(value):
        return [number(value)]
    return [number(item) for item in value]


def choices(value, at):
    items = value if isinstance(value, list) else [value]
    if is_empty(value):
        raise RowError(Status.UNWRITTEN, "is empty")
    if not all(isinstance(item, str) for item in items):
        raise RowError(Status.FAILED, f"is {{described(value)}}, expected text between quotes")
    return sorted(" ".join(item.casefold().split()) for item in items)


def formula(value, at):
    if is_empty(value):
        raise RowError(Status.UNWRITTEN, "is empty")
    try:
        return value_at(str(value), {{symbol: (symbol,) for symbol in at}}, at)
    except ExpressionError:
        symbols = ", ".join(at)
        raise RowError(Status.FAILED, f"is {{described(value)}}, expected a formula of {{symbols}}") from None


READ = {{
    "number": lambda value, at: number(value),
    "numbers": numbers,
    "choice": choices,
    "choices": choices,
    "formula": formula,
}}
'''


def _test(rows: Sequence[Row]) -> str:
    head = (
        "import pytest\nfrom drivers import row\nfrom grader.authoring import assert_matches, assert_readable, check\n"
    )
    return head + "".join(_check(name, members) for name, members in _groups(rows).items())


def _check(name: str, members: Sequence[Row]) -> str:
    cases = "".join(
        f"        ({json.dumps(row.name, ensure_ascii=False)}, {json.dumps(row.kind)}, {json.dumps(row.symbols)}),\n"
        for row in members
    )
    which = "The answers are right" if name == "answers" else f"The answers under {name} are right"
    return (
        f'\n\n@check(points={POINTS * len(members)}, part="answers", hint="{HINT}", partial=True)\n'
        f'@pytest.mark.parametrize(\n    ("name", "kind", "symbols"),\n    [\n{cases}    ],\n    ids=str,\n)\n'
        f"def test_{name}(files, reference, rng, name, kind, symbols):\n"
        f'    """{which}, as they were worked out on paper."""\n'
        '    given = {"name": name, "kind": kind, "at": {one: int(rng.integers(5, 50)) for one in symbols}}\n'
        "    got, expected = files(row, **given), reference(row, **given)\n"
        '    assert_readable(got["problems"], "answer")\n'
        '    assert_matches({name: got["answer"]}, {name: expected["answer"]})\n'
    )


def _mistakes(file: str, text: str, rows: Sequence[Row]) -> str:
    made = ""
    for name, members in _groups(rows).items():
        lines = text.splitlines()
        for row in reversed(members):
            key = lines[row.first].partition("=")[0].rstrip()
            lines[row.first : row.last + 1] = [f"{key} = {_toml(_wrong(row))}"]
        old, new = changed_text(text, "\n".join(lines) + "\n")
        made += (
            f'    Mistake(\n        name="{name.replace("_", "-").lower()}-changed",\n'
            f'        says="the answers are those of another problem",\n        hint="{HINT}",\n'
            f"        patch=(replace({json.dumps(file)}, {old!r}, {new!r}),),\n"
            f'        fails=("{name}",),\n        teaches="Say here how one comes to the answers.",\n    ),\n'
        )
    return f'"""What students get wrong."""\n\nfrom grader.authoring import Mistake, replace\n\nMISTAKES = (\n{made})\n'


def _wrong(row: Row) -> object:
    match row.value:
        case [*items] if row.kind == "numbers":
            return [cast("float", item) + 1 for item in items]
        case [*items]:
            return [*items, "none of these"]
        case str() if row.kind == "choice":
            return f"not {row.value}"
        case str():
            return f"2*({row.value}) + 1"
    return cast("float", row.value) + 1


def _otherwise(row: Row) -> str:
    match row.value:
        case str() if row.kind == "choice":
            return _toml(f" {row.value.upper()} ")
        case str() if row.kind == "formula":
            return _toml(f"({row.value})")
        case [*items] if row.kind == "choices":
            return _toml([*reversed(items)])
    return _toml(row.value)


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)  # numbers, texts and lists are written alike in TOML


def _quoted(name: str) -> str:
    return ".".join(part if re.fullmatch(r"[\w-]+", part, re.ASCII) else json.dumps(part) for part in name.split("."))
