"""Read `course.toml`: how the assignments of a course add up. Every problem is told at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from grader.course.discovery import Course
from grader.errors import CourseError, Problem, UsageError
from grader.model.course_rules import CourseRules, GradeStep

COURSE_FILE: Final = "course.toml"
EXAMPLE: Final = '[course]\ntitle = "Deep learning"\n[course.weights]\nconvnet = 2\nlayers = 1'
KEYS: Final = ("title", "weights", "drop", "points", "grades")
MOST_DIGITS: Final = 20  # before or behind the point: the power of ten in `1e999999999` would be computed


def course_rules(course: Course) -> CourseRules:
    """Read how the assignments of a course add up.

    Raises:
        UsageError: there is no such file.
        CourseError: it says what cannot be followed; all of it is told.
    """
    file = course.folder / COURSE_FILE
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except FileNotFoundError:
        raise UsageError(f"{file} is not there, expected what the assignments weigh, such as:\n{EXAMPLE}") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError((Problem(COURSE_FILE, "", f"is no TOML: {error}"),)) from None
    table = document.get("course")
    problems: list[Problem] = []

    def problem(key: str, message: str) -> None:
        problems.append(Problem(COURSE_FILE, key, message))

    if not isinstance(table, dict):
        problem("course", "is missing")
        raise CourseError(tuple(problems))
    for key in table.keys() - set(KEYS):
        problem(f"course.{key}", f"is none of {', '.join(KEYS)}")
    title = table.get("title", course.folder.absolute().name)
    if not isinstance(title, str) or not title.strip():
        problem("course.title", "is no text")
    weights = _numbers(table.get("weights"), "course.weights", problem)
    for name in sorted(weights.keys() - set(course.names())):
        problem(f"course.weights.{name}", f"is no assignment of the course: {', '.join(course.names())}")
    if any(weight <= 0 for weight in weights.values()):
        problem("course.weights", "holds a weight that is not above 0")
    drop = table.get("drop", 0)
    if type(drop) is not int or not 0 <= drop < max(1, len(weights)):
        problem("course.drop", f"is {drop!r}, expected fewer than the assignments, which are {len(weights)}")
    points = _number(table.get("points", 100))
    if points is None or points <= 0:
        problem("course.points", "is no number above 0")
    steps = _numbers(table["grades"], "course.grades", problem) if "grades" in table else {}
    if steps and min(steps.values()) > 0:
        problem("course.grades", "has no grade from 0 percent on: who has fewer would have none")
    if len(set(steps.values())) < len(steps):
        problem("course.grades", "has two grades from one percentage on")
    if problems:
        raise CourseError(tuple(problems))
    grades = sorted(
        (GradeStep(grade=grade, percent=percent) for grade, percent in steps.items()), key=lambda step: -step.percent
    )
    return CourseRules(
        title=title, weights=tuple(weights.items()), drop=drop, points=points or Fraction(100), grades=tuple(grades)
    )


def _numbers(table: object, key: str, problem: Any) -> dict[str, Fraction]:  # noqa: ANN401  # takes key and message
    if not isinstance(table, Mapping) or not table:
        problem(key, "is no table with an entry")
        return {}
    found = {str(name): _number(value) for name, value in table.items()}
    for name in (name for name, number in found.items() if number is None):
        problem(f"{key}.{name}", f"is {table[name]!r}, expected a number")
    return {name: number for name, number in found.items() if number is not None}


def _number(value: object) -> Fraction | None:
    if isinstance(value, Decimal):
        return Fraction(value) if value.is_finite() and abs(value.adjusted()) <= MOST_DIGITS else None
    return Fraction(value) if type(value) is int else None
