"""What a result depends on, as hashes: equal keys mean that grading again would find the same.

Two keys, because a rubric changes in two ways: what decides verdicts needs the student's code to run again, what only
weighs and words them does not.
"""

from __future__ import annotations

import ast
import hashlib
import json
import platform
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from grader import mistakes
from grader.catalog import CourseAssignment, digest, test_names
from grader.model import NOT_ISOLATED, Assignment, Check
from grader.recordings import distribution_version

FORM: Final = "grade/course/v1"
JUDGED_BY: Final = ("needs", "seconds", "public", "partial")
SHOWN_BY: Final = ("part", "points", "says", "hint", "visibility")


@dataclass(frozen=True, slots=True)
class CourseRecord:
    """Everything that an assignment is graded with, each piece as a hash, so that two runs can be compared.

    `tests` has the file of each check's test, `judging` and `weighing` the two halves of its row in the rubric. `rest`
    is what the rubric says to all checks, `headings` what it only shows, `by_hand` the rows that people mark.
    What ran without isolation could have changed anything, so that nothing of it is taken for what runs with it.
    """

    assignment: str
    reference: str
    drivers: str
    mistakes: str
    rest: str
    headings: str
    late: str
    seed: int
    tests: dict[str, str]
    judging: dict[str, str]
    weighing: dict[str, str]
    versions: dict[str, str]
    by_hand: dict[str, str] = field(default_factory=dict)
    isolated: bool = True

    def key(self, submission: str) -> str:
        """Hash what decides the verdicts on a submission."""
        parts = (
            self.assignment, submission, self.reference, self.drivers, self.mistakes, self.rest, self.seed, self.tests,
            self.judging, self.versions,
        )  # fmt: skip
        return _hash(parts if self.isolated else (*parts, NOT_ISOLATED))

    @property
    def scoring(self) -> str:
        """Hash what weighs and words verdicts."""
        return _hash((self.headings, list(self.weighing.items())))

    @property
    def document(self) -> str:
        """Write the record as JSON."""
        return json.dumps({"form": FORM, **asdict(self)}, sort_keys=True)

    @property
    def digest(self) -> str:
        """Hash the whole record."""
        return hashlib.sha256(self.document.encode()).hexdigest()


def course_record(course: CourseAssignment, seed: int | None, *, isolated: bool = True) -> CourseRecord:
    """Take down what an assignment is graded with now."""
    assignment = course.assignment
    known = course.folder / mistakes.FILE
    return CourseRecord(
        assignment=course.name,
        reference=course.reference_digest,
        drivers=digest({"drivers.py": course.drivers}),
        mistakes=digest({mistakes.FILE: known.read_text(encoding="utf-8")}) if known.is_file() else "",
        rest=_rest(assignment),
        headings=_hash((assignment.title, [asdict(part) for part in assignment.parts])),
        late=_hash(None if assignment.late is None else asdict(assignment.late)),
        seed=assignment.seed if seed is None else seed,
        tests=_tests(course),
        judging={check.name: _row(check, JUDGED_BY) for check in assignment.checks},
        weighing={check.name: _row(check, SHOWN_BY) for check in assignment.checks},
        versions=versions(assignment.runtime.modules),
        by_hand={row.name: _hash(asdict(row)) for row in assignment.by_hand},
        isolated=isolated,
    )


def record_from(document: str) -> CourseRecord:
    """Read a record back."""
    fields = json.loads(document)
    if fields.pop("form") != FORM:
        raise ValueError(f"a record of a course is not in the form {FORM!r}")
    return CourseRecord(**fields)


def versions(modules: tuple[str, ...]) -> dict[str, str]:
    """Give the versions that a verdict may depend on: Python, this harness, numpy and what submissions may import."""
    packages = {"grader", "numpy", *(name for name in modules if "." not in name)}
    found = {name: distribution_version(name) for name in sorted(packages)}
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        **{name: version for name, version in found.items() if version},
    }


def _tests(course: CourseAssignment) -> dict[str, str]:
    """Hash the test of each check: its file, and the files beside it that hold no tests and that it may import."""
    names = {path: test_names(ast.parse(text)) for path, text in course.checks.items()}
    shared = {path: text for path, text in course.checks.items() if not names[path]}
    hashes = {path: digest({**shared, path: text}) for path, text in course.checks.items()}
    return {name: hashes[path] for path, tests in names.items() for name in tests}


def _rest(assignment: Assignment) -> str:
    rules = asdict(assignment.runtime), asdict(assignment.output_rule)
    return _hash((*rules, assignment.files, assignment.attachments, assignment.attachment_mb))


def _row(check: Check, fields: tuple[str, ...]) -> str:
    return _hash([getattr(check, name) for name in fields])


def _hash(value: Any) -> str:  # noqa: ANN401  # any tree of plain values
    """Hash plain values by what they are written as; mappings count in their order."""
    text = json.dumps(value, default=_plain)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _plain(value: object) -> str:
    return str(value)  # fractions and paths: exact as text
