"""How a notebook becomes text: every line stays where it was, and what is left out is left out with a reason."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.model.assignment import Definition
from grader.submissions.notebook import CodeCell, Notebook
from grader.submissions.notebook_source import FUTURE, NotebookSource, notebook_source


def read(*cells: str, texts: tuple[str, ...] = ()) -> NotebookSource:
    numbered = [CodeCell(n, cell) for n, cell in enumerate((*cells, *texts), 1)]
    found = notebook_source(Notebook(tuple(numbered[: len(cells)]), (), (), tuple(numbered[len(cells) :])), "a.ipynb")
    ast.parse(found.module.source)
    return found


def lines(*cells: str) -> list[str]:
    """Give the lines of the cells' module that are not blank, but for the first."""
    first, *rest = read(*cells).module.source.split("\n")
    assert first == FUTURE
    return [line for line in rest if line]


def test_a_line_of_the_module_is_a_line_of_a_cell() -> None:
    found = read("\n\nx = 1", "train()", "def f():\n    return 1\n").module
    module = found.source.split("\n")
    assert found.origin.cells == ((0, 1), (1, 3), (2, 1), (3, 3))
    assert (module[3], module[4], module[5], module[6]) == ("x = 1", "train()", "def f():", "    return 1")


def test_a_cell_that_does_not_parse_costs_itself_and_gives_the_reason_for_its_names() -> None:
    found = read("x = 1", "def broken(:\n    pass\nrate = 3", "y = 2")
    assert [line for line in found.module.source.split("\n") if line] == [FUTURE, "x = 1", "y = 2"]
    assert found.notes == ("a.ipynb: cell 2 cannot be read as Python (line 1: invalid syntax) and is left out",)
    why = "cell 2 cannot be read as Python (line 1: invalid syntax)"
    assert found.module.origin.left_out == {"broken": why, "rate": why}


def test_a_merge_that_is_not_finished_is_told_as_one() -> None:
    (note,) = read("x = 1\n<<<<<<< HEAD\ny = 1\n=======\ny = 2\n>>>>>>> mine").notes
    assert "cell 1 cannot be read as Python (line 2 begins with <<<<<<<, which git writes where a merge is not" in note
    assert read("text = '''\n<<<<<<< HEAD\n'''").notes == ()


def test_code_in_a_cell_of_text_is_left_out_and_said_so() -> None:
    found = read("x = 1", texts=("# Title\nclass Net:\n    pass",))
    assert found.module.origin.left_out == {"Net": "cell 2 is no cell of code"}


@pytest.mark.parametrize(
    "end", ["raise ValueError", "raise", "sys.exit()", "exit(0)", "assert False, 'stop'", "quit()"]
)
def test_behind_the_certain_end_of_a_cell_counts_only_what_is_nowhere_else(end: str) -> None:
    found = read(
        "x = 1\ndef f():\n    return 1", f"y = 5\n{end}\nx = 2\n@cache\ndef f():\n    return x\nx += 1\ntrain(x)"
    )
    assert "".join(found.module.source.split()).endswith("".join(f"return1y=5{end}".split()))
    assert found.notes == ("a.ipynb: cell 2 always ends before line 3: what stands there does not count",)
    new = read("x = 1", f"{end}\nx = 2\nz = x\ndef g():\n    return z\nz.append(1)")
    assert "z=xdefg():returnzz.append(1)" in "".join(new.module.source.split())
    assert "x = 2" not in new.module.source


@pytest.mark.parametrize(
    "cell", ["raise NotImplementedError\nx = 2", "if x:\n    raise ValueError\nx = 2", "exit(); x = 2"]
)
def test_what_may_be_reached_or_is_a_gap_of_a_template_counts(cell: str) -> None:
    assert "x = 2" in read("x = 1", cell).module.source


