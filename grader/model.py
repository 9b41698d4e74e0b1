"""The values that a grading is made of. Pure data: nothing here reads, runs or decides.

submission -> observations -> verdicts -> score -> report
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from operator import attrgetter
from typing import Annotated, ClassVar, Generic, TypeAlias, TypeVar, cast

import numpy as np

Value: TypeAlias = "bool | int | float | str | np.ndarray | list[Value] | tuple[Value, ...] | dict[str, Value] | None"
"""What may cross from the worker to the judge: plain data, never an object with behaviour."""

Evidence: TypeAlias = Mapping[str, int | str]
"""What a rule counts from, ready for JSON; each rule names its own keys."""

NOT_ISOLATED = "not isolated"
"""The one entry of `Provenance.isolation` where the code ran with everything that its user may do."""
CONSENT = "I trust every submission"
"""What a caller says to have other people's code run so."""


NOT_MARKED = "not marked yet"
"""What is said of a row that a person has still to mark."""

Field = TypeVar("Field")


class Status(StrEnum):
    """How a check ended. The set is closed; only PASSED earns points."""

    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"
    UNWRITTEN = "unwritten"
    RAISED = "raised"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    DIED = "died"
    FORBIDDEN = "forbidden"
    VOID = "void"


class Visibility(StrEnum):
    """When a student may see a check, in the words of Gradescope."""

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
class Frame:
    """One frame of a traceback, in a file of the submission."""

    file: str
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """Why a file does not compile. `line` and `column` count from 1; 0 when the compiler gave none."""

    message: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureReport:
    """Why a driver call gave no value, as facts that nobody has put into words yet.

    `cause` is what was seen from outside, to complete "the code ..."; `ran` is false where it was not called, and the
    cause then completes "not run: ...". All else was told by the worker, where a submission can say what it likes.
    """

    status: Status
    cause: str = ""
    exception: str = ""
    text: str = ""
    frames: tuple[Frame, ...] = ()
    ran: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a driver call gave no value, in words.

    `message` is ours and safe to show; `text` is the exception's own and may carry hidden inputs.
    """

    status: Status
    message: str
    exception: str = ""
    text: str = ""
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one driver call gave: a value, or a failure. Never both."""

    value: Value = None
    failure: FailureReport | None = None
    printed: str = ""
    warned: str = ""
    cpu_seconds: float = 0.0


class Affects(StrEnum):
    """What a field of a rubric affects. Every field of a rubric's types is annotated with one."""

    VERDICT = "verdict"
    """How a check ends: when the field changes, submissions run again."""

    SCORE = "score"
    """The points and words that a stored result holds: it is scored again from its verdicts, and nothing runs."""

    FINAL_GRADE = "final grade"
    """What lateness and people do to a result: stored in none, applied whenever a grade is given."""

    DISPLAY = "display"
    """Neither result nor grade: it is read from the rubric wherever it is shown or needed."""


