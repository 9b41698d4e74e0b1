"""What names of a notebook stand for, in whatever order they are asked for."""

from __future__ import annotations

import ast
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import numpy as np
import pytest
import torch  # noqa: F401  # else cells have to import it, within their limit

from grader.sandbox.guest import notebook
from grader.sandbox.guest.cells import Cells
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


COUNTER = (
    "def counter():\n    n = 0\n    def step():\n        nonlocal n\n        n += 1\n        return n\n    return step"
)


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
        (COUNTER, "count = counter()", "count()\ncount()", "y = count()"),
        (COUNTER, "count = counter()", "one = count()", "two = count()", "y = count()"),
        (
            "def make():\n    seen = []\n    def add(x):\n        seen.append(x)\n        return seen\n    return add",
            "add = make()",
            "add(1)",
            "y = sum(add(2))",
        ),
        (
            "class Sum:\n    n = 1\n    def __call__(self, k):\n        self.n += k\n        return k",
            "total = Sum()",
            "first = total(2)",
            "y = total.n",
        ),
        (
            "class A:\n    n = 1\n    def __init__(self):\n        type(self).n += 1",
            "a = A()",
            "b = A()",
            "y = A.n",
        ),
        ("rows, more = [1], [2]", "both = [rows, more]", "for one in both:\n    one.append(2)", "y = sum(rows)"),
        ("def fill(lists):\n    lists[0].append(3)", "rows = []", "fill([rows])", "y = rows[0]"),
        ("import numpy as np", "x = np.zeros((2, 3))", "row = x[0]", "row[:] = 1", "y = x.sum()"),
        ("import numpy as np", "x = np.zeros((1, 3))", "flat = x.reshape(-1)", "flat += 1", "y = x.sum()"),
        ("settings = {}", "net = {'settings': settings}", "net['settings']['rate'] = 3", "y = settings['rate']"),
        (
            "import io, contextlib",
            "text = io.StringIO()",
            "with contextlib.redirect_stdout(text):\n    print('ab')",
            "y = len(text.getvalue())",
        ),
        ("import numpy as np", "x = np.zeros(3)", "z = np.add(x, 1, out=x)", "y = x.sum()"),
        ("seen = {}", "rows = seen.setdefault('a', [])", "rows.append(3)", "y = seen['a'][0]"),
        (
            "log = []\nclass A:\n    def go(self):\n        log.append(3)\n        return 1",
            "a = A()",
            "n = a.go()",
            "y = log[0]",
        ),
        ("try:\n    import google.colab\n    y = 0\nexcept ImportError:\n    y = 3",),
        ("try:\n    from google.colab import drive\n    y = 0\nexcept:\n    y = 3",),
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


NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.w * x

class SGD:  # torch's own takes a second to be imported
    def __init__(self, parameters, lr):
        self.parameters, self.lr = list(parameters), lr

    def step(self):
        for one in self.parameters:
            one.data -= self.lr * one.grad
            one.grad = None
