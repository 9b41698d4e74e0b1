"""What a grading found: verdicts, check results, and everything about one graded submission. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from operator import attrgetter
from typing import ClassVar, Generic, TypeAlias, TypeVar, cast

from grader.model.answer import AnswerPlace
from grader.model.assignment import Check, ManualRow, Visibility
from grader.model.figure import Figure
from grader.model.measure import Measurement
from grader.model.status import Answer, Status
from grader.model.submission import StoredOutput

Evidence: TypeAlias = Mapping[str, int | str]
"""What a rule counts from, ready for JSON; each rule names its own keys."""
NOT_MARKED = "not marked yet"
"""What is said of a row that a person has still to mark."""
Field = TypeVar("Field")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Where an array is wrong, small enough to draw.

    `cells` is a map of at most 32 x 32, row by row: 0 is right, 1 is the largest error, None is padding.
    `labels`, `got` and `expected` are the values around the worst place, row by row, already rendered. Where `columns`
    names the columns, they are those of a whole matrix, and `labels` its rows. `maps` are the map that was given and
    the one that was expected, scaled together to [0, 1], where both are drawn; None is no number.
    """

    title: str
    caption: str
    cells: tuple[tuple[float | None, ...], ...]
    labels: tuple[str, ...] = ()
    got: tuple[tuple[str, ...], ...] = ()
    expected: tuple[tuple[str, ...], ...] = ()
    columns: tuple[str, ...] = ()
    maps: tuple[tuple[tuple[float | None, ...], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class NamedMistake:
    """A known mistake whose values the submission reproduced."""

    name: str
    description: str
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

    In a notebook `line` is a line of the cell `cell`, which counts all cells from 1; 0 is no notebook. `before` and
    `after` are the lines around it, of a check with public inputs alone. `is_maker` tells of the definition of what
    made a wrong value, to which no traceback led.
    """

    file: str
    line: int
    function: str
    source: str
    column: int = 0
    cell: int = 0
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    is_maker: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallestExample:
    """The smallest inputs found on which an answer is wrong, as they are written: names and values, all in full.

    `got` names what is wrong there and what it is, `expected` what it should be. `numbers` counts the numbers in the
    arrays of the inputs. `matters` tells two such inputs apart of which the answer is right on one; it may be empty.
    """

    inputs: tuple[tuple[str, str], ...]
    got: tuple[tuple[str, str], ...]
    expected: tuple[tuple[str, str], ...]
    numbers: int
    matters: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the judge found for one check.

    `share` is the part of the points that is earned: 0 or 1, or cases passed over cases where the rubric says so.
    `unanswered` says of cases that nothing was found to judge in them, and `unreadable` why what was found cannot be
    judged: that may be told of a check that is not shown yet, since neither depends on what is right.
    `variables` are names and what they held at the first quoted line, of a check with public inputs alone.
    `todo` names the function that is still to be written, with its place.
    `reasons` are sentences for the student, at most two. `detail` is for the instructor only. `measured` is the value
    that the test measured, None where there is none; `figures` are what the test shows. `answer` is a wrong answer in
    brief, for the instructor. `example` is there where smaller inputs were found on which the answer is wrong.
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
    measured: float | None = None
    figures: tuple[Figure, ...] = ()
    answer: tuple[AnswerPlace, ...] = ()
    unanswered: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    todo: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    example: SmallestExample | None = None

    @property
    def is_open(self) -> bool:
        """Return whether nothing is decided: the course's own code failed, or its cases leave it to a person."""
        waits = self.status is Status.BLOCKED and any(case.status is Status.BLOCKED for case in self.cases)
        return waits or self.status is Status.VOID


class _FieldOf(Generic[Field]):
    """A read-only property: a field of one of the values that an item is composed of."""

    def __init__(self, path: str) -> None:
        self._read = attrgetter(path)

    def __get__(self, item: object, owner: type) -> Field:
        return cast("Field", self._read(item))


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """A check of the rubric, its verdict, and the points that it earned or that a person set.

    `measurement` is None where the check measures nothing, or could not.
    """

    check: Check
    verdict: Verdict
    points: Fraction
    measurement: Measurement | None = None

    name = _FieldOf[str]("check.name")
    part = _FieldOf[str]("check.part")
    description = _FieldOf[str]("check.description")
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
    figures = _FieldOf[tuple[Figure, ...]]("verdict.figures")

    @property
    def is_open(self) -> bool:
        """Return whether nothing is decided, and no points were given by hand either."""
        return self.verdict.is_open and not self.points


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
    measurement: ClassVar[Measurement | None] = None
    figures: ClassVar[tuple[Figure, ...]] = ()

    @property
    def description(self) -> str:
        """Join the title of the row and what it asks for."""
        return f"{self.row.title}: {self.row.description}" if self.row.title else self.row.description

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


@dataclass(frozen=True, slots=True, kw_only=True)
class WithheldCheck:
    """What is told of a check that its reader sees later: whether there is an answer to judge, not whether it is right.

    `says` is that in a sentence, empty where it would tell how another withheld check ended.
    """

    name: str
    part: str
    max_points: Fraction
    visibility: Visibility
    answer: Answer
    says: str


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
    """What a score depends on, so that it can be given again; `variant` is None where the assignment has none."""

    submission: str
    tests: str
    reference: str
    versions: dict[str, str]
    isolation: tuple[str, ...]
    seed: int
    graded_at: str = ""
    variant: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Everything about one graded submission; every report and export is made from it.

    `by_hand` are rows that people mark, which a grading knows nothing of.
    `peak_bytes` is the most resident memory of any of its workers, libraries included; 0 where it was not measured.
    `left_out` counts the checks that were not run because only others were asked for.
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
    left_out: int = 0

    @property
    def items(self) -> tuple[Item, ...]:
        """List the checks, then the rows that people mark."""
        return (*self.checks, *self.by_hand)
