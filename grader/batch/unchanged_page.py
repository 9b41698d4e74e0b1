"""Tell whether the page of a class still shows what it would show if it were written anew.

A page says what it was made of, as a hash. Only the line about the last run is not part of that: it is renewed.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from grader.batch.output_folder import CLASS_PAGE, REPORTS, SIMILAR, OutputFolder
from grader.course.assignment import RUBRIC, CourseAssignment
from grader.course.fingerprint import distribution_version
from grader.gradebook.class_grades import ClassGrade
from grader.gradebook.records import Run
from grader.wording.text import one_line

MADE_OF: Final = re.compile(r'<meta name="grade-made-of" content="([0-9a-f]{64})">')
LAST_RUN: Final = re.compile(r"(<dd data-last-run>)[^<]*(</dd>)")


def made_of(
    course: CourseAssignment,
    folder: OutputFolder,
    grades: Sequence[ClassGrade],
    sections: Mapping[str, str],
    attempts: Mapping[str, int],
) -> str:
    """Hash all that the page of a class is made of but for the runs."""
    files = (course.folder / RUBRIC, folder.folder / SIMILAR)
    texts = (
        distribution_version("grader"), course.name, course.reference_digest, course.drivers, course.answers,
        *(file.read_bytes() if file.is_file() else b"" for file in files),
        sorted(sections.items()),
        sorted(attempts.items()),
        sorted(path.name for path in (folder.folder / REPORTS).glob("*.html")),
    )  # fmt: skip
    found = hashlib.sha256(repr(texts).encode("utf-8", "surrogatepass"))
    places: dict[str, int] = {}
    for grade in grades:
        found.update(grade.document)
        # An export is unpacked to another place by each run; the page shows alone who handed in one file together.
        source = str(places.setdefault(grade.entry.source, len(places)))
        shown = replace(grade, document=b"", entry=replace(grade.entry, entered_at=None, source=source))
        found.update(repr(shown).encode("utf-8", "surrogatepass"))
    return found.hexdigest()


def last_run(runs: Iterable[Run]) -> str:
    """Say which run was the last, when and by whom."""
    last = max(runs, key=lambda run: run.number, default=None)
    if last is None:
        return "none"
    return f"{last.number} ({last.command}, {last.started_at:%Y-%m-%d %H:%M} UTC, {last.state.value}, by {last.who})"


def renewed(folder: OutputFolder, digest: str, run: str) -> bool:
    """Name the last run on a page that is made of the same; return False where it has to be written anew.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        text = folder.class_page.read_text(encoding="utf-8")
    except (OSError, ValueError):  # there is none, or something else is called so
        return False
    found = MADE_OF.search(text)
    if found is None or found[1] != digest:
        return False
    told = html.escape(one_line(run))
    text, count = LAST_RUN.subn(lambda place: f"{place[1]}{told}{place[2]}", text)
    if count != 1:
        return False
    folder.write_beside(CLASS_PAGE, text)
    return True
