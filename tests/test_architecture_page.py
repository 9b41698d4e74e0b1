"""`docs/architecture.md` is kept true: the rooms are those of the contract, and every name it mentions is there."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "grader"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([a-z0-9_/]+\.py)(?::([A-Za-z_.]+))?`", PAGE)))


def defined(body: list[ast.stmt], names: list[str]) -> bool:
    first, *others = names
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == first:
            return not others or defined(node.body, others)
    return False


@pytest.mark.parametrize(("file", "name"), [(file, name) for file, name in NAMED if file != "__init__.py"])
def test_what_the_page_names_is_there(file: str, name: str) -> None:
    path = next(folder / file for folder in (PACKAGE, ROOT) if (folder / file).exists())
    assert not name or defined(ast.parse(path.read_text(encoding="utf-8")).body, name.split("."))


def test_the_rooms_are_those_of_the_contract_in_the_words_of_their_docstrings() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = contracts["contracts"][0]["layers"]
    rooms = [room for layer in layers for room in layer.split(" | ") if (PACKAGE / room).is_dir()]
    said = {room: ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text("utf-8"))) for room in rooms}
    rows = re.findall(r"^\| `([a-z]+)/` \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == [(room, str(said[room]).splitlines()[0]) for room in rooms]
