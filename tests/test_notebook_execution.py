"""What names of a notebook stand for, in whatever order they are asked for."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from grader.sandbox.guest.notebook_modules import StandInFinder
from grader.sandbox.guest.program import Program


def value_of(wanted: str, *cells: str, before: tuple[str, ...] = (), **others: str) -> object:
    """Ask a notebook for names before the wanted one; further modules are notebooks too, by their name."""
    sources = {"work.py": "\n".join(cells), **{f"{name}.py": text for name, text in others.items()}}
    program = Program(sources, notebooks=sources)
    with program.running():
        for name in before:
            program.load(f"work:{name}")
        return program.load(f"work:{wanted}")


@pytest.mark.parametrize(
    "cells",
    [
        ("rate = 2", "y = rate * 10", "rate = 7"),
        ("rate = 2", "def scaled():\n    return rate * 10", "y = scaled()", "rate = 7"),
        ("class Net:\n    size = 20", "rate = Net()", "y = rate.size", "class Net:\n    size = 3", "rate = Net()"),
        ("rate = 1", "rate = rate * 2", "y = rate * 10", "rate = [1]", "rate = rate + rate"),
        ("rate = 20", "y = rate", "del rate"),
    ],
)
def test_a_name_that_is_asked_for_late_has_the_value_that_it_has_in_jupyter(cells: tuple[str, ...]) -> None:
    with_all = dict[str, object]()
    exec("\n".join(cells), with_all)  # noqa: S102  # our own cells, as Jupyter would run them
    before = ("rate",) if "rate" in with_all else ()
    assert value_of("y", *cells, before=before) == with_all["y"] == 20


@pytest.mark.parametrize(
    "cells",
    [
        ("def make():\n    return [1], [2]", "rate, y = make()", "rate.append(3)", "y.append(3)"),
        ("rate, y = 1, 2", "y = [y, 3]"),
        ("for rate in [1]:\n    y = [2]", "y += [3]"),
    ],
)
def test_a_name_that_came_along_with_another_is_completed_when_it_is_asked_for(cells: tuple[str, ...]) -> None:
    assert value_of("y", *cells, before=("rate",)) == [2, 3]


def test_an_import_of_what_is_not_here_takes_no_definition_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, StandInFinder()])
    assert value_of("seaborn", "seaborn = 3", "import seaborn") == 3


@pytest.mark.parametrize(
    "cells",
    [
        ("import __future__ as f", "y = 0\nfor x in [1, 2]:\n    y += x"),
        ("rows = []", "list(map(rows.append, [1, 2]))", "y = sum(rows)"),
        (
            "from heapq import heappop, heapify",
            "rows = [4, 3]",
            "heapify(rows)",
            "low = heappop(rows)",
            "y = rows[0] - 1",
        ),
        ("rows = iter([1, 3])", "first = next(rows)", "y = next(rows)"),
        (
            "def add(rows, row):\n    rows.append(row)\n    return rows",
            "rows = []",
            "more = add(rows, 3)",
            "y = rows[0]",
        ),
        (
            "def put(net):\n    net['w'] = 3",
            "def init(net):\n    return put(net)",
            "net = {}",
            "n = init(net)",
            "y = net['w']",
        ),
        ("class Layer:\n    pass", "class Conv(Layer):\n    n = 3", "y = sum(c.n for c in Layer.__subclasses__())"),
        ("def make(kind):\n    return globals()[kind]()", "class Conv:\n    n = 3", "y = make('Conv').n"),
        ("rows = []", "seen = rows", "seen.append(3)", "y = rows[0]"),
        ("rows = seen = []", "seen.append(3)", "y = rows[0]"),
        ("def outer():\n    def inner():\n        global rate\n        rate = 3\n    inner()", "outer()", "y = rate"),
        ("import sys", "setattr(sys.modules[__name__], 'rate', 3)", "y = rate"),
        ("vars()['rate'] = 3", "y = rate"),
        (
            "from functools import singledispatch",
            "@singledispatch\ndef size(x):\n    return 0",
            "@size.register\ndef _(x: list):\n    return len(x)",
            "y = size([1, 2, 3])",
        ),
        ("import typing, fractions", "def f(x: fractions.Fraction): ...", "y = 2 + len(typing.get_type_hints(f))"),
        ("def f(x: int): ...", "y = 3 if f.__annotations__['x'] is int else 0"),
        ("def f(x: Missing): ...", "y = len(f.__annotations__) + 2"),
    ],
)
def test_whatever_may_change_a_value_is_executed(cells: tuple[str, ...]) -> None:
    assert value_of("y", *cells) == 3


def test_of_a_notebook_that_another_one_runs_only_what_is_needed_is_executed() -> None:
    part = "import math\nrate = 3\nwhile True:\n    spinning = 1"
    last = "from part import *\ndef doubled():\n    return 2 * rate"
    assert value_of("doubled", "from last import *", part=part, last=last)() == 6  # type: ignore[operator]  # a function


def test_notebooks_that_run_each_other_end() -> None:
    assert value_of("rate", "from part import *\nown = 2", part="from work import *\nrate = 3") == 3


def test_a_file_takes_all_from_a_notebook_but_its_training() -> None:
    sources = {
        "work.py": "import math\nRATE = math.sqrt(9)\ndef train():\n    while True:\n        pass\nlosses = train()\n",
        "net.py": "from work import *\nY = RATE\n",
    }
    program = Program(sources, notebooks=["work.py"])
    with program.running():
        assert program.load("net:Y") == 3


@pytest.mark.parametrize("statement", ["import layers", "from layers import Net", "import layers as l"])
def test_cells_import_from_the_folder_that_they_went_to(statement: str) -> None:
    """By `%cd src`, `os.chdir` or `sys.path`: which of them counts is no matter where one module has the name."""
    sources = {
        "work.py": statement,
        "src/layers.py": "from helpers import N\nclass Net: ...\n",
        "src/helpers.py": "N = 1\n",
    }
    program = Program(sources, notebooks=["work.py"])
    with program.running():
        assert program.load(f"work:{statement.rsplit(maxsplit=1)[-1]}") is not None
        assert isinstance(sys.modules["helpers"].__spec__, ModuleSpec)
    assert not isinstance(sys.modules.get("helpers"), ModuleType)


def test_what_a_stand_in_decorates_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, StandInFinder()])
    cells = (
        "from ipywidgets import interact",
        "@interact(x=(0, 9))\ndef scaled(x):\n    return 2 * x",
        "y = scaled(3)",
    )
    assert value_of("y", *cells) == 6