@dataclass(frozen=True, slots=True)
class Part:
    """A heading of the rubric."""

    name: Annotated[str, Affects.SCORE]
    title: Annotated[str, Affects.SCORE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One row of the rubric, joined by name to the hidden test `test_<name>`."""

    name: Annotated[str, Affects.VERDICT]
    part: Annotated[str, Affects.SCORE]
    points: Annotated[Fraction, Affects.SCORE]
    says: Annotated[str, Affects.SCORE]
    hint: Annotated[str, Affects.SCORE]
    needs: Annotated[tuple[str, ...], Affects.VERDICT] = ()
    seconds: Annotated[float, Affects.VERDICT] = 5.0
    visibility: Annotated[Visibility, Affects.SCORE] = Visibility.VISIBLE
    public: Annotated[bool, Affects.VERDICT] = False
    partial: Annotated[bool, Affects.VERDICT] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualRow:
    """One row of the rubric that a person marks; `writeup` is the pattern of the files that it is judged from."""

    name: Annotated[str, Affects.FINAL_GRADE]
    part: Annotated[str, Affects.FINAL_GRADE]
    title: Annotated[str, Affects.FINAL_GRADE]
    points: Annotated[Fraction, Affects.FINAL_GRADE]
    says: Annotated[str, Affects.FINAL_GRADE]
    writeup: Annotated[str, Affects.FINAL_GRADE] = "*.pdf"


@dataclass(frozen=True, slots=True)
class OutputRule:
    """Whether printing is forbidden, and what it costs.

    What was printed is not kept, so that submissions run again where its cost changes.
    """

    forbidden: Annotated[bool, Affects.VERDICT] = False
    consequence: Annotated[Penalty, Affects.VERDICT] = Penalty.WARN
    points: Annotated[Fraction, Affects.VERDICT] = Fraction(0)


class Profile(StrEnum):
    """How much of the kernel a worker sees."""

    MEMORY = "memory"
    """No call that takes a path, no socket, no other process."""

    FILES = "files"
    """As MEMORY, and calls that take a path; Landlock says which paths."""

    PROCESSES = "processes"
    """As FILES, and forks, in a process namespace that ends with the worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What the worker of an assignment is given.

    `scratch_mb` bounds the folder that a worker of another profile than MEMORY may write to.
    """

    modules: Annotated[tuple[str, ...], Affects.VERDICT] = ("numpy",)
    memory_mb: Annotated[int, Affects.VERDICT] = 1024
    submission_seconds: Annotated[float, Affects.VERDICT] = 120.0
    fork_per_call: Annotated[bool, Affects.VERDICT] = False
    profile: Annotated[Profile, Affects.VERDICT] = Profile.MEMORY
    scratch_mb: Annotated[int, Affects.VERDICT] = 64


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
class Assignment:
    """A rubric as written in `assignment.toml`.

    `isolation` are the layers without which nothing may be graded. `attachments` are patterns of what else than modules
    may be handed in, `attachment_mb` bounds all of it together.
    """

    name: Annotated[str, Affects.VERDICT]
    title: Annotated[str, Affects.SCORE]
    source: Annotated[str, Affects.DISPLAY]
    parts: tuple[Part, ...]
    checks: tuple[Check, ...]
    seed: Annotated[int, Affects.VERDICT]
    runtime: Runtime = field(default_factory=Runtime)
    output_rule: OutputRule = field(default_factory=OutputRule)
    files: Annotated[tuple[str, ...], Affects.VERDICT]
    attachments: Annotated[tuple[str, ...], Affects.VERDICT] = ()
    attachment_mb: Annotated[int, Affects.VERDICT] = 8
    isolation: Annotated[tuple[str, ...], Affects.DISPLAY] = ()  # whether anything is graded, not how it ends
    late: LatePolicy | None = None
    by_hand: tuple[ManualRow, ...] = ()

    @property
    def max_score(self) -> Fraction:
        """Sum the points of all checks."""
        return sum((check.points for check in self.checks), Fraction(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Where an array is wrong, small enough to draw.

    `cells` is a map of at most 32 x 32, row by row: 0 is right, 1 is the largest error, None is padding.
    `labels`, `got` and `expected` are the values around the worst place, row by row, already rendered. Where `columns`
    names the columns, they are those of a whole matrix, and `labels` its rows.
    """

    title: str
    caption: str
    cells: tuple[tuple[float | None, ...], ...]
    labels: tuple[str, ...] = ()
    got: tuple[tuple[str, ...], ...] = ()
    expected: tuple[tuple[str, ...], ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedMistake:
    """A known mistake whose values the submission reproduced."""

    name: str
    says: str
    hint: str


@dataclass(frozen=True, slots=True)
class CaseVerdict:
    """How one parametrised case of a check ended."""

    case: str
    status: Status
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedLine:
    """A line of the student's own file that a traceback led to. `column` counts from 1; 0 is no place in particular.

    In a notebook `line` is a line of the cell `cell`, which counts all cells from 1; 0 is no notebook.
    """

    file: str
    line: int
    function: str
    source: str
    column: int = 0
    cell: int = 0


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Where the lines of a module come from that was handed in as a notebook.

    `cells` are the number of each of its cells, from 1, and how many lines of the module are that cell's; 0 is none.
    """

    file: str
    cells: tuple[tuple[int, int], ...]

    def locate(self, line: int) -> tuple[int, int]:
        """Return the cell of a line of the module, and which line of the cell it is."""
        for cell, lines in self.cells:
            if line <= lines:
                return cell, line
            line -= lines
        return 0, 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOutput:
    """What a cell of a notebook shows by its author's account; nobody saw it come about."""

    file: str
    cell: int
    text: str
    pictures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the judge found for one check.

    `share` is the part of the points that is earned: 0 or 1, or cases passed over cases where the rubric says so.
    `reasons` are sentences for the student, at most two. `detail` is for the instructor only.
    """

    check: str
    status: Status
    share: Fraction = Fraction(0)
    message: str = ""
    reasons: tuple[str, ...] = ()
    mistakes: tuple[NamedMistake, ...] = ()
    picture: Picture | None = None
    quoted: tuple[QuotedLine, ...] = ()
    cases: tuple[CaseVerdict, ...] = ()
    detail: str = ""
    cpu_seconds: float = 0.0


class _FieldOf(Generic[Field]):
    """A read-only property: a field of one of the values that an item is composed of."""

    def __init__(self, path: str) -> None:
        self._read = attrgetter(path)

    def __get__(self, item: object, owner: type) -> Field:
        return cast("Field", self._read(item))


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """A check of the rubric, its verdict, and the points that it earned or that a person set."""

    check: Check
    verdict: Verdict
    points: Fraction

    name = _FieldOf[str]("check.name")
    part = _FieldOf[str]("check.part")
    says = _FieldOf[str]("check.says")
    hint = _FieldOf[str]("check.hint")
    max_points = _FieldOf[Fraction]("check.points")
    visibility = _FieldOf[Visibility]("check.visibility")
    public = _FieldOf[bool]("check.public")
    status = _FieldOf[Status]("verdict.status")
    message = _FieldOf[str]("verdict.message")
    reasons = _FieldOf[tuple[str, ...]]("verdict.reasons")
    mistakes = _FieldOf[tuple[NamedMistake, ...]]("verdict.mistakes")
    picture = _FieldOf[Picture | None]("verdict.picture")
    quoted = _FieldOf[tuple[QuotedLine, ...]]("verdict.quoted")
    cases = _FieldOf[tuple[CaseVerdict, ...]]("verdict.cases")
    detail = _FieldOf[str]("verdict.detail")
    cpu_seconds = _FieldOf[float]("verdict.cpu_seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualItem:
    """A row of the rubric as a person marked it. `mark` is None where nobody has yet.

    Beside its own fields it has those of a check that a table of both kinds needs.
    """

    row: ManualRow
    mark: Fraction | None = None
    comment: str = ""

    name = _FieldOf[str]("row.name")
    part = _FieldOf[str]("row.part")
    max_points = _FieldOf[Fraction]("row.points")
    hint: ClassVar[str] = ""
    visibility: ClassVar[Visibility] = Visibility.VISIBLE
    public: ClassVar[bool] = False
    reasons: ClassVar[tuple[str, ...]] = ()
    mistakes: ClassVar[tuple[NamedMistake, ...]] = ()
    picture: ClassVar[Picture | None] = None
    quoted: ClassVar[tuple[QuotedLine, ...]] = ()
    cases: ClassVar[tuple[CaseVerdict, ...]] = ()
    detail: ClassVar[str] = ""
    cpu_seconds: ClassVar[float] = 0.0

    @property
    def says(self) -> str:
        """Join the title of the row and what it asks for."""
        return f"{self.row.title}: {self.row.says}" if self.row.title else self.row.says

    @property
    def points(self) -> Fraction:
        """Return the mark, and nothing where there is none."""
        return Fraction(0) if self.mark is None else self.mark

    @property
    def message(self) -> str:
        """Return the comment, or that nobody marked the row yet."""
        return NOT_MARKED if self.mark is None else self.comment

    @property
    def status(self) -> Status:
        """Return the status under which forms list the row that know no marks."""
        if self.mark is None:
            return Status.BLOCKED
        return Status.PASSED if self.mark == self.row.points else Status.FAILED


Item: TypeAlias = CheckResult | ManualItem
"""A row of a result, whoever judges it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartScore:
    """The points of one part."""

    name: str
    title: str
    points: Fraction
    max_points: Fraction


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What a rule of the assignment found, and the points it took (zero or negative).

    `evidence` is what both depend on beside the points before the rule; empty where nothing is counted again from it.
    """

    rule: str
    message: str
    points: Fraction = Fraction(0)
    evidence: Evidence = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a score depends on, so that it can be given again."""

    submission: str
    tests: str
    reference: str
    versions: dict[str, str]
    isolation: tuple[str, ...]
    seed: int
    graded_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Everything about one graded submission; every report and export is made from it.

    `by_hand` are rows that people mark, which a grading knows nothing of.
    `peak_bytes` is the most resident memory of any of its workers, libraries included; 0 where it was not measured.
    """

    assignment: str
    title: str
    submission: str
    score: Fraction
    max_score: Fraction
    parts: tuple[PartScore, ...]
    checks: tuple[CheckResult, ...]
    rules: tuple[RuleOutcome, ...]
    notes: tuple[str, ...]
    provenance: Provenance
    cpu_seconds: float = 0.0
    seconds: float = 0.0
    stored_outputs: tuple[StoredOutput, ...] = ()
    peak_bytes: int = 0
    by_hand: tuple[ManualItem, ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        """List the checks, then the rows that people mark."""
        return (*self.checks, *self.by_hand)
