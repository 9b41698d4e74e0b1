"""The tables of `assignment.toml`, and the assignment that is made of them.

A field of the model's types is read as it is declared there; what stands here is what a type does not say.
"""

from __future__ import annotations

import ast
import datetime as dt
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from pydantic_core import CoreSchema, SchemaValidator, core_schema

from grader.course.effects import effects
from grader.course.measure_table import MEASURE, agreeing_check
from grader.course.tables import TEXT, Fields, checked, count, list_of, number, one_of, table, table_of
from grader.course.validation import quoted
from grader.model.assignment import (
    YEARS,
    AfterLast,
    Assignment,
    Charge,
    Check,
    Definition,
    ImageLayout,
    LatePolicy,
    ManualRow,
    OperationsRule,
    OutputRule,
    Part,
    Period,
    Runtime,
    Stub,
    Variants,
    Visibility,
)
from grader.model.operations import FAMILIES
from grader.model.path_patterns import pattern_fault
from grader.sandbox.layers.requirements import REQUIRABLE

FORBID: Final = "forbid"
MOST_SEED: Final = 2**63 - 1  # what TOML promises to hold
MOST_VARIANTS: Final = 10_000  # each is asked of the reference
DOTTED: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
OPERATIONS: Final = {"forbid": "forbid", "allow": "allow", "forbid_costs": "costs", "forbid_share": "share"}
"""Keys of [rules] about forbidden operations, and the fields that are meant."""
PERCENTS: Final = {"deduct_percent": "deduct", "cap_percent": "cap"}
"""Keys of a late policy in hundredths of all points, and the fields that are meant."""

effects(Assignment)  # refuses a field that does not declare what it affects


def assignment_of(name: str, raw: Mapping[str, Any]) -> Assignment:
    """Make an assignment of what its rubric holds.

    Raises:
        ValidationError: something does not have the right form; all of it is carried.
    """
    given: Fields = _RUBRIC.validate_python(raw)
    given |= _rules(given.pop("rules", {}))
    if "late" in given:
        rows = (*given["checks"], *given.get("by_hand", ()))
        given["late"] = _late_policy(given["late"], sum((row.points for row in rows), Fraction(0)))
    return Assignment(name=name, **given)


def _rules(given: Fields) -> Fields:
    """Sort what stands under [rules] by the rule that it is about."""
    operations = {OPERATIONS[key]: value for key, value in given.items() if key in OPERATIONS}
    printing = {key: value for key, value in given.items() if key not in OPERATIONS}
    return {"output_rule": OutputRule(**printing), "operations_rule": OperationsRule(**operations)}


def _late_policy(given: Fields, all_points: Fraction) -> LatePolicy:
    for percent, field in PERCENTS.items():
        if percent in given:
            given[field] = given.pop(percent) * all_points / 100
    return LatePolicy(**given)


def _checks(rows: Mapping[str, Fields]) -> tuple[Check, ...]:
    """Make the checks; none is shown sooner than one that it needs: that it waits would tell how that one ended."""
    order = list(Visibility)
    made: dict[str, Check] = {}
    for name, given in rows.items():
        check = Check(name=name, **given)
        needed = (made[need].visibility for need in check.needs if need in made)
        latest = max((check.visibility, *needed), key=order.index)
        made[name] = replace(check, visibility=latest)
    return tuple(made.values())


def _only(key: str, schema: CoreSchema, default: tuple[str, ...] | None = None) -> CoreSchema:
    """Read a table of one key as what stands there; where it has no default it has to be there."""
    entry = core_schema.typed_dict_field(schema, required=default is None)
    return checked(table({key: entry}), lambda given: given.get(key, default))


def _matchable(pattern: str) -> str:
    if fault := pattern_fault(pattern):
        raise ValueError(f"is {quoted(pattern)}, {fault}")
    return pattern


def _alternative(entry: str) -> str:
    path, _, name = entry.partition(":")
    if path.endswith(".py") and name.isascii() and name.isidentifier():
        return entry
    return _matchable(entry)


def _forbiddable(entry: str) -> str:
    if entry in FAMILIES or (DOTTED.fullmatch(entry) and "." in entry):
        return entry
    expected = f"one of {', '.join(FAMILIES)}, or a dotted name such as torch.nn.functional.conv2d"
    raise ValueError(f"is {quoted(entry)}, expected {expected}")


def _allowable(place: str) -> str:
    file, _, rest = place.partition(":")
    *function, last = rest.split(":", 1) if rest else [""]
    is_named = not function or DOTTED.fullmatch(function[0])
    if not file.endswith(".py") or not is_named or not (not last or DOTTED.fullmatch(last) or _is_condition(last)):
        expected = "a file, a function or a block of one, such as a.py, a.py:Layer.compare or a.py:if self._verify"
        raise ValueError(f"is {quoted(place)}, expected {expected}")
    return place


def _is_condition(text: str) -> bool:
    try:
        ast.parse(f"{text}: pass")
    except (SyntaxError, ValueError):
        return False
    return text.startswith("if ")


def _notebook_name(name: str) -> str:
    if not name.endswith(".ipynb") or "/" in name or "\\" in name:
        raise ValueError(f"is {quoted(name)}, expected the name of a notebook such as a2-code.ipynb")
    return name


def _plain(name: str) -> str:
    if not (name.isascii() and name.isidentifier()):
        raise ValueError(f"is {quoted(name)}, expected letters, digits and underscores, such as paper_review")
    return name


