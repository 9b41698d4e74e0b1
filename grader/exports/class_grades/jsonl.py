"""The grades of a class as lines of JSON. Pure."""

from __future__ import annotations

import json
from typing import Final

from grader.exports.format import ClassFormat
from grader.exports.grades import Grades
from grader.exports.plain import hundredths
from grader.results.codec import measure_json


def json_lines(grades: Grades) -> str:
    """Write an object for each student; `score` is rounded to two decimals, `exact_score` is the fraction."""
    return "".join(
        json.dumps(
            {
                "assignment": grades.assignment,
                "student": row.identifier,
                "name": row.name,
                "email": row.email,
                "outcome": row.outcome,
                "score": None if row.score is None else hundredths(row.score),
                "exact_score": None if row.score is None else str(row.score),
                "max_score": hundredths(grades.max_score),
                "taken_for_lateness": hundredths(row.late_penalty),
                "submitted_at": row.submitted_at or None,
                "checks": {name: hundredths(earned) for name, earned in row.checks.items()},
                **(
                    {"measures": {name: measure_json(one) for name, one in row.measures.items()}}
                    if row.measures
                    else {}
                ),
            },
            ensure_ascii=False,
        )
        + "\n"
        for row in grades.rows
    )


FORMAT: Final = ClassFormat(
    description="The same as csv as an object a line, with the score as a fraction besides",
    suffix=".jsonl",
    render=json_lines,
)
