"""Have a submission graded by a watch that is running already, where there is one for its course."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

from grader.course.assignment import CourseAssignment
from grader.errors import MachineError, ResultError
from grader.model.result import Result
from grader.results.codec import from_json


def graded_by_watch(course: CourseAssignment, path: Path, only: Collection[str] | None) -> Result | None:
    """Return what a running watch of this user's gives for a submission; None where there is none, or it refuses.

    A watch that another version of the course was read for refuses.
    """
    if sys.platform == "win32":
        return None
    from grader.desk.watch_socket import ask, socket_of  # noqa: PLC0415  # there are no such sockets on that system

    try:
        place = socket_of(course.folder.parent.parent, course.name)
    except (MachineError, OSError):
        return None
    if not place.exists():
        return None
    answer = ask(
        place,
        {
            "submission": str(path.resolve()),
            "only": None if only is None else sorted(only),
            "tests": course.tests_digest,
            "reference": course.reference_digest,
        },
    )
    try:
        return from_json(answer["result"]) if "result" in answer else None
    except ResultError:
        return None
