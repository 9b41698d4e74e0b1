"""Grade what a kernel has, in a process of its own: the kernel runs student code, so nothing is judged there."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from grader.course.assignment import CourseAssignment
from grader.course.discovery import Course, find_course, is_worked_in, refuse_course_within
from grader.course.named_check import named_check
from grader.course.reference_notebook import cells_of
from grader.course.stubs import signatures
from grader.desk.graded_by_watch import graded_by_watch
from grader.desk.kernel import Kernel
from grader.desk.live_notebook import KERNEL_NOTEBOOK, live_notebook, module_path
from grader.errors import GradeError, StubError, UsageError
from grader.judging.grading import Grader
from grader.judging.selection import failed_checks, named_checks
from grader.model.path_patterns import fits
from grader.model.result import Result
from grader.reporting.html import render_html, template_environment
from grader.reporting.last_results import change_since_last, keep_result, last_seen
from grader.reporting.terminal import rendering
from grader.results.visibility import View, VisibleResult, visible_to
from grader.submissions.members import listed
from grader.submissions.read import MAX_SOURCE_BYTES
from grader.wording.text import one_line

_AGAIN: Final = re.compile(r"\w+ is defined in cells .*: the one in cell \d+ counts")
"""A note of who reads notebooks: that a cell was executed again is no news in a kernel."""
MOST_FILES: Final = 20_000  # of the working folder, looked through for what an assignment asks for beside code


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a kernel asks for.

    Attributes:
        assignment: As `grade list` names it; empty for the one of the checks, or of the folder.
        checks: The checks to run, all where there are none.
        is_failed: Whether those are run that did not pass last.
        course: The course's folder; empty for the nearest one.
        folder: The folder that the kernel works in.
        columns: How wide the text may be.
        is_coloured: Whether the text may be.
        kernel: What the kernel has.
    """

    assignment: str
    checks: tuple[str, ...]
    is_failed: bool
    course: str
    folder: str
    columns: int
    is_coloured: bool
    kernel: Kernel


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A report as text and as HTML, of an assignment, and sentences to narrate."""

    assignment: str
    text: str
    html: str
    told: tuple[str, ...]


def main() -> None:
    """Read a request from standard input and write the answer, or what is wrong with it, to standard output."""
    raw: dict[str, Any] = json.load(sys.stdin)
    kernel = Kernel(inputs=tuple(raw["inputs"]), names=raw["names"], modules=raw["modules"])
    request = Request(
        assignment=raw["assignment"], checks=tuple(raw["checks"]), is_failed=raw["is_failed"], course=raw["course"],
        folder=raw["folder"], columns=raw["columns"], is_coloured=raw["is_coloured"], kernel=kernel,
    )  # fmt: skip
    try:
        answer = graded(request)
    except GradeError as error:
        json.dump({"error": f"{error.prefix}{error}"}, sys.stdout)
        return
    shown = {"assignment": answer.assignment, "text": answer.text, "html": answer.html, "told": answer.told}
    json.dump(shown, sys.stdout)


def graded(request: Request) -> Answer:
    """Grade what a kernel has.

    Raises:
        GradeError: it cannot be graded; the text says why in one sentence.
    """
    folder = Path(request.folder)
    place = Course(Path(request.course).resolve()) if request.course else find_course(folder)
    course = place.load(request.assignment or assignment_of(place, request.checks, folder))
    only: frozenset[str] | None = None
    if request.is_failed:
        only = failed_checks(course.assignment, last_seen(place.folder, course.name))
    elif request.checks:
        only = named_checks(course.assignment, request.checks)
    asked = asked_names(course, place.folder / "student" / course.name)
    own = {
        name: file for name, file in request.kernel.modules.items() if module_path(name, file) not in course.provided
    }
    live = live_notebook(replace(request.kernel, modules=own), asked, request.folder)
    with tempfile.TemporaryDirectory(prefix="grade-kernel-") as scratch:
        submission = Path(scratch) / "kernel"
        submission.mkdir()
        refuse_course_within(place, course.name, submission)
        (submission / KERNEL_NOTEBOOK).write_text(live.notebook, encoding="utf-8")
        for path, file in live.modules.items():
            _copy(Path(file), submission / path, MAX_SOURCE_BYTES)
        for path in _attachments(course, folder):
            _copy(folder / path, submission / path, course.assignment.attachment_mb << 20)
        result = graded_by_watch(course, submission, only)
        if result is None:
            with Grader(course) as grader:
                result = grader.grade(submission, only=only)
                grader.judge.recordings.save()
    notes = (*live.notes, *(note for note in result.notes if _AGAIN.search(note) is None))
    return _answer(place, replace(result, notes=notes), request)


def assignment_of(course: Course, checks: Sequence[str], folder: Path) -> str:
    """Return the assignment whose folder a kernel works in, or the only one that has a check of this name.

    Raises:
        UsageError: it is not clear which is meant.
    """
    here = _name_at(course, folder)
    if here or not checks:
        return here or course.name_at(folder)
    names = [name for name in course.names() if _has_check(course, name, checks[0])]
    if len(names) == 1:
        return names[0]
    if names:
        raise UsageError(f"several assignments have a check {checks[0]}: name one of {listed(names)}")
    raise UsageError(f"no assignment of {course.folder} has a check {checks[0]!r}: {listed(course.names(), 20)}")


def _name_at(course: Course, folder: Path) -> str:
    try:
        return course.name_at(folder)
    except UsageError:
        return ""


def _has_check(course: Course, assignment: str, check: str) -> bool:
    try:
        named_check(course.load(assignment).assignment, check)
    except GradeError:
        return False
    return True


def asked_names(course: CourseAssignment, stubs: Path) -> dict[str, tuple[str, ...]]:
    """List what an assignment asks for at the top of each module: by the solution, else by the stub."""
    asked: dict[str, tuple[str, ...]] = {}
    for path in course.assignment.files:
        if not path.endswith(".py"):
            continue
        source = course.solution.get(path)
        asked[path] = _defined(_stub(course, stubs, path) if source is None else source)
    return asked


def _stub(course: CourseAssignment, stubs: Path, path: str) -> str:
    notebook, module = stubs / course.assignment.stub.notebook, stubs / path
    try:
        if module.is_file():
            return module.read_text(encoding="utf-8")
        if course.assignment.stub.notebook and notebook.is_file():
            cells = cells_of(notebook.read_text(encoding="utf-8"), notebook.name)
            return "\n\n".join(text for kind, text in cells if kind == "code")
    except (OSError, ValueError, StubError):
        return ""
    return ""


def _defined(source: str) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(name.split(".")[0] for name in signatures(source)))
    except SyntaxError:
        return ()


def _attachments(course: CourseAssignment, folder: Path) -> list[str]:
    """List what lies in the working folder of what is asked for beside code; not notebooks, which are the kernel."""
    patterns = [pattern for pattern in course.assignment.attachments if not pattern.endswith(".ipynb")]
    found: list[str] = []
    for pattern in patterns:
        for path in sorted(folder.glob(pattern))[:MOST_FILES]:
            name = path.relative_to(folder).as_posix()
            if fits(name, pattern) and path.is_file():
                found.append(name)
    return list(dict.fromkeys(found))


def _copy(file: Path, to: Path, most_bytes: int) -> None:
    """Copy a file into the submission; one that is gone, or too large to be graded, is left out."""
    try:
        if file.stat().st_size > most_bytes:
            return
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, to)
    except OSError:
        return


def _answer(place: Course, result: Result, request: Request) -> Answer:
    """Keep a result as that of the last run, and render it."""
    told: list[str] = []
    seen = visible_to(result, View.STUDENT)
    change = change_since_last(place.folder, seen)
    page = render_html(seen, template_environment(), change)
    beside = Path(request.folder) / f"{result.assignment}-report.html"
    written = keep_result(
        place.folder,
        seen,
        page,
        None,
        told.append,
        beside=beside,
        is_worked_in=is_worked_in(place, Path(request.folder)),
    )
    told += [f"report: {written}"] if written is not None else []
    text = as_text(seen, change, request.columns, is_coloured=request.is_coloured)
    return Answer(assignment=result.assignment, text=text, html=page, told=tuple(map(one_line, told)))


def as_text(seen: VisibleResult, change: str, columns: int, *, is_coloured: bool) -> str:
    """Render a result as text of a terminal."""
    console = Console(
        width=columns, force_terminal=is_coloured, color_system="standard" if is_coloured else None, highlight=False
    )
    with console.capture() as caught:
        console.print(rendering(seen, None, change), crop=False)
    head, _, command = caught.get().rstrip("\n").rpartition("\n")
    again = f"grade run {seen.assignment}"  # which would grade files, where the kernel is meant
    typed = command.replace(again, f"%grade {seen.assignment}")
    typed = command.replace("grade ", "!grade ", 1) if typed == command else typed
    return f"{head}\n{typed}\n"


if __name__ == "__main__":
    main()