"""
STEP = "loss = net(torch.ones(1)).sum()\n    loss.backward()\n    opt.step()"
TRAIN = f"def train(net, rate):\n    opt = SGD(net.parameters(), lr=rate)\n    {STEP}\n    return 0"


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        (("x = torch.ones(1, requires_grad=True)", "z = (3 * x).sum()", "z.backward()", "y = x.grad"), 3),
        (("w = nn.Parameter(torch.ones(1))", "z = 2 * w", "loss = z.sum()", "loss.backward()", "y = w.grad"), 2),
        ((NET, "net = Net()", "loss = net(torch.ones(1)).sum()", "loss.backward()", "y = net.w.grad"), 1),
        (
            (NET, "net = Net()\nopt = SGD(net.parameters(), 1)", f"for i in range(3):\n    {STEP}",
             "y = net.w.detach()"),
            -2,
        ),
        (
            (NET, "net = Net()\nopt = SGD(net.parameters(), 1)", "loss = net(torch.ones(1)).sum()",
             "loss.backward()", "opt.step()", "y = net.w.detach()"),
            0,
        ),
        ((NET, TRAIN, "net = Net()", "losses = train(net, 0.5)", "y = net.w.detach()"), 0.5),
        (
            ("seen = []", "def keep(m, i, o):\n    seen.append(o)", "net = nn.ReLU()",
             "net.register_forward_hook(keep)", "out = net(torch.ones(1))", "y = seen[0]"),
            1,
        ),
        (
            ("seen = []", "net = nn.Sequential(nn.ReLU())",
             "for part in net:\n    part.register_forward_hook(lambda m, i, o: seen.append(o))",
             "out = net(torch.ones(1))", "y = seen[0]"),
            1,
        ),
        (("x = torch.ones(1, requires_grad=True)", "sum([x, 2 * x]).backward()", "y = x.grad"), 3),
        (
            ("part = nn.Linear(1, 1)", "net = nn.Sequential(part)", "nn.init.ones_(net[0].weight)",
             "y = part.weight.item()"),
            1,
        ),
        (("w = torch.ones(1)\nparams = [w]", "for p in params:\n    p.requires_grad_()", "y = w.requires_grad"), 1),
        (
            ("net = nn.Linear(1, 1)", "w = net.weight", "with torch.no_grad():\n    w.fill_(3.0)",
             "y = net.weight.detach()"),
            3,
        ),
    ],
)  # fmt: skip
def test_gradients_hooks_and_steps_of_optimizers_are_seen_by_who_needs_them(
    cells: tuple[str, ...], value: float
) -> None:
    assert float(value_of("y", "import torch\nfrom torch import nn", *cells)) == value  # type: ignore[arg-type]  # a tensor


@pytest.mark.parametrize(
    "cells",
    [
        ("import numpy as np", "np.random.seed(3)", "x = np.random.rand(2)", "y = np.random.rand(2)"),
        ("from numpy import random as npr", "npr.seed(3)", "x = npr.rand(2)", "y = npr.rand(2)"),
        ("import random", "random.seed(3)", "x = random.random()", "random.random()", "y = random.random()"),
        (
            "import numpy as np, random",
            "def set_seed(seed=3):\n    random.seed(seed)\n    np.random.seed(seed)\n    print(seed)\n    return seed",
            "set_seed()",
            "x = np.random.rand(2)",
            "y = np.random.rand(2)",
        ),
        ("import torch, torch.nn as nn", "def set_seed(seed):\n    torch.manual_seed(seed)", "set_seed(3)",
         "y = nn.Linear(1, 1).weight.detach()"),
        ("from torch import rand, Generator", "g = Generator().manual_seed(3)", "x = rand(2, generator=g)",
         "y = rand(2, generator=g)"),
        ("import torch\nfrom torch import nn", "torch.manual_seed(3)", "x = nn.Linear(2, 1)",
         "y = nn.Linear(1, 1).weight.detach()"),
    ],
)  # fmt: skip
def test_what_is_drawn_after_a_seed_is_what_jupyter_draws(cells: tuple[str, ...]) -> None:
    with_all = dict[str, object]()
    exec("\n".join(cells), with_all)  # noqa: S102  # our own cells, as Jupyter would run them
    assert np.array_equal(value_of("y", *cells), with_all["y"])  # type: ignore[arg-type]  # numbers


def test_a_draw_that_needs_training_is_not_made_for_another() -> None:
    training = "x = train() + np.random.rand(2)"
    cells = Cells(f"import numpy as np\nnp.random.seed(3)\n{training}\ny = np.random.rand(2)")
    assert training not in [ast.unparse(cells.statements[number].node) for number in cells.needed("y")]


def test_who_comes_after_what_took_too_long_has_less_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four trainings of a network that a function falls back on took all of a check's time, and all of its points."""
    monkeypatch.setattr(notebook, "PROCESSOR_SECONDS", 0.4)
    endless = "for {} in iter(int, 1):\n    rows.append(1)"
    cells = "\n".join(["rows = [1]", endless.format("a"), endless.format("b"), "y = rows[0]"])
    program = Program({"work.py": cells}, notebooks=["work.py"])
    with program.running():
        assert program.load("work:y") == 1
        for name, seconds in (("a", "0.4"), ("b", "0.1")):
            with pytest.raises(TimeoutError, match=f"more than {seconds} seconds"):
                program.load(f"work:{name}")


@pytest.mark.parametrize(
    "training",
    [
        "for x in batches:\n    loss = criterion(net(x), x)\n    loss.backward()",
        "def train(rows, criterion):\n    return criterion(rows)\nlosses = train(rows, criterion)",
    ],
)
def test_training_is_not_executed_for_what_it_only_uses(training: str) -> None:
    before = "from torch import nn\ncriterion = nn.CrossEntropyLoss()\nrows = make()\ndevice = 'cpu'"
    cells = Cells(f"{before}\n{training}")
    for name in ("criterion", "rows", "device"):
        assert all("criterion(" not in ast.unparse(cells.statements[one].node) for one in cells.needed(name))
