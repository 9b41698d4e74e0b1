"""A mistyped name among the runtime's modules is the author's to mend; what is only not installed is the machine's."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_course import RUBRIC, build

from grader.course.discovery import read_assignment
from grader.course.runtime_modules import refuse_missing_modules
from grader.errors import CourseError, MachineError
from grader.judging.grading import Grader
from grader.subjects.recordings import Recordings


def named(folder: Path, *modules: str) -> None:
    rubric = RUBRIC.replace('modules = ["numpy"]', f"modules = {list(modules)}")
    refuse_missing_modules(read_assignment(build(folder, rubric=rubric)))


@pytest.mark.parametrize(
    ("module", "sentence"),
    [
        ("nunpy", "'nunpy' is no module that is installed here; the nearest: runpy, numpy"),
        ("Numpy", "'Numpy' is no module that is installed here; the nearest: numpy"),
        ("numpy.lina1g", "'numpy.lina1g' is no module that is installed here; the nearest: numpy.linalg"),
        ("colections", "'colections' is no module that is installed here; the nearest: collections"),
        ("pydantic-core", "is 'pydantic-core', expected the name of a module such as pydantic_core"),
        ("numpy>=1.26", "is 'numpy>=1.26', expected the name of a module, as in `import numpy`"),
        ("numpy ", "is 'numpy ', expected the name of a module, as in `import numpy`"),
    ],
)
def test_a_mistyped_module_is_told_with_the_nearest(tmp_path: Path, module: str, sentence: str) -> None:
    """It was told as "this machine cannot grade"."""
    with pytest.raises(CourseError) as caught:
        named(tmp_path, "numpy", module)
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"reference/tiny/assignment.toml: runtime.modules: {sentence}")


@pytest.mark.parametrize("module", ["numpy", "numpy.linalg", "os.path", "sys", "collections.abc"])
def test_a_module_that_is_here_is_not_refused(tmp_path: Path, module: str) -> None:
    named(tmp_path, module)


def test_grading_tells_it_as_the_courses(tmp_path: Path) -> None:
    rubric = RUBRIC.replace('modules = ["numpy"]', 'modules = ["nunpy"]')
    with pytest.raises(CourseError, match="the nearest: runpy, numpy"):
        Grader(read_assignment(build(tmp_path, rubric=rubric)), recordings=Recordings())


def test_what_this_machine_lacks_is_told_before_anything_is_collected(tmp_path: Path) -> None:
    with pytest.raises(
        MachineError, match=r"tiny needs qqqzzzwwwx, not installed here: install the packages that bring"
    ):
        named(tmp_path, "numpy", "qqqzzzwwwx")


def test_what_the_harness_itself_asks_for_is_told_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each hidden test that imports torch was told as one that the author has to repair."""
    monkeypatch.setattr("grader.course.runtime_modules._is_installed", lambda name: name != "torch")
    with pytest.raises(MachineError, match=r"tiny needs torch, not installed here: pip install 'torch>="):
        named(tmp_path, "numpy", "torch")


def optional(folder: Path, *modules: str) -> tuple[str, ...]:
    """Read a course with optional modules; return what its submissions may import."""
    rubric = RUBRIC.replace('modules = ["numpy"]', f'modules = ["numpy"]\noptional = {list(modules)}')
    course = read_assignment(build(folder, rubric=rubric))
    refuse_missing_modules(course)
    return course.assignment.runtime.modules


def test_an_optional_module_is_one_of_the_modules_where_it_is_installed(tmp_path: Path) -> None:
    assert optional(tmp_path, "pydantic", "no_such_module_anywhere", "numpy") == ("numpy", "pydantic")


def test_an_optional_module_that_has_no_modules_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"runtime\.optional: is 'captum>=0\.9', expected the name of a module"):
        optional(tmp_path, "captum>=0.9")
