"""A result as JSON and back: the documented form `grade/result/v1`. Pure; `docs/result.md` tells every field."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias, TypeVar

from grader.errors import ResultError
from grader.model import (
    CaseVerdict,
    Check,
    CheckResult,
    Evidence,
    Item,
    ManualItem,
    ManualRow,
    NamedMistake,
    PartScore,
    Picture,
    Provenance,
    QuotedLine,
    Result,
    RuleOutcome,
    Status,
    StoredOutput,
    Verdict,
    Visibility,
)
from grader.visibility import WITHHELD_SEED, View, VisibleResult, renderer

SCHEMA = "grade/result/v1"
RATIO = re.compile(r"-?[0-9]{1,40}/[1-9][0-9]{0,39}")
MAX_NUMBER = 1e15  # past any points or seconds; shuts out infinity, NaN and integers too long for a float

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Choice = TypeVar("Choice", bound=StrEnum)


@renderer
def to_json(seen: VisibleResult) -> dict[str, Json]:
    """Write a result as plain JSON values."""
    return {
        "schema": SCHEMA,
        "view": seen.view.value,
        "assignment": seen.assignment,
        "title": seen.title,
        "submission": seen.submission,
        **_points("score", seen.score),
        **_points("max_score", seen.max_score),
        "checks": [_check_json(item, seen.view) for item in seen.items],
        "parts": [
            {
                "name": part.name,
                "title": part.title,
                **_points("points", part.points),
                **_points("max_points", part.max_points),
            }
            for part in seen.parts
        ],
        "rules": [
            {
                "rule": rule.rule,
                "message": rule.message,
                **_points("points", rule.points),
                **({"evidence": dict(rule.evidence)} if rule.evidence else {}),
            }
            for rule in seen.rules
        ],
        "notes": list(seen.notes),
        "provenance": _provenance_json(seen.provenance),
        "cpu_seconds": seen.cpu_seconds,
        "seconds": seen.seconds,
        "peak_bytes": seen.peak_bytes,
        **({"stored_outputs": [asdict(output) for output in seen.stored_outputs]} if seen.stored_outputs else {}),
    }


def as_text(document: dict[str, Json]) -> str:
    """Write JSON values as readable text that can be encoded whatever a file of the submission is called.

    A file name that is not Unicode holds lone surrogates, which UTF-8 cannot write; they become JSON escapes.
    """
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def as_line(document: dict[str, Json]) -> str:
    """Write JSON values on one line, which takes a tenth of the time: for what programs read, a thousand at a time."""
    return json.dumps(document) + "\n"


def _points(key: str, points: Fraction) -> dict[str, Json]:
    """Write points as a number, and beside it as a ratio where no decimal number equals them."""
    number: int | float = points.numerator if points.denominator == 1 else float(points)
    if Fraction(str(number)) == points:
        return {key: number}
    return {key: number, f"{key}_exact": str(points)}


def _check_json(check: Item, view: View) -> dict[str, Json]:
    row: dict[str, Json] = {
        "name": check.name,
        "part": check.part,
        "status": check.status.value,
        **_points("points", check.points),
        **_points("max_points", check.max_points),
        "says": check.says,
        "message": check.message,
        "mistakes": [{"name": known.name, "says": known.says, "hint": known.hint} for known in check.mistakes],
        "reasons": list(check.reasons),
        "hint": check.hint,
        "picture": None if check.picture is None else _picture_json(check.picture),
        "quoted": [
            {
                "file": line.file,
                "line": line.line,
                "function": line.function,
                "source": line.source,
                "column": line.column,
                **({"cell": line.cell} if line.cell else {}),
            }
            for line in check.quoted
        ],
        "cases": [{"case": case.case, "status": case.status.value, "message": case.message} for case in check.cases],
        "visibility": check.visibility.value,
        "public": check.public,
        "cpu_seconds": check.cpu_seconds,
    }
    if isinstance(check, ManualItem):
        row["by_hand"] = True
    if view is View.INSTRUCTOR:
        row["detail"] = check.detail
    return row


def _picture_json(picture: Picture) -> dict[str, Json]:
    drawn: dict[str, Json] = {
        "title": picture.title,
        "caption": picture.caption,
        "cells": [list(row) for row in picture.cells],
        "labels": list(picture.labels),
        "got": [list(row) for row in picture.got],
        "expected": [list(row) for row in picture.expected],
    }
    if picture.columns:
        drawn["columns"] = list(picture.columns)
    return drawn


def _provenance_json(provenance: Provenance) -> dict[str, Json]:
    return {
        "submission": provenance.submission,
        "tests": provenance.tests,
        "reference": provenance.reference,
        "versions": dict(provenance.versions),
        "isolation": list(provenance.isolation),
        "seed": None if provenance.seed == WITHHELD_SEED else provenance.seed,
        "graded_at": provenance.graded_at,
    }


def from_json(document: object) -> Result:
    """Read a result back from its JSON values. Fields that this version does not know are passed over.

    Raises:
        ResultError: the document is of another schema, or a field is missing or of another kind.
    """
    top = _top(document)
    return Result(
        assignment=top.text("assignment"),
        title=top.text("title"),
        submission=top.text("submission"),
        score=top.points("score"),
        max_score=top.points("max_score"),
        parts=tuple(
            PartScore(
                name=row.text("name"),
                title=row.text("title"),
                points=row.points("points"),
                max_points=row.points("max_points"),
            )
            for row in top.rows("parts")
        ),
        checks=tuple(_check(row) for row in top.rows("checks") if not _is_by_hand(row)),
        by_hand=tuple(_manual(row) for row in top.rows("checks") if _is_by_hand(row)),
        rules=tuple(
            RuleOutcome(row.text("rule"), row.text("message"), row.points("points"), _evidence(row))
            for row in top.rows("rules")
        ),
        notes=top.texts("notes"),
        provenance=_provenance(top.row("provenance")),
        cpu_seconds=top.number("cpu_seconds"),
        seconds=top.number("seconds"),
        peak_bytes=_peak_bytes(top),
        stored_outputs=tuple(
            StoredOutput(
                file=row.text("file"), cell=row.whole("cell"), text=row.text("text"), pictures=row.whole("pictures")
            )
            for row in (top.rows("stored_outputs") if "stored_outputs" in top.fields else ())
        ),
    )


@dataclass(frozen=True, slots=True)
class BriefCheck:
    """How one check ended. `mistakes` are names."""

    name: str
    status: Status
    mistakes: tuple[str, ...]
    reasons: tuple[str, ...]
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Brief:
    """What of a result differs from student to student in a table of a class. `parts` are points by name."""

    parts: Mapping[str, Fraction]
    checks: tuple[BriefCheck, ...]
    provenance: Provenance
    cpu_seconds: float
    peak_bytes: int


def brief(document: object) -> Brief:
    """Read a result in brief, which takes a third of the time: for tables of a class.

    Raises:
        ResultError: as `from_json`, as far as it is read.
    """
    top = _top(document)
    return Brief(
        parts={row.text("name"): row.points("points") for row in top.rows("parts")},
        checks=tuple(
            BriefCheck(
                row.text("name"),
                row.choice("status", Status),
                tuple(known.text("name") for known in row.rows("mistakes")),
                row.texts("reasons"),
                row.number("cpu_seconds"),
            )
            for row in top.rows("checks")
        ),
        provenance=_provenance(top.row("provenance")),
        cpu_seconds=top.number("cpu_seconds"),
        peak_bytes=_peak_bytes(top),
    )


def _top(document: object) -> _Row:
    top = _Row("", _mapping(document, "the document"))
    if top.fields.get("schema") != SCHEMA:
        raise ResultError(f"schema is {top.fields.get('schema')!r}, expected {SCHEMA!r}")
    return top


def _peak_bytes(top: _Row) -> int:
    return top.whole("peak_bytes") if "peak_bytes" in top.fields else 0


def _is_by_hand(row: _Row) -> bool:
    return row.truth("by_hand") if "by_hand" in row.fields else False


def _check(row: _Row) -> CheckResult:
    """Read a check. What a document does not hold of it is as by default; its share is that of its points."""
    name, points, most = row.text("name"), row.points("points"), row.points("max_points")
    status = row.choice("status", Status)
    check = Check(
        name=name,
        part=row.text("part"),
        points=most,
        says=row.text("says"),
        hint=row.text("hint"),
        visibility=row.choice("visibility", Visibility),
        public=row.truth("public"),
    )
    verdict = Verdict(
        check=name,
        status=status,
        share=points / most if most else Fraction(status is Status.PASSED),
        message=row.text("message"),
        reasons=row.texts("reasons"),
        mistakes=tuple(
            NamedMistake(known.text("name"), known.text("says"), known.text("hint")) for known in row.rows("mistakes")
        ),
        picture=None if row.value("picture") is None else _picture(row.row("picture")),
        quoted=tuple(_quoted(line) for line in row.rows("quoted")),
        cases=tuple(
            CaseVerdict(case.text("case"), case.choice("status", Status), case.text("message"))
            for case in row.rows("cases")
        ),
        detail=row.text("detail") if "detail" in row.fields else "",
        cpu_seconds=row.number("cpu_seconds"),
    )
    return CheckResult(check=check, verdict=verdict, points=points)


def _manual(row: _Row) -> ManualItem:
    title, colon, says = row.text("says").partition(": ")
    hand_row = ManualRow(
        name=row.text("name"),
        part=row.text("part"),
        title=title if colon else "",
        points=row.points("max_points"),
        says=says if colon else title,
    )
    if row.choice("status", Status) is Status.BLOCKED:
        return ManualItem(row=hand_row)
    return ManualItem(row=hand_row, mark=row.points("points"), comment=row.text("message"))


def _evidence(row: _Row) -> Evidence:
    if "evidence" not in row.fields:
        return {}
    held = row.row("evidence")
    return {
        name: value if isinstance(value, str) else held.whole(name) for name, value in held.fields.items()
    }  # fmt: skip


def _quoted(row: _Row) -> QuotedLine:
    cell = row.whole("cell") if "cell" in row.fields else 0
    return QuotedLine(
        file=row.text("file"),
        line=row.whole("line"),
        function=row.text("function"),
        source=row.text("source"),
        column=row.whole("column"),
        cell=cell,
    )


def _picture(row: _Row) -> Picture:
    return Picture(
        title=row.text("title"),
        caption=row.text("caption"),
        cells=tuple(
            tuple(None if cell is None else _float(cell, where) for where, cell in cells)
            for cells in row.table("cells")
        ),
        labels=row.texts("labels"),
        got=tuple(tuple(_text(value, where) for where, value in values) for values in row.table("got")),
        expected=tuple(tuple(_text(value, where) for where, value in values) for values in row.table("expected")),
        columns=row.texts("columns") if "columns" in row.fields else (),
    )


def _provenance(row: _Row) -> Provenance:
    versions = row.row("versions")
    return Provenance(
        submission=row.text("submission"),
        tests=row.text("tests"),
        reference=row.text("reference"),
        versions={name: versions.text(name) for name in versions.fields},
        isolation=row.texts("isolation"),
        seed=WITHHELD_SEED if row.value("seed") is None else row.whole("seed"),
        graded_at=row.text("graded_at"),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A JSON object and where it stands in the document, so that a problem can be told with its place."""

    where: str
    fields: Mapping[str, object]

    def place(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def value(self, key: str) -> object:
        if key not in self.fields:
            raise ResultError(f"{self.place(key)} is missing")
        return self.fields[key]

    def text(self, key: str) -> str:
        value = self.value(key)
        # A class page reads a hundred thousand of these: the place of a value is put into words only where it is told.
        return value if isinstance(value, str) else _text(value, self.place(key))

    def number(self, key: str) -> float:
        value = self.value(key)
        if isinstance(value, float) and -MAX_NUMBER <= value <= MAX_NUMBER:
            return value
        return _float(value, self.place(key))

    def whole(self, key: str) -> int:
        value = self.value(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ResultError(f"{self.place(key)} is {value!r}, expected a whole number")
        return value

    def truth(self, key: str) -> bool:
        value = self.value(key)
        if not isinstance(value, bool):
            raise ResultError(f"{self.place(key)} is {value!r}, expected true or false")
        return value

    def points(self, key: str) -> Fraction:
        number = self.number(key)
        exact = f"{key}_exact"
        if exact not in self.fields:
            return _decimal(str(self.value(key)))
        text = self.text(exact)
        ratio = _ratio(text)
        if ratio is None or float(ratio) != number:
            raise ResultError(f"{self.place(exact)} is {text!r:.60}, expected a ratio equal to {key} {number}")
        return ratio

    def choice(self, key: str, choices: type[Choice]) -> Choice:
        text = self.text(key)
        try:
            return choices(text)
        except ValueError:
            raise ResultError(f"{self.place(key)} is {text!r}, expected one of {', '.join(choices)}") from None

    def items(self, key: str) -> list[tuple[str, object]]:
        value = self.value(key)
        return [] if value == [] else _list(value, self.place(key))

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(_text(value, where) for where, value in self.items(key))

    def table(self, key: str) -> tuple[list[tuple[str, object]], ...]:
        return tuple(_list(value, where) for where, value in self.items(key))

    def row(self, key: str) -> _Row:
        return _Row(self.place(key), _mapping(self.value(key), self.place(key)))

    def rows(self, key: str) -> tuple[_Row, ...]:
        return tuple(_Row(where, _mapping(value, where)) for where, value in self.items(key))


# A class has few different points, each thousands of times.
@functools.lru_cache
def _decimal(text: str) -> Fraction:
    return Fraction(text)


@functools.lru_cache
def _ratio(text: str) -> Fraction | None:
    return Fraction(text) if RATIO.fullmatch(text) else None


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ResultError(f"{where} is {value!r:.60}, expected an object")
    return value


def _list(value: object, where: str) -> list[tuple[str, object]]:
    if not isinstance(value, list):
        raise ResultError(f"{where} is {value!r:.60}, expected a list")
    return [(f"{where}[{index}]", item) for index, item in enumerate(value)]


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise ResultError(f"{where} is {value!r:.60}, expected text")
    return value


def _float(value: object, where: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise ResultError(f"{where} is {value!r:.60}, expected a number")
    return float(value)
