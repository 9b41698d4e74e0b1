"""Find checks that tell what they measure on hidden data without their rubric saying how often."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

from grader.course.assignment import RUBRIC
from grader.course.check_rows import read_tests, rows_in, with_rows
from grader.course.table_problems import MAYBE_MARKED
from grader.judging.judge import Judge

SHOWS: frozenset[str] = frozenset({"figure", "measure"})
"""The fixtures by which a hidden test tells what no tolerance makes coarse: values, confusion matrices, masks."""


def telling_problems(judge: Judge) -> Iterator[str]:
    """Find hidden checks that measure or draw, and leave it to the default of `visibility` how often that is told.

    Whoever hands in a little else each time learns something of what is hidden from each value that is told.
    """
    written = tomllib.loads((judge.course.folder / RUBRIC).read_text(encoding=MAYBE_MARKED))
    rubric, _ = with_rows(written, rows_in(read_tests(judge.course.checks), "", []), RUBRIC)
    for check in judge.checks:
        used = SHOWS & {name for case in judge.tests.cases[check.name] for name in case.fixturenames}
        if used and not check.public and "visibility" not in rubric["checks"][check.name]:
            yield (
                f"{check.name} tells a {min(used)} of hidden data: say in {RUBRIC} how often, by visibility: "
                '"visible", each time, or "after_due_date", "after_published", "hidden"'
            )