TWO_PARTS = (
    CodeCell(1, "class Net:\n    def __init__(self, kernel, filters):\n        pass\n\ndef train(net):\n    return 1"),
    CodeCell(3, "@wrapped\ndef train(net, images):\n    return 2\nrate = 3"),
    CodeCell(5, "def train(net, images):\n    return 3\nclass Net:\n    def __init__(self, kernel):\n        pass"),
)
HEADINGS = (CodeCell(2, "## Part A\ntext"), CodeCell(4, "Now\n# part B: Skips"))


@pytest.mark.parametrize(
    ("asked", "kept", "where"),
    [
        (Definition(name="train", before="Part B"), 2, 3),
        (Definition(name="train", before="part a"), 1, 1),
        (Definition(name="train", parameters=("net",)), 1, 1),
        (Definition(name="train", before="Part B", parameters=("net", "images")), 2, 3),
        (Definition(name="train", before="Part B", parameters=("images",)), 3, 5),
        (Definition(name="train", before="Part C"), 3, 5),
    ],
)
def test_the_rubric_can_ask_for_another_definition_than_the_last(asked: Definition, kept: int, where: int) -> None:
    found = notebook_source(Notebook(TWO_PARTS, (), (), HEADINGS), "a.ipynb", [asked])
    module: dict[str, Any] = {"wrapped": lambda function: function}
    exec(found.module.source, module)  # noqa: S102  # our own text
    assert module["train"](0, 0) == kept if kept > 1 else module["train"](0) == 1
    assert module["rate"] == 3
    assert f"a.ipynb: train is defined in cells 1, 3 and 5: the one in cell {where} counts" in found.notes


def test_of_a_class_the_parameters_of_its_constructor_are_asked_for() -> None:
    asked = Definition(name="Net", parameters=("kernel", "filters"))
    module: dict[str, Any] = {"wrapped": lambda function: function}
    exec(notebook_source(Notebook(TWO_PARTS, (), (), HEADINGS), "a.ipynb", [asked]).module.source, module)  # noqa: S102  # our own text
    module["Net"](1, 2)


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
        ("%time x = f()\n%timeit f()", ["x = f()", "pass"]),
    ],
)
def test_magics_are_left_out_and_lines_stay(cell: str, left: list[str]) -> None:
    found = read(cell)
    assert lines(cell) == left
    assert found.module.origin.cells == ((0, 1), (1, cell.count("\n") + 1))
    assert found.notes == ("a.ipynb: magics and shell commands are left out in cell 1",)


@pytest.mark.parametrize("line", ["%" * 3000, "! " * 3000, "=!" * 3000])
def test_a_line_of_operators_in_brackets_is_passed_over_once(line: str) -> None:
    """Each of them was looked at in a call of its own, until Python refused another."""
    assert any("cannot be read as Python" in note for note in read(f"x = (1\n{line}\n").notes)


def test_a_cell_in_another_language_is_left_out_and_named() -> None:
    assert read("%%bash\nrm -rf /", "%%html\n<b>", "x = 1").notes == (
        "a.ipynb: cell 1 is left out: %%bash is not Python",
        "a.ipynb: cell 2 is left out: %%html is not Python",
    )


@pytest.mark.parametrize("magic", ["%%writefile", "%%file", "%%writefile -a", "%%file --append"])
@pytest.mark.parametrize("path", ["b/own.py", "./b/own.py", "'b/own.py'", "/b/own.py"])
def test_a_cell_can_write_a_file(magic: str, path: str) -> None:
    written = read(f"{magic} {path}\nx = 1\ny = 2").files["b/own.py"]
    assert (written.source, written.origin.cells, written.origin.is_file) == ("\nx = 1\ny = 2\n", ((1, 3),), True)


def test_a_second_cell_writes_the_file_anew_or_appends() -> None:
    assert read("%%writefile a.py\nx = 1", "%%writefile a.py\nx = 2").files["a.py"].source == "\nx = 2\n"
    appended = read("%%writefile a.py\nx = 1", "%%writefile -a a.py\ny = 2").files["a.py"]
    assert (appended.source, appended.origin.locate(4)) == ("\nx = 1\n\ny = 2\n", (2, 2))


