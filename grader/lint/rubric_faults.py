"""What a rubric and its instructions say that nothing answers to: it is read and hashed, and would have no effect."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final
from zoneinfo import ZoneInfo

from grader.course.assignment import RUBRIC, CourseAssignment
from grader.course.student_files import FIGURE, INSTRUCTIONS
from grader.course.validation import key_at, nearest, path_in_course
from grader.drivers.recorded_operations import resolved
from grader.model.assignment import Definition, LatePolicy, Penalty, Visibility
from grader.model.operations import FAMILIES
from grader.rules.allowed_places import allowed_lines
from grader.rules.late import shown_by_no_clock

_CODE: Final = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_PICTURE: Final = re.compile(r"!\[[^\]]*\]\(<?([^)\s>]+)[^)]*\)|<img[^>]*\bsrc=[\"']([^\"']+)")
_ELSEWHERE: Final = re.compile(r"[a-z][a-z+.-]*:|//|#", re.IGNORECASE)


def rubric_faults(course: CourseAssignment) -> Iterator[str]:
    """Find keys of a rubric that would have no effect, and pictures that nobody would see; each with file and key."""
    place = path_in_course(course.folder / RUBRIC)
    for key, said in (*_rule_faults(course), *_row_faults(course), *_late_faults(course.assignment.late)):
        yield f"{place}: {key}: {said}"
    for place_of, definition in enumerate(course.assignment.definitions):
        if said := _unknown_definition(definition, course):
            yield f"{place}: {key_at(('definition', place_of, 'name'))}: {said}"
    yield from missing_pictures(course)


def _rule_faults(course: CourseAssignment) -> Iterator[tuple[str, str]]:
    """Find rules that nothing could break, and exceptions to nothing."""
    assignment = course.assignment
    for name in (one for one in assignment.forbidden if one not in FAMILIES):
        with suppress(ImportError):
            importlib.import_module(name.partition(".")[0])
        if resolved(name) is None:
            yield "rules.forbid", f"{name} is forbidden, and nothing has that name"
    allowed = assignment.operations_rule.allow
    if allowed and not assignment.forbidden:
        yield "rules.allow", "is there without forbid, expected what is forbidden elsewhere"
    for one in allowed if assignment.forbidden else ():
        file, _, rest = one.partition(":")
        is_block = ":if " in f":{rest}"  # which students' own files may have, and the solution need not
        if file not in course.solution or not (is_block or any(allowed_lines([one], course.solution).values())):
            yield "rules.allow", f"{one} is nothing in solution/, expected a file, a function or a block of one"
    output = assignment.output_rule
    if output.forbidden and output.consequence is Penalty.DEDUCT and not output.points:
        yield "rules.output_points", 'is missing or 0, expected points that output_consequence = "deduct" takes'


def _row_faults(course: CourseAssignment) -> Iterator[tuple[str, str]]:
    """Find parts without a row, and checks that are handed out and not shown."""
    assignment = course.assignment
    used = {check.part for check in assignment.checks} | {row.part for row in assignment.by_hand}
    for part in assignment.parts:
        if part.name not in used:
            yield "parts", f"{part.name} has no check and no row in [[by_hand]], expected one, or no such part"
    most = assignment.runtime.submission_seconds
    for check in assignment.checks:
        if check.seconds > most:
            said = f"is {check.seconds:g}, and a submission is ended after {most:g} s, expected no more: see"
            yield f"checks.{check.name}.seconds", f"{said} runtime.submission_seconds"
        if check.public and check.visibility is Visibility.HIDDEN:
            yield (
                f"checks.{check.name}",
                'is public, which hands it out, and visibility = "hidden", expected one of both',
            )


def _late_faults(policy: LatePolicy | None) -> Iterator[tuple[str, str]]:
    """Find a deadline that falls into the hour which is left out when clocks are put forward."""
    if policy is not None and (counted := shown_by_no_clock(policy)) is not None:
        counts_as = f"{counted.astimezone(ZoneInfo(policy.time_zone)):%H:%M}"
        no_clock = f"is {policy.due}, which no clock shows in {policy.time_zone}: they are put forward then"
        yield "late.due", f"{no_clock}, and it counts as {counts_as}, expected a time that there is"


def _unknown_definition(definition: Definition, course: CourseAssignment) -> str:
    """Say which name a row of `[[definition]]` asks for that the reference does not define; nothing where it does."""
    tops = [node for path in course.assignment.files for node in ast.parse(course.solution[path]).body]
    names = {node.name for node in tops if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    names |= {
        inner.id
        for node in tops
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
    }
    if definition.name not in names:
        near = nearest(definition.name, names)
        return f"is {definition.name!r}, which the solution does not define, expected one of its names{near}"
    return ""


def missing_pictures(course: CourseAssignment) -> Iterator[str]:
    """Find pictures in the instructions that students would not have."""
    file = course.folder / INSTRUCTIONS
    if not file.is_file():
        return
    text = _CODE.sub(lambda found: "\n" * found[0].count("\n"), file.read_text(encoding="utf-8-sig"))
    handed_out = {path.name for path in course.folder.glob(f"*{FIGURE}")}
    for found in _PICTURE.finditer(text):
        name = found[1] or found[2]
        if name not in handed_out and not _ELSEWHERE.match(name):
            line = text.count("\n", 0, found.start()) + 1
            there = "is no drawing" if (course.folder / name).is_file() else "is not there"
            said = f"line {line}: {name} {there}, expected a file *{FIGURE} beside it, which students get as well"
            yield f"{path_in_course(file)}: {said}"
