"""Give every student of a class their report, in the form in which a platform takes it back. Hidden data stays here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum
from pathlib import Path
from typing import Final

import jinja2

from grader.batch.last_call import BatchCall, last_call
from grader.batch.options import ClassOptions, opened_class
from grader.batch.output_folder import OutputFolder, page_name
from grader.course.assignment import CourseAssignment
from grader.course.reproducible_zip import READABLE, zipped
from grader.errors import OutputError, UsageError
from grader.exports.plain import score_text
from grader.gradebook.class_grades import ClassGrade, read_grades, tell_decided_since
from grader.gradebook.records import Student
from grader.intake.platform_names import canvas_names, gradescope_names, moodle_names
from grader.intake.roster import RosterFile, read_roster
from grader.reporting.html import render_html, render_not_graded, template_environment
from grader.results.codec import from_json
from grader.results.visibility import View, visible_to
from grader.wording.statuses import why_not_graded
from grader.wording.text import one_line

REPORT: Final = "report.html"


class Target(StrEnum):
    """Where feedback goes."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    GRADESCOPE = "gradescope"
    FOLDER = "folder"
    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackOptions:
    """What is asked for: where to, whose eyes it is for, and the platform's download and the roster, if named.

    `sender` is the address that mails come from.
    """

    target: Target
    view: View
    download: Path | None = None
    roster: Path | None = None
    sender: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One student's page, and what it comes to in a line."""

    student: Student
    html: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackReport:
    """What was written where, for how many; `left` are students who get nothing this way, with the reason."""

    place: Path
    written: int
    left: tuple[str, ...]


def write_feedback(options: ClassOptions, asked: FeedbackOptions, tell: Callable[[str], None]) -> FeedbackReport:
    """Write a page for every student who handed in: the report, or why there is none.

    Raises:
        UsageError: the gradebook holds nothing of the assignment, or the platform's download is not there.
        OutputError, GradebookError, GradebookLostError, CourseError: as they say.
    """
    if asked.view is View.INSTRUCTOR:
        raise UsageError("feedback is for students: --view instructor shows hidden checks and the seed")
    if asked.target is Target.EMAIL and not asked.sender:
        raise UsageError("mails need an address that they come from: --sender staff@university.example")
    if asked.sender and not _is_sender(asked.sender):
        raise UsageError(
            f"--sender is {one_line(asked.sender)!r}, expected one address: staff@university.example or "
            '"Course staff <staff@university.example>"'
        )
    course = options.course.load(options.assignment)
    with opened_class(options, tell) as (folder, book):
        grades = read_grades(book, course.assignment)
        if not grades:
            raise UsageError(f"{book.place} holds no run of {options.assignment}: start with grade batch")
        tell_decided_since(grades, course.name, tell)
        found = list(_pages(course, grades, asked.view, template_environment()))
    files, left = _files(found, course, folder, asked)
    place = folder.folder / f"feedback-{asked.target}"
    if asked.target in (Target.FOLDER, Target.EMAIL):
        _write_folder(place, files)
    else:
        place = place.with_name(f"{place.name}.zip")
        _write(place, zipped({name: (data, READABLE) for name, data in files.items()}))
    return FeedbackReport(place=place, written=len(files), left=tuple(left))


def _pages(
    course: CourseAssignment, grades: list[ClassGrade], view: View, environment: jinja2.Environment
) -> Iterator[Feedback]:
    for grade in grades:
        entry = grade.entry
        result = grade.read(from_json)
        if result is not None and entry.result is not None:
            seen = visible_to(result, view)
            yield Feedback(
                student=entry.student, html=render_html(seen, environment, is_returned=True), summary=score_text(seen)
            )
        elif sentences := why_not_graded(entry.outcome, entry.message):
            html = render_not_graded(course.assignment, Path(entry.source).name, sentences, environment)
            yield Feedback(student=entry.student, html=html, summary=" ".join(sentences))


def _files(
    found: list[Feedback], course: CourseAssignment, folder: OutputFolder, asked: FeedbackOptions
) -> tuple[dict[str, bytes], list[str]]:
    """Return what is written by path, and who is left with the reason."""
    if asked.target is Target.EMAIL:
        addresses = {one.student.identifier: _address(one.student) for one in found}
        mails = {
            f"{page_name(one.student.identifier)}.eml": _mail(one, address, course, asked.sender)
            for one in found
            if (address := addresses[one.student.identifier]) is not None
        }
        return mails, [f"{identifier} (no address)" for identifier, address in addresses.items() if address is None]
    if asked.target is Target.FOLDER:
        return {f"{page_name(one.student.identifier)}/{REPORT}": one.html.encode() for one in found}, []
    names = _platform_names(folder, asked)
    files = {names[one.student.identifier]: one.html.encode() for one in found if one.student.identifier in names}
    return files, [
        f"{one.student.identifier} (not in the download)" for one in found if one.student.identifier not in names
    ]


def _platform_names(folder: OutputFolder, asked: FeedbackOptions) -> Mapping[str, str]:
    """Read how the platform named everybody: in the download that is named, or in those of all batches."""
    call = last_call(folder) if asked.download is None else BatchCall(submissions=(str(asked.download),))
    if len(call.submissions) != 1:
        raise UsageError(f"the last batch graded {len(call.submissions)} paths: name the download with --download")
    download = Path(call.submissions[0])
    if not download.exists():
        raise UsageError(f"{download} does not exist, expected the platform's download that was graded")
    roster = asked.roster or (Path(call.roster) if call.roster else None)
    known = RosterFile() if roster is None else read_roster(roster, "UTC")
    read = {Target.CANVAS: canvas_names, Target.MOODLE: moodle_names, Target.GRADESCOPE: gradescope_names}
    names = read[asked.target](download, known)
    for earlier in map(Path, call.earlier):
        with suppress(UsageError):  # a folder of clones, or one that is gone
            names = {**read[asked.target](earlier, known), **names}
    if not names:
        raise UsageError(f"{download} has no names as {asked.target} gives them, expected its download that was graded")
    return names


def _address(student: Student) -> Address | None:
    """Return where a student's mail goes; None where no single address is known."""
    try:
        return Address(display_name=one_line(student.name), addr_spec=student.email.strip()) if student.email else None
    except (MessageError, ValueError, IndexError):  # what stands there is none, or several
        return None


def _is_sender(text: str) -> bool:
    """Return whether a text is one address, with a name or without, and says nothing else to a mail program."""
    if not text.isprintable():  # a line break would begin another header
        return False
    try:
        header = SMTP.header_factory("From", text)
        return not header.defects and len(header.addresses) == 1 and _is_address(header.addresses[0])
    except (MessageError, ValueError, IndexError):
        return False


def _is_address(address: Address) -> bool:
    return bool(address.username and address.domain) and f"{address.username}{address.domain}".isascii()


def _mail(feedback: Feedback, address: Address, course: CourseAssignment, sender: str) -> bytes:
    """Write a mail with the report attached, ready for a mail program or a mail merge."""
    message = EmailMessage(policy=SMTP)
    title = one_line(course.assignment.title)
    message["From"], message["To"], message["Subject"] = sender, address, f"{title}: your report"
    greeting = f"Dear {one_line(feedback.student.name)}," if feedback.student.name else "Hello,"
    message.set_content(f"{greeting}\n\n{title}: {feedback.summary}\n\nThe report is attached; open it in a browser.\n")
    message.add_attachment(feedback.html.encode(), maintype="text", subtype="html", filename=f"{course.name}.html")
    return message.as_bytes()


def _write_folder(place: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        _write(place / name, data)


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from None
