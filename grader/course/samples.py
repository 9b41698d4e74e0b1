"""Sample submissions of an assignment and the score that each must get."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from grader.catalog import CourseAssignment, Points, Text, exact, problems_of, read_toml, shown
from grader.errors import CourseError, Problem
from grader.model import Result, Status

FOLDER: Final = "samples"
FILE: Final = "samples.toml"


class _SampleTable(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    score: Points
    says: Text
    mistakes: list[str] = []
    statuses: dict[str, Status] = {}


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample submission: what it shows and what grading it must give."""

    name: str
    path: Path
    score: Fraction
    says: str
    mistakes: tuple[str, ...]
    statuses: dict[str, Status]

    def disagreements(self, result: Result) -> tuple[str, ...]:
        """Say where a result differs from what is stated."""
        found = []
        if result.score != self.score:
            found.append(f"scores {_in_full(result.score)}, stated {_in_full(self.score)}")
        told = {mistake.name for check in result.checks for mistake in check.mistakes}
        if missing := sorted(set(self.mistakes) - told):
            found.append(f"is not told {', '.join(missing)}")
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
    try:
        tables = TypeAdapter(dict[str, _SampleTable]).validate_python(read_toml(file))
    except ValidationError as error:
        raise CourseError(tuple(problems_of(error, shown(file)))) from None
    checks = {check.name for check in course.assignment.checks}
    problems = []
    for name, table in tables.items():
        if not (folder / name).exists():
            problems.append(Problem(shown(file), name, "there is no such sample beside it"))
        unknown = [check for check in table.statuses if check not in checks]
        problems += [Problem(shown(file), f"{name}.statuses.{check}", "is no check") for check in unknown]
    if problems:
        raise CourseError(tuple(problems))
    return tuple(
        Sample(name, folder / name, exact(table.score), table.says, tuple(table.mistakes), table.statuses)
        for name, table in tables.items()
    )
