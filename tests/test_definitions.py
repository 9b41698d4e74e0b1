"""What is taken of a notebook's cells and what is left out; every line stays where it was."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submissions.definitions import FUTURE, Definitions, definitions
from grader.submissions.notebook import CodeCell

IMPORTABLE = {"numpy", "math", "torch", "collections", "os", "own"}


def taken(*cells: str, itself: tuple[str, ...] = ()) -> Definitions:
    found = definitions([CodeCell(n, cell) for n, cell in enumerate(cells, 1)], "a.ipynb", IMPORTABLE, itself)
    ast.parse(found.source)
    return found


def lines(*cells: str) -> list[str]:
    """Give the lines of the cells' module that are not blank, but for the first."""
    first, *rest = taken(*cells).source.split("\n")
    assert first == FUTURE
    return [line for line in rest if line]


@pytest.mark.parametrize(
    "statement",
    [
        "import numpy as np",
        "from numpy import *",
        "import own.part",
        "RATE = 0.1",
        "SIZES = [2 ** n for n in range(4) if n]",
        "A: int = -1",
        "a, (b, *c) = 1, (2, 3)",
        "import numpy as np; W = np.array([[1.0, 2.0]]).T.reshape(2, 1)",
        "import math; TAU = 2 * math.pi",
        "from collections import namedtuple\nPoint = namedtuple('Point', 'x y')",
        "import torch\ndevice = torch.device('cuda' if torch.cuda.is_available() else 'cpu')",
        "x = 1\nx += 2",
        "import numpy as np\nA = np.zeros((2, 2))\nA[0, 1] = 3",
        "square = lambda x: x * x",
        "def f(x):\n    return train(x)",
        "async def f():\n    pass",
        "class Net:\n    size = 3\n    def go(self, n=size):\n        return n",
        "class Net:\n    pass\ndef go(self): pass\nNet.go = go",
        "def f(x: Tensor) -> Unknown:\n    y: Tensor = x\n    return y",
        "import torch\n@torch.no_grad()\ndef f():\n    pass",
        "if True:\n    N = 3\nelse:\n    N = 4",
        "try:\n    import google.colab\n    IN = True\nexcept ImportError:\n    IN = False",
        "def outer():\n    '''\n%matplotlib is no magic here\n    '''",
    ],
)
def test_a_definition_is_taken_as_it_stands(statement: str) -> None:
    assert lines(statement) == [line for line in statement.split("\n") if line]


@pytest.mark.parametrize(
    "statement",
    [
        "train()",
        "for epoch in range(1000000):\n    train(epoch)",
        "while True:\n    pass",
        "with open('x') as file:\n    pass",
        "model = Net().fit()",
        "import numpy as np\ndata = np.load('x.npy')",
        "import numpy as np\nx = np.random.rand(3)",
        "import os\nos.environ['A'] = '1'",
        "import os\nlisting = os.listdir('.')",
        "if __name__ == '__main__':\n    train()",
        "if True:\n    train()",
        "N = unknown + 1",
        "print('x')",
        "assert 1 == 2",
        "del print",
        "x = [train(n) for n in range(3)]",
        "x = open('x')",
        "len.x = 1",
    ],
)
def test_what_does_more_than_define_is_not_run(statement: str) -> None:
    assert [line for line in lines(statement) if not line.startswith("import")] == []
    assert taken(statement).notes[0].startswith("a.ipynb: cell 1 does more than define, which was not run: taken are ")


@pytest.mark.parametrize("statement", ["'''A title.'''", "pass", "# nothing", "", "3"])
def test_what_does_nothing_is_left_out_without_a_word(statement: str) -> None:
    assert (lines(statement), taken(statement).notes) == ([], ())


def test_a_line_of_the_module_is_a_line_of_a_cell() -> None:
    found = taken("\n\nx = 1", "train()", "def f():\n    return 1\n")
    module = found.source.split("\n")
    assert found.cells == ((0, 1), (1, 3), (2, 1), (3, 3))
    assert (module[3], module[5], module[6]) == ("x = 1", "def f():", "    return 1")


def test_statements_on_one_line_are_parted() -> None:
    assert lines("import math; train(); N = 3") == ["import math; N = 3"]


def test_decorators_belong_to_what_they_decorate() -> None:
    assert lines("train()\n@print\ndef f():\n    pass\ntrain()") == ["@print", "def f():", "    pass"]


def test_imports_of_what_is_not_available_are_left_out_name_by_name() -> None:
    assert lines("import math, matplotlib.pyplot as plt, numpy as np") == ["import math, numpy as np"]
    (note,) = taken("import math, matplotlib.pyplot as plt", "from google.colab import drive").notes
    assert note == (
        "a.ipynb: imports of what is not available here are left out in cells 1 and 2: "
        "matplotlib.pyplot and google.colab"
    )


@pytest.mark.parametrize(
    "statement", ["import own.part", "from own.part import f", "from own import part", "import own"]
)
def test_a_notebook_does_not_import_what_it_stands_in_for(statement: str) -> None:
    assert "own" not in taken(statement, itself=("own.part",)).source
    assert taken(statement, itself=("own.part",)).notes == ()
    assert "own" in taken(statement, itself=("own2.part",)).source


