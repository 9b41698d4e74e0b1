"""What is told of checks that are shown later: whether there is an answer to judge, never how it was judged. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from grader.model.assignment import Visibility
from grader.model.result import CheckResult, WithheldCheck
from grader.model.status import Answer, Status
from grader.wording.statuses import lacking_answers, unanswered_text


def told_of(withheld: Sequence[CheckResult]) -> tuple[WithheldCheck, ...]:
    """Say of each withheld check whether there is an answer to judge; of hidden ones, which nobody sees later, nothing.

    Of one that needs another withheld check that is not told: whether it ran would tell how the other ended.
    """
    names = {check.name for check in withheld}
    return tuple(
        _told(check, is_untold=not names.isdisjoint(check.check.needs))
        for check in withheld
        if check.visibility is not Visibility.HIDDEN
    )


def answer_notes(told: Sequence[WithheldCheck]) -> tuple[str, ...]:
    """Write a note for each withheld check that holds no answer which can be judged."""
    return tuple(f"{check.name}: {check.says}" for check in lacking_answers(told))


def _told(check: CheckResult, *, is_untold: bool) -> WithheldCheck:
    verdict = check.verdict
    answer, says = Answer.GIVEN, "answered"
    if is_untold:
        answer, says = Answer.UNTOLD, ""
    elif check.status is Status.BLOCKED and not verdict.cases:
        answer, says = Answer.UNTOLD, verdict.message
    elif verdict.unreadable or verdict.unanswered:
        answer = Answer.UNREADABLE if verdict.unreadable else Answer.MISSING
        says = unanswered_text(verdict.unanswered, verdict.unreadable, len(verdict.cases))
    return WithheldCheck(
        name=check.name, part=check.part, max_points=check.max_points, visibility=check.visibility, answer=answer,
        says=says,
    )  # fmt: skip
