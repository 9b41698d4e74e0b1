"""Variants of an assignment: which one is a student's, its constants, and where these stand in texts and files.

Which one is whose follows from the secret salt and from who the roster says that they are; so do its constants.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
import unicodedata
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from sys import stderr
from typing import Any, Final

import numpy as np

from grader.course.assignment import RUBRIC, VARIANTS, CourseAssignment
from grader.course.import_deadline import ended_in_time
from grader.course.raised import fault_of
from grader.course.validation import nearest, parsed, path_in_course, quoted
from grader.errors import CourseError, OverBudgetError, Problem, StubError
from grader.model.assignment import Assignment
from grader.model.variant import Constant, Variant

FUNCTION: Final = "constants"
HANDED_OUT: Final = "variant.json"
"""The file of a hand-out that says whose it is."""
LEAST_SALT: Final = 16  # characters: who could guess them knew everybody's variant
KEPT_BACK: Final = "_"
"""What the names of constants begin with that no student is to read."""
_MARKED: Final = re.compile(
    r"^(?P<name>[ \t]*[\w.-]+[ \t]*(?::[^=\n]+)?=[ \t]*)(?P<value>\S.*?)(?P<mark>[ \t]*#[ \t]*variant\((?P<of>\w+)\))"
    r"(?P<end>[ \t]*\r?)$",
    re.MULTILINE,
)
_LIKE_A_MARK: Final = re.compile(r"#\s*variant\s*\(", re.IGNORECASE)
_IN_TEXT: Final = re.compile(r"\{\{ *(?P<of>[A-Za-z_]\w*) *\}\}")


def variant_number(assignment: Assignment, student: str) -> int:
    """Return which variant is a student's, by the identifier of the roster; 0 where the assignment has none.

    It does not depend on who else is on the roster, nor on the order there.
    """
    terms = assignment.variants
    if terms is None:
        return 0
    whose = unicodedata.normalize("NFKC", student).strip().casefold()
    return int.from_bytes(_keyed(assignment, f"student\0{whose}"), "big") % terms.count


def in_variant(course: CourseAssignment, number: int) -> CourseAssignment:
    """Return an assignment as one of its variants has it: the constants drawn, and put into the reference.

    Raises:
        CourseError: `variants.py` gives no constants, or a file names one that there is not.
    """
    terms = course.assignment.variants
    if terms is None or not course.has_reference:
        return course  # a hand-out is of one variant
    variant = Variant(number=number, constants=_drawn(course, number), has_inputs=terms.inputs)
    return with_constants(course, variant)


def variant_of(course: CourseAssignment, student: str) -> CourseAssignment:
    """Return an assignment as it is handed out to a student, by the identifier that the roster has for them.

    Raises:
        CourseError: as `in_variant`.
    """
    made = in_variant(course, variant_number(course.assignment, student))
    return made if made.variant is None else replace(made, variant=replace(made.variant, student=student))


def with_constants(course: CourseAssignment, variant: Variant) -> CourseAssignment:
    """Put the constants of a variant where the files of a reference say that they stand."""
    problems: list[Problem] = []
    folder = path_in_course(course.folder / "solution")
    solution = {
        path: _filled(text, path, variant.constants, f"{folder}/{path}", problems)
        for path, text in course.solution.items()
    }
    attached = dict(course.attached)
    for path, data in course.attached.items():
        try:
            text = data.decode()
        except UnicodeDecodeError:
            continue
        attached[path] = _filled(text, path, variant.constants, f"{folder}/{path}", problems).encode()
    if problems:
        raise CourseError(tuple(problems))
    return replace(course, solution=solution, attached=attached, variant=variant)


def as_handed_out(text: str, path: str, variant: Variant) -> str:
    """Return a file that students get without the marks of constants, and a text with them in their places.

    Raises:
        StubError: it would show a constant that students are not to read, or names one that there is not.
    """
    if path.endswith(".md"):
        return in_text(text, path, variant)
    kept = [match["of"] for match in _MARKED.finditer(text) if match["of"].startswith(KEPT_BACK)]
    if kept:
        raise StubError([f"{path} shows {name}, which students are not to read: expected it in a gap" for name in kept])
    return _MARKED.sub(lambda match: f"{match['name']}{match['value']}{match['end']}", text)


def in_text(text: str, path: str, variant: Variant) -> str:
    """Write the constants of a variant into instructions, in place of `{{ name }}`.

    Raises:
        StubError: there is no such constant, or students are not to read it.
    """
    shown = {name: value for name, value in variant.constants.items() if not name.startswith(KEPT_BACK)}
    unknown = dict.fromkeys(match["of"] for match in _IN_TEXT.finditer(text) if match["of"] not in shown)
    if unknown:
        raise StubError(
            [
                f"{path} has {{{{ {name} }}}}, which is no constant that students read{nearest(name, shown)}"
                for name in unknown
            ]
        )
    return _IN_TEXT.sub(lambda match: str(shown[match["of"]]), text)


def handed_out_document(variant: Variant) -> str:
    """Format the file that says in a hand-out whose it is; constants that students are not to read stay out."""
    shown = {name: value for name, value in variant.constants.items() if not name.startswith(KEPT_BACK)}
    return json.dumps({"student": variant.student, "number": variant.number, "constants": shown}, indent=2) + "\n"


def read_variant(course: CourseAssignment) -> CourseAssignment:
    """Return an assignment with its variant: of a hand-out the one that it is of, else the first.

    Raises:
        CourseError: what `[variants]`, `variants.py` or the hand-out's file say does not fit.
    """
    terms, file = course.assignment.variants, course.folder / HANDED_OUT
    if terms is None:
        if course.has_reference and (course.folder / VARIANTS).is_file():
            said = "draws constants, and the rubric has no table [variants] with count and salt"
            raise CourseError((Problem(path_in_course(course.folder / VARIANTS), "", said),))
        return course
    if file.is_file():
        return replace(course, variant=_handed_out(file, has_inputs=terms.inputs))
    if len(terms.salt) < LEAST_SALT:
        said = f"has {len(terms.salt)} characters, expected at least {LEAST_SALT} that nobody can guess"
        raise CourseError((Problem(path_in_course(course.folder / RUBRIC), "variants.salt", said),))
    return in_variant(course, 0)


def _handed_out(file: Path, *, has_inputs: bool) -> Variant:
    where = path_in_course(file)
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        student, number, constants = document["student"], document["number"], document["constants"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        expected = "is not as `grade handout` writes it, expected student, number and constants"
        raise CourseError((Problem(where, "", expected),)) from None
    if not isinstance(student, str) or type(number) is not int or not isinstance(constants, dict):
        said = "is not as `grade handout` writes it, expected a text, a whole number and a table"
        raise CourseError((Problem(where, "", said),))
    return Variant(number=number, constants=constants, student=student, has_inputs=has_inputs)


def _keyed(assignment: Assignment, text: str) -> bytes:
    salt = "" if assignment.variants is None else assignment.variants.salt
    return hmac.digest(salt.encode(), f"{assignment.name}\0{text}".encode(), hashlib.sha256)


def _drawn(course: CourseAssignment, number: int) -> dict[str, Constant]:
    """Draw the constants of a variant: what the course's function gives, which is handed a generator of its own."""
    if not course.variants:
        return {}
    file = course.folder / VARIANTS
    where = path_in_course(file)
    problems: list[Problem] = []
    if parsed(course.variants, where, problems) is None:
        raise CourseError(tuple(problems))
    rng = np.random.default_rng(int.from_bytes(_keyed(course.assignment, f"constants\0{number}"), "big"))
    names: dict[str, Any] = {"__name__": "variants"}
    try:
        with redirect_stdout(stderr), ended_in_time():
            exec(compile(course.variants, str(file.absolute()), "exec"), names)  # noqa: S102  # the course's own code
            draw = names.get(FUNCTION)
            given = draw(rng) if callable(draw) else None
    except (Exception, SystemExit, OverBudgetError) as error:
        raise CourseError((fault_of(error, course, file),)) from error
    if not callable(draw):
        said = f"is missing, expected def {FUNCTION}(rng) that returns a dict of constants"
        raise CourseError((Problem(where, FUNCTION, said),))
    if not isinstance(given, dict):
        said = f"returns {type(given).__name__}, expected a dict of constants by name"
        raise CourseError((Problem(where, FUNCTION, said),))
    constants: dict[str, Constant] = {}
    for name, value in given.items():
        plain = value.item() if isinstance(value, np.generic) else value
        if not isinstance(name, str) or not name.isidentifier() or not name.isascii():
            said = f"names a constant {quoted(name)}, expected letters, digits and underscores"
        elif not isinstance(plain, bool | int | float | str) or (isinstance(plain, float) and not math.isfinite(plain)):
            said = f"gives {quoted(value)} for {name}, expected a finite number, a text or a truth"
        elif isinstance(plain, str) and "\n" in plain:
            said = f"gives a text of several lines for {name}, expected one line"
        else:
            constants[name] = plain
            continue
        problems.append(Problem(where, FUNCTION, said))
    if problems:
        raise CourseError(tuple(problems))
    return constants


def _filled(text: str, path: str, constants: Mapping[str, Constant], where: str, problems: list[Problem]) -> str:
    """Put constants into the lines of a file that are marked for them; note marks that name none or are none."""

    def value(match: re.Match[str]) -> str:
        if match["of"] not in constants:
            line = text.count("\n", 0, match.start()) + 1
            said = f"variant({match['of']}) names no constant of {VARIANTS}{nearest(match['of'], constants)}"
            problems.append(Problem(where, f"line {line}", said))
            return match[0]
        return f"{match['name']}{literal(constants[match['of']], path)}{match['mark']}{match['end']}"

    for number, line in enumerate(text.splitlines(), start=1):
        if _LIKE_A_MARK.search(line) and not _MARKED.match(line):
            said = "is nearly a mark, expected a line such as SLOPE = 0.1  # variant(slope)"
            problems.append(Problem(where, f"line {number}", said))
    return _MARKED.sub(value, text)


def literal(value: Constant, path: str) -> str:
    """Write a constant as a file of its kind has it: Python, or TOML and what is like it."""
    return repr(value) if path.endswith(".py") else json.dumps(value, ensure_ascii=False)
