"""Where each student's write-up is, and how it is read: from the gradebook, or from what was handed in.

Names come from submissions and lead nowhere by themselves: a file is asked for by its place in a list of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Final

from grader.course.assignment import CourseAssignment
from grader.errors import JudgingError, SubmissionError, UnreadableError
from grader.gradebook.book import Gradebook
from grader.gradebook.records import StoredSubmission, Student
from grader.gradebook.submission_archive import load
from grader.intake.collect import SubmissionSource
from grader.intake.identify import Roster, Submitter, name_keys, normalize
from grader.intake.unpack import STAGING
from grader.model.path_patterns import fits
from grader.submissions.limited import named_over_bugs, named_over_limits, reading_process
from grader.submissions.members import listed
from grader.submissions.opened import opened
from grader.submissions.pack import MAX_WRITEUP_BYTES
from grader.submissions.read import read_submission

MOST_FILES: Final = 20


@dataclass(frozen=True, slots=True)
class WriteUp:
    """One file that rows are judged from; `read` raises UnreadableError where it cannot be."""

    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one student: files, and sentences about what a marker should know."""

    files: tuple[WriteUp, ...]
    remarks: tuple[str, ...] = ()


class CodeDigests:
    """Hashes of the code of hand-ins, as the batch made them, read in one process within the limits of reading.

    It is started before this process has threads; of those one asks at a time.
    """

    def __init__(self, course: CourseAssignment) -> None:
        def digest(path: Path) -> str:
            return named_over_bugs(path, partial(read_submission, path, course.assignment, course.provided)).digest

        self._process = reading_process(digest)
        self._lock = Lock()

    def of(self, path: Path) -> str:
        """Return the hash of one; nothing where it holds no code or cannot be read."""
        try:
            with named_over_limits(path), self._lock:
                return self._process.call(path)
        except (SubmissionError, JudgingError):
            return ""

    def close(self) -> None:
        """End the process."""
        self._process.close()


@dataclass(frozen=True, slots=True)
class NamedSubmissions:
    """What the caller named, by the student's identifier, and what hashes it."""

    of: Mapping[str, Sequence[SubmissionSource]]
    digests: CodeDigests


