"""Sample submissions of an assignment and the score that each must get."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from grader.catalog import CourseAssignment, CourseError, Problem, exact, shown
from grader.model import Result, Status

FOLDER: Final = "samples"
FILE: Final = "samples.toml"


class _SampleTable(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    score: float
    says: str
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
            found.append(f"scores {float(result.score):g}, stated {float(self.score):g}")
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
        raw: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
        tables = TypeAdapter(dict[str, _SampleTable]).validate_python(raw)
    except tomllib.TOMLDecodeError as error:
        raise CourseError((Problem(shown(file), "", f"is not TOML: {error}"),)) from None
    except ValidationError as error:
        problems = [Problem(shown(file), ".".join(map(str, row["loc"])), row["msg"]) for row in error.errors()]
        raise CourseError(tuple(problems)) from None
    absent = [name for name in tables if not (folder / name).exists()]
    if absent:
        raise CourseError(tuple(Problem(shown(file), name, "there is no such sample beside it") for name in absent))
    return tuple(
        Sample(name, folder / name, exact(table.score), table.says, tuple(table.mistakes), table.statuses)
        for name, table in tables.items()
    )
