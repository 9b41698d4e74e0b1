"""What a result depends on, as hashes: equal keys mean that grading again would find the same.

Two keys, because a rubric changes in two ways: what affects verdicts needs the student's code to run again, what only
affects scores does not. Which field does what is declared in the types of the model.
"""

from __future__ import annotations

import ast
import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import metadata
from typing import Any, Final

from grader.course.assignment import MISTAKES, VARIANTS, CourseAssignment, digest
from grader.course.check_rows import has_rows, without_rows
from grader.course.effects import affecting
from grader.course.installation import DISTRIBUTION
from grader.course.named_answers import ANSWERS
from grader.course.validation import test_names
from grader.model.affects import Affects
from grader.model.observation import NOT_ISOLATED

FORM: Final = "grade/course/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseFingerprint:
    """Everything that an assignment is graded with, each piece as a hash, so that two runs can be compared.

    `tests` has the file of each check's test. Where a field of the rubric counts follows from what it is declared to
    affect. Verdicts: `judging` has it for each check, `rest` for the assignment. Scores: `weighing` and `headings`.
    Final grades: `by_hand` has it for each row that people mark, `ranks` for each check that ranks, `late` for the
    assignment.
    `variants` draws the constants of variants.
    `answers` are the wrong answers that instructors named, which word verdicts and change none.
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
    ranks: dict[str, str] = field(default_factory=dict)
    answers: str = ""
    variants: str = ""

    def key(self, submission: str, variant: int | None = None) -> str:
        """Hash what decides the verdicts on a submission, graded as a variant where there are some."""
        parts = (
            self.assignment, submission, self.reference, self.drivers, self.mistakes, self.rest, self.seed, self.tests,
            self.judging, self.versions,
        )  # fmt: skip
        own = () if variant is None else (self.variants, variant)
        return _hash((*parts, *own) if self.isolated else (*parts, *own, NOT_ISOLATED))

    @property
    def scoring(self) -> str:
        """Hash what weighs and words verdicts."""
        parts = (self.headings, list(self.weighing.items()))
        return _hash((*parts, self.answers) if self.answers else parts)

    @property
    def document(self) -> str:
        """Format the fingerprint as JSON."""
        fields = asdict(self)
        if not self.answers:  # as it was written before there were any
            del fields["answers"]
        if not self.variants:  # likewise
            del fields["variants"]
        return json.dumps({"form": FORM, **fields}, sort_keys=True)

    @property
    def digest(self) -> str:
        """Hash the whole fingerprint."""
        return hashlib.sha256(self.document.encode()).hexdigest()


def course_fingerprint(course: CourseAssignment, seed: int | None, *, isolated: bool = True) -> CourseFingerprint:
    """Return the fingerprint of what an assignment is graded with now."""
    assignment = course.assignment
    return CourseFingerprint(
        assignment=course.name,
        reference=course.reference_digest,
        drivers=digest({"drivers.py": course.drivers}),
        mistakes=digest({MISTAKES: course.mistakes}) if course.mistakes else "",
        rest=_hash_of(assignment, Affects.VERDICT, without=("name", "seed", "checks")),
        headings=_hash_of(assignment, Affects.SCORE, without=("checks",)),
        late=_hash_of(assignment, Affects.FINAL_GRADE, without=("by_hand", "checks")),
        seed=assignment.seed if seed is None else seed,
        tests=_tests(course),
        judging={check.name: _hash_of(check, Affects.VERDICT, without=("name",)) for check in assignment.checks},
        weighing={check.name: _hash_of(check, Affects.SCORE) for check in assignment.checks},
        versions=versions(assignment.runtime.modules),
        by_hand={row.name: _hash(affecting(row, Affects.FINAL_GRADE)) for row in assignment.by_hand},
        ranks={row.name: _hash(ranks) for row in assignment.checks if (ranks := affecting(row, Affects.FINAL_GRADE))},
        isolated=isolated,
        answers=digest({ANSWERS: course.answers}) if course.answers else "",
        variants=digest({VARIANTS: course.variants}) if course.variants else "",
    )


def fingerprint_from(document: str) -> CourseFingerprint:
    """Read a fingerprint back.

    Raises:
        ValueError: it is written in another form.
    """
    fields = json.loads(document)
    if fields.pop("form") != FORM:
        raise ValueError(f"a fingerprint of a course is not in the form {FORM!r}")
    return CourseFingerprint(**fields)


def versions(modules: tuple[str, ...]) -> dict[str, str]:
    """Return the versions that a verdict may depend on: Python, this harness, numpy and what submissions may import."""
    packages = {"grader", "numpy", *(name for name in modules if "." not in name)}
    found = {name: distribution_version(name) for name in sorted(packages)}
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        **{name: version for name, version in found.items() if version},
    }


@cache
def distribution_version(module: str) -> str:
    """Return the version of the distribution that a module comes with; nothing for the standard library's.

    It is read once: each mistake asks for it.
    """
    try:
        return metadata.version(DISTRIBUTION if module == __package__.partition(".")[0] else module)
    except metadata.PackageNotFoundError:  # the two names may differ: scikit-learn is imported as sklearn
        names = _distributions_by_module().get(module, ())
        return " ".join(f"{name} {metadata.version(name)}" for name in sorted(set(names)))


@cache
def _distributions_by_module() -> Mapping[str, list[str]]:
    """Look once through all that is installed: it takes 40 ms."""
    return metadata.packages_distributions()


def _tests(course: CourseAssignment) -> dict[str, str]:
    """Hash the test of each check: its file, and the files beside it that hold no tests and that it may use."""
    names = {path: test_names(ast.parse(text)) for path, text in course.checks.items()}
    shared = {path: text for path, text in course.checks.items() if not names[path]} | course.check_data_digests
    hashes = {
        path: digest({**shared, path: without_rows(text) if has_rows(text) else text})
        for path, text in course.checks.items()
    }
    return {name: hashes[path] for path, tests in names.items() for name in tests}


def _hash_of(row: object, affects: Affects, without: tuple[str, ...] = ()) -> str:
    """Hash what affects this in a row, in the order of its fields, but for those that count by themselves."""
    return _hash([*affecting(row, affects, without).values()])


def _hash(value: Any) -> str:  # noqa: ANN401  # any tree of plain values
    """Hash plain values by what they are written as; mappings count in their order."""
    text = json.dumps(value, default=str)  # fractions and paths: exact as text
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
