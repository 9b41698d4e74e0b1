"""The reference in workers of its own, asked as a submission is: no student's code and no hidden test is beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from grader.course.assignment import CourseAssignment
from grader.model.observation import Value
from grader.sandbox.host.server import Server
from grader.sandbox.host.session import Session
from grader.subjects.course import ReferenceFailure
from grader.subjects.driver_name import shown_driver
from grader.subjects.student import Driver, StudentFailure, StudentSubject, Subject


@contextmanager
def reference_in_a_worker(
    course: CourseAssignment, server: Server, seconds: float
) -> Iterator[tuple[StudentSubject, StudentSubject]]:
    """Start the reference as a submission, and what it has beside modules without its code; end both after the block.

    Each call may take so many processor seconds.
    """
    code = {path: text for path, text in course.solution.items() if path.endswith(".py")}
    runtime, provided = course.assignment.runtime, course.provided
    with closing(Session(server, code, course.drivers, runtime, course.attached, provided=provided)) as session:
        files = session.without_code(provided)
        yield StudentSubject(session, seconds=seconds), StudentSubject(files, seconds=seconds)


def as_reference(worker: StudentSubject) -> Subject:
    """Return the reference in a worker as what gives expected values."""

    def reference(driver: Driver, **inputs: Value) -> Value:
        """Run a driver on the reference, as a hidden test asks for it."""
        try:
            return worker(driver, **inputs)
        except StudentFailure as error:
            raise ReferenceFailure(f"the reference fails in {shown_driver(driver)}: {error.failure.message}") from error

    return reference
