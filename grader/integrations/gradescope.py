"""Grade in Gradescope's folders: read its metadata, apply a rate limit, write `results/results.json` in every case."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ValidationError

from grader.course.discovery import Course
from grader.errors import MetadataError, UsageError
from grader.exports.single.gradescope import carried_over, results_json, unjudged
from grader.intake.identify import Submitter, gradescope_owner, plain_text
from grader.intake.roster import read_roster
from grader.integrations.platform import NOBODY, Judged, NotJudged, bug_of_ours, judged
from grader.model.assignment import Assignment
from grader.results.codec import Json, as_text
from grader.results.visibility import View, VisibleResult, visible_to
from grader.wording.text import counted, one_line, points_text

SUBMISSION: Final = "submission"
METADATA: Final = "submission_metadata.json"
RESULTS: Final = Path("results") / "results.json"


Said = Annotated[str, BeforeValidator(plain_text)]


class Previous(BaseModel, frozen=True):
    """A submission before this one. Gradescope hands back the results of the latest only."""

    submission_time: AwareDatetime
    score: float | None = None
    autograder_error: bool | None = None
    results: Annotated[Any, BeforeValidator(lambda value: value if isinstance(value, dict) else None)] = None

    @property
    def counts(self) -> bool:
        """Return whether it used up one of the gradings that a limit allows: not where our side broke."""
        extra = (self.results or {}).get("extra_data")
        about = extra.get("grade") if isinstance(extra, dict) else None
        return not self.autograder_error and not (isinstance(about, dict) and about.get("judged") is False)


class Terms(BaseModel, frozen=True):
    """What Gradescope says about its assignment, as far as it matters here."""

    due_date: AwareDatetime | None = None
    total_points: float | None = None


class User(BaseModel, frozen=True):
    """One of those who handed in, with the terms that are theirs: an extension stands there."""

    assignment: Terms | None = None
    name: Said = ""
    email: Said = ""
    sid: Said = ""

    @property
    def submitter(self) -> Submitter | None:
        """Return by which names a roster may know them."""
        return gradescope_owner({":name": self.name, ":email": self.email, ":sid": self.sid})


class Metadata(BaseModel, frozen=True):
    """What Gradescope says about a submission, as far as it matters here."""

    created_at: AwareDatetime
    assignment: Terms = Terms()
    users: Annotated[list[User], BeforeValidator(lambda value: value or [])] = []
    previous_submissions: list[Previous] = []

    @property
    def due(self) -> dt.datetime | None:
        """Return until when it was in time: the latest date of those who handed in together, else the assignment's."""
        own = [user.assignment.due_date for user in self.users if user.assignment is not None]
        return max(filter(None, own), default=self.assignment.due_date)

    @property
    def previous(self) -> list[Previous]:
        """List the earlier submissions in order of time: a regrade of an old one must not count those after it."""
        earlier = (row for row in self.previous_submissions if row.submission_time < self.created_at)
        return sorted(earlier, key=lambda row: row.submission_time)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many gradings within a span of time."""

    most: int
    window: dt.timedelta


def read_metadata(file: Path) -> Metadata | None:
    """Read Gradescope's metadata; None where there is none, as in a container run by hand.

    Raises:
        MetadataError: it is there and cannot be read.
    """
    try:
        return Metadata.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MetadataError(f"{file.name} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        raise MetadataError(f"{file.name}: {_first_problem(error)}") from None
    except (ValueError, RecursionError) as error:
        raise MetadataError(f"{file.name} is not JSON: {one_line(str(error))}") from None


def _first_problem(error: ValidationError) -> str:
    entry = error.errors(include_url=False)[0]
    where = ".".join(map(str, entry["loc"])) or "the document"
    if entry["type"] == "missing":
        return f"{where} is missing"
    return one_line(f"{where} is {repr(entry['input'])[:60]}: {entry['msg'][0].lower()}{entry['msg'][1:]}")


def graded_moments(moments: Sequence[dt.datetime], limit: Limit) -> list[dt.datetime]:
    """Find out which of these submissions a limit let through: refused ones do not count against later ones.

    The limit is a function of the moments alone, so grading again gives the same answer at any time.
    """
    kept: list[dt.datetime] = []
    for moment in moments:
        if sum(moment - earlier < limit.window for earlier in kept) < limit.most:
            kept.append(moment)
    return kept


def refused_until(metadata: Metadata, limit: Limit) -> dt.datetime | None:
    """Return the moment from which a refused student may hand in again; None where this submission may be graded."""
    kept = graded_moments([row.submission_time for row in metadata.previous if row.counts], limit)
    inside = [moment for moment in kept if metadata.created_at - moment < limit.window]
    return inside[-limit.most] + limit.window if len(inside) >= limit.most else None


def limited(metadata: Metadata, limit: Limit, until: dt.datetime) -> dict[str, Json]:
    """Write the results of the latest submission again, saying that this one came too soon."""
    latest = metadata.previous[-1]
    hours = limit.window / dt.timedelta(hours=1)
    sentence = (
        f"This submission was not graded: at most {counted(limit.most, 'submission')} within {hours:g} hours"
        f" {'is' if limit.most == 1 else 'are'} graded. The next one handed in from {until:%Y-%m-%d %H:%M:%S %z} on is"
        " graded again; until then your score and what is shown here stay those of the submission before."
    )
    return carried_over(latest.results or {}, kept_score(metadata), sentence)


def kept_score(metadata: Metadata | None) -> float:
    """Return the score that stands while there is no newer one: that of the latest submission that has one, else 0."""
    scores = [row.score for row in metadata.previous if row.score is not None] if metadata is not None else []
    return scores[-1] if scores else 0


def late_remark(metadata: Metadata | None) -> str:
    """Describe how long after the due date a submission came; empty where it did not."""
    due = None if metadata is None else metadata.due
    if metadata is None or due is None or metadata.created_at <= due:
        return ""
    minutes = max(1, round((metadata.created_at - due) / dt.timedelta(minutes=1)))
    days, rest = divmod(minutes, 24 * 60)
    spans = ((days, "day"), (rest // 60, "hour"), (rest % 60, "minute"))
    late_by = " ".join(counted(number, noun) for number, noun in spans if number)
    return f"Handed in {late_by} after the due date"


def grade_in(
    root: Path,
    find: Callable[[], Course],
    assignment: str,
    limit: Limit | None,
    *,
    consent: str | None,
    roster: Path | None = None,
    tell: Callable[[str], None],
    show: Callable[[VisibleResult], None],
) -> dict[str, Json]:
    """Grade the submission that Gradescope laid out, unless it is over the limit.

    Args:
        root: Gradescope's folder.
        find: Gives the course.
        assignment: Its name.
        limit: How many are graded within a span of time.
        consent: The words that turn isolation off.
        roster: By which an assignment's variants were handed out.
        tell: Is told what an instructor should know: what is printed there is shown to instructors only.
        show: Is given the result, for the same reader.

    Returns:
        What Gradescope is to read.
    """
    metadata = _metadata_or_none(root / METADATA, tell)
    if metadata is not None and limit is not None and (until := refused_until(metadata, limit)) is not None:
        tell(f"not graded: over the limit until {until}")
        return limited(metadata, limit, until)
    identify = partial(whose, metadata, roster)
    ended = judged(find, assignment, root / SUBMISSION, consent=consent, identify=identify)
    try:
        return _told(ended, metadata, tell, show)
    except Exception as error:  # noqa: BLE001  # a result that cannot be written down: there is a file all the same
        return _told(bug_of_ours(error), metadata, tell, show)


def whose(metadata: Metadata | None, roster: Path | None, assignment: Assignment) -> str:
    """Return the roster's identifier of the one who handed in: by what Gradescope says, never by what they wrote.

    Raises:
        UsageError: there is no roster, or it does not know them, or they are several.
    """
    users = [] if metadata is None else metadata.users
    if roster is None:
        raise UsageError(f"{NOBODY}: make the bundle with --roster")
    if len(users) != 1:
        raise UsageError(
            f"{counted(len(users), 'student')} handed this in, expected one: each has a variant of their own"
        )
    submitter = users[0].submitter
    student = None if submitter is None else read_roster(roster, assignment.time_zone).roster.find(submitter)
    if student is None:
        raise UsageError(f"the roster does not know {one_line(users[0].email or users[0].name)}: {NOBODY}")
    return student.identifier


def _told(
    ended: Judged | NotJudged,
    metadata: Metadata | None,
    tell: Callable[[str], None],
    show: Callable[[VisibleResult], None],
) -> dict[str, Json]:
    """Show a grading to whoever reads the log, and write what Gradescope is to read about it."""
    written = document(ended, metadata)
    if isinstance(ended, NotJudged):
        tell(ended.sentence)
        return written
    show(visible_to(ended.result, View.INSTRUCTOR))
    there, here = None if metadata is None else metadata.assignment.total_points, ended.result.max_score
    if there is not None and there != float(here):
        tell(f"the assignment has {there:g} points on Gradescope, its rubric {points_text(here)}")
    return written


def _metadata_or_none(file: Path, tell: Callable[[str], None]) -> Metadata | None:
    try:
        metadata = read_metadata(file)
    except MetadataError as error:
        tell(f"graded without due date and limit: {error}")
        return None
    if metadata is None:
        tell(f"graded without due date and limit: {file} is not there")
    return metadata


def document(ended: Judged | NotJudged, metadata: Metadata | None) -> dict[str, Json]:
    """Write what Gradescope is to read about a grading, however it ended."""
    if isinstance(ended, NotJudged):
        return unjudged(ended.public, kept_score(metadata))
    whole = visible_to(ended.result, View.INSTRUCTOR)  # Gradescope itself hides what is not to be seen yet
    return results_json(whole, [remark for remark in (late_remark(metadata),) if remark])


def write_results(root: Path, results: dict[str, Json]) -> None:
    """Put the file where Gradescope looks for it, whole or not at all."""
    file = root / RESULTS
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(as_text(results), encoding="utf-8")
    unfinished.replace(file)
