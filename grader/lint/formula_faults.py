"""Formulas of a course that cannot be read: pages would show their LaTeX as it was written."""

from __future__ import annotations

from collections.abc import Iterator

from grader.authoring import Mistake
from grader.course.assignment import MISTAKES, RUBRIC, CourseAssignment
from grader.course.student_files import INSTRUCTIONS
from grader.course.validation import path_in_course
from grader.reporting.formulas import formula_fault, markdown_parser
from grader.wording.formulas import pieces


def formula_faults(course: CourseAssignment, mistakes: tuple[Mistake, ...]) -> Iterator[str]:
    """Find formulas that cannot be read in instructions, sentences, hints and mistakes; each with file and place."""
    file = course.folder / INSTRUCTIONS
    if file.is_file():
        for line, latex in _of_markdown(file.read_text(encoding="utf-8-sig")):
            yield from _told(f"{path_in_course(file)}: line {line}", latex)
    rubric, assignment = path_in_course(course.folder / RUBRIC), course.assignment
    texts = [(f"{rubric}: checks.{check.name}", f"{check.description}\n\n{check.hint}") for check in assignment.checks]
    texts += [(f"{rubric}: by_hand.{row.name}", row.description) for row in assignment.by_hand]
    named = path_in_course(course.folder / MISTAKES)
    texts += [(f"{named}: {one.name}", f"{one.says}\n\n{one.hint}\n\n{one.teaches}") for one in mistakes]
    for place, text in texts:
        for piece in pieces(text):
            if piece.is_formula:
                yield from _told(place, piece.text)


def _told(place: str, latex: str) -> Iterator[str]:
    if fault := formula_fault(latex):
        yield rf"{place}: ${' '.join(latex.split())}$ {fault}, expected LaTeX such as $\frac{{a}}{{2}}$"


def _of_markdown(text: str) -> Iterator[tuple[int, str]]:
    """Yield the formulas of a text in Markdown, each with its line."""
    line = 1
    for token in markdown_parser().parse(text):
        line = token.map[0] + 1 if token.map else line
        if token.type == "math_block":
            yield line, token.content
        for child in token.children or ():
            if child.type.startswith("math_inline"):
                yield line, child.content
            elif child.type in {"softbreak", "hardbreak"}:
                line += 1
