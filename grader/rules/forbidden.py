"""The rule on operations that an assignment forbids: what was recorded, and what it costs. Pure.

What was recorded was made beside the student's code. It is evidence of what the code called, and no proof of what it
did not: whoever wants to can hide a call from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from grader.model.assignment import Assignment, Charge, Check, Visibility
from grader.model.observation import Frame, Operation
from grader.model.operations import FAMILIES, NAMED_KERNELS, Family, Kernel
from grader.model.result import Evidence, RuleOutcome, Verdict
from grader.model.status import Status
from grader.rules.allowed_places import allowed_lines
from grader.rules.rule import Facts
from grader.wording.failures import location, quoted_lines
from grader.wording.text import counted

NAME: Final = "forbidden"
MAX_TOLD: Final = 20  # calls that the evidence has in words
COSTS: Final = {
    Charge.WARN: "nothing in this edition",
    Charge.CHECK: "the points of each check in whose calls it is seen",
    Charge.PART: "the points of each part in whose checks it is seen",
}


def terms(assignment: Assignment) -> str:
    """Return what calling a forbidden operation costs; empty where none is forbidden."""
    if not assignment.forbidden:
        return ""
    return f"calling what this assignment forbids ({', '.join(assignment.forbidden)}) costs {_cost(assignment)}"


def judged(assignment: Assignment, verdicts: Sequence[Verdict], facts: Facts) -> tuple[Verdict, ...]:
    """Return verdicts that count what was called in the calls of their checks."""
    calls = dict(_calls(assignment, facts))
    parts = {check.part for check in assignment.checks if check.name in calls}
    rows = {check.name: check for check in assignment.checks}
    costs = assignment.operations_rule.costs
    return tuple(
        _judged(assignment, verdict, calls.get(verdict.check, ()), facts)
        if verdict.check in calls
        else _in_the_same_part(verdict)
        if costs is Charge.PART and rows[verdict.check].part in parts
        else verdict
        for verdict in verdicts
    )


def find(assignment: Assignment, facts: Facts) -> Evidence | None:
    """Return what was recorded in checks that students see: the first call, all in words, and from how many places."""
    seen = {check.name for check in assignment.checks if check.visibility is Visibility.VISIBLE}
    calls = [(name, call) for name, made in _calls(assignment, facts) if name in seen for call in made]
    if not calls:
        return None
    name, first = calls[0]
    frame = first.frames[0] if first.frames else Frame("", 0, "")
    return {
        "check": name,
        "entry": first.entry,
        "operation": first.name,
        "file": frame.file,
        "line": frame.line,
        "count": first.count,
        "places": len({(call.name, call.frames[:1]) for _, call in calls}),
        "said": sentence(first, facts),
        "calls": "; ".join(f"{name}: {sentence(call, facts)}" for name, call in calls[:MAX_TOLD]),
        "costs": _cost(assignment),
    }


def renewed(assignment: Assignment, evidence: Evidence) -> Evidence | None:
    """Return evidence with what a call costs now; None where it is allowed."""
    return {**evidence, "costs": _cost(assignment)} if evidence["entry"] in assignment.forbidden else None


def parsed(message: str) -> Evidence:
    """Return nothing: no outcome of version 1 is of this rule."""
    del message
    return {}


def outcome(evidence: Evidence, score: Fraction) -> RuleOutcome:  # noqa: ARG001  # what every rule is handed
    """Say what was called and what it costs; the checks themselves have lost their points."""
    places = int(evidence["places"])
    more = f", the first of {places} places" if places > 1 else ""
    return RuleOutcome(NAME, f"{evidence['said']}{more}: it costs {evidence['costs']}", Fraction(0), evidence)


def sentence(call: Operation, facts: Facts) -> str:
    """Say where an operation is called, how often, and what forbids it."""
    frame = call.frames[0] if call.frames else None
    where = location(frame.file, frame.line, facts.submitted.source_maps) if frame is not None else "the code"
    return f"{where} calls {call.name} {counted(call.count, 'time')}, expected never: {call.entry} is forbidden"


def _judged(assignment: Assignment, verdict: Verdict, calls: Sequence[Operation], facts: Facts) -> Verdict:
    said = "; ".join(filter(None, (sentence(calls[0], facts), verdict.message)))
    rule = assignment.operations_rule
    if verdict.status is Status.VOID or rule.costs is Charge.WARN:
        return replace(verdict, message=said)
    left = 1 - rule.share if rule.costs is Charge.SHARE else Fraction(0)
    quoted = quoted_lines(calls[0].frames[:1], facts.submitted)
    return replace(
        verdict, status=Status.FORBIDDEN, share=verdict.share * left, message=said, quoted=quoted or verdict.quoted
    )


def _in_the_same_part(verdict: Verdict) -> Verdict:
    if verdict.status is Status.VOID:
        return verdict
    said = "in another check of this part the code calls what is forbidden"
    message = "; ".join(filter(None, (said, verdict.message)))
    return replace(verdict, status=Status.FORBIDDEN, share=Fraction(0), message=message)


def _calls(assignment: Assignment, facts: Facts) -> Iterator[tuple[str, tuple[Operation, ...]]]:
    """List the checks in whose calls something was called that is forbidden there, with what it was."""
    if not any(facts.operations.values()):
        return
    allowed = allowed_lines(assignment.operations_rule.allow, facts.submitted.sources)
    for check in assignment.checks:
        known = (_known(call, facts) for call in facts.operations.get(check.name, ()))
        calls = tuple(
            call
            for call in known
            if call.entry in _forbidden_in(check, assignment)
            and not any(frame.line in allowed.get(frame.file, ()) for frame in call.frames)
        )
        if calls:
            yield check.name, calls


def _forbidden_in(check: Check, assignment: Assignment) -> tuple[str, ...]:
    return (*assignment.operations_rule.forbid, *check.forbid)


def _known(call: Operation, facts: Facts) -> Operation:
    """Leave out frames that are in no file of the submission, and a name that is none of the entry's.

    A worker can say any.
    """
    sources = facts.submitted.sources
    frames = tuple(
        frame for frame in call.frames
        if frame.file in sources and 0 < frame.line <= sources[frame.file].count("\n") + 1
    )  # fmt: skip
    family, named = FAMILIES.get(call.entry, Family()), NAMED_KERNELS.get(call.entry, Kernel(kernels=()))
    kernel = "::".join(call.name.split(".")[:2])
    is_known = kernel in {*family.kernels, *named.kernels} or call.name in family.functions
    return replace(call, frames=frames, name=call.name if is_known else call.entry)


def _cost(assignment: Assignment) -> str:
    rule = assignment.operations_rule
    if rule.costs is Charge.SHARE:
        return f"{float(100 * rule.share):g} % of the points of each check in whose calls it is seen"
    return COSTS[rule.costs]
