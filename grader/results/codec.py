"""A result as JSON and back: the documented form `grade/result/v1`. Pure; `docs/result.md` tells every field."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any, Final, TypeAlias, cast

from grader.errors import UnreadableSubmissionError
from grader.model.answer import AnswerPlace
from grader.model.assignment import Assignment, Check, ManualRow
from grader.model.figure import Box, Figure, ImagePanel, MaskPanel
from grader.model.measure import Measurement, Rank
from grader.model.result import (
    CheckResult,
    Item,
    ManualItem,
    NamedMistake,
    PartScore,
    Picture,
    Provenance,
    QuotedLine,
    Result,
    RuleOutcome,
    SmallestExample,
    Verdict,
)
from grader.model.status import Status
from grader.model.submission import StoredOutput
from grader.results.form import (
    SCHEMA,
    BriefCheck,
    CheckRow,
    FigureRow,
    MeasureRow,
    PartRow,
    RuleRow,
    brief_form,
    document_form,
    validated,
)
from grader.results.points_form import exact_points, points_json, points_of
from grader.results.visibility import WITHHELD_SEED, View, VisibleResult, renderer

NOTHING, ALL = Fraction(0), Fraction(1)
FORMED: Final = frozenset((
    "check", "status", "share", "mistakes", "picture", "quoted", "cases", "detail", "measured", "figures", "answer",
    "example",
))  # fmt: skip
SPARSE: Final = ("unanswered", "unreadable", "todo", "variables")
"""Fields of a verdict that stand in a row as they are, and are left out of it where they are empty."""
PLAIN: Final = tuple(field.name for field in fields(Verdict) if field.name not in {*FORMED, *SPARSE})
"""Fields of a verdict that stand in a row as they are: a new one is declared in `Verdict` and in `CheckRow` alone."""

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Formed: TypeAlias = (
    AnswerPlace | Box | ImagePanel | MaskPanel | Picture | Provenance | QuotedLine | SmallestExample | StoredOutput
)
"""The values whose fields stand in a row of their own."""
UNREADABLE: Final = "grade/unreadable/v1"
"""The name and version of what stands in place of a result where none of a submission's code can be read."""


