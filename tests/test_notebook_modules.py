"""Notebooks in place of modules: which stands in for what, how they are graded, and where failures are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from archives import zip_of
from notebooks import code, notebook, printed, shown
from tiny_course import SCALE, STATS

from grader.errors import SubmissionError, UnreadableSubmissionError
from grader.exports.single.github import annotation_lines
from grader.exports.single.junit import junit_xml
from grader.gradebook.submission_archive import dump, load
from grader.judging.grading import Grader
from grader.model.assignment import Assignment, Definition
from grader.model.result import CheckResult, Result
from grader.model.status import Status
from grader.model.submission import SourceMap, StoredOutput
from grader.reporting.html import render_html, template_environment
from grader.results.codec import from_json, to_json
from grader.results.visibility import View, visible_to
from grader.submissions.read import Submission, read_submission
from grader.wording.text import place

ASSIGNMENT = Assignment(
    name="tiny", title="Tiny", source="Handout 000", files=("scale.py", "stats.py"), parts=(), checks=(), seed=1
)
WHOLE = notebook(SCALE, STATS)


def handed_in(folder: Path, files: Mapping[str, str | bytes], assignment: Assignment = ASSIGNMENT) -> Submission:
    for name, content in files.items():
        path = folder / "alice" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_submission(folder / "alice", assignment, {})


def graded(grader: Grader, folder: Path, *cells: str) -> dict[str, CheckResult]:
    (folder / "answers.ipynb").write_bytes(notebook(*cells))
    return {row.name: row for row in grader.grade(folder / "answers.ipynb").checks}


# -------------------------------------------------------------------------------------------- which stands in


def test_a_notebook_stands_in_for_every_module_that_was_not_handed_in(tmp_path: Path) -> None:
    submission = handed_in(tmp_path, {"stats.py": STATS, "work.ipynb": WHOLE})
    assert submission.sources["stats.py"] == STATS
    assert "def unit_rows" in submission.sources["scale.py"]
    assert set(submission.origins) == {"scale.py"}
    assert (submission.missing, submission.notes) == ((), ("work.ipynb stands in for scale.py",))


def test_a_notebook_beside_all_modules_is_not_read(tmp_path: Path) -> None:
    submission = handed_in(tmp_path, {"scale.py": SCALE, "stats.py": STATS, "work.ipynb": b"no notebook"})
    assert (submission.notes, submission.unreadable, submission.origins) == ((), {}, {})


def test_a_damaged_notebook_beside_other_files_is_named_by_the_checks_that_miss_it(
    tiny_grader: Grader, tmp_path: Path
) -> None:
    (tmp_path / "scale.py").write_text(SCALE, encoding="utf-8")
    (tmp_path / "work.ipynb").write_bytes(b"{ no notebook")
    result = tiny_grader.grade(tmp_path)
    rows = {row.name: row.message for row in result.checks}
    assert "is looked for in work.ipynb, which is not JSON" in rows["variance"]
    assert not any(note.startswith("not handed in") for note in result.notes)
    assert result.score > 0


def test_the_rubric_chooses_among_definitions_of_one_name(tmp_path: Path) -> None:
    """The rest of the notebook stays as it is."""
    cells = notebook("def unit_rows(x):\n    return 1", "def unit_rows(x, y):\n    return 2", "rate = 3")
    definitions = (Definition(name="unit_rows", parameters=("x",)),)
    submission = handed_in(tmp_path, {"work.ipynb": cells}, replace(ASSIGNMENT, definitions=definitions))
    source = submission.sources["scale.py"]
    assert ("return 1" in source, "return 2" in source, "rate = 3" in source) == (True, False, True)


def test_of_several_notebooks_the_one_with_the_modules_name_stands_in(tmp_path: Path) -> None:
    files = {"Scale.ipynb": notebook("x = 1"), "stats.ipynb": notebook("y = 2"), "z.ipynb": WHOLE}
    submission = handed_in(tmp_path, files)
    assert {path: origin.file for path, origin in submission.origins.items()} == {
        "scale.py": "Scale.ipynb", "stats.py": "stats.ipynb",
    }  # fmt: skip


def test_of_several_notebooks_without_that_name_none_stands_in_and_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSubmissionError) as error:
        handed_in(tmp_path, {"a.ipynb": WHOLE, "b.ipynb": WHOLE})
    sentence = "which of a.ipynb and b.ipynb stands in for scale.py and stats.py is not clear: name it scale.ipynb"
    assert error.value.notes == (sentence,)


@pytest.mark.parametrize("top", ["", "alice/theory/"])
def test_a_zip_may_hold_a_notebook_and_a_write_up(tmp_path: Path, top: str) -> None:
    assignment = replace(ASSIGNMENT, attachments=("review.pdf",))
    (tmp_path / "x.zip").write_bytes(zip_of({"answers.ipynb": WHOLE, "review.pdf": b"%PDF"}, top))
    submission = read_submission(tmp_path / "x.zip", assignment, {})
    assert set(submission.origins) == set(ASSIGNMENT.files)
    assert submission.attachments == {"review.pdf": b"%PDF"}


def test_a_checkpoint_copy_of_jupyter_is_no_notebook(tmp_path: Path) -> None:
    files = {"a.ipynb": WHOLE, ".ipynb_checkpoints/a-checkpoint.ipynb": notebook("x = 1")}
    assert set(handed_in(tmp_path, files).origins) == set(ASSIGNMENT.files)


def test_a_notebook_that_cannot_be_read_is_named_and_nothing_is_graded(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSubmissionError) as error:
        handed_in(tmp_path, {"a.ipynb": b"no notebook"})
    assert error.value.notes == ("a.ipynb is not JSON (line 1), expected a notebook as Jupyter saves it",)


def test_a_notebook_that_is_too_large_is_told_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_bytes(b"{")
    with (tmp_path / "a.ipynb").open("r+b") as file:
        file.truncate(300_000_000)
    with pytest.raises(UnreadableSubmissionError, match=r"at most 48 MiB: clear its outputs and hand it in again$"):
        read_submission(tmp_path / "a.ipynb", ASSIGNMENT, {})


def test_the_digest_is_that_of_the_notebook(tmp_path: Path) -> None:
    digests = {
        handed_in(tmp_path / str(place), {"a.ipynb": data}).digest
        for place, data in enumerate((WHOLE, WHOLE, notebook(SCALE, STATS, "x = 1")))
    }
    assert len(digests) == 2


def test_a_file_that_is_neither_is_still_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(SubmissionError):
        read_submission(tmp_path / "notes.txt", ASSIGNMENT, {})


# ------------------------------------------------------------------------------------------------------- graded


def test_a_notebook_is_graded_as_its_modules_would_be(tiny_grader: Grader, tmp_path: Path) -> None:
    cells = ("!pip install numpy\nfrom google.colab import drive", SCALE, "for n in range(10**12):\n    pass", STATS)
    assert {row.status for row in graded(tiny_grader, tmp_path, *cells).values()} == {Status.PASSED}


def test_a_failure_is_shown_in_its_cell(tiny_grader: Grader, tmp_path: Path) -> None:
    row = graded(tiny_grader, tmp_path, "x = 1", "\ndef variance(x):\n    return x.men()\n", SCALE)["variance"]
    assert row.status is Status.RAISED
    assert row.message.startswith("AttributeError in variance at answers.ipynb cell 2, line 3")
    (line,) = row.quoted
    assert (line.file, line.cell, line.line, line.source) == ("answers.ipynb", 2, 3, "    return x.men()")
    assert place(line) == "answers.ipynb, cell 2, line 3, in variance"


def test_what_a_notebook_does_not_define_is_missing_from_the_notebook(tiny_grader: Grader, tmp_path: Path) -> None:
    row = graded(tiny_grader, tmp_path, SCALE)["variance"]
    assert (row.status, row.message) == (Status.UNWRITTEN, "answers.ipynb defines no variance")


def test_what_only_the_compiler_finds_is_told_in_its_cell(tiny_grader: Grader, tmp_path: Path) -> None:
    row = graded(tiny_grader, tmp_path, "x = 1\n", "def variance(a, a):\n    return a * a", SCALE)["variance"]
    assert row.message.startswith("answers.ipynb cell 2, line 1 cannot be read as Python: duplicate argument")


@pytest.mark.parametrize(
    "scratch",
    [
        "for x in [1]:\n    pass\nbreak",
        "def f(a, a):\n    pass",
        "def f():\n    n = n + 1\n    global n",
        "{}['key']",
        "1 / 0",
        "class Trial:\n    first = {}['a']",
        "def (:",
        "import torchvision, sklearn",
        "raise SystemExit",
        "exit()",
        "while True:\n    pass",
        "class Trial:\n    while True:\n        pass",
        "x = open('/content/drive/data.csv')",
        "name = input()",
        "%cd /content\n!wget https://example.org",
        "%%bash\nls",
    ],
)
def test_a_cell_that_nothing_needs_costs_nothing(tiny_grader: Grader, tmp_path: Path, scratch: str) -> None:
    rows = graded(tiny_grader, tmp_path, scratch, SCALE, scratch, STATS, scratch)
    assert {row.status for row in rows.values()} == {Status.PASSED}


def of_variance(tiny_grader: Grader, folder: Path, *cells: str) -> CheckResult:
    return graded(tiny_grader, folder, SCALE, *cells, "def variance(x):\n    return x.var(axis=0) + 0 * floor")[
        "variance"
    ]


@pytest.mark.parametrize(
    "cells",
    [
        ("floor = 5.0", "def pick():\n    return 0.0", "floor = pick()"),
        ("import numpy as np\nfloor = np.sin(0.0)",),
        ("import os\nos.environ['FLOOR'] = '0'", "floor = float(os.environ['FLOOR'])"),
        ("values = []", "for n in range(3):\n    values.append(n)", "floor = values[2]"),
        ("import torchvision\nfloor = 0", "floor = 1"),
        ("try:\n    import torchvision\n    floor = 1\nexcept ImportError:\n    floor = 0",),
        ("if __name__ == '__main__':\n    floor = 0",),
        ("from tqdm.notebook import tqdm\nfor floor in tqdm([3, 1]):\n    print(floor)",),
        ("from tqdm.auto import trange\nfor floor in trange(1, 3, desc='a'):\n    pass",),
        ("import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1])\nfloor = 1", "plt.show()"),
        ("from PIL import Image\nfrom google.colab import drive\ndrive.mount('/x')\nfloor = 0",),
        ("%time floor = 3", "display(floor)"),
        ("get_ipython().run_line_magic('matplotlib', 'inline')\nfloor = 1",),
        ("floor = 3", "floor = floor / 0"),
        ("import collections as c, torchvision as t, math as m\nfloor = m.sqrt(4)",),
        ("%%writefile extra.py\nFLOOR = 2", "from extra import FLOOR as floor"),
    ],
)
def test_what_a_definition_needs_is_executed_whatever_it_is(
    tiny_grader: Grader, tmp_path: Path, cells: tuple[str, ...]
) -> None:
    row = of_variance(tiny_grader, tmp_path, *cells)
    assert (row.status, row.message) == (Status.PASSED, "")


def test_what_is_imported_and_not_here_says_so_where_it_is_used(tiny_grader: Grader, tmp_path: Path) -> None:
    message = of_variance(tiny_grader, tmp_path, "from torchvision import floor").message
    assert "torchvision.floor is not available here" in message


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["floor = {}['a']"], "cell 2 computes `floor` and was not run: it failed with KeyError"),
        (["floor = 5.0", "floor = open('x')"], "cell 3 computes `floor` and was not run: it failed with "),
        (["rate = 1 / 0", "floor = rate"], "cell 2 computes `rate` and was not run: it failed with ZeroDivisionError"),
        (["while True:\n    floor = 0"], "cell 2 computes `floor` and was not run: it takes too long"),
        (["floor = = 0"], "cell 2 cannot be read as Python (line 1: invalid syntax)"),
        (["%%javascript\nfloor = 0"], "cell 2 begins with %%javascript and is not run"),
    ],
)
def test_a_missing_name_says_why_where_it_is_used(
    tiny_grader: Grader, tmp_path: Path, cells: list[str], why: str
) -> None:
    message = of_variance(tiny_grader, tmp_path, *cells).message
    assert message.count("not defined") == 1
    place = f"NameError in variance at answers.ipynb cell {len(cells) + 2}, line 2: name 'floor' is not defined: "
    assert message.startswith(place + why)


def test_what_jupyter_keeps_of_outputs_is_told_to_be_jupyters(tiny_grader: Grader, tmp_path: Path) -> None:
    cells = ("3 + 4", "def variance(x):\n    return x.var(axis=0) + 0 * _")
    message = graded(tiny_grader, tmp_path, SCALE, *cells)["variance"].message
    assert "name '_' is not defined: Jupyter keeps under it what cells held or showed" in message


def test_a_definition_that_fails_is_told_where_it_fails(tiny_grader: Grader, tmp_path: Path) -> None:
    row = graded(tiny_grader, tmp_path, SCALE, "\n@{}['a']\ndef variance(x):\n    return x.var()")["variance"]
    assert (row.status, row.message) == (Status.RAISED, "KeyError at answers.ipynb cell 2, line 2: 'a'")


def test_a_definition_in_a_cell_that_is_no_python_says_so(tiny_grader: Grader, tmp_path: Path) -> None:
    row = graded(tiny_grader, tmp_path, SCALE, "def variance(x)\n    return 1")["variance"]
    assert row.message == "answers.ipynb defines no variance: cell 2 cannot be read as Python (line 1: expected ':')"


def test_what_statements_print_breaks_no_rule(tiny_grader: Grader, tmp_path: Path) -> None:
    cells = (SCALE, "for floor in range(3):\n    print('epoch', floor)", STATS.replace("return", "floor; return"))
    (tmp_path / "answers.ipynb").write_bytes(notebook(*cells))
    assert tiny_grader.grade(tmp_path / "answers.ipynb").rules == ()
    (tmp_path / "answers.ipynb").write_bytes(notebook(SCALE, STATS.replace("return", "print(x); return")))
    assert [rule.points for rule in tiny_grader.grade(tmp_path / "answers.ipynb").rules] == [-1]


def test_modules_that_cells_write_are_files_of_the_submission(tmp_path: Path) -> None:
    cells = (f"%%writefile /content/work/scale.py\n{SCALE}", f"%%file -a stats.py\n{STATS}", "%%file a/notes.txt\nx")
    submission = handed_in(tmp_path, {"a.ipynb": notebook(*cells)})
    assert submission.sources["scale.py"].strip() == SCALE.strip()
    assert {path: origin.is_file for path, origin in submission.origins.items()} == {
        "scale.py": True, "stats.py": True
    }  # fmt: skip
    assert submission.origins["stats.py"].locate(2) == (2, 2)
    assert submission.missing == ()


def test_a_file_that_was_handed_in_wins_over_one_that_a_cell_writes(tmp_path: Path) -> None:
    files = {"extra.py": "x = 1\n", "scale.py": SCALE, "a.ipynb": notebook(STATS, "%%writefile extra.py\nx = 2")}
    assert handed_in(tmp_path, files).sources["extra.py"] == "x = 1\n"


# ------------------------------------------------------------------------------------------------ kept and shown


def result_of(tiny_grader: Grader, folder: Path) -> Result:
    script = "<script>alert(1)</script>"
    cell = code(SCALE, printed(f"loss 0.25 {script}"), shown(image__png="AAAA", text__html=script))
    (folder / "answers.ipynb").write_bytes(notebook(cell, STATS.replace(".mean", ".men")))
    return tiny_grader.grade(folder / "answers.ipynb")


def test_stored_outputs_are_for_instructors_and_never_markup(tiny_grader: Grader, tmp_path: Path) -> None:
    result = result_of(tiny_grader, tmp_path)
    assert result.stored_outputs == (
        StoredOutput(file="answers.ipynb", cell=1, text="loss 0.25 <script>alert(1)</script>", pictures=1),
    )
    environment = template_environment()
    page = render_html(visible_to(result, View.INSTRUCTOR), environment)
    assert "loss 0.25 &lt;script&gt;" in page
    assert "<script>" not in page
    assert "loss 0.25" not in render_html(visible_to(result, View.STUDENT), environment)
    assert "stored_outputs" not in to_json(visible_to(result, View.STUDENT))


def test_cells_and_outputs_come_back_from_json(tiny_grader: Grader, tmp_path: Path) -> None:
    result = result_of(tiny_grader, tmp_path)
    back = from_json(to_json(visible_to(result, View.INSTRUCTOR)))
    assert back.stored_outputs == result.stored_outputs
    assert [row.quoted for row in back.checks] == [row.quoted for row in result.checks]
    assert any(line.cell == 2 for row in back.checks for line in row.quoted)


def test_formats_that_name_lines_of_files_name_none_of_a_notebook(tiny_grader: Grader, tmp_path: Path) -> None:
    result = result_of(tiny_grader, tmp_path)
    assert "answers.ipynb,line=" not in "".join(annotation_lines(visible_to(result, View.STUDENT)))
    assert 'file="answers.ipynb" line="0"' in junit_xml(visible_to(result, View.STUDENT))


def test_a_gradebook_keeps_where_lines_come_from(tmp_path: Path) -> None:
    submission = handed_in(tmp_path, {"a.ipynb": notebook(code(SCALE, printed("3")), STATS)})
    back = load(dump(submission, {}), "alice", submission.notes, submission.digest, ASSIGNMENT.files, {})
    assert back == replace(submission, label="alice")


def test_a_line_of_a_module_is_placed_in_its_cell() -> None:
    origin = SourceMap("a.ipynb", ((0, 1), (2, 3), (5, 1)))
    assert [origin.locate(line) for line in range(1, 8)] == [(0, 1), (2, 1), (2, 2), (2, 3), (5, 1), (0, 0), (0, 0)]


# ---------------------------------------------------------------------------------------- notebooks beside each other


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("tools.ipynb", "%run tools.ipynb"),
        ("tools.ipynb", "import import_ipynb\nfrom tools import unit_rows"),
        ("parts/Part 1.ipynb", "%run -i './parts/Part 1.ipynb'"),
    ],
)
def test_a_notebook_that_another_one_runs_is_read_too(
    tiny_grader: Grader, tmp_path: Path, name: str, cell: str
) -> None:
    files = {"alice/scale.ipynb": notebook(cell, SCALE.split("def unit_rows")[0]), "alice/stats.py": STATS.encode()}
    files[f"alice/{name}"] = notebook(SCALE, "def unused(:")
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    result = tiny_grader.grade(tmp_path / "alice")
    assert (result.score, result.max_score) == (10, 10)
    assert f"{name.rsplit('/', maxsplit=1)[-1]} stands in for" in " ".join(result.notes)


def test_a_notebook_beside_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    files = {"scale.ipynb": notebook("%run tools.ipynb", SCALE), "stats.py": STATS, "tools.ipynb": b"{"}
    submission = handed_in(tmp_path, files)
    why = "is not JSON (line 1, where it stops in the middle)"
    assert submission.unreadable == {
        "tools.ipynb": f"{why}, expected a notebook as Jupyter saves it",
        "tools.py": f"is looked for in tools.ipynb, which {why}, expected a notebook as Jupyter saves it",
    }


def test_a_notebook_that_nothing_runs_is_no_part_of_a_submission(tmp_path: Path) -> None:
    alone = handed_in(tmp_path / "a", {"scale.ipynb": notebook(SCALE), "stats.py": STATS})
    beside = handed_in(tmp_path / "b", {"scale.ipynb": notebook(SCALE), "stats.py": STATS, "scratch.ipynb": b"{"})
    assert alone.digest == beside.digest


def test_a_notebook_beside_hides_nothing_of_the_course(tmp_path: Path) -> None:
    cells = ("%run data.ipynb", "import json\nimport import_ipynb, tools", SCALE)
    files = {name: notebook("x = 1") for name in ("data.ipynb", "json.ipynb", "tools.ipynb")}
    for name, content in {"scale.ipynb": notebook(*cells), "stats.py": STATS.encode(), **files}.items():
        (tmp_path / name).write_bytes(content)
    submission = read_submission(tmp_path, ASSIGNMENT, {"data/__init__.py": ""})
    assert set(submission.sources) == {"scale.py", "stats.py", "tools.py", "data/__init__.py"}
