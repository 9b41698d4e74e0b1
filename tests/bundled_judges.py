"""Judges of the bundled assignments, which the tests of several files share with what their references answered."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from grader.course.discovery import Course
from grader.judging.judge import Judge
from grader.subjects.recordings import Recordings

BUNDLED: Final = Path(__file__).parents[1]
COURSES: Final = sorted(folder.parent.name for folder in BUNDLED.glob("reference/*/assignment.toml"))


@cache
def judge_of(name: str) -> Judge:
    """Make a judge, whose reference remembers what it answered."""
    return Judge(Course(BUNDLED).load(name), Recordings())
