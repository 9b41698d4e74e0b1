"""Word the verdict on a check from its cases, and decide which checks may run."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from fractions import Fraction
from statistics import fmean
from typing import Final

from grader.diagnosis.diagnose import Diagnosis
from grader.judging.shown_images import MOST_IMAGES
from grader.model.assignment import Check
from grader.model.result import CaseVerdict, Verdict
from grader.model.status import Status
from grader.subjects.case import Case
from grader.wording.failures import Quotable, quoted_lines

MOST_DETAIL: Final = 1 << 16  # characters for the instructor: a sentence may quote an answer of megabytes


def running_order(checks: Sequence[Check]) -> list[Check]:
    """Put public checks first: what they print is shown, so no worker that saw hidden inputs may serve them."""
    early: set[str] = set()
    for check in checks:
        if check.public and early.issuperset(check.needs):
            early.add(check.name)
    return sorted(checks, key=lambda check: check.name not in early)


def is_ready(check: Check, present: Container[str], outcomes: Mapping[str, Sequence[Case]]) -> bool:
    """Return whether all that a check needs has run and passed; a check that is not present holds nobody up."""
    return all(need in outcomes and has_passed(outcomes[need]) for need in check.needs if need in present)


def has_passed(cases: Sequence[Case]) -> bool:
    """Return whether every case passed; a check that was left out of this grading holds nobody up."""
    return all(case.status is Status.PASSED for case in cases)


def verdict(check: Check, cases: Sequence[Case], why: Diagnosis, quotable: Quotable) -> Verdict:
    """Word the verdict on a check that ran. One that passed has a reason only where it measured too little."""
    passed = sum(case.status is Status.PASSED for case in cases)
    share = Fraction(passed, len(cases)) if check.partial else Fraction(int(passed == len(cases)))
    shown = tuple(CaseVerdict(case.name, case.status, case.message) for case in cases)
    used = sum(call.observation.cpu_seconds for case in cases for call in case.calls)
    images = tuple(image for case in cases for image in case.images)[:MOST_IMAGES]
    wrong = [case for case in cases if case.status is not Status.PASSED]
    if not wrong:
        notes = "; ".join(dict.fromkeys(note for case in cases for note in case.notes))
        return Verdict(
            check=check.name, status=Status.PASSED, share=share, message=notes, cases=shown, cpu_seconds=used,
            reasons=why.reasons, mistakes=why.mistakes, images=images, measured=mean_measure(cases),
        )  # fmt: skip
    decided = [case for case in wrong if case.status is not Status.BLOCKED]
    first = next((case for case in wrong if case.status is Status.VOID), (decided or wrong)[0])
    frames = first.failure.frames if first.failure is not None else ()
    message = f"{first.name}: {first.message}" if first.name and first.status is Status.FAILED else first.message
    return Verdict(
        check=check.name,
        status=first.status,
        share=share,
        message=message,
        reasons=why.reasons,
        mistakes=why.mistakes,
        picture=why.picture,
        images=images,
        quoted=quoted_lines(frames, quotable),
        cases=shown,
        detail="\n".join(filter(None, (instructors_detail(first), why.detail))),
        cpu_seconds=used,
    )


def mean_measure(cases: Sequence[Case]) -> float | None:
    """Average what the cases of a check measured; None where none did."""
    values = [case.measured for case in cases if case.measured is not None]
    return fmean(values) if values else None


def instructors_detail(case: Case) -> str:
    """Collect what only the instructor sees: exception texts and prints."""
    lines = [case.detail]
    for call in case.calls:
        said = (("printed", call.observation.printed), ("warned", call.observation.warned))
        lines += [f"{call.driver} {verb}: {text.rstrip()}" for verb, text in said if text]
    return "\n".join(filter(None, lines))[:MOST_DETAIL]
