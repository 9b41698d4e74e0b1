"""Read two runs from a gradebook and compare them."""

from __future__ import annotations

import functools
import json
import zlib

from grader.course.fingerprint import fingerprint_from
from grader.errors import UsageError
from grader.gradebook.book import Gradebook, gradebook
from grader.gradebook.ranking import Ranking
from grader.gradebook.records import Run
from grader.gradebook.run_diff import Comparison, RunSnapshot, compared
from grader.model.result import Result
from grader.results.codec import from_json
from grader.wording.text import one_line


def compare_runs(database: str, old: str, new: str, assignment: str) -> tuple[Run, Run, Comparison]:
    """Compare two runs of one gradebook, by default the last two.

    Raises:
        UsageError: there are no such runs, or they are about two assignments.
        GradebookError: the gradebook cannot be used.
    """
    with gradebook(database, lambda _: None) as book:
        after = _run_named(book, new, 1, assignment)
        before = _run_named(book, old, 2, assignment or after.assignment)
        if before.assignment != after.assignment:
            raise UsageError(f"run {before.number} is about {before.assignment}, run {after.number} {after.assignment}")
        return before, after, compared(_snapshot(book, before), _snapshot(book, after))


def _snapshot(book: Gradebook, run: Run) -> RunSnapshot:
    """Make one run ready to be compared."""
    entries = {entry.student.identifier: entry for entry in book.results.entries(run.number) if entry.counts}

    @functools.cache
    def documents() -> dict[int, bytes]:  # all at once, and none where nothing changed
        return book.results.documents({entry.result for entry in entries.values() if entry.result is not None})

    def result(number: int) -> Result:
        return from_json(json.loads(zlib.decompress(documents()[number])))

    fingerprint = fingerprint_from(book.runs.course_document(run.course))
    marks = book.decisions.marks(run.assignment)
    ranking = book.rankings.newest(run.assignment, run.number) or Ranking()
    return RunSnapshot(fingerprint, entries, book.decisions.overrides(run.assignment), result, marks, ranking)


def _run_named(book: Gradebook, name: str, position: int, assignment: str) -> Run:
    """Find a run by its number; where no name is given, by its place from the end."""
    runs = book.runs.of(assignment)
    if name:
        found = [run for run in runs if str(run.number) == name]
    else:
        found = runs[-position : len(runs) - position + 1] if len(runs) >= position else []
    if found:
        return found[0]
    listed = "; ".join(
        f"{run.number} ({one_line(run.assignment)}, {run.command}, {run.started_at:%Y-%m-%d %H:%M} UTC, {run.state})"
        for run in runs[-10:]
    )
    wanted = f"run {name}" if name else f"{position} runs"
    raise UsageError(f"there is no {wanted} in {book.place}; its runs: {listed or 'none'}")
