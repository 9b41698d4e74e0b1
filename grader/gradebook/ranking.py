"""The ranking of a class by what checks measured, with everything that it follows from. Reads nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any, Final

from grader.errors import GradebookError
from grader.gradebook.final_grade import ClassRank
from grader.model.assignment import Assignment
from grader.model.measure import Among, Better, MeasureRule, Placement
from grader.model.status import Status
from grader.rules.measures import placements, rank_points

FORM: Final = "grade/ranking/v1"
PSEUDONYM_BYTES: Final = 5  # 40 bits: two of 2,000 are alike in one class of half a million
RANKED: Final = {
    Among.PASSED: frozenset({Status.PASSED.value}),
    Among.MEASURED: frozenset({Status.PASSED.value, Status.FAILED.value}),
}
"""With which statuses of a check a student is ranked: never one that broke a rule, nor one that is void."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the result that counts for a student measured in one check, and how that check ended."""

    student: int
    result: int
    value: float
    status: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """Places by check and by the student's number.

    `document` is all of it as JSON: for each check the rule, and for each student the result, its value, the place, and
    the points that follow.
    """

    places: Mapping[str, Mapping[int, Placement]] = field(default_factory=dict)
    document: str = ""

    @property
    def digest(self) -> str:
        """Hash the whole ranking."""
        return hashlib.sha256(self.document.encode("ascii")).hexdigest()

    def ranks(self, assignment: Assignment, student: int) -> tuple[ClassRank, ...]:
        """List what the class gives a student by the rubric as it is, one entry for each check that ranks."""
        return tuple(
            ClassRank(check=name, rule=rule.rank, placement=self.places.get(name, {}).get(student))
            for name, rule in ranking_rules(assignment).items()
            if rule.rank is not None
        )


def ranking_rules(assignment: Assignment) -> dict[str, MeasureRule]:
    """Return the measures of an assignment that give points by place, by check."""
    return {
        check.name: check.measure
        for check in assignment.checks
        if check.measure is not None and check.measure.rank is not None
    }


def preference(rules: Mapping[str, MeasureRule], measured: Mapping[str, float]) -> list[float]:
    """Return numbers by which the submission with better measures comes last, in the order of the rubric."""
    signs = {Better.HIGHER: 1, Better.LOWER: -1}
    return [signs[rule.better] * measured[name] if name in measured else -math.inf for name, rule in rules.items()]


def ranked(assignment: Assignment, measured: Mapping[str, Sequence[Measured]]) -> Ranking:
    """Rank a class by what was measured.

    Args:
        assignment: Its rubric says who is ranked, and what is better.
        measured: What counts for each student, by check.
    """
    places: dict[str, dict[int, Placement]] = {}
    document: dict[str, Any] = {}
    for name, rule in ranking_rules(assignment).items():
        if rule.rank is None:
            continue
        rows = [one for one in measured.get(name, ()) if one.status in RANKED[rule.rank.among]]
        found = places[name] = placements(rule, {one.student: one.value for one in rows})
        document[name] = {
            "rule": asdict(rule),
            "rows": [_row(one, found[one.student], rank_points(rule.rank, found[one.student])) for one in rows],
        }
    return Ranking(places, json.dumps({"form": FORM, "checks": document}, sort_keys=True, default=str))


def ranking_from(document: Mapping[str, Any]) -> Ranking:
    """Read a ranking back.

    Raises:
        GradebookError: another version wrote it in another form.
    """
    if document.get("form") != FORM:
        raise GradebookError(f"the gradebook holds a ranking that is not in the form {FORM!r}: install a newer version")
    places = {
        name: {
            row["student"]: Placement(value=Fraction(row["shown"]), place=row["place"], of=row["of"], tied=row["tied"])
            for row in check["rows"]
        }
        for name, check in document["checks"].items()
    }
    return Ranking(places, json.dumps(document, sort_keys=True))


def pseudonym(secret: bytes, identifier: str) -> str:
    """Make a name that is always the same for a student, and that nobody can make without the secret.

    Source: RFC 2104, HMAC; RFC 4648, base32.
    """
    digest = hmac.digest(secret, identifier.encode("utf-8", "surrogatepass"), hashlib.sha256)
    text = base64.b32encode(digest[:PSEUDONYM_BYTES]).decode("ascii")
    return f"{text[:4]}-{text[4:]}"


def _row(one: Measured, placement: Placement, points: Fraction) -> dict[str, Any]:
    return {
        "student": one.student, "result": one.result, "value": one.value, "shown": str(placement.value),
        "place": placement.place, "of": placement.of, "tied": placement.tied, "points": str(points),
    }  # fmt: skip
