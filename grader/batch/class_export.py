"""Write the grades of a class for another system, and note in the gradebook that it was done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.batch.grade_list import grades_of
from grader.batch.options import ClassOptions
from grader.errors import UsageError, WorksheetError
from grader.exports.grades import Grades
from grader.exports.registry import class_format
from grader.exports.worksheets import Filled
from grader.gradebook.book import current_user, existing_database, gradebook
from grader.gradebook.class_grades import read_grades, tell_decided_since
from grader.results.visibility import View


@dataclass(frozen=True, slots=True)
class ClassExport:
    """What is asked for: the form, whose eyes its feedback is for, the worksheet to fill in, the file to note down."""

    form: str
    view: View
    worksheet: Path | None = None
    file: str = ""


def export_class(
    options: ClassOptions, asked: ClassExport, put: Callable[[str], None], tell: Callable[[str], None]
) -> Filled:
    """Write grades with `put`, then note that in the gradebook.

    Raises:
        UsageError: the gradebook holds nothing of this assignment, or the worksheet is none.
        GradebookError, GradebookLostError, CourseError: as they say.
    """
    course = options.course.load(options.assignment)
    with gradebook(existing_database(options.gradebook, options.out.absolute()), lambda _: None) as book:
        runs = book.runs.of(course.name)
        if not runs:
            raise UsageError(f"{book.place} holds no run of {options.assignment}: start with grade batch")
        counting = read_grades(book, course.assignment)
        tell_decided_since(counting, course.name, tell)
        grades = grades_of(course, counting, asked.view)
        filled = _written(grades, asked)
        put(filled.text)
        digest = hashlib.sha256(filled.text.encode()).hexdigest()
        written = {"format": asked.form, "path": asked.file, "digest": digest, "students": filled.filled}
        book.runs.note_export(max(run.number for run in runs), course.name, written, current_user())
    return filled


def _written(grades: Grades, asked: ClassExport) -> Filled:
    form = class_format(asked.form)
    if asked.worksheet is None or form.fill is None:
        return Filled(form.render(grades), sum(row.score is not None for row in grades.rows))
    try:
        return form.fill(grades, asked.worksheet.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise UsageError(f"worksheet {asked.worksheet} is not UTF-8: export it again") from None
    except OSError as error:
        raise UsageError(f"worksheet {asked.worksheet} cannot be read: {error.strerror}") from None
    except WorksheetError as error:
        raise UsageError(f"worksheet {asked.worksheet} {error}") from None
