"""Read a notebook that Otter Assign makes an assignment of: questions with solutions and tests, in any of its forms.

Since version 1 questions, solutions and tests stand between raw cells; before, and in jAssign, a text says where a
question begins, and a comment which cell is a test.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final

import yaml

from grader.lint.imported.assignment import HandMarked
from grader.lint.imported.cell_gaps import between_marks
from grader.lint.imported.notebook import CODE, Cell, cells_of, fault_of, plain

QUESTION: Final = re.compile(r"(?:```|<!--)[^\n]*\n\s*BEGIN QUESTION\s*\n(?P<config>.*?)(?:```|-->)", re.DOTALL)
CONFIG: Final = re.compile(r"(?:```|<!--)[^\n]*\n\s*BEGIN ASSIGNMENT\b.*?(?:```|-->)", re.DOTALL)
BOUNDARY: Final = re.compile(
    r"\s*#\s*(?P<what>ASSIGNMENT CONFIG|(?:BEGIN|END) (?:QUESTION|SOLUTION|PROMPT|TESTS))\b(?P<config>.*)",
    re.DOTALL | re.IGNORECASE,
)
FENCED: Final = re.compile(r"^```otter\n(?P<text>.*?)\n?```\s*$", re.DOTALL)
TEST: Final = re.compile(r"^\s*#+\s*(?P<hidden>hidden\s+)?tests?\b", re.IGNORECASE)
TEST_CONFIG: Final = re.compile(r'^\s*"""\s*#\s*BEGIN TEST CONFIG[^\n]*\n(?P<config>.*?)\n?"""[^\n]*\n?', re.DOTALL)
IGNORED: Final = re.compile(r"#\s*IGNORE\s*$")
IGNORED_BLOCK: Final = re.compile(r"^\s*#\s*(?P<which>BEGIN|END) IGNORE\s*$")
PROMPT: Final = re.compile(
    r'^\s*(""")?\s*#\s*(?P<which>BEGIN|END) PROMPT\s*$|^\s*"""\s*;?\s*#\s*(?P<end>END) PROMPT\s*$'
)
SOLUTION_LINE: Final = re.compile(r"# ?SOLUTION( NO PROMPT)?\s*$")
SOLUTION_CELL: Final = re.compile(r"^\s*##\s*(solution|answer)\s*##", re.IGNORECASE)
SOLUTION_TEXT: Final = re.compile(r"\s*\**\s*SOLUTION\b")
HERE: Final = "*Write your answer here.*"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOfQuestion:
    """A cell that tests: its code, what it showed, and what its config says."""

    cell: int
    code: str
    output: str
    is_hidden: bool
    points: float | None = None


@dataclass(slots=True, kw_only=True)
class Question:
    """A question: what its config says, and its tests."""

    name: str
    config: dict[str, Any]
    says: str = ""
    cases: list[CaseOfQuestion] = field(default_factory=list)

    @property
    def is_manual(self) -> bool:
        """Whether a person marks it."""
        return bool(self.config.get("manual"))

    def hand_marked(self, place: str) -> HandMarked:
        """Return it as a row for a person, from a file of this name."""
        points = self.config.get("points")
        return HandMarked(
            place=place, name=re.sub(r"\W", "_", self.name),
            points=float(points) if isinstance(points, int | float) else 1,
            says=self.says or self.name,
        )  # fmt: skip


class _In(Enum):
    """Which part of a question a cell stands in."""

    NOWHERE = auto()
    SOLUTION = auto()
    PROMPT = auto()
    TESTS = auto()


def read_source(path: Path) -> tuple[list[Cell], list[Question], list[str]]:
    """Return the cells of the solution, lines marked that students write, the questions, and what was not read."""
    cells: list[Cell] = []
    questions: list[Question] = []
    left: list[str] = []
    where, is_raw, prompted = _In.NOWHERE, False, set[int]()
    current: Question | None = None
    for read in cells_of(path):
        cell = _unfenced(read)
        boundary = BOUNDARY.match(cell.text) if cell.kind == "raw" else None
        if boundary:
            is_raw = True
            what = boundary["what"].upper()
            if what == "BEGIN QUESTION":
                current = _question(boundary["config"], cell, path, questions, left)
            elif what == "END QUESTION":
                current, where = None, _In.NOWHERE
            elif what.startswith("BEGIN "):
                where = _In[what.removeprefix("BEGIN ")]
                if where is _In.PROMPT and current is not None:
                    prompted.add(id(current))
            elif what.startswith("END "):
                where = _In.NOWHERE
            continue
        if cell.kind == "raw":
            continue
        if cell.kind != CODE:
            begins = QUESTION.search(cell.text)
            if begins and not is_raw:
                current = _question(begins["config"], cell, path, questions, left)
                cell = replace(cell, text=QUESTION.sub("", cell.text))
                current.says = _first_words(cell.text)
            elif current is not None and not current.says and where is _In.NOWHERE:
                current.says = _first_words(cell.text)
            is_answer = where is _In.SOLUTION or bool(SOLUTION_TEXT.match(cell.text))
            cells.append(replace(cell, text=HERE if is_answer else CONFIG.sub("", cell.text)))
            continue
        is_test = where is _In.TESTS or (not is_raw and bool(TEST.match(cell.text)))
        if is_test and current is not None:
            _add_case(cell, current, path, left)
        elif where is not _In.PROMPT and not is_test:
            cells.append(_solution(cell, is_whole=where is _In.SOLUTION and id(current) in prompted))
    return cells, questions, left