def _without_offset(moment: dt.datetime) -> str:
    if moment.tzinfo is not None:
        raise ValueError(f"is {moment.isoformat()}, expected no offset: time_zone says where that clock hangs")
    if moment.year not in YEARS:
        raise ValueError(f"is in the year {moment.year}, expected {YEARS[0]} to {YEARS[-1]}")
    return moment.isoformat()


def _known_time_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # none of that name, a folder of names, or what can be no name
        raise ValueError(f"is {quoted(name)}, expected a time zone such as Europe/Bucharest") from None
    return name


def _agreeing(late: Fields) -> Fields:
    """Refuse keys of a late policy that say nothing together, or too much."""
    problems = []
    if ("deduct" in late) == ("deduct_percent" in late):
        problems.append("expected one of deduct (points) and deduct_percent (of all points) for each started period")
    if ("then" in late) != ("periods" in late):
        problems.append("`for` says how many periods deduct and `then` what comes after them: expected both or neither")
    if sum(cap in late for cap in ("cap", "cap_percent")) != (late.get("then") == AfterLast.CAP):
        problems.append('expected one of cap and cap_percent where then = "cap", and neither elsewhere')
    if late.get("late_days") and late.get("per", Period.DAY) != Period.DAY:
        problems.append('late_days counts started days: expected per = "day"')
    if problems:
        raise ValueError("; ".join(problems))
    return late


def _choosing(definition: Fields) -> Fields:
    if not (definition.get("before") or definition.get("parameters")):
        raise ValueError("expected before (a heading) or parameters (a list of names): by what it is chosen")
    return definition


DESCRIPTION: Final = {"description": "says"}
"""How tables call what a row describes."""

_PATTERN: Final = checked(TEXT, _matchable)
_FORBIDDEN: Final = list_of(checked(TEXT, _forbiddable))
_PART: Final = checked(table_of(Part), lambda given: Part(**given))
_CHECK: Final = checked(
    table_of(
        Check,
        forms={"measure": MEASURE, "forbid": _FORBIDDEN, "reads": list_of(list_of(_PATTERN, min_length=1))},
        keys=DESCRIPTION,
        without=("name",),
    ),
    agreeing_check,
)
_HAND_ROW: Final = table_of(
    ManualRow,
    forms={"name": checked(core_schema.str_schema(), _plain), "points": number(gt=0), "writeup": _PATTERN},
    keys=DESCRIPTION,
)
_DEFINITION: Final = table_of(Definition, forms={"name": checked(core_schema.str_schema(), _plain)})
_RUNTIME: Final = table_of(Runtime, forms={"memory_mb": count(64, 1 << 20), "scratch_mb": count(1, 1 << 16)})
_STUB: Final = table_of(Stub, forms={"notebook": checked(core_schema.str_schema(), _notebook_name)})
_RULES: Final = table_of(
    OutputRule,
    forms={"forbidden": checked(one_of("allow", FORBID), lambda output: output == FORBID)},
    keys={"forbidden": "output", "consequence": "output_consequence", "points": "output_points"},
    besides={
        "forbid": _FORBIDDEN,
        "allow": list_of(checked(TEXT, _allowable)),
        "forbid_costs": checked(one_of(*Charge), Charge),
        "forbid_share": number(gt=0, le=1),
    },
)
_VARIANTS: Final = table_of(Variants, forms={"count": count(2, MOST_VARIANTS)})
_LATE: Final = table_of(
    LatePolicy,
    forms={
        "due": checked(core_schema.datetime_schema(), _without_offset),
        "time_zone": checked(core_schema.str_schema(), _known_time_zone),
        "periods": count(0, 10_000),
        "grace_minutes": count(0, 24 * 60),
        "late_days": count(0, 365),
    },
    keys={"periods": "for"},
    besides=dict.fromkeys(PERCENTS, number(ge=0, le=100)),
)
RUBRIC_SCHEMA: Final = table_of(
    Assignment,
    forms={
        "files": list_of(TEXT),
        "parts": list_of(_PART, min_length=1),
        "checks": checked(core_schema.dict_schema(core_schema.str_schema(), _CHECK, min_length=1), _checks),
        "seed": _only("seed", count(0, MOST_SEED)),
        "runtime": checked(_RUNTIME, lambda given: Runtime(**given)),
        "stub": checked(_STUB, lambda given: Stub(**given)),
        "late": checked(_LATE, _agreeing),
        "variants": checked(_VARIANTS, lambda given: Variants(**given)),
        "isolation": _only("require", list_of(one_of(*REQUIRABLE)), default=()),
        "attachments": list_of(_PATTERN),
        "attachment_mb": count(1, 32),
        "image_layout": checked(one_of(*ImageLayout), ImageLayout),
        "alternatives": list_of(list_of(checked(TEXT, _alternative), min_length=2)),
        "by_hand": list_of(checked(_HAND_ROW, lambda given: ManualRow(**given))),
        "definitions": list_of(checked(checked(_DEFINITION, _choosing), lambda given: Definition(**given))),
    },
    keys={"definitions": "definition", "seed": "hidden"},
    without=("name", "output_rule", "operations_rule"),
    besides={"rules": _RULES},
)
"""What may stand in `assignment.toml`."""
_RUBRIC: Final = SchemaValidator(RUBRIC_SCHEMA)
