"""Word the verdict on a check from its cases, and decide which checks may run."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from statistics import fmean
from typing import Final

from grader.course.gap_names import unwritten_function
from grader.diagnosis.brief_answers import brief_answer
from grader.diagnosis.diagnose import Diagnosis
from grader.judging.found_example import FoundExample
from grader.model.assignment import Check
from grader.model.observation import Frame, LackingName
from grader.model.result import CaseVerdict, Verdict
from grader.model.status import Status
from grader.rules import measures
from grader.subjects.case import Case
from grader.wording.failures import Quotable, quoted_lines
from grader.wording.lacking_names import lacking_names

COURSE_FAILS: Final = "the course's own code fails there, and the points are open until that is mended"
CONTEXT: Final = 3  # lines around the one that failed, on either side
MOST_DETAIL: Final = 1 << 16  # characters for the instructor: a sentence may quote an answer of megabytes


def running_order(checks: Sequence[Check], first: Collection[str] = ()) -> list[Check]:
    """Put public checks first: what they print is shown, so no worker that saw hidden inputs may serve them.

    Before all stand the checks that are wanted `first`, and those that they need; that costs a worker more.
    """
    early: set[str] = set()
    for check in checks:
        if check.public and early.issuperset(check.needs):
            early.add(check.name)
    wanted = set(first)
    for check in reversed(checks):  # what is needed stands before what needs it
        if check.name in wanted:
            wanted.update(check.needs)
    return sorted(checks, key=lambda check: (check.name not in wanted, check.name not in early))


def is_ready(check: Check, present: Container[str], outcomes: Mapping[str, Sequence[Case]]) -> bool:
    """Return whether all that a check needs has run and passed; a check that is not present holds nobody up."""
    return all(need in outcomes and has_passed(outcomes[need]) for need in check.needs if need in present)


def has_passed(cases: Sequence[Case]) -> bool:
    """Return whether every case passed; a check that was left out of this grading holds nobody up."""
    return all(case.status is Status.PASSED for case in cases)


def held_up(
    check: Check, needs: Sequence[str], outcomes: Mapping[str, Sequence[Case]], waits: Mapping[str, Verdict]
) -> Verdict:
    """Word the verdict on a check that others hold up.

    Where nothing is decided of any of those, since the course fails there or a person has to look, nothing is decided
    of the check either: its points are as open as theirs.

    Args:
        check: The check.
        needs: The names of those that hold it up.
        outcomes: The cases of the checks that ran.
        waits: The verdicts on those that others hold up.
    """
    open_as = {
        _open_status(outcomes[need]) if need in outcomes else waits[need].status if waits[need].is_open else None
        for need in needs
    }
    held = f"waits for {', '.join(needs)}"
    if None in open_as:
        return Verdict(check=check.name, status=Status.BLOCKED, message=held)
    if Status.VOID in open_as:
        return Verdict(check=check.name, status=Status.VOID, message=f"{held}: {COURSE_FAILS}")
    cases = (CaseVerdict("", Status.BLOCKED),)
    return Verdict(
        check=check.name, status=Status.BLOCKED, message=f"{held}, which a person has to look at", cases=cases
    )


def _open_status(cases: Sequence[Case]) -> Status | None:
    """Return what leaves a check open: void where the course failed, blocked for a person, None where it is decided."""
    wrong = {case.status for case in cases if case.status is not Status.PASSED}
    if Status.VOID in wrong:
        return Status.VOID
    return Status.BLOCKED if wrong == {Status.BLOCKED} else None


def verdict(
    check: Check,
    cases: Sequence[Case],
    why: Diagnosis,
    quotable: Quotable,
    example: FoundExample | None = None,
    lacking_imports: Sequence[LackingName] = (),
    made_by: Frame | None = None,
) -> Verdict:
    """Word the verdict on a check that ran. One that passed has a reason only where it measured too little.

    `lacking_imports` are names that libraries lack and the submission imports: a remark where it passed all the same.
    `made_by` is the definition of what made the value that is wrong, where that is known.
    """
    passed = sum(case.status is Status.PASSED for case in cases)
    share = Fraction(passed, len(cases)) if check.partial else Fraction(int(passed == len(cases)))
    shown = tuple(CaseVerdict(case.name, case.status, case.message) for case in cases)
    used = sum(call.observation.cpu_seconds for case in cases for call in case.calls)
    figures = tuple(case.figure for case in cases if case.figure is not None)
    wrong = [case for case in cases if case.status is not Status.PASSED]
    if not wrong:
        remarks = (*(note for case in cases for note in case.notes), lacking_names(lacking_imports, quotable))
        notes = "; ".join(dict.fromkeys(filter(None, remarks)))
        return Verdict(
            check=check.name, status=Status.PASSED, share=share, message=notes, cases=shown, cpu_seconds=used,
            reasons=why.reasons, mistakes=why.mistakes, measured=mean_measure(cases), figures=figures,
        )  # fmt: skip
    decided = [case for case in wrong if case.status is not Status.BLOCKED]
    first = next((case for case in wrong if case.status is Status.VOID), (decided or wrong)[0])
    lacking = [case for case in wrong if case.has_no_answer]
    context = CONTEXT if check.public else 0
    quoted = quoted_lines(first.failure.frames, quotable, context=context) if first.failure is not None else ()
    if made_by is not None and not quoted:
        quoted = tuple(replace(line, is_maker=True) for line in quoted_lines((made_by,), quotable))
    message = f"{first.name}: {first.message}" if first.name and first.status is Status.FAILED else first.message
    return Verdict(
        check=check.name,
        status=first.shown_status,
        share=share,
        message=message,
        reasons=why.reasons,
        mistakes=why.mistakes,
        picture=why.picture,
        figures=figures,
        quoted=quoted,
        cases=shown,
        detail="\n".join(filter(None, (instructors_detail(first), why.detail))),
        cpu_seconds=used,
        answer=brief_answer(cases),
        unanswered=tuple(case.message for case in lacking if case.status is Status.UNWRITTEN),
        unreadable=tuple(case.message for case in lacking if case.status is not Status.UNWRITTEN),
        todo=todo_text(first, quotable),
        variables=first.failure.variables if check.public and first.failure is not None else (),
        example=None if example is None else example.told(quotable.asked, quotable.known),
    )


def todo_text(case: Case, quotable: Quotable) -> str:
    """Name the function that a case waits for, with its place; empty where it is no unwritten one."""
    if case.status is not Status.UNWRITTEN or case.unwritten_at is None:
        return ""
    file, line = case.unwritten_at
    function = unwritten_function(quotable.sources.get(file, ""), line)
    if function is None or file in quotable.source_maps:
        return ""
    return f"{function.part} {function.name}, {file}:{function.line}".lstrip()


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


def short_cases(check: Check, cases: Sequence[Case]) -> Sequence[Case]:
    """Return cases that passed as failed ones, where what they measured together does not earn all points."""
    if check.measure is None or not has_passed(cases):
        return cases
    short = shortfall(check, mean_measure(cases))
    return cases if short is None else [replace(case, status=Status.FAILED, message=str(short)) for case in cases]


def shortfall(check: Check, measured: float | None) -> AssertionError | None:
    """Return a failure where what a case measured does not earn all points of its check."""
    passed = Verdict(check=check.name, status=Status.PASSED, measured=measured)
    weighed, measurement = (passed, None) if measured is None else measures.weighed(check, passed)
    if weighed.status is Status.PASSED or measurement is None:
        return None
    return AssertionError(measurement.says)
