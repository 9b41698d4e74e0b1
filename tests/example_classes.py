"""Classes to show: one of any size, drawn, and one whose every text tries to run, hide or compute."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

from example_results import HOSTILE, rich_result

from grader.model.assignment import Check, Part
from grader.model.status import Outcome, Status
from grader.reporting.class_data import ClassSnapshot, GradedWith, Lateness, StudentRow
from grader.reporting.class_figures import OUTCOMES
from grader.results.form import BriefCheck, MistakeRow

RICH = rich_result()
PARTS = tuple(Part(part.name, part.title) for part in RICH.parts)
CHECKS = tuple(row.check for row in RICH.checks)
MISTAKES = {
    "empty-slice-at-padding-zero": "with padding 0 the slice [0:-0] selects nothing, so dx comes out empty",
    "flattened-in-the-wrong-order": "the windows are flattened with channels last, the weight with channels first",
    "no-mean-over-the-batch": "the gradients are summed over the batch where they should be averaged",
}
MADE_IN = {"conv_backward": "empty-slice-at-padding-zero", "pool_backward_overlap": "flattened-in-the-wrong-order"}
OTHERS = (*[Status.FAILED] * 30, *[Status.RAISED] * 10, *[Status.UNWRITTEN] * 6, Status.TIMED_OUT, Status.DIED)
GIVEN = ("Ada", "Grace", "Emmy", "Sofja", "Ștefan", "Łukasz", "José", "Ngọc", "محمد", "Zoë", "Xiù", "Mary")
FAMILY = ("Lovelace", "Hopper", "Noether", "Kowalewskaja", "Țurcanu", "de la Cruz", "Nguyễn", "الخوارزمي", "O'Neil")
WITH = GradedWith("sha256:0b9f3a1c2d4e", "sha256:c4d8e2f1a0b9", "grader 0.1.0, numpy 2.4.6", "seccomp, rlimits")


def drawn_member(number: int, draw: random.Random) -> StudentRow:
    """Draw one student: most are graded, some handed in nothing or what cannot be read."""
    name = f"{draw.choice(GIVEN)} {draw.choice(FAMILY)}"
    identifier = f"s{number:05}"
    fate = draw.random()
    if fate < 0.03:
        return StudentRow(identifier, name, Outcome.MISSING)
    if fate < 0.05:
        return StudentRow(identifier, name, Outcome.UNREADABLE, f"submission {identifier}.zip is not an archive")
    skill = draw.betavariate(4, 1.6)
    checks = {row.name: _drawn_check(row, skill, draw) for row in CHECKS}
    passed = {row.name for row in CHECKS if checks[row.name].status is Status.PASSED}
    parts = {
        part.name: sum((row.points for row in CHECKS if row.part == part.name and row.name in passed), Fraction(0))
        for part in PARTS
    }
    periods = draw.choices((0, 1, 2, 5), (80, 12, 6, 2))[0]
    late = Lateness(periods, min(periods, 1), Fraction(max(0, periods - 1), 4))
    return StudentRow(
        identifier, name, Outcome.GRADED, score=max(Fraction(0), sum(parts.values(), Fraction(0)) - late.late_penalty),
        max_score=RICH.max_score + 6, parts=parts, checks=checks, late=late,
        cpu_seconds=sum(one.cpu_seconds for one in checks.values()), peak_bytes=draw.randrange(190, 420) << 20,
        report=f"reports/{identifier}.html", content=identifier, source=f"handed/{identifier}",
    )  # fmt: skip


def ended(status: Status, *mistakes: str, reason: str = "", seconds: float = 0.0) -> BriefCheck:
    """Give how a check ended for a student."""
    made = tuple(MistakeRow(name=name, says=MISTAKES.get(name, name), hint="") for name in mistakes)
    reasons = (reason,) if reason else ()
    return BriefCheck(name="", status=status, mistakes=made, reasons=reasons, cpu_seconds=seconds)


def _drawn_check(row: Check, skill: float, draw: random.Random) -> BriefCheck:
    seconds = draw.lognormvariate(-4.2, 0.5)
    if draw.random() < skill:
        return ended(Status.PASSED, seconds=seconds)
    status = draw.choice(OTHERS)
    if status is not Status.FAILED:
        return ended(status, seconds=seconds)
    if row.name in MADE_IN and draw.random() < 0.7:
        return ended(status, MADE_IN[row.name], seconds=seconds)
    reason = "dx is the right values in another order" if draw.random() < 0.3 else ""
    return ended(status, reason=reason, seconds=seconds)


def drawn_class(size: int, seed: int = 7) -> ClassSnapshot:
    """Draw a class."""
    draw = random.Random(seed)  # noqa: S311  # a class, not a secret
    students = tuple(drawn_member(number, draw) for number in range(size))
    points = {part.name: sum((row.points for row in CHECKS if row.part == part.name), Fraction(0)) for part in PARTS}
    graded = sum(member.score is not None for member in students)
    return ClassSnapshot(
        "convnet", RICH.title, PARTS, points, CHECKS, students, {WITH: graded},
        "7, 2026-11-21 22:40 UTC, finished", "day", has_roster=True,
    )  # fmt: skip


NAMES = (
    HOSTILE,
    '=HYPERLINK("https://example.org","marks")',
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "\u202eflipped\u202c",
    "\u2066isolated",
    'quote" onclick="window.broken = true',
    "</script><script>window.broken = true</script>",
    "{{ 7 * 7 }}",
    "a" * 300,
)


def hostile_class() -> ClassSnapshot:
    """Give a class in which every text that a submission or a roster can choose is hostile."""
    base = drawn_class(len(NAMES) * 2)
    graded = [member for member in base.students if member.score is not None][: len(NAMES)]
    known = MistakeRow(name="known", says=HOSTILE, hint="")
    checks = {
        row.name: replace(
            ended(Status.DIED if number % 2 else Status.FAILED, reason=HOSTILE, seconds=0.1), mistakes=(known,)
        )
        for number, row in enumerate(CHECKS)
    }
    students = tuple(
        replace(
            member, identifier=f"{name} {number}", name=name, message=name, checks=checks, content="same", source=name
        )
        for number, (member, name) in enumerate(zip(graded, NAMES, strict=True))
    )
    return replace(
        base, title=HOSTILE, students=students, run=HOSTILE,
        graded_with={GradedWith(HOSTILE, HOSTILE, HOSTILE, HOSTILE): 1, WITH: 2},
    )  # fmt: skip


def empty_class() -> ClassSnapshot:
    """Give a class of which nobody could be graded."""
    base = drawn_class(3)
    students = tuple(
        StudentRow(f"s{number}", "", outcome, "it could not be" if outcome is not Outcome.MISSING else "")
        for number, outcome in enumerate(outcome for outcome in OUTCOMES if outcome is not Outcome.GRADED)
    )
    return replace(base, students=students, graded_with={}, late_period="", has_roster=False)


CLASSES = {"drawn": drawn_class(60), "one": drawn_class(1, seed=3), "hostile": hostile_class(), "empty": empty_class()}
