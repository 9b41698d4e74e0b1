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
