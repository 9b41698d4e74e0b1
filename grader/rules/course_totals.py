"""Add the assignments of a course up to one total and one grade for each student. Pure, exact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from grader.model.course_rules import AssignmentPoints, CourseRules, Standing, Total


def total_of(rules: CourseRules, identifier: str, name: str, parts: Mapping[str, AssignmentPoints]) -> Total:
    """Add up what one student has.

    Excused assignments are left out, then those with the smallest shares are dropped, of equal ones the lightest. The
    total is the mean of the others by weight. Who has one that is still open, or nothing that counts, has no total.
    """
    weights = dict(rules.weights)
    own = {
        assignment: parts.get(assignment, AssignmentPoints(assignment=assignment, standing=Standing.MISSING))
        for assignment in weights
    }
    counting = [part for part in own.values() if part.standing is not Standing.EXCUSED]
    smallest = sorted(counting, key=lambda part: (part.share, weights[part.assignment], part.assignment))
    is_open = any(part.standing is Standing.OPEN for part in counting)
    most = max(0, min(rules.drop, len(counting) - 1))
    dropped = set() if is_open else {part.assignment for part in smallest[:most]}
    told = tuple(replace(part, standing=Standing.DROPPED) if one in dropped else part for one, part in own.items())
    left = [part for part in counting if part.assignment not in dropped]
    if is_open or not left:
        return Total(identifier=identifier, name=name, assignments=told, share=None)
    weight = sum((weights[part.assignment] for part in left), Fraction(0))
    share = sum((weights[part.assignment] * part.share for part in left), Fraction(0)) / weight
    return Total(identifier=identifier, name=name, assignments=told, share=share, grade=grade_of(rules, share))


def grade_of(rules: CourseRules, share: Fraction) -> str:
    """Return the grade that a share of the points gives, unrounded; nothing where the course has no key."""
    return next((step.grade for step in rules.grades if 100 * share >= step.percent), "")
