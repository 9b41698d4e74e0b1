"""The page for authors: its smallest assignment runs as printed, and its tables are those of the code."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from classes import Grade, commands, contents, lay

from grader.authoring.tolerances import tolerance_for
from grader.course.discovery import Course
from grader.model.assignment import Runtime

PAGE = (Path(__file__).parents[1] / "docs" / "authors.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
WHOLE = {match[1]: text for _, text in BLOCKS if (match := re.match(r"# (reference/relu/\S+)\n", text)) is not None}
SMALLEST = {path: text for path, text in WHOLE.items() if "samples/" not in path and not path.endswith("mistakes.py")}


@pytest.fixture
def smallest(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Grade:
    lay(tmp_path, SMALLEST)
    return commands(monkeypatch, capsys, tmp_path)


def test_an_assignment_that_is_built_as_the_page_says_is_green(smallest: Grade, tmp_path: Path) -> None:
    """A twelfth assignment, by its own folder alone."""
    assert smallest("stubs", "relu").code == 0
    draft = smallest("lint", "relu", "--draft", "--runs", "2")
    assert (draft.code, draft.out.splitlines()[-1]) == (0, "relu: ok")
    assert smallest("lint", "relu", "--runs", "2").out.splitlines()[-1] == "relu: 2 problems"  # a mistake and samples
    before = contents(lay(tmp_path, WHOLE))
    whole = smallest("lint", "relu", "--runs", "2")
    assert (whole.code, whole.out.splitlines()[-1]) == (0, "relu: ok"), whole.out
    assert contents(tmp_path) == before  # lint writes nothing
    assert {tuple(name.split("/")[:2]) for name in before} == {("reference", "relu"), ("student", "relu")}
    assert sum(bool(line.strip()) for text in WHOLE.values() for line in text.splitlines()) <= 60


def test_the_smallest_assignment_runs_as_printed(smallest: Grade, tmp_path: Path) -> None:
    assert len(SMALLEST) == 3
    assert smallest("stubs", "relu").code == 0
    assert "TODO(1): Keep what is positive." in (tmp_path / "student/relu/relu.py").read_text(encoding="utf-8")
    empty = json.loads(smallest("run", "relu", "--json").out)
    assert (empty["score"], [check["status"] for check in empty["checks"]]) == (0, ["unwritten"])
    right = smallest("run", "relu", "--submission", "reference/relu/solution", "--json")
    assert (right.code, json.loads(right.out)["score"]) == (0, 2)


def test_the_smallest_assignment_has_as_few_lines_as_are_said(smallest: Grade, tmp_path: Path) -> None:
    del smallest
    assert Course(tmp_path).load("relu").assignment.max_score == 2
    assert sum(bool(line.strip()) for text in SMALLEST.values() for line in text.splitlines()) <= 25


@pytest.mark.parametrize(("language", "text"), [block for block in BLOCKS if block[0] in {"toml", "python"}])
def test_every_block_parses(language: str, text: str) -> None:
    if language == "toml":
        assert tomllib.loads(text)
    else:
        assert compile(text, "block", "exec", dont_inherit=True).co_code


def test_the_table_of_tolerances_is_the_codes() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (1e-\d+) \| (1e-\d+) \|$", PAGE, re.MULTILINE)
    told = {name: (float(rtol), float(atol)) for names, rtol, atol in rows for name in re.findall(r"\w+", names)}
    assert told == {name: tuple(tolerance_for(np.zeros(1, name))) for name in told}
    assert set(told) == {"float16", "float32", "float64", "longdouble", "complex64", "complex128"}


def test_the_runtime_that_is_printed_is_the_default() -> None:
    (printed,) = [rubric["runtime"] for _, text in BLOCKS if "[runtime]" in text and (rubric := tomllib.loads(text))]
    printed |= {name: tuple(printed[name]) for name in ("modules", "optional")}
    assert printed == {name: getattr(Runtime(), name) for name in Runtime.__dataclass_fields__}


def test_the_variants_that_are_printed_are_read_and_drawn_as_they_stand(tmp_path: Path) -> None:
    (rubric,) = (text for _, text in BLOCKS if text.startswith("[variants]"))
    (constants,) = (text for _, text in BLOCKS if text.startswith("# variants.py"))
    toml = SMALLEST["reference/relu/assignment.toml"]
    lay(
        tmp_path, {**SMALLEST, "reference/relu/assignment.toml": toml + rubric, "reference/relu/variants.py": constants}
    )
    variant = Course(tmp_path).load("relu").variant
    assert variant is not None
    assert sorted(variant.constants) == ["_weights", "rows", "slope", "width"]
