"""`%grade` and `grader.check`: what a kernel of IPython has, graded in a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from tiny_course import SCALE, STATS
from traitlets.config import Config

import grader
from grader.desk.jupyter import framed
from grader.desk.kernel import Kernel, kernel_of, own_modules
from grader.desk.live_notebook import live_notebook
from grader.errors import UsageError
from grader.submissions.notebook import MAX_CELLS, MAX_CODE_CHARACTERS

ASKED = {"scale.py": ("standardized", "unit_rows"), "stats.py": ("variance", "covariance")}
VARIANCE = "def variance(x):\n    return x.var(axis=0)\n"
WRONG = "def variance(x):\n    return x.var()\n"


@pytest.fixture
def shell(course: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """Give a shell that works in the folder of the assignment, where modules of other tests are not imported."""
    monkeypatch.chdir(course / "student" / "tiny")
    monkeypatch.syspath_prepend(course / "student" / "tiny")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(course))
    for name in ("scale", "stats"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    config = Config()
    config.HistoryManager.hist_file = ":memory:"
    made = InteractiveShell.instance(config=config)
    yield made
    made.history_manager.end_session()
    InteractiveShell.clear_instance()
    for name in ("scale", "stats"):
        sys.modules.pop(name, None)


@pytest.fixture
def run(shell: InteractiveShell) -> Callable[..., Any]:
    """Give a function that executes cells and returns what the last of them showed."""

    def executed(*cells: str) -> Any:  # noqa: ANN401  # what IPython captured
        with capture_output() as shown:
            for cell in cells:
                shell.run_cell(cell, store_history=True)
        return shown

    return executed


def cells_of(shell: InteractiveShell) -> list[str]:
    made = live_notebook(kernel_of(shell), ASKED, str(Path.cwd()))
    return ["".join(cell["source"]) for cell in json.loads(made.notebook)["cells"]]


def notes_of(shell: InteractiveShell) -> str:
    return "\n".join(live_notebook(kernel_of(shell), ASKED, str(Path.cwd())).notes)


def test_the_report_on_what_the_kernel_has_is_shown_inline(run: Callable[..., Any], course: Path) -> None:
    shown = run("%load_ext grader", SCALE, "y = 3", WRONG, STATS, "%grade tiny")
    (output,) = shown.outputs
    assert output.data["text/html"].startswith("<iframe")
    assert "10 of 10 points" in output.data["text/plain"]
    assert "10</strong> <span>of 10 points" in unescape(output.data["text/html"])
    assert "is defined in cells" not in output.data["text/plain"]  # a cell that is executed again is no news
    assert (course / ".grade" / "reports" / "tiny.html").is_file()
    shown = run(WRONG, "grader.check('variance')")
    assert "FAIL    variance  0/2" in shown.outputs[0].data["text/plain"]
    assert "kernel.ipynb" in shown.outputs[0].data["text/plain"]
    assert shown.outputs[0].data["text/plain"].splitlines()[-1] == "!grade hint tiny variance"
    shown = run(VARIANCE, "%grade --failed")
    assert "ok      variance  2/2" in shown.outputs[0].data["text/plain"]
    assert shown.outputs[0].data["text/plain"].splitlines()[-1] == "%grade tiny"


def test_student_code_is_not_run_again_in_the_kernel(run: Callable[..., Any], shell: InteractiveShell) -> None:
    run(
        "%load_ext grader",
        "import numpy as np\ncalls = []",
        "def variance(x):\n    calls.append(1)\n    return x.var(axis=0)",
    )
    shown = run("grader.check('variance')")
    assert "ok      variance" in shown.outputs[0].data["text/plain"]
    assert shell.user_ns["calls"] == []


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("%grade tinny", "there is no assignment 'tinny' in .*; the nearest: tiny"),
        ("grader.check('varianc')", "tiny has no check 'varianc'; did you mean variance"),
        ("%grade tiny --sideways", "unrecognized arguments: --sideways"),
        ("%grade tiny", "the kernel defines none of standardized, unit_rows, variance and covariance"),
    ],
)
def test_what_cannot_be_graded_is_told_in_a_sentence(run: Callable[..., Any], cell: str, says: str) -> None:
    shown = run("%load_ext grader", cell)
    (line,) = shown.stderr.strip().splitlines()
    assert line.startswith("UsageError: ")
    assert re.search(says, line)


def test_an_earlier_definition_is_left_out_where_nothing_was_computed_with_it(
    run: Callable[..., Any], shell: InteractiveShell
) -> None:
    run(WRONG, VARIANCE, f"{WRONG}first = 1")
    run("seen = variance.__name__", VARIANCE)
    cells = cells_of(shell)
    assert "def variance" not in cells[0] + cells[1]
    assert "def variance" in cells[2]  # `seen` was computed with it
    assert cells[4] == VARIANCE.rstrip("\n")


def test_a_definition_whose_cell_failed_before_it_does_not_count(
    run: Callable[..., Any], shell: InteractiveShell
) -> None:
    run(VARIANCE, f"1 / 0\n{WRONG}")
    cells = cells_of(shell)
    assert "def variance" in cells[0]
    assert "def variance" not in cells[1]
    run("del variance", "def unit_rows(x):\n    return x")
    assert "def variance" not in "".join(cells_of(shell))
    assert "variance is defined in cell 2 and the kernel does not have it" in notes_of(shell)


def test_a_name_that_was_imported_last_is_not_that_of_an_earlier_cell(
    run: Callable[..., Any], shell: InteractiveShell
) -> None:
    run(VARIANCE, "from statistics import variance")
    assert cells_of(shell)[0].strip() == ""
    run(VARIANCE)
    assert "def variance" in cells_of(shell)[2]


def test_a_name_that_no_cell_defines_is_told(run: Callable[..., Any], shell: InteractiveShell) -> None:
    run(VARIANCE, "exec('def covariance(x):\\n    return x.T @ x')")
    assert "covariance is in the kernel and no cell defines or imports it (it was compiled from <string>)" in notes_of(
        shell
    )


def test_where_nothing_else_is_there_the_refusal_tells_of_such_names(
    run: Callable[..., Any], shell: InteractiveShell
) -> None:
    run("exec('def variance(x):\\n    return x')")
    with pytest.raises(UsageError, match=r"the kernel defines none of .*: variance is in the kernel and no cell"):
        notes_of(shell)


def test_a_module_that_the_kernel_imported_is_taken_as_its_file_is(
    run: Callable[..., Any], shell: InteractiveShell, course: Path
) -> None:
    stats = course / "student" / "tiny" / "stats.py"
    stats.write_text(WRONG, encoding="utf-8")
    run("%load_ext grader", "from stats import variance")
    stats.write_text(STATS, encoding="utf-8")
    assert "stats.py, which the kernel imported, is taken as it is on the disk now" in notes_of(shell)
    shown = run("grader.check('variance', assignment='tiny')")
    assert "ok      variance" in shown.outputs[0].data["text/plain"]


def test_a_file_that_was_run_is_taken_along(run: Callable[..., Any], shell: InteractiveShell, course: Path) -> None:
    (course / "student" / "tiny" / "mine.py").write_text(VARIANCE, encoding="utf-8")
    run("%run mine.py")
    made = live_notebook(kernel_of(shell), ASKED, str(Path.cwd()))
    assert "mine.py" in made.modules
    assert "no cell defines" not in "".join(made.notes)


def test_a_cell_replaces_the_module_that_was_imported_before(run: Callable[..., Any], shell: InteractiveShell) -> None:
    run("import stats", VARIANCE)
    assert "stats.py" not in live_notebook(kernel_of(shell), ASKED, str(Path.cwd())).modules


def test_methods_and_wrapped_functions_are_found_in_their_cells(
    run: Callable[..., Any], shell: InteractiveShell
) -> None:
    run(
        "import functools\n"
        "def traced(f):\n    @functools.wraps(f)\n    def inner(*given):\n        return f(*given)\n    return inner",
        f"@traced\n{VARIANCE}",
        "class Held:\n    @staticmethod\n    def one(): ...\n    @property\n    def two(self): ...",
        "class Empty:\n    value = 1",
    )
    names = kernel_of(shell).names
    assert (names["variance"], names["Held"], names["Empty"], names["functools"]) == (2, 3, "", "")


def test_a_cell_keeps_the_number_that_stands_beside_it(run: Callable[..., Any], shell: InteractiveShell) -> None:
    run("a = 1", "b = 2", VARIANCE)
    assert cells_of(shell) == ["a = 1", "b = 2", VARIANCE.rstrip("\n")]


def test_what_was_executed_too_often_is_told_or_left_out() -> None:
    many = Kernel(inputs=("",) * (MAX_CELLS + 1), names={"variance": 1}, modules={})
    with pytest.raises(UsageError, match=f"{MAX_CELLS} cells were executed in this kernel"):
        live_notebook(many, ASKED, "/")
    large = f"{VARIANCE}\n# {'x' * (MAX_CODE_CHARACTERS // 3)}"
    held = live_notebook(
        Kernel(inputs=("", large, large, large), names={"variance": 3}, modules={}), ASKED, "/"
    ).notebook
    assert len(held) < MAX_CODE_CHARACTERS


def test_installed_modules_are_not_the_students() -> None:
    assert {name for name, _ in own_modules(sys.modules)}.isdisjoint({"numpy", "json", "grader", "pytest"})


def test_a_page_in_a_frame_links_to_itself_and_runs_nothing() -> None:
    frame = framed('<a href="#checks">down</a> "<script>"')
    assert "<script>" not in frame
    assert 'sandbox="allow-popups"' in frame
    assert 'srcdoc="&lt;a href=&quot;about:srcdoc#checks&quot;' in frame


def test_the_library_is_imported_where_there_is_no_ipython() -> None:
    code = "import sys; sys.modules['IPython'] = None; import grader; print(grader.__doc__[:5])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "grade\n"
    assert callable(grader.check)


def test_without_ipython_a_check_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "grader.desk.jupyter", None)
    monkeypatch.delattr("grader.desk.jupyter", raising=False)
    with pytest.raises(UsageError, match=r"works in IPython and Jupyter: pip install .*(jupyter|ipython)"):
        grader.check("variance")
