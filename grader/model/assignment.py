"""A rubric as its author wrote it, and what each of its fields affects. Pure data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Annotated

from grader.model.affects import Affects
from grader.model.measure import MeasureRule


class Visibility(StrEnum):
    """When a student may see a check, in the words of Gradescope; each is later than the one before it."""

    VISIBLE = "visible"
    AFTER_DUE_DATE = "after_due_date"
    AFTER_PUBLISHED = "after_published"
    HIDDEN = "hidden"


class Penalty(StrEnum):
    """What printing unasked-for text costs."""

    WARN = "warn"
    DEDUCT = "deduct"
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class Part:
    """A heading of the rubric."""

    name: Annotated[str, Affects.SCORE]
    title: Annotated[str, Affects.SCORE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One row of the rubric, joined by name to the hidden test `test_<name>`.

    `reads` are the attachments without which it cannot pass: a file of its own for each entry, which has the patterns
    that it may fit.
    """

    name: Annotated[str, Affects.VERDICT]
    part: Annotated[str, Affects.SCORE]
    points: Annotated[Fraction, Affects.SCORE]
    description: Annotated[str, Affects.SCORE]
    hint: Annotated[str, Affects.SCORE]
    needs: Annotated[tuple[str, ...], Affects.VERDICT] = ()
    seconds: Annotated[float, Affects.VERDICT] = 5.0
    visibility: Annotated[Visibility, Affects.SCORE] = Visibility.VISIBLE
    public: Annotated[bool, Affects.VERDICT] = False
    partial: Annotated[bool, Affects.VERDICT] = False
    maps: Annotated[bool, Affects.VERDICT] = False
    measure: MeasureRule | None = None
    forbid: Annotated[tuple[str, ...], Affects.VERDICT] = ()
    reads: Annotated[tuple[tuple[str, ...], ...], Affects.DISPLAY] = ()  # what `grade pack` asks for


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualRow:
    """One row of the rubric that a person marks; `writeup` is the pattern of the files that it is judged from."""

    name: Annotated[str, Affects.FINAL_GRADE]
    part: Annotated[str, Affects.FINAL_GRADE]
    title: Annotated[str, Affects.FINAL_GRADE]
    points: Annotated[Fraction, Affects.FINAL_GRADE]
    description: Annotated[str, Affects.FINAL_GRADE]
    writeup: Annotated[str, Affects.FINAL_GRADE] = "*.pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """Which definition of a name counts that cells of a notebook define more than once.

    The last counts that stands before the heading `before`, where there is one, and has these `parameters`, if any are
    given; `self` is not among them.
    """

    name: Annotated[str, Affects.VERDICT]
    before: Annotated[str, Affects.VERDICT] = ""
    parameters: Annotated[tuple[str, ...], Affects.VERDICT] = ()


@dataclass(frozen=True, slots=True)
class OutputRule:
    """Whether printing is forbidden, and what it costs.

    What was printed is not kept, so that submissions run again where its cost changes.
    """

    forbidden: Annotated[bool, Affects.VERDICT] = False
    consequence: Annotated[Penalty, Affects.VERDICT] = Penalty.WARN
    points: Annotated[Fraction, Affects.VERDICT] = Fraction(0)


class Charge(StrEnum):
    """What a forbidden operation costs, in each check in whose calls it was seen."""

    WARN = "warn"
    SHARE = "share"
    CHECK = "check"
    PART = "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsRule:
    """Which operations are forbidden in every check, and what calling one costs.

    `forbid` are families of operations and dotted names. `allow` are files, functions and blocks whose calls are the
    template's: `a.py`, `a.py:Layer.compare`, `a.py:if self._verify`, `a.py:Layer.forward:if self._verify`. `share` is
    the part of a check's points that is lost where `costs` says so.
    """

    forbid: Annotated[tuple[str, ...], Affects.VERDICT] = ()
    allow: Annotated[tuple[str, ...], Affects.VERDICT] = ()
    costs: Annotated[Charge, Affects.VERDICT] = Charge.CHECK
    share: Annotated[Fraction, Affects.VERDICT] = Fraction(1, 2)


class Profile(StrEnum):
    """How much of the kernel a worker sees."""

    MEMORY = "memory"
    """No call that takes a path, no socket, no other process."""

    FILES = "files"
    """As MEMORY, and calls that take a path; Landlock says which paths."""

    PROCESSES = "processes"
    """As FILES, and forks, in a process namespace that ends with the worker."""


class ImageLayout(StrEnum):
    """Where arrays of four axes have their channels: as torch has them, or last, and kernels their filters."""

    CHANNELS_FIRST = "channels_first"
    CHANNELS_LAST = "channels_last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What the worker of an assignment is given.

    `optional` are modules that a submission gets where they are installed; they stand among `modules` then.
    `scratch_mb` bounds the folder that a worker of another profile than MEMORY may write to.
    """

    modules: Annotated[tuple[str, ...], Affects.VERDICT] = ("numpy",)
    optional: Annotated[tuple[str, ...], Affects.VERDICT] = ()
    memory_mb: Annotated[int, Affects.VERDICT] = 1024
    submission_seconds: Annotated[float, Affects.VERDICT] = 120.0
    fork_per_call: Annotated[bool, Affects.VERDICT] = False
    profile: Annotated[Profile, Affects.VERDICT] = Profile.MEMORY
    scratch_mb: Annotated[int, Affects.VERDICT] = 64


