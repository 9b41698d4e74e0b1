"""A class with write-ups, and the app that it is marked with: what the tests of `grade review` share."""

from __future__ import annotations

import functools
import shutil
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jinja2
from classes import lay
from gradebook_cases import graded, new_run
from starlette.testclient import TestClient
from tiny_course import RUBRIC, build

from grader.course.assignment import CourseAssignment
from grader.course.discovery import read_assignment
from grader.gradebook.book import Gradebook, gradebook
from grader.gradebook.records import HandedIn, NewEntry, RunState, Student
from grader.gradebook.submission_archive import dump
from grader.model.status import Outcome
from grader.reporting.html import template_environment, template_folder
from grader.review import pages
from grader.review.access import Secrets
from grader.review.app import review_app
from grader.review.marking_session import MarkingPlan, MarkingSession
from grader.review.writeups import Sources
from grader.submissions.read import read_submission

PORT: Final = 8765
ADDRESS: Final = f"http://127.0.0.1:{PORT}"
BY_HAND: Final = """
[[by_hand]]
name = "essay"
part = "review"
title = "Paper review"
points = 4
says = "the review names what the paper adds"

[[by_hand]]
name = "curve"
part = "stats"
title = "Learning curve"
points = 1.5
says = "the curve has axes and units"
writeup = "*.txt"
"""
PART: Final = '[[parts]]\nname = "review"\ntitle = "Paper review"\n\n[checks.standardized]'
RUBRIC_BY_HAND: Final = RUBRIC.replace("[checks.standardized]", PART, 1) + BY_HAND
CODE: Final = {"scale.py": "# nothing\n", "stats.py": ""}


@functools.cache
def environment() -> jinja2.Environment:
    """Compile the templates once."""
    return pages.prepared(template_environment())


def a_pdf(sentence: str = "A review") -> bytes:
    """Write a PDF of one page that shows a sentence."""
    stream = f"BT /F1 24 Tf 72 700 Td ({sentence}) Tj ET".encode("ascii")
    font = b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources %s >>" % font,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    )
    written = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(written)
    written += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    written += b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(written)


@dataclass(frozen=True)
class Classroom:
    """A graded class whose write-ups are to be marked."""

    course: CourseAssignment
    place: Path
    book: Gradebook
    numbers: dict[str, int]

    def session(
        self, who: str = "eve", sources: Sources | None = None, plan: MarkingPlan | None = None
    ) -> MarkingSession:
        """Sit somebody down to mark."""
        found = sources or Sources(self.course, self.book)
        return MarkingSession(self.course.assignment, self.book, found, who, plan)

    def client(
        self, who: str = "eve", *, enter: bool = True, start: str = "", session: MarkingSession | None = None
    ) -> TestClient:
        """Open the app as a browser on this machine."""
        secrets = Secrets("token", "form")
        app = review_app(
            session or self.session(who), environment(), template_folder(), PORT, secrets,
            start=self.numbers[start] if start else None, after="grade regrade tiny",
        )  # fmt: skip
        client = TestClient(app, base_url=ADDRESS, follow_redirects=False)
        if enter:
            assert client.get("/?token=token").status_code == 303
        return client


@dataclass(frozen=True)
class Prepared:
    """A class in a gradebook that is closed: making one takes as long as ten tests."""

    course: CourseAssignment
    database: Path
    numbers: dict[str, int]


def prepared(
    folder: Path, handed: Mapping[str, Mapping[str, str | bytes]], rubric: str = RUBRIC_BY_HAND,
    together: Mapping[str, str] | None = None,
) -> Prepared:  # fmt: skip
    """Hand in files for each student, and keep in a gradebook that they were graded.

    `together` says for other students whose submission theirs is.
    """
    course = read_assignment(build(folder / "course", rubric=rubric))
    database = folder / "gradebook.sqlite"
    with gradebook(str(database), print) as book:
        whose = {name: name for name in handed} | dict(together or {})
        numbers = book.runs.enrol([Student(name, f"{name.title()} Name") for name in whose])
        run = book.runs.begin(new_run())
        entries = [
            graded_entry(course, numbers[name], lay(folder / "handed" / first, handed[first]))
            for name, first in whose.items()
        ]
        book.results.record(run, entries)
        book.runs.end(run, RunState.FINISHED)
    return Prepared(course, database, numbers)


@contextmanager
def classroom(folder: Path, ready: Prepared) -> Iterator[Classroom]:
    """Open a copy of a class that is ready, to be marked."""
    place = folder / ready.database.name
    shutil.copyfile(ready.database, place)
    with gradebook(str(place), print) as book:
        yield Classroom(ready.course, place, book, ready.numbers)


def graded_entry(course: CourseAssignment, number: int, path: Path) -> NewEntry:
    """Make what a run found of a submission."""
    submission = read_submission(path, course.assignment, course.provided)
    handed_in = HandedIn(submission.digest, str(path), "folder", content=dump(submission, course.provided))
    result = graded(key=submission.digest, document=zlib.compress(b"{}"))
    return NewEntry(number, Outcome.GRADED, 0, handed_in, result, score=result.score, max_score=result.max_score)


def form(**fields: str) -> dict[str, str]:
    """Fill a form of the app: `essay=..., comment_essay=..., follows_essay=...`."""
    kinds = ("comment", "follows", "decision", "asked")
    named = {"form-token": "form"}
    for key, text in fields.items():
        kind, _, row = key.partition("_")
        named[f"{kind}-{row}" if kind in kinds else f"points-{key}"] = text
    return named


def rows_of(marks: Sequence[object]) -> list[tuple[object, ...]]:
    """Give marks as plain tuples: row, version, points, comment, who."""
    return [(m.row, m.version, m.points, m.comment, m.who) for m in marks]  # type: ignore[attr-defined]  # rows of the gradebook
