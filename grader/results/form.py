"""The form `grade/result/v1` as pydantic checks it, and how it is told where a document departs from it. Pure."""

from __future__ import annotations

import functools
import reprlib
from dataclasses import dataclass
from typing import Annotated, Final, NotRequired, TypeAlias, TypeVar

from pydantic import BeforeValidator, FailFast, Field, PlainValidator, Strict, TypeAdapter, ValidationError
from pydantic_core import PydanticKnownError
from typing_extensions import TypedDict  # pydantic takes that of the standard library from Python 3.12 on

from grader.errors import ResultError
from grader.model.assignment import Visibility
from grader.model.measure import Better
from grader.model.result import CaseVerdict
from grader.model.status import Status
from grader.results.visibility import WITHHELD_SEED

SCHEMA: Final = "grade/result/v1"
MAX_NUMBER: Final = 1e15  # past any points or seconds; shuts out infinity, NaN and integers too long for a float
MAX_DECIMALS: Final = 12  # of a measure
MAX_EXTENT: Final = 1024  # pixels of a mask along either side
MAX_SHOWN: Final = 60  # characters of a value in a sentence

Entry = TypeVar("Entry")
Form = TypeVar("Form")

# A document comes from `json.loads`, so that a text is text already; numbers and truths are not to be made of texts.
Number: TypeAlias = Annotated[float, Strict(), Field(ge=-MAX_NUMBER, le=MAX_NUMBER)]
Whole: TypeAlias = Annotated[int, Strict(), Field(ge=-MAX_NUMBER, le=MAX_NUMBER)]
Truth: TypeAlias = Annotated[bool, Strict()]
Many = Annotated[tuple[Entry, ...], FailFast()]


def _whole_or_text(value: object) -> int | str:
    if isinstance(value, str) or (type(value) is int and abs(value) <= MAX_NUMBER):
        return value
    raise PydanticKnownError("int_type")


# A union would be told as one, by its tags.
WholeOrText: TypeAlias = Annotated[int | str, PlainValidator(_whole_or_text)]


class QuotedRow(TypedDict):
    """A quoted line; `cell` is there in a notebook, `before` and `after` where the lines around it are told.

    `is_maker` is there where it is the definition of what made a wrong value.
    """

    file: str
    line: Whole
    function: str
    source: str
    column: Whole
    cell: NotRequired[Whole]
    before: NotRequired[Many[str]]
    after: NotRequired[Many[str]]
    is_maker: NotRequired[Truth]


class PictureRow(TypedDict):
    """A picture; `columns` is there where a whole matrix is shown, `maps` where two maps are drawn."""

    title: str
    caption: str
    cells: Many[Many[Number | None]]
    labels: Many[str]
    got: Many[Many[str]]
    expected: Many[Many[str]]
    columns: NotRequired[Many[str]]
    maps: NotRequired[Many[Many[Many[Number | None]]]]


class PanelRow(TypedDict):
    """One mask, over its image where there is one."""

    label: str
    height: Annotated[int, Strict(), Field(ge=1, le=MAX_EXTENT)]
    width: Annotated[int, Strict(), Field(ge=1, le=MAX_EXTENT)]
    runs: Many[Annotated[int, Strict(), Field(ge=0, le=MAX_EXTENT**2)]]
    image: str


class BoxRow(TypedDict):
    """A box on an image."""

    left: Number
    top: Number
    width: Number
    height: Number
    label: str


class ImageRow(TypedDict):
    """An image with boxes."""

    label: str
    colours: Many[str]
    rows: Many[str]
    boxes: Many[BoxRow]


class FigureRow(TypedDict):
    """A confusion matrix, masks, images or text; the others are left out."""

    title: str
    caption: str
    counts: NotRequired[Many[Many[Whole]]]
    panels: NotRequired[Many[PanelRow]]
    images: NotRequired[Many[ImageRow]]
    lines: NotRequired[Many[str]]


class StoredRow(TypedDict):
    """What a cell of a notebook shows."""

    file: str
    cell: Whole
    text: str
    pictures: Whole


class ProvenanceRow(TypedDict):
    """What a score depends on; a `seed` that is withheld is null, `variant` is there where an assignment has some."""

    submission: str
    tests: str
    reference: str
    versions: dict[str, str]
    isolation: Many[str]
    seed: Annotated[int, Strict(), BeforeValidator(lambda seed: WITHHELD_SEED if seed is None else seed)]
    graded_at: str
    variant: NotRequired[Whole]


class RuleRow(TypedDict):
    """What a rule found and took; `evidence` is there for rules that are counted again."""

    rule: str
    message: str
    points: Number
    points_exact: NotRequired[str]
    evidence: NotRequired[dict[str, WholeOrText]]


class MistakeRow(TypedDict):
    """A known mistake that was recognised."""

    name: str
    says: str
    hint: str


class PointsRow(TypedDict):
    """Points of so many, each with its ratio where no decimal number equals it."""

    points: Number
    points_exact: NotRequired[str]
    max_points: Number
    max_points_exact: NotRequired[str]


class RankRow(PointsRow):
    """A place in the class and what it gives."""

    place: Whole
    of: Whole
    tied: Whole