class StubForm(StrEnum):
    """In what form students receive the files that they write."""

    MODULES = "modules"
    NOTEBOOK = "notebook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stub:
    """What students receive in place of the files that they write; `notebook` is the name of a notebook."""

    form: Annotated[StubForm, Affects.DISPLAY] = StubForm.MODULES
    notebook: Annotated[str, Affects.DISPLAY] = "notebook.ipynb"


YEARS = range(1970, 9000)  # of deadlines: outside, a few days or an offset more may be no date at all


class Period(StrEnum):
    """What lateness is counted in; one that has started counts whole."""

    DAY = "day"
    HOUR = "hour"


class AfterLast(StrEnum):
    """What becomes of a submission that is later than the last period that deducts."""

    CAP = "cap"
    ZERO = "zero"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class LatePolicy:
    """What lateness costs.

    `due` is the wall clock's time in `time_zone`, as ISO 8601 without an offset. `deduct` points go for each started
    period, without end where `periods` is None. `cap` is the most that is left after the last period, where that is
    what `then` says. Within `grace_minutes` after each boundary it is not passed yet. `late_days` is what every student
    may be late in the whole course without losing points.
    """

    due: Annotated[str, Affects.FINAL_GRADE]
    time_zone: Annotated[str, Affects.FINAL_GRADE]
    per: Annotated[Period, Affects.FINAL_GRADE] = Period.DAY
    deduct: Annotated[Fraction, Affects.FINAL_GRADE] = Fraction(0)
    periods: Annotated[int | None, Affects.FINAL_GRADE] = None
    then: Annotated[AfterLast, Affects.FINAL_GRADE] = AfterLast.ZERO
    cap: Annotated[Fraction, Affects.FINAL_GRADE] = Fraction(0)
    grace_minutes: Annotated[int, Affects.FINAL_GRADE] = 0
    late_days: Annotated[int, Affects.FINAL_GRADE] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Variants:
    """How many variants an assignment has, and the secret that says which one is whose.

    Where there are `inputs`, those of each check are drawn anew for each variant.
    """

    count: Annotated[int, Affects.VERDICT]
    salt: Annotated[str, Affects.VERDICT] = ""
    inputs: Annotated[bool, Affects.VERDICT] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A rubric as written in `assignment.toml`.

    `isolation` are the layers without which nothing may be graded. `attachments` are patterns of what else than modules
    may be handed in, `attachment_mb` bounds all of it together; of each of the `alternatives` one pattern suffices.
    """

    name: Annotated[str, Affects.VERDICT]
    title: Annotated[str, Affects.SCORE]
    source: Annotated[str, Affects.DISPLAY]
    parts: tuple[Part, ...]
    checks: tuple[Check, ...]
    seed: Annotated[int, Affects.VERDICT]
    runtime: Runtime = field(default_factory=Runtime)
    output_rule: OutputRule = field(default_factory=OutputRule)
    operations_rule: OperationsRule = field(default_factory=OperationsRule)
    stub: Stub = field(default_factory=Stub)
    files: Annotated[tuple[str, ...], Affects.VERDICT]
    attachments: Annotated[tuple[str, ...], Affects.VERDICT] = ()
    attachment_mb: Annotated[int, Affects.VERDICT] = 8
    alternatives: Annotated[tuple[tuple[str, ...], ...], Affects.DISPLAY] = ()  # what is said to be missing
    image_layout: Annotated[ImageLayout, Affects.VERDICT] = ImageLayout.CHANNELS_FIRST  # reasons name the axes
    isolation: Annotated[tuple[str, ...], Affects.DISPLAY] = ()  # whether anything is graded, not how it ends
    late: LatePolicy | None = None
    by_hand: tuple[ManualRow, ...] = ()
    definitions: tuple[Definition, ...] = ()
    variants: Variants | None = None

    @property
    def max_score(self) -> Fraction:
        """Sum the points of all checks."""
        return sum((check.points for check in self.checks), Fraction(0))

    @property
    def forbidden(self) -> tuple[str, ...]:
        """List what is forbidden in any check, families and dotted names, each once."""
        of_checks = (entry for check in self.checks for entry in check.forbid)
        return tuple(dict.fromkeys((*self.operations_rule.forbid, *of_checks)))

    @property
    def time_zone(self) -> str:
        """Return the zone of the clock that moments without an offset are read by."""
        return "UTC" if self.late is None else self.late.time_zone
