"""Compare what a class handed in, from the gradebook, and write the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from grader.batch.options import ClassOptions
from grader.batch.output_folder import SIMILAR, SIMILAR_PAGE, OutputFolder
from grader.course.assignment import CourseAssignment
from grader.errors import SubmissionError, UsageError
from grader.gradebook.book import Gradebook, existing_database, gradebook
from grader.gradebook.records import StoredSubmission
from grader.gradebook.submission_archive import load
from grader.intake.collect import Finder
from grader.intake.entries import own_name
from grader.intake.unpack import staging
from grader.reporting.html import template_environment
from grader.results.codec import as_text
from grader.similarity.compare import Likeness, compare
from grader.similarity.page import as_json, render_likeness
from grader.submissions.limited import read_limited


def write_similar(
    options: ClassOptions, stubs: Mapping[str, str], *, least: float, most_groups: int, before: Sequence[Path] = ()
) -> tuple[Path, Likeness]:
    """Compare a class and write the page and its figures beside the results: groups from a least share on, and so many.

    `before` are folders or exports of other classes, which are compared with this one and not with each other.

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
    earlier = _earlier(before, course, folder)
    likeness = compare(
        handed_in, (stubs, course.provided), least=least, most_groups=most_groups, earlier=earlier
    )  # fmt: skip
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


def _earlier(places: Sequence[Path], course: CourseAssignment, folder: OutputFolder) -> dict[str, dict[str, str]]:
    """Read what other classes handed in, by the place and the student; what cannot be read is left out.

    Raises:
        UsageError: nothing in a place can be read.
    """
    found: dict[str, dict[str, str]] = {}
    with ExitStack() as stack:
        for number, place in enumerate(places):
            finder = Finder(course.assignment, stack.enter_context(staging(folder.folder)), folder.out)
            before = len(found)
            for count, source in enumerate(finder.find([place])):
                with suppress(SubmissionError):
                    sources = read_limited(source.path, course.assignment, course.provided).sources
                    own = {path: text for path, text in sources.items() if course.provided.get(path) != text}
                    name = f"{own_name(place)}: {source.submitter.identifier}"
                    found[name if name not in found else f"{name} ({number + 1}.{count + 1})"] = own
            if len(found) == before:
                raise UsageError(f"{place} holds no submission of {course.name} that can be read")
    return found


def _own(one: StoredSubmission, content: bytes, course: CourseAssignment) -> dict[str, str]:
    files = course.assignment.files
    submission = load(content, one.student.identifier, (), one.handed_in.digest, files, course.provided)
    return {path: text for path, text in submission.sources.items() if course.provided.get(path) != text}
