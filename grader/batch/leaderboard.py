"""Make a leaderboard of what the gradebook holds, and write its page."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Final

from grader.batch.options import ClassOptions, opened_class
from grader.errors import UsageError
from grader.gradebook.book import Gradebook
from grader.gradebook.ranking import RANKED, Measured, Ranking, pseudonym
from grader.model.assignment import Assignment
from grader.model.measure import Among, Placement
from grader.reporting.html import template_environment
from grader.reporting.leaderboard import Column, Leaderboard, Standing, render_leaderboard
from grader.results.visibility import SHOWN
from grader.rules.measures import placements, rank_points

PAGE: Final = "leaderboard.html"


def write_leaderboard(options: ClassOptions, *, has_names: bool) -> tuple[Leaderboard, Path]:
    """Write the page of a leaderboard; return what it shows and its place.

    Measures of checks that the view leaves out are not in it.

    Raises:
        UsageError: nothing was measured that this view shows.
        OutputError, GradebookError, GradebookLostError, CourseError: as they say.
    """
    course = options.course.load(options.assignment)
    assignment = course.assignment
    columns = tuple(
        Column(check=check.name, rule=check.measure)
        for check in assignment.checks
        if check.measure is not None and check.visibility in SHOWN[options.view]
    )
    if not columns:
        raise UsageError(f"{options.assignment} measures nothing that --view {options.view} shows")
    with opened_class(options, lambda _: None) as (folder, book):
        if not book.runs.of(assignment.name):
            raise UsageError(f"{book.place} holds no run of {options.assignment}: start with grade batch")
        standings = _standings(book, assignment, columns, has_names=has_names)
        board = Leaderboard(
            assignment=assignment.name, title=assignment.title, columns=columns, standings=standings,
            has_names=has_names,
        )  # fmt: skip
        folder.write_beside(PAGE, render_leaderboard(board, template_environment()))
        return board, folder.folder / PAGE


def _standings(
    book: Gradebook, assignment: Assignment, columns: tuple[Column, ...], *, has_names: bool
) -> tuple[Standing, ...]:
    measured = book.rankings.measured(assignment.name)
    ranking = book.rankings.newest(assignment.name) or Ranking()
    secret = book.rankings.secret()
    people = {entry.student_number: entry.student for entry in book.results.last_entries(assignment.name)}
    places = {column.check: _places(column, measured.get(column.check, [])) for column in columns}
    points = {column.check: _points(column, ranking) for column in columns}
    ranked = {student for found in places.values() for student in found}
    standings = []
    for number in ranked:
        student = people[number]
        known_as = pseudonym(secret, student.identifier)
        standings.append(
            Standing(
                who=(student.name or student.identifier) if has_names else known_as,
                known_as=known_as if has_names else "",
                places={check: found[number] for check, found in places.items() if number in found},
                points={check: found[number] for check, found in points.items() if number in found},
            )
        )
    return tuple(standings)


def _places(column: Column, measured: list[Measured]) -> Mapping[int, Placement]:
    """Place all for whom there is a value; those who pass come before those who do not, so that ranks agree."""
    values = {one.student: one.value for one in measured if one.status in RANKED[Among.MEASURED]}
    return placements(column.rule, values)


def _points(column: Column, ranking: Ranking) -> dict[int, Fraction]:
    rule = column.rule.rank
    if rule is None:
        return {}
    return {student: rank_points(rule, place) for student, place in ranking.places.get(column.check, {}).items()}
