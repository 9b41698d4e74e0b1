"""Measure the hidden tests by mutation: break the reference in small ways and count what they catch.

A mutant runs in the sandbox like any submission, so that one that loops or allocates without end costs its deadline
only. Survivors that no test can see (they compute the same) are argued one by one in `survivors.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from pydantic_core import SchemaValidator, ValidationError, core_schema

from grader.course.assignment import CourseAssignment
from grader.course.stubs import gaps
from grader.course.table_problems import problems_of, read_toml
from grader.course.tables import list_of, table, table_of
from grader.course.validation import key_at, path_in_course, quoted
from grader.errors import CourseError, Problem
from grader.judging.grading import Grader
from grader.lint.mutants import Mutant, mutants
from grader.sandbox.host.session import Session

ARGUED: Final = "survivors.toml"
TARGET: Final = Fraction(95, 100)
MUTANT_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """A change of the reference that no check should see: the diff as it was listed, and why."""

    file: str
    diff: str
    reason: str


ARGUMENTS: Final = table({
    "survivors": core_schema.typed_dict_field(list_of(table_of(Argument)), required=False)
})  # fmt: skip
"""What may stand in `survivors.toml`."""


@dataclass(slots=True)
class MutationScore:
    """How many mutants of an assignment's reference the hidden tests catch."""

    killed: int = 0
    argued: int = 0
    survivors: list[Mutant] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """The number of mutants that compute something else than the reference, as far as is known."""
        return self.killed + len(self.survivors)

    @property
    def share(self) -> Fraction:
        """The share of them that is killed."""
        return Fraction(self.killed, self.total) if self.total else Fraction(1)

    def problems(self) -> Iterator[str]:
        """Yield what the author has to mend."""
        if self.share < TARGET:
            yield f"{float(self.share):.1%} of mutants are caught, expected at least {float(TARGET):.0%}"
        for mutant in self.survivors:
            where = f"{mutant.file} line {mutant.line}"
            yield f"{where}: no check sees this change, and {ARGUED} does not argue it:\n{mutant.diff}"
        for text in self.stale:
            yield f"{ARGUED} argues a change that is caught or no longer made:\n{text}"


def mutation_score(grader: Grader, progress: Callable[[int, int], None] = lambda done, total: None) -> MutationScore:
    """Grade every mutant of the reference; `progress` is told after each how many of how many are done."""
    course = grader.course
    argued = read_arguments(course)
    made = [mutant for path in course.assignment.files for mutant in written_mutants(course.solution[path], path)]
    score = MutationScore()
    used: set[tuple[str, str]] = set()
    for number, mutant in enumerate(made):
        key = (mutant.file, mutant.diff.strip())
        if caught(grader, mutant):
            score.killed += 1
        elif key in argued:
            score.argued += 1
            used.add(key)
        else:
            score.survivors.append(mutant)
        progress(number + 1, len(made))
    score.stale = [diff for file, diff in argued if (file, diff) not in used]
    return score


def written_mutants(source: str, file: str) -> Iterator[Mutant]:
    """Return the mutants of the lines that a student writes: the rest of the file is handed out."""
    written = gaps(source, file)
    for mutant in mutants(source, file):
        if any(gap.first <= mutant.line <= gap.last for gap in written):
            yield mutant


def caught(grader: Grader, mutant: Mutant) -> bool:
    """Return whether any hidden test fails on a mutant."""
    sources = {**grader.course.solution, mutant.file: mutant.source}
    course = grader.course
    session = Session(grader.server, sources, course.drivers, course.assignment.runtime, course.attached)
    with closing(session):
        return grader.judge.first_failed(session, MUTANT_SECONDS) is not None


def read_arguments(course: CourseAssignment) -> list[tuple[str, str]]:
    """Read which survivors are argued, by file and diff.

    Raises:
        CourseError: the file does not have the form `[[survivors]] file, diff, reason`.
    """
    file = course.folder / ARGUED
    if not file.is_file():
        return []
    where = path_in_course(file)
    try:
        rows = SchemaValidator(ARGUMENTS).validate_python(read_toml(file)).get("survivors", ())
    except ValidationError as error:
        raise CourseError(tuple(problems_of(error, where, ARGUMENTS))) from None
    problems = [
        Problem(
            where, key_at(("survivors", place, "file")), f"is {quoted(row['file'])}, expected one of {', '.join(files)}"
        )
        for place, row in enumerate(rows)
        if row["file"] not in (files := course.assignment.files)
    ]
    if problems:
        raise CourseError(tuple(problems))
    return list(dict.fromkeys((row["file"], row["diff"].strip()) for row in rows))
