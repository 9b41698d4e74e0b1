"""Grade a submission where another system has put it, and say for each system how that ended.

A platform has nobody to read a traceback: whatever goes wrong becomes a sentence and the side whose move it is.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Final

from rich.console import Console

from grader.course.discovery import Course, refuse_course_within
from grader.course.variants import variant_of
from grader.errors import (
    CourseError,
    ExitCode,
    JudgingError,
    MachineError,
    NothingHandedInError,
    SubmissionError,
    UsageError,
)
from grader.judging.grading import Grader, provenance
from grader.model.assignment import Assignment
from grader.model.result import Result, Verdict
from grader.model.status import Answer, Status
from grader.reporting.terminal import rendering
from grader.results.visibility import View, VisibleResult, visible_to
from grader.rules.scoring import check_results, part_scores
from grader.sandbox.host.server import strangers_are_isolated
from grader.submissions.members import visible
from grader.submissions.read import Submission
from grader.wording.text import one_line

LOG_WIDTH: Final = 120  # of a log, which is read in a browser
NOTHING_READ: Final = "nothing was handed in that could be read"
NOT_READ: Final = "Not graded, and nothing is lost by it: hand in again what can be read, or ask who marks it."
NOBODY: Final = "nothing says who handed this in, and so which variant it is of"
NOT_YOURS: Final = (
    "Not graded, and not because of your submission: the course or its machine needs repair. That is the course's move;"
    " your submission is kept and can be graded again."
)


class Platform(StrEnum):
    """A system that runs gradings and reads their results."""

    GITHUB = "github"
    CLASSROOM50 = "classroom50"
    GITLAB = "gitlab"
    PLAIN = "plain"


class Outcome(StrEnum):
    """How a grading ended, in the words of a commit status."""

    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"


EXIT_CODES: Final = {
    Outcome.SUCCESS: ExitCode.ALL_PASSED,
    Outcome.FAILURE: ExitCode.NOT_ALL_PASSED,
    Outcome.ERROR: ExitCode.BROKEN,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A submission's result and the rubric it was judged by."""

    result: Result
    assignment: Assignment


@dataclass(frozen=True, slots=True)
class NotJudged:
    """Why there is no result, and so no score. `sentence` may name parts of the course; `public` does not."""

    sentence: str
    public: str = NOT_YOURS


def nobody(_assignment: Assignment) -> str:
    """Raise: nobody said who handed in.

    Raises:
        UsageError: always.
    """
    raise UsageError(NOBODY)


def judged(
    find: Callable[[], Course],
    name: str,
    path: Path,
    seed: int | None = None,
    *,
    consent: str | None = None,
    identify: Callable[[Assignment], str] = nobody,
) -> Judged | NotJudged:
    """Grade one submission, whatever happens.

    `consent` are the words that turn isolation off. `identify` says whose variant it is graded as, by the roster's
    identifier, where an assignment has variants.

    Returns:
        The result, which has no points where nothing of the assignment was handed in; NotJudged where what was handed
        in cannot be read, or the course or the machine is broken.
    """
    try:
        isolated = strangers_are_isolated(consent)
        place = find()
        refuse_course_within(place, name, path)
        course = place.load(name)
        if course.variant is not None:
            course = variant_of(course, identify(course.assignment))
        with Grader(course, seed=seed, isolated=isolated) as grader:
            grader.judge.seeks_examples = True
            try:
                return Judged(grader.grade(path), course.assignment)
            except NothingHandedInError as error:
                return Judged(unread_result(grader, path, str(error)), course.assignment)
            except SubmissionError as error:
                return NotJudged(one_line(str(error)), public=f"{NOT_READ} {one_line(str(error))}")
    except MachineError as error:
        return NotJudged(f"this machine cannot grade: {one_line(str(error))}")
    except (CourseError, UsageError) as error:
        return NotJudged(f"the course needs repair: {one_line(str(error))}")
    except Exception as error:  # noqa: BLE001  # a platform must get its file even for a bug of ours
        return bug_of_ours(error)


def bug_of_ours(error: Exception) -> NotJudged:
    """Return that there is no result because of a bug of ours, and leave its traceback on standard error for us."""
    traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, JudgingError):
        return NotJudged(one_line(str(error)))
    return NotJudged(f"grade itself has a bug: {one_line(f'{type(error).__name__}: {error}')}")


def unread_result(grader: Grader, path: Path, sentence: str) -> Result:
    """Return the result of a submission that cannot be read: every check is unwritten, and a note says why."""
    label = visible(path.name or str(path))
    assignment = replace(grader.course.assignment, checks=grader.judge.checks)
    verdicts = [Verdict(check=check.name, status=Status.UNWRITTEN, message=NOTHING_READ) for check in assignment.checks]
    checks = check_results(assignment, verdicts)
    nothing = Submission(label, {}, (sentence,), assignment.files, {}, "")
    return Result(
        assignment=assignment.name,
        title=assignment.title,
        submission=label,
        score=Fraction(0),
        max_score=assignment.max_score,
        parts=part_scores(assignment.parts, checks),
        checks=checks,
        rules=(),
        notes=nothing.notes,
        provenance=provenance(grader, nothing),
    )


def outcome(ended: Judged | NotJudged, view: View) -> Outcome:
    """Return how a grading ended for its reader: all passed, not all passed, or broken on our side."""
    return Outcome.ERROR if isinstance(ended, NotJudged) else outcome_of(ended.result, view)


def outcome_of(result: Result, view: View) -> Outcome:
    """Return how a grading ended that gave a result; a check without points counts only where our side broke.

    Of checks that the reader is not shown it counts what is told of them: that our side broke, or that an answer is
    missing. Whoever sees how a job ended would else see how those checks ended.
    """
    if any(check.status is Status.VOID for check in result.checks):
        return Outcome.ERROR
    seen = visible_to(result, view)
    have_passed = all(check.status is Status.PASSED for check in seen.checks if check.max_points)
    lacks_answers = any(check.answer in {Answer.MISSING, Answer.UNREADABLE} for check in seen.withheld_checks)
    return Outcome.SUCCESS if have_passed and not lacks_answers else Outcome.FAILURE


def log_text(visible: VisibleResult) -> str:
    """Format a result for a log, without colour."""
    console = Console(width=LOG_WIDTH, highlight=False, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(rendering(visible), crop=False)
    return captured.get()


def exit_code(ended: Outcome, platform: Platform) -> int:
    """Return the exit code that a platform expects: Classroom 50 takes any other than 0 for a grading that broke."""
    if ended is not Outcome.ERROR and platform is Platform.CLASSROOM50:
        return ExitCode.ALL_PASSED
    return EXIT_CODES[ended]


def detected(environ: Mapping[str, str]) -> Platform:
    """Return the platform by the variables that it sets."""
    if environ.get("GITHUB_ACTIONS") == "true":
        tagged = environ.get("SUBMISSION_TAG") and environ.get("CLASSROOM") and environ.get("ASSIGNMENT")
        return Platform.CLASSROOM50 if tagged else Platform.GITHUB
    return Platform.GITLAB if environ.get("GITLAB_CI") == "true" else Platform.PLAIN
