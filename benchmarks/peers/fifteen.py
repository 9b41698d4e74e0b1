"""The same fifteen checks of one module for each autograder: laid out once, graded by a command, points read back."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

HERE: Final = Path(__file__).parent
COURSE: Final = HERE / "course"
ASSIGNMENT: Final = "fifteen"
FOLDER: Final = COURSE / "reference" / ASSIGNMENT
HARNESSES: Final = HERE / "harnesses"
CORRECT: Final = FOLDER / "samples" / "correct" / "networks.py"
WRONG: Final = ("x.clamp(min=0)", "x.clamp(min=1)")  # one function is wrong then
STUDENT: Final = "ada"


@dataclass(frozen=True, slots=True)
class Peer:
    """An autograder: how a submission is laid into a folder, which command grades it there, what that gave.

    `once` are commands that make the assignment ready, before anything is measured.
    """

    lay: Callable[[Path, str], None]
    command: tuple[str, ...]
    points: Callable[[Path], float]
    once: tuple[tuple[str, ...], ...] = ()


def names() -> list[str]:
    """List the functions that are checked, as the tests' file does."""
    sys.path.insert(0, str(FOLDER / "checks"))
    try:
        from cases import INPUTS  # noqa: PLC0415  # found by the line above
    finally:
        sys.path.pop(0)
    return list(INPUTS)


def _shared(folder: Path) -> None:
    """Put beside the tests what all of them import."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(FOLDER / "checks" / "cases.py", folder)
    shutil.copy(HARNESSES / "expected.py", folder)
    shutil.copy(FOLDER / "solution" / "networks.py", folder / "reference.py")


def _beside(tests: str, name: str) -> Callable[[Path, str], None]:
    """Lay tests out that import the submission."""

    def lay(folder: Path, source: str) -> None:
        _shared(folder)
        shutil.copy(HARNESSES / tests, folder / name)
        (folder / "networks.py").write_text(source, encoding="utf-8")

    return lay


def _lay_prairielearn(folder: Path, source: str) -> None:
    _shared(folder)
    shutil.copy(HARNESSES / "prairielearn_tests.py", folder / "test_fifteen.py")
    own = folder / "test_fifteen"
    own.mkdir(exist_ok=True)
    shutil.copy(HARNESSES / "prairielearn_trailing.py", own / "trailing_code.py")
    (own / "student_code.py").write_text(source, encoding="utf-8")


def _lay_otter(folder: Path, source: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _shared(folder / "files")
    test = (HARNESSES / "otter_test.py").read_text(encoding="utf-8")
    with zipfile.ZipFile(folder / "autograder.zip", "w") as archive:
        archive.writestr("otter_config.json", json.dumps({"lang": "python", "pdf": False}))
        for name in names():
            archive.writestr(f"tests/{name}.py", test.replace("NAME", name))
        for file in (folder / "files").iterdir():
            archive.write(file, f"files/{file.name}")
    (folder / "networks.ipynb").write_text(json.dumps(_notebook([_cell(source)])), encoding="utf-8")


def _lay_nbgrader(folder: Path, source: str) -> None:
    solution = _cell(source, grade=False, solution=True, grade_id="networks")
    tests = [
        _cell(f'from expected import compare\n\ncompare("{name}", {name})', grade=True, solution=False, grade_id=name)
        for name in names()
    ]
    for part in (f"source/{ASSIGNMENT}", f"submitted/{STUDENT}/{ASSIGNMENT}"):
        _shared(folder / part)
        (folder / part / "networks.ipynb").write_text(json.dumps(_notebook([solution, *tests])), encoding="utf-8")


def _notebook(cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": list(cells)}


def _cell(source: str, **nbgrader: object) -> dict[str, Any]:
    """Write a code cell; with keywords as a cell of nbgrader, tests with a point."""
    own: dict[str, object] = {}
    if nbgrader:
        own = {**nbgrader, "locked": bool(nbgrader["grade"]), "task": False, "schema_version": 3}
        own |= {"points": 1} if nbgrader["grade"] else {}
    identifier = str(nbgrader.get("grade_id", "code"))
    return {
        "cell_type": "code", "id": identifier, "metadata": {"nbgrader": own} if own else {}, "source": source,
        "outputs": [], "execution_count": None,
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------ what they gave


def _junit_points(folder: Path) -> float:
    cases = ET.parse(folder / "report.xml").getroot().iter("testcase")  # noqa: S314  # of a sample of ours
    return float(sum(not list(case) for case in cases))


def _results_points(folder: Path) -> float:
    tests = json.loads((folder / "results.json").read_text(encoding="utf-8"))["tests"]
    return float(sum(test.get("score", 0) for test in tests))


def _nbgrader_points(folder: Path) -> float:
    with closing(sqlite3.connect(folder / "gradebook.db")) as database:
        return float(database.execute("SELECT sum(auto_score) FROM grade").fetchone()[0])


NBGRADER: Final = ("-m", "nbgrader")
PEERS: Final[Mapping[str, Peer]] = {
    "pytest": Peer(
        _beside("pytest_tests.py", "test_fifteen.py"),
        ("-m", "pytest", "-q", "-c", os.devnull, "--rootdir=.", "--junitxml=report.xml", "test_fifteen.py"),
        _junit_points,
    ),
    "gradescope-utils": Peer(
        _beside("gradescope_tests.py", "run_tests.py"), ("run_tests.py",), _results_points
    ),
    "pytest-prairielearn-grader": Peer(
        _lay_prairielearn,
        ("-m", "pytest", "-q", "-c", os.devnull, "--rootdir=.", "--junitxml=report.xml", "test_fifteen.py"),
        _junit_points,
    ),
    "otter": Peer(
        _lay_otter,
        ("-m", "otter", "run", "--no-logo", "--autograder", "autograder.zip", "--output-dir", ".", "networks.ipynb"),
        _results_points,
    ),
    "nbgrader": Peer(
        _lay_nbgrader,
        (*NBGRADER, "autograde", ASSIGNMENT, "--student", STUDENT, "--force"),
        _nbgrader_points,
        once=((*NBGRADER, "generate_assignment", ASSIGNMENT, "--create", "--force"),),
    ),
}  # fmt: skip
