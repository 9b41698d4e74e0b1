"""Find who of a class gave the same wrong answer, with their code, and name such an answer once for all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from grader.course.assignment import CourseAssignment
from grader.course.named_answers import Named, change_answers
from grader.errors import UsageError
from grader.gradebook.book import Gradebook
from grader.gradebook.submission_archive import load
from grader.model.answer import AnswerPlace, NamedAnswer
from grader.model.python_tree import python_tree
from grader.model.status import Status
from grader.reporting.class_data import SameAnswer, StudentRow
from grader.results.answers import BY_ANSWER, AnswerGroup, agree, answer_groups
from grader.results.form import BriefCheck, MistakeRow
from grader.wording.text import one_line

MOST_GROUPS: Final = 10
MOST_MEMBERS: Final = 4  # whose code is shown side by side
MOST_LINES: Final = 30
_LOADED: Final = re.compile(r"[\w.]+:\w+")


def with_named(row: StudentRow, named: Mapping[str, Sequence[NamedAnswer]]) -> StudentRow:
    """Name in a student's row what instructors named since it was graded, and nothing that they took back."""
    checks = {name: _with_named(check, named.get(name, ())) for name, check in row.checks.items()}
    return replace(row, checks=checks)


def _with_named(check: BriefCheck, named: Iterable[NamedAnswer]) -> BriefCheck:
    if not check.answer:
        return check
    others = tuple(known for known in check.mistakes if not known["name"].startswith(BY_ANSWER))
    found = None if others else next((one for one in named if agree(one.answer, _answer(check))), None)
    mistakes = others if found is None else (MistakeRow(name=found.name, says=found.says, hint=found.hint),)
    return check if mistakes == check.mistakes else replace(check, mistakes=mistakes)


def groups_of(course: CourseAssignment, rows: Iterable[StudentRow]) -> tuple[AnswerGroup, ...]:
    """Group the students of a class by the same wrong answers that no known mistake explains."""
    answers = (
        (row.identifier, name, _answer(check))
        for row in rows
        for name, check in row.checks.items()
        if check.status is Status.FAILED and not check.mistakes and check.answer
    )
    return answer_groups(course.name, answers)


def same_answers(book: Gradebook, course: CourseAssignment, rows: Sequence[StudentRow]) -> tuple[SameAnswer, ...]:
    """Return the largest groups of the same wrong answer, each with what its students wrote."""
    groups = groups_of(course, rows)[:MOST_GROUPS]
    of = {row.identifier: row for row in rows}
    shown = {name for group in groups for name in group.students[:MOST_MEMBERS]}
    contents = book.results.contents(course.name, [of[name].content for name in shown])
    return tuple(
        SameAnswer(
            code=group.code,
            check=group.check,
            students=group.students,
            message=of[group.students[0]].checks[group.check].message,
            reasons=of[group.students[0]].checks[group.check].reasons,
            written=tuple(
                (name, text)
                for name in group.students[:MOST_MEMBERS]
                if (text := _written(course, contents.get(of[name].content), group.drivers))
            ),
        )
        for group in groups
    )


def name_answer(
    course: CourseAssignment, groups: Iterable[AnswerGroup], code: str, *, says: str, hint: str, by: str
) -> tuple[AnswerGroup, NamedAnswer]:
    """Keep what a group of the class is to be told, beside the assignment's known mistakes.

    Raises:
        UsageError: there is no such group, it is named already, or its file cannot be written.
        CourseError: the file that is there is in another form.
    """
    codes = {group.code: group for group in groups}
    name = f"{BY_ANSWER}{code.rpartition('/')[2]}"
    if code not in codes:
        _refuse_named(course, code, name, course.named_answers)
        known = ", ".join(codes) or "none: whoever was graded by an earlier version has to be graded --again"
        raise UsageError(f"no group of the class is called {code}; there are {known}")
    group = codes[code]
    named = NamedAnswer(name=name, check=group.check, says=says, hint=hint, answer=group.answer, by=by)

    def with_this(kept: Named) -> Named:
        _refuse_named(course, code, name, kept)
        return {**kept, group.check: [*kept.get(group.check, ()), named]}

    change_answers(course.folder, with_this)
    return group, named


def _refuse_named(course: CourseAssignment, code: str, name: str, kept: Named) -> None:
    """Raise where somebody named this answer before, or just now."""
    there = next((one for answers in kept.values() for one in answers if one.name == name), None)
    if there is not None:
        by_whom = f" by {there.by}" if there.by else ""
        raise UsageError(
            f"{code} is named already{by_whom}: {one_line(there.says)!r}; to name it otherwise, take that back first: "
            f"grade mistake remove {course.name}/{name}"
        )


def forget_answer(course: CourseAssignment, name: str) -> None:
    """Take back what an answer was called.

    Raises:
        UsageError: none is called so, or the file cannot be written.
    """

    def without(kept: Named) -> Named:
        names = [one.name for answers in kept.values() for one in answers]
        if name not in names:
            raise UsageError(f"no answer of {course.name} is called {name}; there are {', '.join(names) or 'none'}")
        return {check: [one for one in answers if one.name != name] for check, answers in kept.items()}

    change_answers(course.folder, without)


def _answer(check: BriefCheck) -> tuple[AnswerPlace, ...]:
    return tuple(AnswerPlace(place["place"], place["numbers"]) for place in check.answer)


def _written(course: CourseAssignment, content: bytes | None, drivers: Sequence[str]) -> str:
    """Return the functions of a submission that some drivers call, as far as they are found; nothing where none is."""
    if content is None:
        return ""
    sources = load(content, "", (), "", course.assignment.files, course.provided).sources
    found: list[str] = []
    for module, name in dict.fromkeys(_loaded(course.drivers, drivers)):
        source = sources.get(f"{module.replace('.', '/')}.py", "")
        found += _definitions(source, name)
    lines = "\n\n".join(found).splitlines()
    return "\n".join([*lines[:MOST_LINES], *(["…"] if len(lines) > MOST_LINES else [])])


def _loaded(source: str, drivers: Sequence[str]) -> Iterator[tuple[str, str]]:
    """List what drivers load from a submission, as `module:name` in their source says."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name in drivers:
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and _LOADED.fullmatch(part.value):
                    module, _, name = part.value.partition(":")
                    yield module, name


def _definitions(source: str, name: str) -> list[str]:
    kinds = (ast.FunctionDef, ast.ClassDef)
    return [
        ast.get_source_segment(source, node) or ""
        for node in python_tree(source).body
        if isinstance(node, kinds) and node.name == name
    ]
