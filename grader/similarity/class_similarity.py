"""Compare what a class handed in, from the gradebook, and write the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from grader.batch.options import ClassOptions
from grader.batch.output_folder import SIMILAR, SIMILAR_PAGE, OutputFolder
from grader.course.assignment import CourseAssignment
from grader.errors import UsageError
from grader.gradebook.book import Gradebook, existing_database, gradebook
from grader.gradebook.records import StoredSubmission
from grader.gradebook.submission_archive import load
from grader.reporting.html import template_environment
from grader.results.codec import as_text
from grader.similarity.compare import Likeness, compare
from grader.similarity.page import as_json, render_likeness


def write_similar(
    options: ClassOptions, stubs: Mapping[str, str], *, least: float, most_groups: int
) -> tuple[Path, Likeness]:
    """Compare a class and write the page and its figures beside the results: groups from a least share on, and so many.

    Raises:
        UsageError: the gradebook holds nothing of this assignment.
        OutputError, GradebookError, GradebookLostError, CourseError: as they say.
    """
    course = options.course.load(options.assignment)
    folder = OutputFolder(options.out.absolute(), course.name)
    with gradebook(existing_database(options.gradebook, folder.out), lambda _: None) as book:
        handed_in = _handed_in(book, course)
    if not handed_in:
        raise UsageError(f"{book.place} holds no submission of {options.assignment}: start with grade batch")
    folder.make()
    likeness = compare(handed_in, (stubs, course.provided), least=least, most_groups=most_groups)
    page = render_likeness(course.assignment.title, likeness, least, template_environment())
    folder.write_beside(SIMILAR_PAGE, page)
    folder.write_beside(SIMILAR, as_text(as_json(course.name, likeness, least)))
    return folder.folder / SIMILAR_PAGE, likeness


def _handed_in(book: Gradebook, course: CourseAssignment) -> dict[str, dict[str, str]]:
    """Read what counts of each student, without what the course provides; of one submission, its first member's."""
    counting = [one for one in book.results.submissions(course.name) if one.counts and not one.handed_in.problem]
    stored = list({(one.handed_in.source, one.handed_in.digest): one for one in reversed(counting)}.values())[::-1]
    contents = book.results.contents(course.name, sorted({one.handed_in.digest for one in stored}))
    return {
        one.student.identifier: own
        for one in stored
        if one.handed_in.digest in contents and (own := _own(one, contents[one.handed_in.digest], course))
    }


def _own(one: StoredSubmission, content: bytes, course: CourseAssignment) -> dict[str, str]:
    files = course.assignment.files
    submission = load(content, one.student.identifier, (), one.handed_in.digest, files, course.provided)
    return {path: text for path, text in submission.sources.items() if course.provided.get(path) != text}
