"""Look whether results and their gradebook are whole, without changing anything that counts."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.batch.backup import database_problems
from grader.batch.output_folder import REPORTS, OutputFolder
from grader.gradebook.book import Gradebook, database_file, existing_database, gradebook
from grader.gradebook.records import Entry, RunState
from grader.intake.unpack import STAGING
from grader.model.status import Outcome
from grader.submissions.members import listed
from grader.wording.text import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. `advice` is what to type where it is not whole; empty where nothing helps."""

    name: str
    is_whole: bool
    detail: str
    advice: str = ""


def examine_results(out: Path, place: str = "") -> list[Finding]:
    """Look at the gradebook, its runs and results, and at the reports of every assignment.

    Raises:
        UsageError: there is no gradebook file.
        GradebookError: the gradebook cannot be used.
    """
    told = existing_database(place, out)
    database = database_file(place, out)
    if database is not None and (problems := database_problems(database)):
        advice = f"lay out a copy of before beside it: grade restore FILE --out NEW; {database} stays as it is"
        return [Finding(name="gradebook", is_whole=False, detail="; ".join(problems), advice=advice)]
    with gradebook(told, lambda _: None) as book:
        found = [Finding(name="gradebook", is_whole=True, detail=book.place)]
        runs = book.runs.of()
        found.append(_runs(out, book))
        for assignment in sorted({run.assignment for run in runs}):
            entries = book.results.last_entries(assignment)
            found.append(_documents(book, assignment, entries))
            found.append(_reports(OutputFolder(out.absolute(), assignment), entries))
    left = sorted(path.name for path in out.glob(f"{STAGING}*"))
    detail = f"{listed(left)} left by a run that was killed" if left else "nothing left over"
    advice = "the next grade batch takes them away" if left else ""
    found.append(Finding(name="unpacked exports", is_whole=not left, detail=detail, advice=advice))
    return found


def _runs(out: Path, book: Gradebook) -> Finding:
    """Look for runs that are said to go on though no process does."""
    dead = []
    for run in book.runs.of():
        folder = OutputFolder(out.absolute(), run.assignment)
        if run.state is RunState.RUNNING and folder.folder.is_dir():
            with folder.held() as is_free:
                dead += [str(run.number)] if is_free else []
    detail = f"{listed(dead)} did not end by {'itself' if len(dead) == 1 else 'themselves'}" if dead else "all ended"
    advice = "the next run records them as stopped" if dead else ""
    return Finding(name="runs", is_whole=not dead, detail=detail, advice=advice)


def _documents(book: Gradebook, assignment: str, entries: list[Entry]) -> Finding:
    """Look whether every result that counts can be read."""
    broken = [
        entry.student.identifier
        for entry, graded, final in book.results.final_documents(entries)
        if entry.result is not None and not (_is_document(graded) and (final is None or _is_document(final)))
    ]
    detail = f"the results of {listed(broken)} cannot be read" if broken else counted(len(entries), "student")
    advice = f"grade regrade {assignment} --again" if broken else ""
    return Finding(name=f"{assignment}: results", is_whole=not broken, detail=detail, advice=advice)


def _is_document(data: bytes) -> bool:
    try:
        return isinstance(json.loads(zlib.decompress(data)), dict)
    except (zlib.error, ValueError):
        return False


def _reports(folder: OutputFolder, entries: list[Entry]) -> Finding:
    """Look whether everybody who was graded has a report, and every report somebody."""
    graded = [entry.student.identifier for entry in entries if entry.outcome is Outcome.GRADED]
    lost = [identifier for identifier in graded if not folder.has(identifier)]
    known = {folder.report(entry.student.identifier).name for entry in entries}
    nobodys = sorted(path.name for path in (folder.folder / REPORTS).glob("*.html") if path.name not in known)
    said = "; ".join(_sentences(lost, nobodys))
    return Finding(
        name=f"{folder.assignment}: reports", is_whole=not said,
        detail=said or "one for each student who was graded",
        advice=f"grade regrade {folder.assignment}" if lost else "",
    )  # fmt: skip


def _sentences(lost: list[str], nobodys: list[str]) -> Iterator[str]:
    if lost:
        yield f"{listed(lost)} {'has' if len(lost) == 1 else 'have'} none"
    if nobodys:
        yield f"{listed(nobodys)}: of nobody in the gradebook"
