"""What several test files share: a fork server and a grader, slow to start, and a course to type commands in."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from classes import Grade, commands, in_this_process
from tiny_course import build

from grader.course.assignment import CourseAssignment
from grader.course.discovery import Course, read_assignment
from grader.judging.grading import Grader
from grader.judging.judge import Judge
from grader.model.assignment import Runtime
from grader.sandbox.host.fork_server import ForkServer
from grader.subjects.recordings import Recordings

BUNDLED = Path(__file__).parents[1]
COURSES = Course(BUNDLED).names()

# A busy machine is no reason to fail, nor is a draw of today's: the same examples are tried every time, and others with
# HYPOTHESIS=explore, as `make fuzz` looks further than the suite does.
hypothesis.settings.register_profile("same", deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS", "same"))


def pytest_collection() -> None:
    """Collect no garbage while thousands of tests are collected: there is next to none, and they are looked through."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Leave what was collected out of garbage collections: thousands of tests are otherwise gone through each time."""
    gc.enable()
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def server() -> Iterator[ForkServer]:
    """Give a fork server whose workers may import numpy."""
    fork_server = ForkServer(Runtime(modules=("numpy",), memory_mb=512))
    fork_server.wait_until_ready()
    yield fork_server
    fork_server.stop()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> CourseAssignment:
    """Give the small course that is as it should be; whoever needs another builds one."""
    folder = tmp_path_factory.mktemp("course")
    return read_assignment(build(folder))


@pytest.fixture(scope="session")
def tiny_grader(tiny: CourseAssignment) -> Iterator[Grader]:
    """Give a grader for it."""
    with Grader(tiny) as grader:
        yield grader


@pytest.fixture(scope="session", params=COURSES)
def bundled(request: pytest.FixtureRequest) -> Judge:
    """Give the judge of each bundled course in turn: its tests come together, and share what its code once answered."""
    return Judge(Course(BUNDLED).load(request.param), Recordings())


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Give a folder of the test's own with the small course in it."""
    build(tmp_path)
    return tmp_path


@pytest.fixture
def grade(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], course: Path) -> Iterator[Grade]:
    """Give a function that runs a command in the course's folder; a batch starts no processes but the sandbox's."""
    with in_this_process(monkeypatch):
        yield commands(monkeypatch, capsys, course)
