"""Libraries in the judge are as they were after code of the course has run."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from tiny_course import DRIVERS, build

from grader.course.discovery import read_assignment
from grader.judging.grading import Grader
from grader.model.status import Status
from grader.subjects.libraries import Libraries, LibraryChangedError
from grader.subjects.recordings import Recordings
from grader.submissions.read import Submission


def test_what_replaces_a_function_of_a_library_is_put_back_and_told() -> None:
    original = np.maximum
    with pytest.raises(LibraryChangedError, match=r"numpy\.maximum was left changed"), Libraries().kept(["numpy"]):
        np.maximum = np.minimum  # type: ignore[misc]  # what is tested
    assert np.maximum is original


def test_a_function_of_a_module_below_is_put_back_too() -> None:
    original = np.linalg.norm
    with pytest.raises(LibraryChangedError, match=r"numpy\.linalg\.norm"), Libraries().kept(["numpy"]):
        del np.linalg.norm
    assert np.linalg.norm is original


def test_what_is_put_back_by_whoever_changed_it_is_not_told() -> None:
    with Libraries().kept(["numpy"]):
        original, np.maximum = np.maximum, np.minimum  # type: ignore[misc]  # what is tested
        np.maximum = original  # type: ignore[misc]  # see above


def test_what_a_library_replaces_when_more_of_it_is_imported_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch._dynamo wraps torch.manual_seed when the first optimizer is made, and a right step of training was void."""
    libraries = Libraries()
    monkeypatch.setattr(np, "maximum", np.maximum)  # put back in the end
    with libraries.kept(["numpy"]):
        monkeypatch.setitem(sys.modules, "numpy.late", ModuleType("numpy.late"))
        monkeypatch.setattr(np, "maximum", np.minimum)
    assert np.maximum is np.minimum
    with libraries.kept(["numpy"]):
        pass


def test_a_driver_that_leaves_a_library_changed_makes_checks_void_and_no_submission_worse(tmp_path: Path) -> None:
    """It changed what the judge compares with, for every submission after it."""
    drivers = DRIVERS.replace('return {"v": impl.load', 'np.var = np.mean\n    return {"v": impl.load')
    assert drivers != DRIVERS
    course = read_assignment(build(tmp_path, drivers=drivers, mistakes=""))
    original = np.var
    with Grader(course, recordings=Recordings()) as grader:
        verdicts = grader.observe(Submission("a test's", {**course.solution}, (), (), {}, "")).verdicts
    assert Status.VOID in {found.status for found in verdicts}
    assert np.var is original