def test_the_last_of_two_definitions_counts_and_both_cells_are_named() -> None:
    found = read("def f(): return 1", "x = 1", "def f(): return 2", "x = 2")
    assert found.notes == ("a.ipynb: f is defined in cells 1 and 3: the one in cell 3 counts",)


def test_neighbouring_cells_are_named_together() -> None:
    assert read("!a", "!b", "!c", "x = 1", "!d", "!e").notes[0].endswith("left out in cells 1-3, 5 and 6")


def test_many_faults_of_one_kind_are_summed_up() -> None:
    found = read(*["(" for _ in range(50)])
    assert len(found.notes) == 6
    assert found.notes[-1] == "a.ipynb: 45 more cells are left out for such reasons"


@pytest.mark.parametrize("cell", ["x = 1" + "+1" * 5000, "(" * 5000, "x = a" + ".b" * 5000])
def test_what_is_nested_too_deeply_costs_its_cell(cell: str) -> None:
    assert lines(cell, "y = 2") == ["y = 2"]


CELLS = st.lists(
    st.lists(
        st.sampled_from(
            ["%time x", "!ls", "x = 1", "def f():", "    return x", "if x:", "'''", '"""', "(", ")", "x?", "y = !ls",
             "import os", "import foo", "@x", "class A(f):", "    x: int = 3", "for i in x:", "\\", "#", "a; b; x = 2",
             "try:", "except ImportError:", "    pass", "%%bash", "%%time", "%%file a.py", "x = f()", "\t!x"]
        )
    ).map("\n".join),
    max_size=4,
)  # fmt: skip


@given(CELLS)
def test_whatever_cells_hold_the_module_parses_and_has_all_their_lines(cells: list[str]) -> None:
    found = read(*cells)
    assert found.module.source.count("\n") == 1 + sum(cell.count("\n") + 1 for cell in cells)
    assert all(note.isprintable() for note in found.notes)


@given(st.lists(st.text(max_size=60), max_size=3))
def test_any_text_is_a_cell_or_costs_itself(cells: list[str]) -> None:
    normal = [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in cells]
    assert all(note.isprintable() for note in read(*normal).notes)


@pytest.mark.parametrize("target", ["$ROOT/modules/relu.py", "{root}/modules/relu.py", "~/modules/relu.py"])
def test_a_folder_that_only_the_shell_knows_is_left_out_of_a_files_path(target: str) -> None:
    assert list(read(f"%%writefile {target}\nx = 1").files) == ["modules/relu.py"]


def test_a_file_whose_name_only_the_shell_knows_is_not_written() -> None:
    assert read("%%writefile $NAME\nx = 1").files == {}


@pytest.mark.parametrize(
    ("magic", "statement"),
    [
        ("%run relu.py", "from relu import *"),
        ("%run -i ./modules/relu.py", "from modules.relu import *"),
        ("%run -t relu --epochs 3", "from relu import *"),
        ("%run 'Part 1 (final).ipynb'", "from Part_1__final_ import *"),
        ("%run ./lib/train.ipynb -v", "from lib.train import *"),
        ("%run ../relu.py", "from relu import *"),
        ("%run 1.py", "pass"),
        ("y = %time relu(3)", "y = relu(3)"),
        ("%env RATE=0.1", "import os; os.environ['RATE'] = '0.1'"),
        ("%set_env NAME a b", "import os; os.environ['NAME'] = 'a b'"),
        ("%env", "pass"),
        ("%%timeit\nx = 3", ""),
    ],
)
def test_a_file_that_is_run_gives_what_it_defines(magic: str, statement: str) -> None:
    assert "\n".join(lines(magic)).strip() == statement
