"""Stubs in the form of a notebook: their cells, their way through a hand-out, and what they earn."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from textwrap import dedent

import nbformat
import pytest
from tiny_course import RUBRIC, build

from grader.course.assignment import CourseAssignment
from grader.course.discovery import Course
from grader.course.handout import hand_out
from grader.course.notebook_stubs import notebook_stub
from grader.course.reference_notebook import emptied_notebook
from grader.course.student_files import present_files, student_files, student_sources, write_files
from grader.errors import CourseError, StubError
from grader.judging.grading import Grader
from grader.lint.lint import stub_problems
from grader.model.status import Status

LAYERS = dedent('''\
    """Layers of a network.

    Each keeps what backward needs.
    """

    from __future__ import annotations

    import numpy as np
    from losses import mean

    SIZE = 3
    SCALE = 0.1


    # The one that is easy.
    class ReLU:
        """Keep what is positive."""

        def forward(self, x):
            # TODO(1a): Zero what is negative.
            raise NotImplementedError("1a: Zero what is negative.")


    if __name__ == "__main__":
        print(mean([SIZE]))
    ''')
LOSSES = "import numpy as np\n\n\ndef mean(x):\n    return np.mean(x)\n"


def cells(text: str) -> list[tuple[str, str]]:
    return [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(text)["cells"]]


def test_imports_come_first_and_every_definition_has_a_cell() -> None:
    assert cells(notebook_stub("Homework", {"layers.py": LAYERS, "losses.py": LOSSES})) == [
        ("markdown", "# Homework"),
        ("code", "from __future__ import annotations\nimport numpy as np"),
        ("markdown", "## Layers of a network\n\nEach keeps what backward needs."),
        ("code", "SIZE = 3\nSCALE = 0.1"),
        ("code", LAYERS[LAYERS.index("# The one") : LAYERS.index("\n\n\nif __name__")]),
        ("code", 'if __name__ == "__main__":\n    print(mean([SIZE]))'),
        ("code", "def mean(x):\n    return np.mean(x)"),
    ]


@pytest.mark.parametrize("reads", ["parser.parse_args(sys.argv[1:])", "parser.parse_args()"])
def test_a_program_finds_no_arguments_of_the_kernel(reads: str) -> None:
    """Run in Jupyter, the last cell of such a notebook ended with "unrecognized arguments: -f kernel.json"."""
    module = f'import sys\n\n\ndef main(args):\n    return args\n\n\nif __name__ == "__main__":\n    main({reads})\n'
    last = cells(notebook_stub("Homework", {"main.py": module}))[-1]
    assert last == ("code", 'if __name__ == "__main__":\n    main(parser.parse_args([]))')


def test_it_is_a_notebook_of_version_4_5_and_always_the_same() -> None:
    text = notebook_stub("Homework", {"layers.py": LAYERS, "losses.py": LOSSES})
    nbformat.validate(nbformat.reads(text, as_version=4))
    assert text == notebook_stub("Homework", {"layers.py": LAYERS, "losses.py": LOSSES})
    for kind, source in cells(text):
        assert kind == "markdown" or ast.parse(source).body


def test_two_modules_with_the_same_name_in_them_are_refused() -> None:
    with pytest.raises(StubError, match=r"b\.py and a\.py both define mean: a notebook has one of that name"):
        notebook_stub("Homework", {"a.py": LOSSES, "b.py": LOSSES})


@pytest.fixture
def course(tmp_path: Path) -> CourseAssignment:
    build(tmp_path, rubric=f'{RUBRIC}\n[stub]\nform = "notebook"\nnotebook = "hw0.ipynb"\n')
    return Course(tmp_path).load("tiny")


def test_students_get_the_notebook_in_place_of_the_modules(course: CourseAssignment, tmp_path: Path) -> None:
    files = student_files(course)
    assert "hw0.ipynb" in files
    assert not {"scale.py", "stats.py"} & files.keys()
    assert {"scale.py", "stats.py"} <= student_sources(course).keys()
    assert "x.std(axis=0)" not in files["hw0.ipynb"]
    assert "TODO(1a): Subtract each column's mean" in files["hw0.ipynb"]
    write_files(tmp_path / "out", files)
    assert present_files(tmp_path / "out") == files
    assert list(stub_problems(course, files, files)) == []
    assert list(stub_problems(course, files, {})) != []


def test_a_hand_out_carries_it(course: CourseAssignment) -> None:
    assert "student/tiny/hw0.ipynb" in hand_out(course, student_files(course)).files


def test_it_earns_nothing_and_is_told_to_be_unwritten(course: CourseAssignment, tmp_path: Path) -> None:
    write_files(tmp_path / "mine", student_files(course))
    with Grader(course) as grader:
        result = grader.grade(tmp_path / "mine")
    assert result.score == 0
    assert {check.status for check in result.checks} <= {Status.UNWRITTEN, Status.BLOCKED}


def reference_notebook(*sources: tuple[str, str]) -> str:
    """Write a notebook as an author saves it: with identifiers, outputs and counts of its own."""
    shown = [nbformat.v4.new_output("stream", text="the solution's own output")]
    made = [
        nbformat.v4.new_code_cell(text, outputs=shown, execution_count=7)
        if kind == "code"
        else nbformat.v4.new_markdown_cell(text)
        for kind, text in sources
    ]
    return str(nbformat.writes(nbformat.v4.new_notebook(cells=made)))


def cut(module: str) -> list[tuple[str, str]]:
    """Cut a module into cells: each definition, and what comes before."""
    first, *others = module.split("\n\n\n")
    return [("code", first), *(("code", other) for other in others)]


ANSWER = "## Why\n\n# solution(1c): Say why.\nBecause.\n# end solution"


@pytest.fixture
def written_as_notebook(tmp_path: Path) -> Path:
    """Build a course whose reference is a notebook, and nothing else."""
    rubric = RUBRIC.replace('files = ["scale.py", "stats.py"]', 'files = ["hw0.py"]')
    build(tmp_path, rubric=f'{rubric}\n[stub]\nform = "notebook"\nnotebook = "hw0.ipynb"\n')
    solution = tmp_path / "reference" / "tiny" / "solution"
    pieces = [piece for name in ("scale.py", "stats.py") for piece in cut((solution / name).read_text())]
    for path in solution.glob("*.py"):
        path.unlink()
    drivers = tmp_path / "reference" / "tiny" / "drivers.py"
    drivers.write_text(drivers.read_text().replace("scale:", "hw0:").replace("stats:", "hw0:"))
    (solution / "hw0.ipynb").write_text(reference_notebook(("markdown", "# Homework 0"), *pieces, ("markdown", ANSWER)))
    (tmp_path / "reference" / "tiny" / "mistakes.py").unlink()
    return tmp_path


def test_a_reference_may_be_a_notebook_and_students_get_it_with_gaps(written_as_notebook: Path) -> None:
    course = Course(written_as_notebook).load("tiny")
    files = student_files(course)
    assert "hw0.py" not in files
    found = cells(files["hw0.ipynb"])
    assert found[0] == ("markdown", "# Homework 0")
    assert found[-1] == ("markdown", "## Why\n\n# TODO(1c): Say why.\n")
    assert ("code", '"""Bring numbers to one scale."""\n\nimport numpy as np') in found
    assert not any(secret in files["hw0.ipynb"] for secret in ("x.std(axis=0)", "own output", "Because", "solution"))
    assert files["hw0.ipynb"].count("raise NotImplementedError") == course.solution["hw0.py"].count("# solution(")
    nbformat.validate(nbformat.reads(files["hw0.ipynb"], as_version=4))
    assert "student/tiny/hw0.ipynb" in hand_out(course, files).files


def test_a_reference_notebook_earns_everything_and_its_stub_nothing(written_as_notebook: Path, tmp_path: Path) -> None:
    course = Course(written_as_notebook).load("tiny")
    write_files(tmp_path / "mine", student_files(course))
    write_files(tmp_path / "whole", {"hw0.ipynb": course.notebook})
    with Grader(course) as grader:
        whole, mine = grader.grade(tmp_path / "whole"), grader.grade(tmp_path / "mine")
    assert (whole.score, mine.score) == (10, 0)
    assert {check.status for check in mine.checks} <= {Status.UNWRITTEN, Status.BLOCKED}


LEFT_OPEN = reference_notebook(("code", "def f():\n    # solution(1): Do.\n    return 1\n"))
OUTSIDE = reference_notebook(("markdown", "no code"), ("code", "# solution(1): Do.\nx = 1\n# end solution\n"))


@pytest.mark.parametrize(
    ("notebook", "sentence"),
    [
        ("no JSON", "hw0.ipynb is no notebook, expected one of version 4"),
        ("[" * 100_000, "hw0.ipynb is no notebook, expected one of version 4"),
        ("[]", "hw0.ipynb is no notebook, expected one of version 4"),
        ('{"nbformat": 4, "cells": [{"cell_type": "slide", "source": ""}]}', "hw0.ipynb is no notebook"),
        ('{"nbformat": 3, "worksheets": []}', "hw0.ipynb is a notebook of version 3, expected 4"),
    ],
    ids=["text", "too deep", "a list", "a cell of no kind", "version 3"],
)
def test_a_reference_that_is_no_notebook_has_one_sentence(
    written_as_notebook: Path, notebook: str, sentence: str
) -> None:
    (written_as_notebook / "reference/tiny/solution/hw0.ipynb").write_text(notebook)
    with pytest.raises(CourseError, match=sentence):
        Course(written_as_notebook).load("tiny")


@pytest.mark.parametrize(
    ("notebook", "sentence"),
    [
        (LEFT_OPEN, "hw0.ipynb, cell 1:2: "),
        (reference_notebook(("code", "x = 1\n")), "hw0.ipynb has no gap, expected"),
    ],
    ids=["left open", "no gap"],
)
def test_markers_that_are_wrong_are_told_with_their_cell(notebook: str, sentence: str) -> None:
    with pytest.raises(StubError, match=sentence):
        emptied_notebook(notebook, "hw0.ipynb")


def test_a_gap_of_a_cell_may_stand_outside_a_function() -> None:
    emptied = emptied_notebook(OUTSIDE, "hw0.ipynb")
    assert "raise NotImplementedError" in emptied
    assert "end solution" not in emptied


def test_a_notebook_beside_the_module_that_it_stands_for_is_refused(written_as_notebook: Path) -> None:
    (written_as_notebook / "reference/tiny/solution/hw0.py").write_text("x = 1\n")
    with pytest.raises(CourseError, match=r"is there beside hw0.py, expected one of the two"):
        Course(written_as_notebook).load("tiny")


def test_a_notebook_stands_for_one_module(course: CourseAssignment, tmp_path: Path) -> None:
    (course.folder / "solution/hw0.ipynb").write_text(LEFT_OPEN)
    with pytest.raises(CourseError, match=r"stands for one module, and files has 2"):
        Course(tmp_path).load("tiny")


@pytest.mark.parametrize(
    ("stub", "sentence"),
    [
        ('form = "slides"', "form"),
        ('form = "notebook"\nnotebook = "hw0.py"', "expected the name of a notebook such as a2-code.ipynb"),
        ('form = "notebook"\nnotebook = "../hw0.ipynb"', "expected the name of a notebook such as a2-code.ipynb"),
        ('shape = "notebook"', "shape"),
    ],
)
def test_a_form_that_there_is_not_is_refused(tmp_path: Path, stub: str, sentence: str) -> None:
    build(tmp_path, rubric=f"{RUBRIC}\n[stub]\n{stub}\n")
    with pytest.raises(CourseError, match=sentence):
        Course(tmp_path).load("tiny")