class MeasureRow(TypedDict):
    """What a check measured; `rank` is there where the class gives it a place."""

    name: str
    value: Number
    unit: str
    better: Better
    decimals: Annotated[int, Strict(), Field(ge=0, le=MAX_DECIMALS)]
    says: str
    standing: str
    rank: NotRequired[RankRow]


class PartRow(PointsRow):
    """A part and its points."""

    name: str
    title: str


class AnswerRow(TypedDict):
    """One array of a wrong answer in brief."""

    place: str
    numbers: Many[Number]


class ExampleRow(TypedDict):
    """The smallest inputs that were found on which an answer is wrong; `matters` is there where it is known."""

    inputs: Many[tuple[str, str]]
    got: Many[tuple[str, str]]
    expected: Many[tuple[str, str]]
    numbers: Whole
    matters: NotRequired[str]


class CheckRow(PointsRow):
    """A check, or a row that a person marks, which has `by_hand`; `detail` and `answer` are there for instructors.

    `needs` is there where it needs other checks, `unanswered` and `unreadable` where an answer lacks,
    `todo` where a function is to be written, `example` where one was found.
    `measure` is there where something was measured, `figures` where something is shown.
    """

    name: str
    part: str
    status: Status
    says: str
    message: str
    mistakes: Many[MistakeRow]
    reasons: Many[str]
    hint: str
    picture: PictureRow | None
    quoted: Many[QuotedRow]
    cases: Many[CaseVerdict]
    visibility: Visibility
    public: Truth
    cpu_seconds: Number
    by_hand: NotRequired[Truth]
    measure: NotRequired[MeasureRow]
    figures: NotRequired[Many[FigureRow]]
    detail: NotRequired[str]
    answer: NotRequired[Many[AnswerRow]]
    needs: NotRequired[Many[str]]
    unanswered: NotRequired[Many[str]]
    unreadable: NotRequired[Many[str]]
    todo: NotRequired[str]
    variables: NotRequired[Many[tuple[str, str]]]
    example: NotRequired[ExampleRow]


class Document(TypedDict):
    """A whole result. Who it was for is not read back."""

    schema: str
    view: NotRequired[object]
    assignment: str
    title: str
    submission: str
    score: Number
    score_exact: NotRequired[str]
    max_score: Number
    max_score_exact: NotRequired[str]
    checks: Many[CheckRow]
    parts: Many[PartRow]
    rules: Many[RuleRow]
    notes: Many[str]
    provenance: ProvenanceRow
    cpu_seconds: Number
    seconds: Number
    peak_bytes: NotRequired[Whole]
    stored_outputs: NotRequired[Many[StoredRow]]
    left_out: NotRequired[Whole]


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefCheck:
    """How one check ended for one student, or a row that a person marks."""

    name: str
    status: Status
    mistakes: Many[MistakeRow]
    reasons: Many[str]
    cpu_seconds: Number
    message: str = ""
    measure: MeasureRow | None = None
    answer: Many[AnswerRow] = ()


class BriefDocument(TypedDict):
    """What of a document differs from student to student in a table of a class."""

    checks: Many[BriefCheck]
    parts: Many[PartRow]
    provenance: ProvenanceRow
    cpu_seconds: Number
    peak_bytes: NotRequired[Whole]


WITHIN: Final = f"a number from {-MAX_NUMBER:g} to {MAX_NUMBER:g}"
EXPECTED: Final = {
    "bool_type": "true or false",
    "dataclass_type": "an object",
    "dict_type": "an object",
    "float_type": "a number",
    "greater_than_equal": WITHIN,
    "int_type": "a whole number",
    "less_than_equal": WITHIN,
    "string_type": "text",
    "tuple_type": "a list",
}
"""What is said of a value of the wrong kind, by pydantic's name for what is wrong."""


# To make what checks a form takes ten milliseconds, which the start of a command has not to spare.
@functools.cache
def document_form() -> TypeAdapter[Document]:
    """Return what checks a whole result."""
    return TypeAdapter(Document)


@functools.cache
def brief_form() -> TypeAdapter[BriefDocument]:
    """Return what checks as much of a result as a table of a class needs."""
    return TypeAdapter(BriefDocument)


def validated(form: TypeAdapter[Form], document: object) -> Form:
    """Check that a document has a form.

    Raises:
        ResultError: it has not.
    """
    if isinstance(document, dict) and document.get("schema") != SCHEMA:
        raise ResultError(f"schema is {short_repr(document.get('schema'))}, expected {SCHEMA!r}")
    try:
        return form.validate_python(document)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in problem["loc"])
    where = "".join(steps).removeprefix(".") or "the document"
    if problem["type"] == "missing":
        raise ResultError(f"{where} is missing")
    if problem["type"] == "enum":
        wanted = "one of " + problem["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
    else:
        wanted = EXPECTED.get(problem["type"], problem["msg"])
    raise ResultError(f"{where} is {short_repr(problem['input'])}, expected {wanted}")


def short_repr(value: object) -> str:
    """Write a value of any size and depth short enough for a sentence."""
    return reprlib.repr(value)[:MAX_SHOWN]
