"""README and docs say what the benchmarks measured, and the checks of all peers are the same."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parent.parent
PEERS = {"cpu_seconds": {"fork": [0.02], "grade batch": [0.05, 0.04, 9.0], "pytest": [2.5]}, "rounds": 3}


def script(path: str) -> ModuleType:
    """Import a script of benchmarks, which is no package."""
    file = ROOT / "benchmarks" / path
    spec = importlib.util.spec_from_file_location(f"benchmarks_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def figures() -> ModuleType:
    return script("figures.py")


def test_every_table_of_readme_and_docs_is_what_was_measured(figures: ModuleType) -> None:
    for name, written in figures.WRITTEN.items():
        page = (ROOT / written.page).read_text(encoding="utf-8")
        told = written.text(figures.measured(written.file)) if (figures.RESULTS / written.file).is_file() else ""
        assert figures.rewritten(page, name, told) == page, name
    assert figures.PLOT.read_text(encoding="utf-8") == figures.plot(figures.measured("peers.json"))


def test_a_figure_is_the_median_and_a_bar_is_as_long_as_its_seconds(figures: ModuleType) -> None:
    assert figures.medians(PEERS) == {"fork": 0.02, "grade batch": 0.05, "pytest": 2.5}
    drawn = ET.fromstring(figures.plot(PEERS))  # noqa: S314  # drawn by the line above
    lengths = [float(bar.attrib["width"]) for bar in drawn.iterfind(".//{*}rect") if "rx" in bar.attrib]
    assert [round(length / lengths[-1], 3) for length in lengths] == [0.008, 0.02, 1]
    assert "2.5 s (50 ×)" in "".join(drawn.itertext())


def test_a_place_that_is_not_in_a_page_is_not_passed_over(figures: ModuleType) -> None:
    with pytest.raises(ValueError, match="<!-- cost: written by"):
        figures.rewritten("# README", "cost", "| a table |")


def test_grade_and_all_peers_check_the_same_fifteen_functions() -> None:
    fifteen = script("peers/fifteen.py")
    names = fifteen.names()
    rubric = tomllib.loads((fifteen.FOLDER / "assignment.toml").read_text(encoding="utf-8"))
    assert names == list(rubric["checks"])
    assert len(names) == 15
    trailing = (fifteen.HARNESSES / "prairielearn_trailing.py").read_text(encoding="utf-8")
    assert all(f"{name}," in trailing or f"{name}\n" in trailing for name in names)
    assert script("peers/install.py").PACKAGES.keys() == fifteen.PEERS.keys()


def test_the_submission_that_peers_grade_is_the_reference_without_its_marks() -> None:
    fifteen = script("peers/fifteen.py")
    solution = (fifteen.FOLDER / "solution" / "networks.py").read_text(encoding="utf-8")
    kept = "".join(line for line in solution.splitlines(keepends=True) if "solution" not in line)
    correct = fifteen.CORRECT.read_text(encoding="utf-8")
    assert correct == kept
    assert fifteen.WRONG[0] in correct
