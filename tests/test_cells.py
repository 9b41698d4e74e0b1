"""Which statements of a notebook a name needs."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.sandbox.guest.cells import Cells

NET = "class Net:\n    def go(self, x):\n        return x + {}"


def needed(name: str, *statements: str, modules: tuple[str, ...] = (), itself: tuple[str, ...] = ()) -> list[str]:
    """Give the statements that a name needs, in their order."""
    cells = Cells("\n".join(statements), modules, itself)
    return [ast.unparse(cells.statements[number].node) for number in cells.needed(name)]


@pytest.mark.parametrize(
    "statements",
    [
        ("rate = 0.1",),
        ("rate = 5", "rate = 0.1"),
        ("base = load()", "rate = base.mean()"),
        ("rate = {}", "rate['a'] = 1"),
        ("rate = []", "rate.append(3)"),
        ("rate = []", "for i in range(3):\n    rate.append(i)"),
        ("rate = Rate()", "rate.value = 3", "del rate.value"),
        ("rate = 1", "del rate"),
        ("rate = net()", "for p in rate.parameters():\n    p.fixed = True"),
        ("rate = net()", "initialise(rate)"),
        ("with open('a') as file:\n    rate = file.read()",),
        ("try:\n    import rate\nexcept ImportError:\n    rate = None",),
        ("if (rate := 3):\n    pass",),
        ("match size:\n    case [rate]:\n        pass",),
        ("rate = 0", "def bump():\n    global rate\n    rate += 1", "bump()"),
        ("rate = {}", "def note(x):\n    rate[x] = 1\n    return x", "@note\ndef other():\n    pass"),
        ("rate = 0", "def one():\n    global rate\n    rate = 1", "def two():\n    one()", "two()"),
        ("import os", "os.environ['A'] = '1'", "rate = os.environ['A']"),
        ("import numpy as np", "np.random.seed(1)", "rate = np.random.rand()"),
        ("import numpy as np", "SEED = 3", "np.random.seed(SEED)", "rate = np.random.rand()"),
        ("from own import *",),
        ("exec('rate = 3')",),
    ],
)
def test_everything_that_gives_a_name_its_value_is_needed(statements: tuple[str, ...]) -> None:
    assert needed("Net", *statements, NET.format("rate")) == [
        ast.unparse(ast.parse(one).body[0]) for one in (*statements, NET.format("rate"))
    ]


@pytest.mark.parametrize(
    "statements",
    [
        ("train(model)",),
        ("import os", "os.makedirs('out')"),
        ("rate = load()", "for epoch in range(3):\n    step(rate)"),
        ("import numpy as np", "np.save('x', data)"),
        ("def other():\n    return rate",),
        ("'''A title.'''",),
    ],
)
def test_what_changes_nothing_of_it_is_not_needed(statements: tuple[str, ...]) -> None:
    assert needed("Net", *statements, NET.format("1")) == [ast.unparse(ast.parse(NET.format("1")))]


@pytest.mark.parametrize(
    "loop",
    [
        "for i in range(3):\n    rate = i",
        "for i in range(3):\n    loss = i\n    rate = loss",
        "with make() as i:\n    rate = i",
        "if True:\n    i = 1\nelse:\n    i = 2\nrate = i",
    ],
)
def test_a_loop_that_shares_its_variable_with_a_needed_one_is_not_needed(loop: str) -> None:
    training = "for i in range(3):\n    loss = train(i)"
    assert training not in needed(
        "rate", training, "rate = 0", f"if True:\n    {loop.replace(chr(10), chr(10) + '    ')}"
    )


@pytest.mark.parametrize("statement", ["i += 1\nrate = i", "if x:\n    i = 1\nrate = i", "while i:\n    rate = 1"])
def test_what_may_be_looked_up_before_it_is_bound_is_needed(statement: str) -> None:
    assert "i = start()" in needed("rate", "i = start()", *statement.splitlines(keepends=False))


def test_costly_arguments_make_a_setting_of_a_module_unneeded() -> None:
    statements = ("import torch", "model = train()", "torch.save(model)", "rate = torch.ones(1)")
    assert needed("rate", *statements) == ["import torch", "rate = torch.ones(1)"]


def test_imports_of_several_names_are_parted() -> None:
    assert needed("np", "import torchvision as tv, numpy as np") == ["import numpy as np"]
    assert needed("nn", "from torch import absent, nn") == ["from torch import nn"]


@pytest.mark.parametrize(
    "statement", ["import own.part", "from own.part import f", "from own import part", "import own"]
)
def test_a_notebook_does_not_import_what_it_stands_in_for(statement: str) -> None:
    statements = (statement, "def f():\n    pass")
    assert statement not in [
        one for name in ("f", "own", "part") for one in needed(name, *statements, itself=("own.part",))
    ]
    assert any(needed(name, statement, itself=("other",)) for name in ("f", "own", "part"))


def test_a_notebook_imports_from_its_package_what_it_does_not_define() -> None:
    statements = ("from own import f, rate", "from own import *", "def f():\n    return rate")
    modules = ("own.part", "own.given")
    assert needed("f", *statements, modules=modules, itself=("own.part",)) == [
        "from own import rate",
        "from own.given import *",
        "def f():\n    return rate",
    ]


def test_relative_imports_of_the_submissions_modules_are_resolved() -> None:
    modules = ("layers.relu", "layers.soft", "optimizer.soft")
    assert needed("f", "from .relu import f", modules=modules) == ["from layers.relu import f"]
    assert needed("f", "from .soft import f", modules=modules) == ["from .soft import f"]  # which of the two?
    assert needed("f", "def f():\n    from ..relu import g", modules=modules) == [
        "def f():\n    from layers.relu import g"
    ]


@pytest.mark.parametrize("statement", ["def f(a, a):\n    pass", "break", "x = yield", "nonlocal x"])
def test_what_only_the_compiler_refuses_stays_a_statement(statement: str) -> None:
    assert needed("y", statement, "y = 3") == ["y = 3"]
    assert len(Cells(statement).statements) == 1


STATEMENTS = st.sampled_from(
    ["a = 1", "b = a", "a.b = c", "del a", "for a in b:\n    c.d()", "def a():\n    global b\n    b = c", "a()", "f(a)",
     "class b(a):\n    c = d", "import a, b.c as d", "from .e import *", "with a as b: c", "a, b = c", "a += b",
     "try:\n    a\nexcept b as c:\n    d", "match a:\n    case [b, *c]: d", "[a for b in c if (d := a)]", "lambda a: b",
     "if __name__ == '__main__':\n    a = b", "break", "return a", "global a", "async def d(): await a", "print(a)"]
)  # fmt: skip


@given(st.lists(STATEMENTS, max_size=12), st.sampled_from("abcd"))
def test_every_statement_that_binds_a_name_is_needed_by_it(statements: list[str], name: str) -> None:
    cells = Cells("\n".join(statements))
    binding = {number for number, one in enumerate(cells.statements) if name in one.binds}
    assert binding <= set(cells.needed(name))
    assert cells.needed(name) == sorted(set(cells.needed(name)))


def test_what_a_decorator_is_given_may_be_changed_by_it() -> None:
    """`@add_to(Net)` gives a class the methods of later cells."""
    method = "@add_to(Net)\ndef go(self):\n    return 1"
    assert method in needed("Net", "def add_to(kind):\n    return print", "class Net:\n    pass", method)


@pytest.mark.parametrize("call", ["exec('def go():\\n    return np.ones(3)')", "go = eval('lambda: np.ones(3)')"])
def test_names_in_a_text_that_is_executed_are_needed(call: str) -> None:
    assert "import numpy as np" in needed("go", "import numpy as np", call)


@pytest.mark.parametrize("test", ["__name__ == '__main__'", "'__main__' == __name__"])
def test_a_notebook_is_the_main_module(test: str) -> None:
    cells = Cells(f"if {test}:\n    rate = 1")
    assert ast.unparse(cells.statements[0].node).startswith("if '__main__' == '__main__':")


def test_a_cell_may_await() -> None:
    assert needed("rate", "import net", "rate = await net.get()") == ["import net", "rate = await net.get()"]
