"""How a check ended and what to do next, in words. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Final

from grader.model.assignment import Visibility
from grader.model.observation import NOT_ISOLATED
from grader.model.result import NOT_MARKED, CheckResult, Item, Provenance, RuleOutcome, WithheldCheck
from grader.model.status import Answer, Outcome, Status
from grader.wording.examples import equations
from grader.wording.failures import MISSING
from grader.wording.text import counted, one_line

MARKS: dict[Status, str] = {
    Status.PASSED: "ok",
    Status.FAILED: "FAIL",
    Status.BLOCKED: "wait",
    Status.UNWRITTEN: "todo",
    Status.RAISED: "ERROR",
    Status.TIMED_OUT: "TIME",
    Status.OUT_OF_MEMORY: "MEMORY",
    Status.DIED: "CRASH",
    Status.FORBIDDEN: "RULE",
    Status.VOID: "void",
}
"""A status as one short word, for a line of a terminal."""
WORDS: dict[Status, str] = {
    Status.PASSED: "passed",
    Status.FAILED: "failed",
    Status.BLOCKED: "waiting",
    Status.UNWRITTEN: "not written yet",
    Status.RAISED: "raised an exception",
    Status.TIMED_OUT: "out of time",
    Status.OUT_OF_MEMORY: "out of memory",
    Status.DIED: "crashed",
    Status.FORBIDDEN: "broke a rule",
    Status.VOID: "not judged",
}
"""A status in words, for a sentence."""
FALLBACKS: dict[Status, str] = {
    Status.BLOCKED: "waits for an earlier check",
    Status.VOID: "the course's own code failed here; this is not about your submission",
}
"""What to say for a status whose verdict came without a message."""
TOO_LONG = "not graded: judging these answers took more processor time than one submission may take; a person is told"
TOO_LARGE = "not graded: judging these answers took more memory than one submission may take; a person is told"
HAND_IN_AGAIN = "Nothing is decided by that: hand in again what can be read, or ask who marks it."
NOT_GRADED: dict[Outcome, tuple[str, ...]] = {
    Outcome.FAILED: ("Not graded, and not because of the submission: grading it broke off. A person looks at it.",),
    Outcome.UNDECIDED: (
        "Not graded yet: several submissions are here, and nothing tells which of them counts.",
        "Tell who marks it which one is meant.",
    ),
    Outcome.VOID: ("Not graded yet: the course's own code needs repair. The submission is kept and graded again.",),
}
"""What a student is told who has no points, by how the submission ended."""
MOST_REASONS: Final = 2  # why a check that is not shown has no answer
SHOWN_LATER: Final[dict[Visibility, str]] = {
    Visibility.AFTER_DUE_DATE: "how it ended is shown after the due date",
    Visibility.AFTER_PUBLISHED: "how it ended is shown once grades are published",
}
ANSWER_MARKS: Final[dict[Answer, str]] = {
    Answer.GIVEN: "later",
    Answer.MISSING: "todo",
    Answer.UNREADABLE: "ERROR",
    Answer.UNTOLD: "later",
}
"""Whether a check that is not shown yet is answered, as one short word."""
# Whose move it is decides what comes first: code that is wrong, then code that is missing, then what waits for either.
_LACKS_A_MODULE: Final = re.compile(rf"[^ ]+\.py {MISSING}").match
MOVES: tuple[frozenset[Status], ...] = (
    frozenset(set(Status) - {Status.PASSED, Status.UNWRITTEN, Status.BLOCKED, Status.VOID}),
    frozenset({Status.UNWRITTEN}),
    frozenset({Status.BLOCKED}),
)


def why_not_graded(outcome: Outcome, message: str) -> tuple[str, ...]:
    """Tell a student in a few sentences why there are no points, and what to do; nothing where there is nothing to say.

    Args:
        outcome: How the submission ended.
        message: What the instructor is told, which names what cannot be read.
    """
    if outcome is Outcome.UNREADABLE:
        said = f"{one_line(message)}." if message else ""
        return tuple(filter(None, ("Not graded: what was handed in cannot be read.", said, HAND_IN_AGAIN)))
    return NOT_GRADED.get(outcome, ())


def isolation_warning(provenance: Provenance) -> str:
    """Describe that nothing confined the code, for a banner; empty where something did."""
    if NOT_ISOLATED not in provenance.isolation:
        return ""
    return "Not isolated: the code ran with all that its user may do. For its author, not for a gradebook."


def partial_warning(left_out: int) -> str:
    """Describe that only some checks were run, for a banner; empty where all were."""
    if not left_out:
        return ""
    were = "was" if left_out == 1 else "were"
    return f"A partial run: {counted(left_out, 'check')} {were} left out, so this is no score of the assignment."


def unanswered_text(unanswered: Sequence[str], unreadable: Sequence[str], cases: int) -> str:
    """Describe that there is no answer to judge in some cases of a check, with the first reasons.

    Args:
        unanswered: What is left empty, a sentence for each case.
        unreadable: What cannot be judged and why, a sentence for each case.
        cases: How many the check has.
    """
    clauses = []
    for what, sentences in (("cannot be read", unreadable), ("not answered", unanswered)):
        if sentences:
            of = f" in {len(sentences)} of {cases} cases" if cases > 1 and len(sentences) < cases else ""
            clauses.append(f"{what}{of}: {_first_of(list(dict.fromkeys(sentences)))}")
    return "; ".join(clauses)


def _first_of(sentences: Sequence[str]) -> str:
    more = len(sentences) - MOST_REASONS
    return ", ".join(map(one_line, sentences[:MOST_REASONS])) + (f", and {more} more" if more > 0 else "")


def lacking_answers(withheld: Sequence[WithheldCheck]) -> list[WithheldCheck]:
    """List the checks, of those that are not shown yet, in which no answer was found that can be judged."""
    return [check for check in withheld if check.answer in {Answer.MISSING, Answer.UNREADABLE}]


def withheld_text(check: WithheldCheck) -> str:
    """Describe whether a check that is not shown yet is answered, and when it is shown."""
    return f"{check.says}; {SHOWN_LATER[check.visibility]}" if check.says else SHOWN_LATER[check.visibility]


def fix_first(checks: Sequence[CheckResult]) -> CheckResult | None:
    """Choose the check to work on next: the first that is wrong, else the first unwritten, else the first waiting.

    Before all of them comes one that misses a file of the assignment, whatever else fails for want of it. One that a
    person decides is nobody's to work on.
    """
    mine = [check for check in checks if not check.is_open]
    lacking = [check for check in mine if check.status is Status.UNWRITTEN and _LACKS_A_MODULE(check.message)]
    if lacking:
        return lacking[0]
    return next((check for statuses in MOVES for check in mine if check.status in statuses), None)


def next_command(
    assignment: str,
    checks: Sequence[CheckResult],
    rules: Sequence[RuleOutcome],
    *,
    left_out: int = 0,
    withheld: Sequence[WithheldCheck] = (),
    work: str | None = None,
) -> str:
    """Name the command that helps most after a result with these checks and rules.

    `left_out` checks were not run, `withheld` are those that are not shown yet. `work` is where the work lies as its
    author named it, empty where they named nothing; None where it is handed in already.
    """
    first = fix_first(checks)
    if first is not None:
        return shlex.join(["grade", "hint", assignment, first.name])
    if any(check.status is Status.VOID for check in checks):
        return "grade doctor"
    if lacking := lacking_answers(withheld):
        return shlex.join(["grade", "hint", assignment, lacking[0].name])
    if left_out or any(rule.points < 0 for rule in rules):
        return shlex.join(["grade", "run", assignment, *(["-s", work] if work else [])])
    return "grade list" if work is None else shlex.join(["grade", "pack", assignment, *filter(None, [work])])


def repro_command(assignment: str, check: Item) -> str:
    """Name the command that writes a check, or its smallest example, as a script.

    It is empty where nothing went wrong, or its inputs are hidden and there is no example.
    """
    wrong = check.status in {Status.FAILED, Status.RAISED, Status.TIMED_OUT, Status.DIED, Status.OUT_OF_MEMORY}
    is_known = check.public or (isinstance(check, CheckResult) and check.verdict.example is not None)
    if not (is_known and wrong and check.visibility is Visibility.VISIBLE):
        return ""
    return shlex.join(["grade", "repro", assignment, check.name])


EXAMPLE_TITLE: Final = "The smallest example that was found:"


def example_text(check: CheckResult) -> str:
    """Write the smallest example of a check: what is given, what came and what was expected; empty where none is."""
    example = check.verdict.example
    if example is None:
        return ""
    got = ", ".join(f"{name} = {value}" if name else value for name, value in example.got)
    lines = [f"given {equations(example.inputs)}", f"got {got}", f"expected {equations(example.expected)}"]
    return "\n".join([*lines, example.matters] if example.matters else lines)


def variables_text(check: CheckResult) -> str:
    """Describe what the variables held at the line that is quoted first; empty where that is not told."""
    held = [f"{one_line(name)} is {one_line(value)}" for name, value in check.verdict.variables]
    return f"There {'; '.join(held)}." if held and check.quoted else ""


def outcome_text(item: Item) -> str:
    """Describe how an item ended, in one sentence; empty for one that passed and has nothing to add."""
    if (measured := item.measurement) is not None:
        says = "" if measured.standing and item.status is Status.PASSED else measured.says  # a place names the value
        return "; ".join(filter(None, (says, measured.standing, item.message)))
    return item.message or (FALLBACKS.get(item.status, "") if isinstance(item, CheckResult) else "")


def ending(item: Item) -> str:
    """Describe how an item ended in a word or two: a check's status, or whether a person has marked it."""
    if isinstance(item, CheckResult):
        return WORDS[item.status]
    return NOT_MARKED if item.mark is None else "marked by hand"


def short_mark(item: Item) -> str:
    """Describe how an item ended in one short word."""
    return MARKS[item.status] if isinstance(item, CheckResult) or item.mark is None else "mark"
