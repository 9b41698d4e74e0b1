"""Keep the report and the result of a student's last run of an assignment, and read results again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from grader.errors import ResultError, UsageError
from grader.model.result import Result
from grader.results.change import changed_since
from grader.results.codec import as_text, from_json, to_json
from grader.results.visibility import View, VisibleResult, visible_to

REPORTS: Final = Path(".grade") / "reports"  # in the course folder
PARTIAL: Final = ".partial"  # no name of an assignment has a dot


def read_result(file: Path) -> Result:
    """Read a result that `grade run --json` or an earlier run wrote.

    Raises:
        UsageError: it is none.
    """
    try:
        return from_json(json.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    except (ResultError, ValueError, RecursionError) as error:
        raise UsageError(f"{file} is no result of grade: {error}") from None


def last_result(course: Path, assignment: str) -> Result | None:
    """Read the result of the last run of all checks of an assignment, if there was one."""
    file = course / REPORTS / f"{assignment}.json"
    return read_result(file) if file.is_file() else None


def last_known(course: Path, assignment: str) -> Result | None:
    """Read how each check ended when it was last run: in the last full run, or in a partial one since then."""
    full, file = last_result(course, assignment), course / REPORTS / f"{assignment}{PARTIAL}.json"
    partial = read_result(file) if file.is_file() else None
    if full is None or partial is None:
        return full or partial
    newer = {check.name: check for check in partial.checks}
    return replace(full, checks=tuple(newer.get(check.name, check) for check in full.checks))


def last_seen(course: Path, assignment: str) -> VisibleResult | None:
    """Read of that what a student may see: how a check ended that is shown later must not decide what is said now."""
    last = last_known(course, assignment)
    return None if last is None else visible_to(last, View.STUDENT)


def change_since_last(course: Path, seen: VisibleResult) -> str:
    """Describe what is otherwise than in the last full run; nothing where there was none, or it cannot be read."""
    try:
        before = last_result(course, seen.assignment)
    except UsageError:
        return ""
    return "" if before is None else changed_since(seen, visible_to(before, seen.view))


def keep_result(
    course: Path,
    seen: VisibleResult,
    html: str,
    report: Path | None,
    tell: Callable[[str], None],
    *,
    beside: Path,
    is_worked_in: bool,
) -> Path | None:
    """Write the HTML report, and the result that later commands start from.

    Of both it is what their reader sees: they lie on a student's disk, and go where the student's folder goes. Those of
    a partial run are kept apart until the next full one: neither is the score of the assignment.

    Args:
        course: Where both are kept.
        seen: What was graded, as its reader sees it.
        html: The report.
        report: Where the caller wants it.
        tell: Is told what could not be kept.
        beside: Where it goes if nobody named a place and the course folder is not worked in or cannot be written.
        is_worked_in: Whether who reads the report works in the course folder. An image's is gone with its container.

    Returns:
        Where the report is; None where nobody named a place and none can be written.

    Raises:
        UsageError: the place that the caller named cannot be written.
    """
    folder, name = course / REPORTS, f"{seen.assignment}{PARTIAL if seen.left_out else ''}"
    error = _written(folder / f"{name}.json", as_text(to_json(seen)))
    if error is None and not seen.left_out:
        (folder / f"{name}{PARTIAL}.json").unlink(missing_ok=True)  # what it says is older now
    if report is not None:
        if failed := _written(report, html):
            raise UsageError(f"the report cannot be written: {failed}")
        return report
    pages = [] if error else [folder / f"{name}.html"]
    return _kept(pages, beside, html, "report", tell, is_worked_in=is_worked_in)


def keep_page(course: Path, name: str, html: str, tell: Callable[[str], None], *, is_worked_in: bool) -> Path | None:
    """Write a page beside the reports, or into the working folder; which one first and why as for a report."""
    return _kept([course / REPORTS / name], Path(name), html, "page", tell, is_worked_in=is_worked_in)


def _kept(
    pages: Sequence[Path], beside: Path, html: str, what: str, tell: Callable[[str], None], *, is_worked_in: bool
) -> Path | None:
    for page in (*pages, beside) if is_worked_in else (beside, *pages):
        error = _written(page, html)
        if error is None:
            return page
        if not is_worked_in and page == beside:
            tell(
                f"the {what} is not beside the work, and is lost with a container that is removed: "
                f"{error.filename}: {error.strerror}{_as_whom(page)}"
            )
    tell(f"no {what} is kept: {error}")
    return None


def _as_whom(file: Path) -> str:
    """Return as which user a container can write a file, where another one owns it or its folder."""
    try:
        owner = (file if file.exists() else file.absolute().parent).stat().st_uid
    except OSError:
        return ""
    if not hasattr(os, "geteuid") or owner == os.geteuid():
        return ""
    return f"; its folder is user {owner}'s (docker: --user {owner}:0)"


def _written(file: Path, text: str) -> OSError | None:
    """Write a file and the folders above it; return why it cannot be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        return error
    return None
