"""Make what students get: stubs, public checks and what the reference answers to them, but not the reference."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from grader.course.assignment import REFERENCE_DIGEST, RUBRIC, SIGNATURES, CourseAssignment
from grader.course.check_rows import MADE
from grader.course.named_answers import ANSWERS, as_document
from grader.course.stubs import asked_signatures
from grader.course.validation import path_in_course
from grader.course.variants import HANDED_OUT, KEPT_BACK, as_handed_out, handed_out_document
from grader.errors import CourseError, Problem

PUBLIC_DATA: Final = "checks/public"
"""The folder of what public tests read and students may see."""
_ROW: Final = re.compile(r"\[\[?\s*checks\s*\.\s*(\w+)\s*[.\]]")  # tables below a row, such as its measure, go with it
_SEED: Final = re.compile(r"^seed *=.*$", re.MULTILINE)
_SALT: Final = re.compile(r"^salt *=.*\n?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Handout:
    """The files of a hand-out by path from the course folder, the checks that are in it, and the data these read."""

    files: dict[str, str]
    checks: tuple[str, ...]
    data: dict[str, bytes]


def hand_out(course: CourseAssignment, student: Mapping[str, str]) -> Handout:
    """Leave out of a course everything that only its instructors may see; `student` are the files of its stubs.

    Raises:
        CourseError: no check is public, or a public one needs a hidden one or a file that stays here.
    """
    public = tuple(check.name for check in course.assignment.checks if check.public)
    rubric = course.folder / RUBRIC
    where = path_in_course(rubric)
    problems = [
        Problem(where, f"checks.{check.name}.needs", f"{need!r} is not public: students could never pass it")
        for check in course.assignment.checks
        for need in check.needs
        if check.public and need not in public
    ]
    problems += _data_problems(course, public)
    problems += _hidden_constants(course, public)
    cut = public_rubric(rubric.read_text(encoding="utf-8-sig"), public)
    problems += _secrets_left(cut, where)
    if not public:
        problems.append(Problem(where, "checks", "none is public: a hand-out would check nothing"))
    if problems:
        raise CourseError(tuple(problems))
    folder = f"reference/{course.name}"
    files = {f"student/{course.name}/{path}": text for path, text in student.items()}
    files |= {
        f"{folder}/solution/{path}": text if course.variant is None else as_handed_out(text, path, course.variant)
        for path, text in course.provided.items()
    }
    files |= {f"{folder}/{path}": public_tests(text, public) for path, text in course.checks.items()}
    if written := course.drivers.partition(MADE)[0]:
        files[f"{folder}/drivers.py"] = written
    files[f"{folder}/{RUBRIC}"] = cut
    files[f"{folder}/{REFERENCE_DIGEST}"] = f"{course.reference_digest}\n"
    if asked := asked_signatures(course.assignment.files, student):
        files[f"{folder}/{SIGNATURES}"] = json.dumps(asked, indent=1, ensure_ascii=False) + "\n"
    if answers := as_document(course.named_answers, public):
        files[f"{folder}/{ANSWERS}"] = answers
    if course.variant is not None:
        files[f"{folder}/{HANDED_OUT}"] = handed_out_document(course.variant)
    data = {f"{folder}/{name}": path.read_bytes() for name, path in course.check_data.items() if _is_public(name)}
    return Handout(files, public, data)


def _is_public(name: str) -> bool:
    return name.startswith(f"{PUBLIC_DATA}/")


def _data_problems(course: CourseAssignment, public: Collection[str]) -> Iterator[Problem]:
    """Find public tests that name a file beside them which is not handed out: it may hold what is right."""
    hidden = [name for name in course.check_data if not _is_public(name)]
    for path, text in course.checks.items():
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name.removeprefix("test_") in public:
                source = ast.get_source_segment(text, node) or ""
                for name in hidden:
                    if name.rpartition("/")[2] in source:
                        expected = f"which is not handed out: expected it in {PUBLIC_DATA}/"
                        yield Problem(f"{path_in_course(course.folder)}/{path}", node.name, f"reads {name}, {expected}")


def public_tests(source: str, public: Collection[str]) -> str:
    """Cut the hidden tests out of a test file."""
    lines = source.splitlines(keepends=True)
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if node.name.removeprefix("test_") not in public:
                del lines[first - 1 : node.end_lineno]
    return "".join(lines).rstrip() + "\n"


def public_rubric(text: str, public: Collection[str]) -> str:
    """Cut the rows of hidden checks and the secret seed out of a rubric."""
    kept, keeps = [], True
    for line in text.splitlines(keepends=True):
        row = _ROW.match(line)
        if row is not None or line.startswith("["):
            keeps = row is None or row[1] in public
        if keeps:
            kept.append(line)
    return _SALT.sub("", _SEED.sub("seed = 0", "".join(kept)))


def _secrets_left(text: str, where: str) -> Iterator[Problem]:
    """Find what is secret in a rubric that has been cut: it stands in a form that was not looked for."""
    rubric = tomllib.loads(text)
    for table, key, cut in (("hidden", "seed", 0), ("variants", "salt", "")):
        if rubric.get(table, {}).get(key, cut) != cut:
            said = f"would be handed out, expected it on a line of its own that begins with {key}, below [{table}]"
            yield Problem(where, f"{table}.{key}", said)


def _hidden_constants(course: CourseAssignment, public: Collection[str]) -> Iterator[Problem]:
    """Find public tests that ask for a constant of variants which is not handed out."""
    kept = [name for name in (course.variant.constants if course.variant else ()) if name.startswith(KEPT_BACK)]
    for path, text in course.checks.items():
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name.removeprefix("test_") in public:
                named = {leaf.value for leaf in ast.walk(node) if isinstance(leaf, ast.Constant)}
                for name in kept:
                    if name in named:
                        said = f"asks for the constant {name}, which is not handed out"
                        yield Problem(f"{path_in_course(course.folder)}/{path}", node.name, said)