@dataclass(slots=True)
class Sources:
    """Where the write-ups of an assignment may be; `named` is None where the gradebook alone remembers them."""

    course: CourseAssignment
    book: Gradebook
    named: NamedSubmissions | None = None

    @property
    def patterns(self) -> tuple[str, ...]:
        """Return the patterns of all rows, each once."""
        return tuple(dict.fromkeys(row.writeup for row in self.course.assignment.by_hand))

    def find(self, stored: StoredSubmission) -> Found:
        """Look for the files of one student: first in the gradebook, which holds exactly what was graded."""
        files = {file.name: file for file in self._kept(stored)}
        remarks: list[str] = []
        others: list[str] = []
        for path, remark in self._places(stored):
            try:
                with opened(path) as handed:
                    names = sorted(handed.entries)
            except SubmissionError as error:
                remarks.append(str(error))
                continue
            fitting = [name for name in names if is_writeup(name, self.patterns)]
            others += [name for name in names if name not in fitting]
            for name in fitting:
                if name.split("/")[-1] not in files and name not in files:
                    files[name] = WriteUp(name, partial(_read, path, name))
            remarks += [remark] if remark and fitting else []
        if not files:
            remarks.append(self._nothing(stored, others))
        if len(files) > MOST_FILES:
            remarks.append(f"{len(files)} files fit, the first {MOST_FILES} are shown")
        return Found(tuple(files[name] for name in sorted(files))[:MOST_FILES], tuple(remarks))

    def _kept(self, stored: StoredSubmission) -> Iterable[WriteUp]:
        digest = stored.handed_in.digest
        content = self.book.results.contents(self.course.name, [digest]).get(digest)
        if content is None:
            return []
        submission = load(content, "", (), digest, self.course.assignment.files, self.course.provided)
        own = {name: text.encode() for name, text in submission.sources.items() if name not in self.course.provided}
        held = {**own, **submission.attachments}
        return [WriteUp(name, partial(bytes, data)) for name, data in held.items() if is_writeup(name, self.patterns)]

    def _places(self, stored: StoredSubmission) -> Iterable[tuple[Path, str]]:
        """Return what the caller named for this student, or else the place that the gradebook remembers."""
        submissions = self._named_of(stored)
        if self.named is None or not submissions:
            remembered = Path(stored.handed_in.source)
            return [(remembered, "")] if stored.handed_in.source and remembered.exists() else []
        digests = [self.named.digests.of(submission.path) for submission in submissions]
        if stored.handed_in.digest in digests:  # of several, what was graded and what holds no code
            chosen = [(submission, "") for submission, digest in zip(submissions, digests, strict=True)
                      if digest in ("", stored.handed_in.digest)]  # fmt: skip
        else:
            differs = (
                "the code that lies beside this write-up is not what was graded: it was handed in anew, or changed"
            )
            chosen = [
                (submission, differs if digest else "") for submission, digest in zip(submissions, digests, strict=True)
            ]
        return [(submission.path, remark) for submission, remark in chosen if not submission.problem]

    def _named_of(self, stored: StoredSubmission) -> Sequence[SubmissionSource]:
        return () if self.named is None else self.named.of.get(stored.student.identifier, ())

    def _nothing(self, stored: StoredSubmission, others: Sequence[str]) -> str:
        wanted = listed(self.patterns)
        if others:
            return f"no file fits {wanted}; handed in: {listed(others, 8)}"
        if self._named_of(stored) or Path(stored.handed_in.source).exists():
            return f"no file fits {wanted}"
        source = stored.handed_in.source
        place = "in its place" if STAGING in source else f"at {source}"  # ours, which is there for as long as a batch
        return (
            f"no file fits {wanted} in the gradebook, and what was handed in is not {place} any more: name the "
            "submissions, as for grade batch"
        )


def is_writeup(name: str, patterns: Iterable[str]) -> bool:
    """Return whether the last parts of a path fit one of the patterns, upper and lower case alike."""
    parts = name.casefold().split("/")
    return any(
        len(parts) > (depth := pattern.count("/")) and fits("/".join(parts[-depth - 1 :]), pattern.casefold())
        for pattern in patterns
    )


def by_student(
    submissions: Iterable[SubmissionSource], roster: Roster, students: Sequence[Student]
) -> tuple[dict[str, list[SubmissionSource]], list[str]]:
    """Sort what was handed in by the students that the gradebook knows; name what is nobody's."""
    known = Roster()
    for student in students:
        identifier = normalize(student.identifier)
        kinds = ("id", "login", "email", "github", "mailbox", "canvas", "moodle")
        keys = [*((kind, identifier) for kind in kinds), ("email", normalize(student.email)), *name_keys(student.name)]
        known.add(student, keys)
    exact = {student.identifier for student in students}
    found: dict[str, list[SubmissionSource]] = {}
    strangers: list[str] = []
    for submission in submissions:
        identifier = _identifier(submission.submitter, roster, known, exact)
        if identifier:
            found.setdefault(identifier, []).append(submission)
        else:
            strangers.append(submission.path.name)
    return found, strangers


def _identifier(submitter: Submitter, roster: Roster, known: Roster, exact: set[str]) -> str:
    named = roster.student(submitter).identifier
    if named in exact:
        return named
    if submitter.identifier in exact:
        return submitter.identifier
    student = known.find(submitter)
    return "" if student is None else student.identifier


def _read(path: Path, name: str) -> bytes:
    try:
        with opened(path) as handed:
            if name not in handed.entries:
                raise UnreadableError("is not there any more")
            return handed.read(name, MAX_WRITEUP_BYTES)
    except SubmissionError as error:
        raise UnreadableError(f"cannot be read: {error}") from None
