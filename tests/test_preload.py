from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import ModuleType

import pytest

from grader.sandbox.guest.preload import readable_paths


def in_fresh_interpreter(source: str) -> object:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", source], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def covers(paths: tuple[str, ...], place: Path) -> bool:
    return any(place.resolve().is_relative_to(path) for path in paths)


def test_interpreter_and_packages_may_be_read() -> None:
    paths = readable_paths(["numpy", "pytest"])
    files = [sys.modules[name].__file__ for name in ("json", "numpy", "pytest")]
    assert [file for file in files if file is None or not covers(paths, Path(file))] == []


def test_a_course_and_the_folders_above_it_may_not_be_read() -> None:
    paths = readable_paths(["numpy"])
    course = Path(__file__).resolve().parents[1]
    assert not covers(paths, course / "reference")
    assert [path for path in paths if course.is_relative_to(path)] == []


def test_of_a_package_that_is_being_developed_only_itself_may_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder stands on `sys.path`, and beside it may stand a course with all its solutions."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    package = ModuleType("mine")
    package.__file__ = str(tmp_path / "mine" / "__init__.py")
    monkeypatch.setitem(sys.modules, "mine", package)
    paths = readable_paths(["mine.part"])
    assert covers(paths, tmp_path / "mine" / "part.py")
    assert not covers(paths, tmp_path / "reference")


def test_only_what_is_there_is_listed_and_once() -> None:
    paths = readable_paths(["numpy"])
    assert [path for path in paths if not Path(path).exists()] == []
    assert len(set(paths)) == len(paths)
    assert str(Path(sysconfig.get_paths()["stdlib"]).resolve()) in paths


SHARED = """
import json, pickle, sys
import {module}
from multiprocessing.reduction import ForkingPickler
from grader.sandbox.guest.preload import share_by_value
share_by_value()
import multiprocessing
kinds = [kind.__module__.partition(".")[0] for kind in ForkingPickler._extra_reducers]
print(json.dumps([multiprocessing.get_start_method(), "torch" in kinds]))
"""


@pytest.mark.parametrize("module", ["numpy", "torch"])
def test_processes_are_forked_and_tensors_handed_over_by_value(module: str) -> None:
    pytest.importorskip(module)
    assert in_fresh_interpreter(SHARED.format(module=module)) == ["fork", False]


STANDARD_LIBRARY = """
import json, sys
from grader.sandbox.guest.preload import import_standard_library
import_standard_library()
print(json.dumps(["decimal" in sys.modules, "antigravity" in sys.modules, "tkinter" in sys.modules]))
"""


def test_the_standard_library_is_imported_but_for_windows_and_jokes() -> None:
    assert in_fresh_interpreter(STANDARD_LIBRARY) == [True, False, False]
