"""Take everything about one student out of results: rows, reports, and what pages of the class say."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from grader.batch.class_report import write_class_page
from grader.batch.last_call import LAST_CALL
from grader.batch.leaderboard import PAGE as LEADERBOARD
from grader.batch.output_folder import SIMILAR, SIMILAR_PAGE, OutputFolder, page_name
from grader.course.discovery import Course
from grader.errors import GradeError, OutputError, UsageError
from grader.gradebook.book import Gradebook, gradebook
from grader.gradebook.class_grades import read_grades
from grader.reporting.html import template_environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was taken out: rows by table, files by path from the folder of results, of which assignments."""

    rows: Mapping[str, int]
    files: tuple[str, ...]
    assignments: tuple[str, ...]


def forget(course: Course, database: str, out: Path, student: str, tell: Callable[[str], None]) -> Receipt:
    """Take a student out of a gradebook and of the files beside it, and write the pages of the class anew.

    Interrupted, the same call goes on.

    Raises:
        GradebookError: there is no such student.
        UsageError: a run is going on.
        OutputError: a file cannot be taken away; the same call goes on once it can.
    """
    with gradebook(database, tell) as book, ExitStack() as stack:
        number = book.runs.student(student)
        assignments = tuple(sorted({run.assignment for run in book.runs.of()}))
        for name in assignments:
            folder = OutputFolder(out.absolute(), name)
            if folder.folder.is_dir() and not stack.enter_context(folder.held()):
                raise UsageError(f"a run of {name} is going on: once it has ended, type the same again")
        files = [path for name in assignments for path in _files(OutputFolder(out.absolute(), name), student)]
        try:
            for path in files:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        except OSError as error:
            raise OutputError(f"{error.filename} cannot be taken away: {error.strerror}") from None
        forgotten = book.forget(number)
        # Where an earlier call was interrupted, its rows are gone already and nothing says of which assignments.
        for name in forgotten.assignments or assignments:
            _rewrite(course, book, OutputFolder(out.absolute(), name), tell)
        book.forget_name(number)
    shown = tuple(path.relative_to(out.absolute()).as_posix() for path in files)
    return Receipt(rows=forgotten.counts, files=shown, assignments=forgotten.assignments)


def _files(folder: OutputFolder, student: str) -> list[Path]:
    """List what is about a student: their own pages, and those of the class that name everybody."""
    own = [folder.report(student), folder.result(student)]
    own += [folder.folder / "feedback-folder" / page_name(student)]
    own += [folder.folder / "feedback-email" / f"{page_name(student)}.eml"]
    of_all = [folder.folder / name for name in (SIMILAR, SIMILAR_PAGE, LEADERBOARD, LAST_CALL)]
    of_all += sorted(folder.folder.glob("feedback-*.zip"))
    return [path for path in (*own, *of_all) if path.exists()]


def _rewrite(course: Course, book: Gradebook, folder: OutputFolder, tell: Callable[[str], None]) -> None:
    if not folder.class_page.exists():
        return
    try:
        loaded = course.load(folder.assignment)
        write_class_page(book, loaded, folder, template_environment(), read_grades(book, loaded.assignment))
    except GradeError as error:  # an assignment that the course has no more: a page with the name must not stay
        folder.class_page.unlink()
        tell(f"{folder.class_page} is taken away, since it cannot be written anew: {json.dumps(str(error))}")
