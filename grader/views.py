"""How points, statuses and foreign text read to everybody. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from fractions import Fraction

from grader.model import NOT_ISOLATED, NOT_MARKED, CheckResult, Item, Provenance, QuotedLine, RuleOutcome, Status

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

MARKED = "marked by hand"
"""How a row stands that a person has marked."""

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


def isolation_warning(provenance: Provenance) -> str:
    """Say that nothing confined the code, for a banner; empty where something did."""
    if NOT_ISOLATED not in provenance.isolation:
        return ""
    return "Not isolated: the code ran with all that its user may do. For its author, not for a gradebook."


def fix_first(checks: Sequence[CheckResult]) -> CheckResult | None:
    """Choose the check to work on next: the first that is wrong, else the first unwritten, else the first waiting."""
    return next((check for statuses in MOVES for check in checks if check.status in statuses), None)


def next_command(assignment: str, checks: Sequence[CheckResult], rules: Sequence[RuleOutcome]) -> str:
    """Name the command that helps most after a result with these checks and rules."""
    first = fix_first(checks)
    if first is not None:
        return shlex.join(["grade", "hint", assignment, first.name])
    if any(check.status is Status.VOID for check in checks):
        return "grade doctor"
    if any(rule.points < 0 for rule in rules):
        return shlex.join(["grade", "run", assignment])
    return "grade list"


def outcome_text(item: Item) -> str:
    """Say how an item ended, in one sentence; empty for one that passed and has nothing to add."""
    return item.message or (FALLBACKS.get(item.status, "") if isinstance(item, CheckResult) else "")


def ending(item: Item) -> str:
    """Say how an item ended in a word or two: a check's status, or whether a person has marked it."""
    if isinstance(item, CheckResult):
        return WORDS[item.status]
    return NOT_MARKED if item.mark is None else MARKED


def short_mark(item: Item) -> str:
    """Say how an item ended in one short word."""
    return MARKS[item.status] if isinstance(item, CheckResult) or item.mark is None else "mark"


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