def _unfenced(cell: Cell) -> Cell:
    fenced = FENCED.match(cell.text.strip()) if cell.kind == "markdown" else None
    return replace(cell, kind="raw", text=fenced["text"]) if fenced else cell


def _question(config: str, cell: Cell, path: Path, questions: list[Question], left: list[str]) -> Question:
    place = f"{path.name} cell {cell.number}"
    said = _table(config, f"{place}: the config of a question", left)
    found = Question(name=str(said.get("name") or f"question_{cell.number}"), config=said)
    questions.append(found)
    return found


def _table(text: str, what: str, left: list[str]) -> dict[str, Any]:
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError as error:
        left.append(f"{what} is no YAML: {' '.join(str(error).split())}")
        return {}
    return read if isinstance(read, dict) else {}


def _first_words(text: str) -> str:
    lines = (
        line.replace("**", "").strip("#*_ >")
        for line in text.splitlines()
        if line.strip() and not line.lstrip().startswith("<")
    )
    return next(filter(None, lines), "")


def _add_case(cell: Cell, question: Question, path: Path, left: list[str]) -> None:
    text, said = cell.text, dict[str, Any]()
    config = TEST_CONFIG.match(text)
    is_hidden = bool(re.match(r"\s*#.*\bhidden\b", text.split("\n")[0], re.IGNORECASE))
    if config:
        said = _table(config["config"], f"{path.name} cell {cell.number}: the config of a test", left)
        text = text[config.end() :]
    code = plain(TEST.sub("#", text, count=1) if TEST.match(text) else text)
    points = said.get("points")
    if fault := fault_of(code):
        left.append(f"{path.name} cell {cell.number}: not converted: {fault}")
        return
    question.cases.append(
        CaseOfQuestion(
            cell=cell.number, code=code, output=cell.output, is_hidden=bool(said.get("hidden", is_hidden)),
            points=float(points) if isinstance(points, int | float) else None,
        )
    )  # fmt: skip


def _solution(cell: Cell, *, is_whole: bool) -> Cell:
    """Return a cell of the solution without what Otter leaves out of it, lines marked that students write."""
    lines = list[str]()
    is_left_out = False
    for line in cell.text.splitlines():
        block = IGNORED_BLOCK.match(line) or PROMPT.match(line)
        if block:
            is_left_out = "BEGIN" in line
        elif not is_left_out and not IGNORED.search(line):
            lines.append(line)
    text = "\n".join(lines)
    is_whole = is_whole or bool(SOLUTION_CELL.match(text))
    marked = between_marks(text) | {number for number, line in enumerate(lines, start=1) if SOLUTION_LINE.search(line)}
    if is_whole and not marked:
        marked |= {*range(1, len(lines) + 1)}
    return replace(cell, text=text, marked=frozenset(marked))


def examples_of(case: CaseOfQuestion) -> str:
    """Return a test as examples, as Otter writes them: its statements, and what its cell showed below the last."""
    lines = [
        f"{'... ' if number else '>>> '}{line}"
        for node in ast.parse(case.code).body
        for number, line in enumerate(ast.unparse(node).splitlines())
    ]
    return "\n".join([*lines, *case.output.splitlines()]) + "\n"


def function_of(case: CaseOfQuestion) -> ast.FunctionDef | None:
    """Return the function that a test is, alone or with the statement that calls it, where the cell shows nothing."""
    if case.output:
        return None
    body = ast.parse(case.code).body
    functions = [node for node in body if isinstance(node, ast.FunctionDef)]
    others = [node for node in body if node not in functions and not isinstance(node, ast.Import | ast.ImportFrom)]
    if len(functions) != 1 or not functions[0].args.args or len(others) > 1:
        return None
    called = others[0].value if others and isinstance(others[0], ast.Expr) else None
    is_called = isinstance(called, ast.Call) and ast.unparse(called.func) == functions[0].name
    return functions[0] if is_called or not others else None


def points_of(question: Question) -> Any:  # noqa: ANN401  # a number, a list or nothing
    """Return what the config says of points: of all cases, or of each."""
    points = question.config.get("points")
    if isinstance(points, dict):
        return float(points.get("each", 1)) * len(question.cases)
    return points


def asks(questions: Sequence[Question]) -> Iterator[Question]:
    """Yield the questions that have tests."""
    yield from (one for one in questions if one.cases)
