"""What each reader of a result may see, and how points, statuses and foreign text read to all of them. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction

from grader.model import NOT_ISOLATED, CheckResult, PartScore, QuotedLine, Result, Status, Visibility
from grader.rules.registry import recounted


class View(StrEnum):
    """Who reads a result, and for a student also when. Publishing comes after the due date and shows its checks too."""

    STUDENT = "student"
    STUDENT_AFTER_DUE_DATE = "student_after_due_date"
    STUDENT_AFTER_PUBLISHED = "student_after_published"
    INSTRUCTOR = "instructor"


SHOWN: dict[View, frozenset[Visibility]] = {
    View.STUDENT: frozenset({Visibility.VISIBLE}),
    View.STUDENT_AFTER_DUE_DATE: frozenset({Visibility.VISIBLE, Visibility.AFTER_DUE_DATE}),
    View.STUDENT_AFTER_PUBLISHED: frozenset(set(Visibility) - {Visibility.HIDDEN}),
    View.INSTRUCTOR: frozenset(Visibility),
}

WITHHELD_SEED = -1  # no generator takes a negative seed, so this cannot be mistaken for one

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

MARKED, NOT_MARKED = "marked by hand", "not marked yet"
"""How a row stands that a person marks."""

# Whose move it is decides what comes first: code that is wrong, then code that is missing, then what waits for either.
MOVES: tuple[frozenset[Status], ...] = (
    frozenset(set(Status) - {Status.PASSED, Status.UNWRITTEN, Status.BLOCKED, Status.VOID}),
    frozenset({Status.UNWRITTEN}),
    frozenset({Status.BLOCKED}),
)

# Persian and emoji are written with these two joiners; every other invisible character is made visible.
KEPT = frozenset("\u200c\u200d")
UNUSUAL = re.compile(r"[^\n\t -~]")
MAX_CHARACTERS = 2000  # of one text from a submission: about a screen


def seen_by(result: Result, view: View) -> Result:
    """Leave out what this reader may not see: checks, the instructor's details and the seed of hidden cases.

    Where checks are left out the score, the parts and what the rules took are those of the checks that remain, so that
    no difference tells how the others ended; a note says how many they are.
    """
    if view is View.INSTRUCTOR:
        return result
    shown = tuple(replace(check, detail="") for check in result.checks if check.visibility in SHOWN[view])
    withheld = _withheld(result, view)
    provenance = replace(result.provenance, seed=WITHHELD_SEED)
    public = replace(result, checks=shown, provenance=provenance, stored_outputs=())
    if not withheld:
        return public
    earned = sum((check.points for check in shown), Fraction(0))
    rules = recounted(result.rules, earned)
    return replace(
        public,
        score=earned + sum((rule.points for rule in rules), Fraction(0)),
        max_score=sum((check.max_points for check in shown), Fraction(0)),
        parts=_parts_of(result.parts, shown, withheld),
        rules=rules,
        notes=(withheld_note(result, view), *result.notes),
    )


def _withheld(result: Result, view: View) -> list[CheckResult]:
    return [check for check in result.checks if check.visibility not in SHOWN[view]]


def _parts_of(
    parts: Sequence[PartScore], shown: Sequence[CheckResult], withheld: Sequence[CheckResult]
) -> tuple[PartScore, ...]:
    emptied = {check.part for check in withheld} - {check.part for check in shown}
    return tuple(
        replace(
            part,
            points=sum((check.points for check in shown if check.part == part.name), Fraction(0)),
            max_points=sum((check.max_points for check in shown if check.part == part.name), Fraction(0)),
        )
        for part in parts
        if part.name not in emptied
    )


def withheld_note(result: Result, view: View) -> str:
    """Say how many checks this reader is not shown; empty when all are."""
    withheld = _withheld(result, view)
    if not withheld:
        return ""
    points = sum((check.max_points for check in withheld), Fraction(0))
    checks = f"{counted(len(withheld), 'check')} worth {counted(points, 'point')}"
    return f"{checks} {'is' if len(withheld) == 1 else 'are'} not shown here; the score here counts the others"


def isolation_warning(result: Result) -> str:
    """Say that nothing confined the code, for a banner; empty where something did."""
    if NOT_ISOLATED not in result.provenance.isolation:
        return ""
    return "Not isolated: the code ran with all that its user may do. For its author, not for a gradebook."


def fix_first(checks: Sequence[CheckResult]) -> CheckResult | None:
    """Choose the check to work on next: the first that is wrong, else the first unwritten, else the first waiting."""
    own = [check for check in checks if not check.by_hand]
    return next((check for statuses in MOVES for check in own if check.status in statuses), None)


def next_command(result: Result) -> str:
    """Name the command that helps most after this result."""
    first = fix_first(result.checks)
    if first is not None:
        return shlex.join(["grade", "hint", result.assignment, first.name])
    if any(check.status is Status.VOID for check in result.checks):
        return "grade doctor"
    if any(rule.points < 0 for rule in result.rules):
        return shlex.join(["grade", "run", result.assignment])
    return "grade list"


def outcome_text(check: CheckResult) -> str:
    """Say how a check ended, in one sentence; empty for one that passed and has nothing to add."""
    return check.message or ("" if check.by_hand else FALLBACKS.get(check.status, ""))


def ending(check: CheckResult) -> str:
    """Say how a check ended in a word or two: its status, or whether a person has marked it."""
    if check.by_hand:
        return NOT_MARKED if check.status is Status.BLOCKED else MARKED
    return WORDS[check.status]


def short_mark(check: CheckResult) -> str:
    """Say how a check ended in one short word."""
    return "mark" if check.by_hand and check.status is not Status.BLOCKED else MARKS[check.status]


def points_text(points: Fraction) -> str:
    """Write points with at most two decimals and none that say nothing: 6, 4.5, 0.33."""
    text = f"{float(points):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def counted(number: Fraction | int, noun: str) -> str:
    """Join a number and its noun: 1 check, 2 checks, 4.5 points."""
    return f"{points_text(Fraction(number))} {noun}{'' if number == 1 else 's'}"


def printable(text: str) -> str:
    r"""Make text from anywhere safe to show: what a screen would obey or hide is written out, as \x1b or \u202e.

    Newlines and tabs stay. Longer text than a screen is cut and says so.
    """
    if len(text) > MAX_CHARACTERS:
        text = f"{text[:MAX_CHARACTERS]} … ({len(text) - MAX_CHARACTERS} more characters)"
    return text if text.isprintable() else UNUSUAL.sub(_written_out, text)


def one_line(text: str) -> str:
    """Make text safe to show on one line: printable, and each run of white space one space."""
    return " ".join(printable(text).split())


def code_line(text: str) -> str:
    """Make a line of source safe to show on one line, its inner spaces kept."""
    return printable(text).strip().replace("\n", " ")


def line_words(line: QuotedLine) -> str:
    """Name a quoted line within its file: `line 44`, or in a notebook `cell 12, line 3`."""
    return f"cell {line.cell}, line {line.line}" if line.cell else f"line {line.line}"


def around_column(line: QuotedLine) -> tuple[str, str, str]:
    """Split a quoted line, made safe to show, into what stands before its column, the character there, and the rest."""
    if not 0 < line.column <= len(line.source.rstrip()):
        return code_line(line.source), "", ""
    before, at, after = line.source[: line.column - 1], line.source[line.column - 1], line.source[line.column :]
    safe = [printable(text).replace("\n", " ") for text in (before.lstrip(), at, after.rstrip())]
    return safe[0], safe[1], safe[2]


def _written_out(match: re.Match[str]) -> str:
    char = match[0]
    if char.isprintable() or char in KEPT:
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
