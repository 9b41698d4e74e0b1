"""Sample submissions of an assignment and the score that each must get."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pydantic_core import SchemaValidator, ValidationError, core_schema

from grader.course.assignment import CourseAssignment
from grader.course.rubric import DESCRIPTION
from grader.course.table_problems import problems_of, read_toml
from grader.course.tables import table_of
from grader.course.validation import nearest, path_in_course
from grader.errors import CourseError, Problem
from grader.model.result import Result
from grader.model.status import Status

FOLDER: Final = "samples"
FILE: Final = "samples.toml"
SAMPLE_FILES: Final = frozenset({".zip", ".gz", ".tgz", ".py", ".ipynb"})


class Style(StrEnum):
    """Whose hand a sample is written in: the one that wrote the reference, or that of other editions and people."""

    OWN = "own"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sample submission: what it shows and what grading it must give."""

    name: str
    path: Path
    score: Fraction
    description: str
    mistakes: tuple[str, ...] = ()
    statuses: dict[str, Status] = field(default_factory=dict)
    style: Style = Style.OWN

    def disagreements(self, result: Result, known: Collection[str] = ()) -> tuple[str, ...]:
        """Return where a result differs from what is stated; of `known` mistakes the one that may be meant is told."""
        found = []
        if result.score != self.score:
            found.append(f"scores {_in_full(result.score)}, stated {_in_full(self.score)}")
        told = {mistake.name for check in result.checks for mistake in check.mistakes}
        if missing := sorted(set(self.mistakes) - told):
            meant = nearest(missing[0], known) if missing[0] not in known else ""
            found.append(f"is not told {', '.join(missing)}{meant}")
        if unstated := sorted(told - set(self.mistakes)):
            found.append(f"is told {', '.join(unstated)}, which is not stated")
        statuses = {check.name: check.status for check in result.checks}
        found += [
            f"{check} is {statuses.get(check)}, stated {status}"
            for check, status in self.statuses.items()
            if statuses.get(check) is not status
        ]
        return tuple(found)


def _in_full(points: Fraction) -> str:
    text = f"{float(points):g}"
    return text if Fraction(text) == points else str(points)


def read_samples(course: CourseAssignment) -> tuple[Sample, ...]:
    """Read the stated samples of an assignment.

    Raises:
        CourseError: the statement does not parse, or a sample is not there.
    """
    folder = course.folder / FOLDER
    file = folder / FILE
    if not file.is_file():
        return ()
    raw = read_toml(file)
    problems = [*_cross_problems(raw, course, file)]
    try:
        tables = _SAMPLES.validate_python(raw)
    except ValidationError as error:
        raise CourseError((*problems_of(error, path_in_course(file), SAMPLES_SCHEMA), *problems)) from None
    if problems:
        raise CourseError(tuple(problems))
    return tuple(Sample(name=name, path=folder / name, **given) for name, given in tables.items())


def unlisted_samples(course: CourseAssignment) -> tuple[str, ...]:
    """List what lies among the samples, looks like one and is stated nowhere, so that it is never graded."""
    folder = course.folder / FOLDER
    listed = {sample.name for sample in read_samples(course)}
    beside = sorted(folder.iterdir()) if folder.is_dir() else []
    return tuple(
        path.name
        for path in beside
        if (path.is_dir() or path.suffix in SAMPLE_FILES) and not path.name.startswith((".", "__"))
        if path.name not in listed
    )


def _cross_problems(raw: Mapping[str, Any], course: CourseAssignment, file: Path) -> Iterator[Problem]:
    """Find names that do not meet. What has the wrong form is told elsewhere."""
    checks = {check.name for check in course.assignment.checks}
    for name, table in raw.items():
        if not (file.parent / name).exists():
            beside = [path.name for path in file.parent.iterdir() if path.name not in raw]
            yield Problem(path_in_course(file), name, f"there is no such sample beside it{nearest(name, beside)}")
        statuses = table.get("statuses") if isinstance(table, dict) else None
        for check in statuses if isinstance(statuses, dict) else ():
            if check not in checks:
                yield Problem(path_in_course(file), f"{name}.statuses.{check}", f"is no check{nearest(check, checks)}")


SAMPLES_SCHEMA: Final = core_schema.dict_schema(
    core_schema.str_schema(), table_of(Sample, keys=DESCRIPTION, without=("name", "path"))
)
"""What may stand in `samples.toml`."""
_SAMPLES: Final = SchemaValidator(SAMPLES_SCHEMA)
