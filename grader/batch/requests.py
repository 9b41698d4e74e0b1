"""Keep what students ask about their grades, and what is answered; points that change are an override."""

from __future__ import annotations

from collections.abc import Container
from fractions import Fraction

from grader.course.discovery import Course
from grader.errors import UsageError
from grader.gradebook.book import Gradebook
from grader.gradebook.class_grades import read_grades
from grader.gradebook.manual_decisions import checked_points, unknown_item
from grader.gradebook.requests import NewAnswer, Request
from grader.model.assignment import Assignment
from grader.model.result import ManualItem
from grader.results.codec import from_json
from grader.wording.requests import FIRST, AskedRequest, asked_requests
from grader.wording.text import counted, one_line


def keep_requests(text: str, course: Course, book: Gradebook, who: str) -> list[AskedRequest]:
    """Keep the requests of a text, all or none; one that is kept already is not kept again.

    Raises:
        UsageError: there is none in it, or some cannot be followed; all of those are told.
    """
    asked = list(asked_requests(text))
    if not asked:
        raise UsageError(f"there is no request in it, expected a line {FIRST!r} and the lines below it, as in reports")
    people = {student.identifier: number for number, student in book.runs.people().items()}
    problems = [f"request {place}: {why}" for place, one in enumerate(asked, 1) if (why := _fault(one, course, people))]
    if problems:
        raise UsageError("\n".join(problems))
    known = {(one.assignment, one.student, one.check, one.text) for one in book.requests.listed()}
    new = [one for one in asked if (one.assignment, one.student, one.check, one.why) not in known]
    for one in new:
        book.requests.ask(people[one.student], one.assignment, one.check, one.why, who)
    return new


def answer_request(
    number: int, course: Course, book: Gradebook, *, says: str, points: str, who: str, anyway: bool
) -> tuple[Request, Fraction | None, Fraction | None]:
    """Answer a request; with points, set those of its check, or of everything.

    Returns:
        The request as it was, and the points before and after, which are None where they stay.

    Raises:
        UsageError: there is no such request, it is answered already, which is not meant `anyway`, the answer is empty,
            or the points cannot be had.
    """
    found = {request.number: request for request in book.requests.listed()}
    if number not in found:
        raise UsageError(f"there is no request {number}; there are {counted(len(found), 'request')}")
    if not says.strip():
        raise UsageError("--says is empty, expected the answer: it stays in the gradebook")
    request = found[number]
    before = after = None
    if points:
        assignment = course.load(request.assignment).assignment
        after = checked_points(assignment, request.check, points, anyway=anyway)
        before = _points_now(book, assignment, request)
    answer = NewAnswer(text=says.strip(), who=who, sets_points=bool(points), before=before, after=after)
    if not book.requests.answer(request, answer, is_again=anyway):
        earlier = next(one for one in book.requests.listed(request.assignment) if one.number == number)
        raise UsageError(
            f"request {number} was answered by {earlier.answered_by}: {one_line(earlier.answer)!r}; "
            "if another answer is to count: --anyway"
        )
    return request, before, after


def _fault(one: AskedRequest, course: Course, people: Container[str]) -> str:
    """Describe why a request cannot be kept; nothing where it can."""
    if one.assignment not in course.names():
        return f"there is no assignment {one.assignment!r}"
    if one.student not in people:
        return f"the gradebook knows no student {one.student!r}"
    if problem := unknown_item(course.load(one.assignment).assignment, one.check):
        return problem
    return "" if one.why else "it does not say why"


def _points_now(book: Gradebook, assignment: Assignment, request: Request) -> Fraction | None:
    grade = next(
        (one for one in read_grades(book, assignment) if one.entry.student.identifier == request.student), None
    )
    if grade is None or not request.check:
        return None if grade is None else grade.entry.score
    result = grade.read(from_json)
    items = () if result is None else result.items
    item = next((item for item in items if item.name == request.check), None)
    is_waiting = isinstance(item, ManualItem) and item.mark is None
    return None if item is None or is_waiting else item.points