def test_what_needs_something_left_out_is_left_out_and_named() -> None:
    found = taken("model = train()", "def f(x=model):\n    return x", "class Net(torch.nn.Module):\n    pass")
    assert "def f" not in found.source
    assert found.notes[1:] == (
        "a.ipynb: f in cell 2 is left out: it needs model to be defined, which was left out",
        "a.ipynb: Net in cell 3 is left out: it needs torch to be defined, which was left out",
    )


def test_the_last_of_two_definitions_counts_and_both_cells_are_named() -> None:
    found = taken("def f(): return 1", "x = 1", "def f(): return 2", "x = 2")
    space: dict[str, object] = {}
    exec(found.source, space)  # noqa: S102  # what else shows which counts
    assert (space["f"](), space["x"]) == (2, 2)  # type: ignore[operator]  # a function
    assert found.notes == ("a.ipynb: f is defined in cells 1 and 3: the one in cell 3 counts",)


def test_a_cell_that_does_not_parse_costs_itself() -> None:
    found = taken("x = 1", "def broken(:\n    pass", "y = 2")
    assert [line for line in found.source.split("\n") if line] == [FUTURE, "x = 1", "y = 2"]
    assert found.notes == ("a.ipynb: cell 2 cannot be read as Python and is left out (line 1: invalid syntax)",)


@pytest.mark.parametrize(
    ("cell", "left"),
    [
        ("%matplotlib inline\nx = 1", ["pass", "x = 1"]),
        ("!pip install x \\\n  y\nx = 1", ["pass", "x = 1"]),
        ("if True:\n    !ls", ["if True:", "    pass"]),
        ("x = !ls\ny = %pwd", ["x = None", "y = None"]),
        ("x?\n?x\nx.y??\nz = 1", ["pass", "pass", "pass", "z = 1"]),
        ("x = (7\n  % 2)\n!ls", ["x = (7", "  % 2)", "pass"]),
        ("'''\n!kept\n'''\nx = '''\n%kept'''\n!ls", ["'''", "!kept", "'''", "x = '''", "%kept'''", "pass"]),
        ("%%time\nx = 1", ["x = 1"]),
        ("  x = 1\n  !ls", ["x = 1", "pass"]),
    ],
)
def test_magics_are_left_out_and_lines_stay(cell: str, left: list[str]) -> None:
    found = taken(cell)
    kept = [line for line in left if line.strip() != "pass" or line.startswith(" ")]
    assert [line for line in found.source.split("\n")[1:] if line] == [
        line for line in kept if line not in ("'''", "!kept")
    ]
    assert found.cells == ((0, 1), (1, cell.count("\n") + 1))
    assert "a.ipynb: magics and shell commands are left out in cell 1" in found.notes


def test_a_cell_in_another_language_is_left_out_and_named() -> None:
    found = taken("%%bash\nrm -rf /", "%%html\n<b>", "x = 1")
    assert found.notes == (
        "a.ipynb: cell 1 is left out: %%bash is not Python",
        "a.ipynb: cell 2 is left out: %%html is not Python",
    )


def test_colabs_leftovers_do_no_harm() -> None:
    found = taken(
        "from google.colab import drive\ndrive.mount('/content/drive')\n%cd /content\n!pip install torch\nN = 3"
    )
    assert found.source.split("\n")[1:] == ["", "", "", "", "N = 3", ""]


def test_neighbouring_cells_are_named_together() -> None:
    assert "cells 1-3, 5 and 6 do more" in taken("a()", "b()", "c()", "x = 1", "d()", "e()").notes[0]


def test_many_faults_of_one_kind_are_summed_up() -> None:
    found = taken(*["(" for _ in range(50)])
    assert len(found.notes) == 6
    assert found.notes[-1] == "a.ipynb: 45 more cells are left out for such reasons"


@pytest.mark.parametrize("cell", ["x = 1" + "+1" * 400, "x = 1" + "+1" * 5000, "(" * 5000, "x = a" + ".b" * 5000])
def test_what_is_nested_too_deeply_costs_its_cell(cell: str) -> None:
    assert "y = 2" in taken(cell, "y = 2").source


CELLS = st.lists(
    st.lists(
        st.sampled_from(
            ["%time x", "!ls", "x = 1", "def f():", "    return x", "if x:", "'''", '"""', "(", ")", "x?", "y = !ls",
             "import os", "import foo", "@x", "class A(f):", "    x: int = 3", "for i in x:", "\\", "#", "a; b; x = 2",
             "try:", "except ImportError:", "    pass", "%%bash", "%%time", "lambda: (yield)", "x = f()", "\t!x"]
        )
    ).map("\n".join),
    max_size=4,
)  # fmt: skip


@given(CELLS)
def test_whatever_cells_hold_the_module_parses_and_has_all_their_lines(cells: list[str]) -> None:
    found = taken(*cells)
    assert found.source.count("\n") == 1 + sum(cell.count("\n") + 1 for cell in cells)
    assert all(note.isprintable() for note in found.notes)


@given(st.lists(st.text(max_size=60), max_size=3))
def test_any_text_is_a_cell_or_costs_itself(cells: list[str]) -> None:
    normal = [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in cells]
    assert all(note.isprintable() for note in taken(*normal).notes)