def unreadable_json(assignment: Assignment, error: UnreadableSubmissionError) -> dict[str, Json]:
    """Return what stands in place of a result where none of a submission's code can be read: it has no score."""
    return {
        "schema": UNREADABLE,
        "outcome": "unreadable",
        "assignment": assignment.name,
        "title": assignment.title,
        "score": None,
        "max_score": float(assignment.max_score),
        "message": str(error),
        "notes": list(error.notes),
        "provenance": {"submission": error.digest},
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSummary:
    """What of a result differs from student to student in a table of a class. `parts` are points by name."""

    parts: Mapping[str, Fraction]
    checks: tuple[BriefCheck, ...]
    provenance: Provenance
    cpu_seconds: float
    peak_bytes: int


@renderer
def to_json(seen: VisibleResult) -> dict[str, Json]:
    """Write a result as plain JSON values."""
    seed = seen.provenance.seed
    document: dict[str, Json] = {
        "schema": SCHEMA,
        "view": seen.view.value,
        "assignment": seen.assignment,
        "title": seen.title,
        "submission": seen.submission,
        **points_json("score", seen.score),
        **points_json("max_score", seen.max_score),
        "checks": [_item_json(item, seen.view) for item in seen.items],
        "parts": [
            {
                "name": part.name,
                "title": part.title,
                **points_json("points", part.points),
                **points_json("max_points", part.max_points),
            }
            for part in seen.parts
        ],
        "rules": [
            {
                "rule": rule.rule,
                "message": rule.message,
                **points_json("points", rule.points),
                **({"evidence": dict(rule.evidence)} if rule.evidence else {}),
            }
            for rule in seen.rules
        ],
        "notes": list(seen.notes),
        "provenance": {
            **{name: value for name, value in _fields(seen.provenance).items() if name != "variant"},
            "seed": None if seed == WITHHELD_SEED else seed,
            **({} if seen.provenance.variant is None else {"variant": seen.provenance.variant}),
        },
        "cpu_seconds": seen.cpu_seconds,
        "seconds": seen.seconds,
        "peak_bytes": seen.peak_bytes,
    }
    if seen.stored_outputs:
        document["stored_outputs"] = [_fields(output) for output in seen.stored_outputs]
    if seen.left_out:
        document["left_out"] = seen.left_out
    if seen.withheld_points:
        document |= points_json("withheld_points", seen.withheld_points)
    if seen.withheld_checks:
        document["withheld_checks"] = [
            {
                "name": check.name,
                "part": check.part,
                **points_json("max_points", check.max_points),
                "visibility": check.visibility.value,
                "answer": check.answer.value,
                "says": check.says,
            }
            for check in seen.withheld_checks
        ]
    return document


def _item_json(item: Item, view: View) -> dict[str, Json]:
    verdict = item.verdict if isinstance(item, CheckResult) else _verdict(item)
    row: dict[str, Json] = {
        "name": item.name,
        "part": item.part,
        "status": item.status.value,
        **points_json("points", item.points),
        **points_json("max_points", item.max_points),
        "says": item.description,
        **{name: _plain(getattr(verdict, name)) for name in PLAIN},
        "mistakes": [{"name": known.name, "says": known.description, "hint": known.hint} for known in item.mistakes],
        "hint": item.hint,
        "picture": None if item.picture is None else _fields(item.picture, "columns", "maps"),
        "quoted": [_fields(line, "cell", "before", "after", "is_maker") for line in item.quoted],
        "cases": [{"case": case.case, "status": case.status.value, "message": case.message} for case in item.cases],
        "visibility": item.visibility.value,
        "public": item.public,
    }
    if view is View.INSTRUCTOR:
        row["detail"] = item.detail
        if verdict.answer:
            row["answer"] = [_fields(place) for place in verdict.answer]
    if isinstance(item, ManualItem):
        row["by_hand"] = True
    if isinstance(item, CheckResult) and item.check.needs:
        row["needs"] = _plain(item.check.needs)
    for name in SPARSE:
        if held := getattr(verdict, name):
            row[name] = _plain(held)
    if verdict.example is not None:
        row["example"] = _fields(verdict.example, "matters")
    if item.measurement is not None:
        row["measure"] = measure_json(item.measurement)
    if item.figures:
        row["figures"] = [_figure_json(figure) for figure in item.figures]
    return row


def _figure_json(figure: Figure) -> dict[str, Json]:
    row: dict[str, Json] = {"title": figure.title, "caption": figure.caption}
    if figure.counts:
        row["counts"] = _plain(figure.counts)
    if figure.panels:
        row["panels"] = [_fields(panel) for panel in figure.panels]
    if figure.images:
        row["images"] = [_fields(image) | {"boxes": [_fields(box) for box in image.boxes]} for image in figure.images]
    if figure.lines:
        row["lines"] = list(figure.lines)
    return row


def measure_json(measured: Measurement) -> dict[str, Json]:
    """Write what a check measured."""
    row: dict[str, Json] = {
        "name": measured.name,
        "value": measured.value,
        "unit": measured.unit,
        "better": measured.better.value,
        "decimals": measured.decimals,
        "says": measured.says,
        "standing": measured.standing,
    }
    if (rank := measured.rank) is not None:
        row["rank"] = {
            "place": rank.place,
            "of": rank.of,
            "tied": rank.tied,
            **points_json("points", rank.points),
            **points_json("max_points", rank.max_points),
        }
    return row


def _verdict(item: ManualItem) -> Verdict:
    """Write how a person marked a row as a verdict, whose fields are those that the form has."""
    return Verdict(check=item.name, status=item.status, message=item.message)


def _fields(value: Formed, *unless_empty: str) -> dict[str, Json]:
    """Name the fields of a value, some of which are left out where they are empty."""
    row = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return {name: held for name, held in row.items() if held or name not in unless_empty}


def _plain(value: object) -> Json:
    """Make lists of tuples, which JSON does not tell apart."""
    return [_plain(held) for held in value] if isinstance(value, tuple) else cast("Json", value)


def as_text(document: dict[str, Json]) -> str:
    """Write JSON values as readable text that can be encoded whatever a file of the submission is called.

    A file name that is not Unicode holds lone surrogates, which UTF-8 cannot write; they become JSON escapes.
    """
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def as_line(document: dict[str, Json]) -> str:
    """Write JSON values on one line, which takes a tenth of the time: for what programs read, a thousand at a time."""
    return json.dumps(document) + "\n"


def from_json(document: object) -> Result:
    """Read a result back from its JSON values. Fields that this version does not know are passed over.

    Raises:
        ResultError: the document is of another schema, or a field is missing or of another kind.
    """
    top = validated(document_form(), document)
    rows = [(row, f"checks[{place}].") for place, row in enumerate(top["checks"])]
    return Result(
        assignment=top["assignment"],
        title=top["title"],
        submission=top["submission"],
        score=exact_points("score", top["score"], top.get("score_exact")),
        max_score=exact_points("max_score", top["max_score"], top.get("max_score_exact")),
        parts=tuple(_part(row, f"parts[{place}].") for place, row in enumerate(top["parts"])),
        checks=tuple(_check(row, where) for row, where in rows if not row.get("by_hand")),
        rules=tuple(_rule(row, f"rules[{place}].") for place, row in enumerate(top["rules"])),
        notes=top["notes"],
        provenance=Provenance(**top["provenance"]),
        cpu_seconds=top["cpu_seconds"],
        seconds=top["seconds"],
        peak_bytes=top.get("peak_bytes", 0),
        stored_outputs=tuple(StoredOutput(**row) for row in top.get("stored_outputs", ())),
        by_hand=tuple(_manual_item(row, where) for row, where in rows if row.get("by_hand")),
        left_out=top.get("left_out", 0),
    )


def read_summary(document: object) -> ResultSummary:
    """Read a result in brief, which takes a third of the time: for tables of a class.

    Raises:
        ResultError: as `from_json`, as far as it is read.
    """
    top = validated(brief_form(), document)
    return ResultSummary(
        parts={
            row["name"]: exact_points(f"parts[{place}].points", row["points"], row.get("points_exact"))
            for place, row in enumerate(top["parts"])
        },
        checks=top["checks"],
        provenance=Provenance(**top["provenance"]),
        cpu_seconds=top["cpu_seconds"],
        peak_bytes=top.get("peak_bytes", 0),
    )


def _part(row: PartRow, where: str) -> PartScore:
    points, most = points_of(row, where)
    return PartScore(name=row["name"], title=row["title"], points=points, max_points=most)


def _rule(row: RuleRow, where: str) -> RuleOutcome:
    points = exact_points(f"{where}points", row["points"], row.get("points_exact"))
    return RuleOutcome(row["rule"], row["message"], points, row.get("evidence", {}))


def _check(row: CheckRow, where: str) -> CheckResult:
    """Read a check. What a document does not hold of it is as by default; its share is that of its points."""
    points, most = points_of(row, where)
    share = ALL if row["status"] is Status.PASSED else _share(points, most) if points and most else NOTHING
    check = Check(
        name=row["name"],
        part=row["part"],
        points=most,
        description=row["says"],
        hint=row["hint"],
        visibility=row["visibility"],
        public=row["public"],
        needs=row.get("needs", ()),
    )
    held = cast("Mapping[str, Any]", row)
    verdict = Verdict(
        check=row["name"],
        status=row["status"],
        share=share,
        mistakes=tuple(NamedMistake(known["name"], known["says"], known["hint"]) for known in row["mistakes"]),
        picture=None if row["picture"] is None else Picture(**row["picture"]),
        quoted=tuple(QuotedLine(**line) for line in row["quoted"]),
        cases=row["cases"],
        detail=row.get("detail", ""),
        measured=None if "measure" not in row else row["measure"]["value"],
        figures=tuple(_figure(figure) for figure in row.get("figures", ())),
        answer=tuple(AnswerPlace(**place) for place in row.get("answer", ())),
        example=SmallestExample(**row["example"]) if "example" in row else None,
        **{name: held[name] for name in (*PLAIN, *SPARSE) if name in held},
    )
    measurement = None if "measure" not in row else measurement_of(row["measure"], where)
    return CheckResult(check=check, verdict=verdict, points=points, measurement=measurement)


def _figure(row: FigureRow) -> Figure:
    return Figure(
        title=row["title"],
        caption=row["caption"],
        counts=row.get("counts", ()),
        panels=tuple(MaskPanel(**panel) for panel in row.get("panels", ())),
        images=tuple(
            ImagePanel(
                label=image["label"],
                colours=image["colours"],
                rows=image["rows"],
                boxes=tuple(Box(**box) for box in image["boxes"]),
            )
            for image in row.get("images", ())
        ),
        lines=row.get("lines", ()),
    )


def measurement_of(row: MeasureRow, where: str = "") -> Measurement:
    """Read what a check measured."""
    rank = None
    if (kept := row.get("rank")) is not None:
        points, most = points_of(kept, f"{where}measure.rank.")
        rank = Rank(place=kept["place"], of=kept["of"], tied=kept["tied"], points=points, max_points=most)
    return Measurement(
        name=row["name"], value=row["value"], unit=row["unit"], better=row["better"], decimals=row["decimals"],
        says=row["says"], standing=row["standing"], rank=rank,
    )  # fmt: skip


def _manual_item(row: CheckRow, where: str) -> ManualItem:
    points, most = points_of(row, where)
    title, colon, description = row["says"].partition(": ")
    manual = ManualRow(
        name=row["name"],
        part=row["part"],
        title=title if colon else "",
        points=most,
        description=description if colon else title,
    )
    if row["status"] is Status.BLOCKED:
        return ManualItem(row=manual)
    return ManualItem(row=manual, mark=points, comment=row["message"])


@functools.lru_cache
def _share(points: Fraction, most: Fraction) -> Fraction:
    return points / most
