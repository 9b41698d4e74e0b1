"""What stands in `student/<assignment>/`: as it has to be, as it is, and written anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.course.assignment import CourseAssignment
from grader.course.discovery import TEXTS_BESIDE_CODE
from grader.course.notebook_stubs import notebook_of, notebook_stub
from grader.course.reference_notebook import cells_of, emptied_notebook
from grader.course.stubs import attached_stubs, handout
from grader.course.variants import as_handed_out, in_text
from grader.errors import StubError, UsageError
from grader.model.assignment import StubForm
from grader.model.variant import Variant
from grader.rules import registry

INSTRUCTIONS: Final = "instructions.md"
README: Final = "README.md"
WHOSE: Final = "What differs between students was drawn for you, and what you hand in is graded with it"
FIGURE: Final = ".svg"  # of the instructions, beside them


def student_sources(course: CourseAssignment) -> dict[str, str]:
    """Return the modules and texts that students are given, whatever the form in which they get what they write."""
    stubs = handout(course.solution, course.assignment.files, are_cells=bool(course.notebook))
    return stubs | attached_stubs(course.attached)


def student_files(course: CourseAssignment) -> dict[str, str]:
    """Return every file of `student/<assignment>/` as it has to be."""
    files = student_sources(course)
    stub = course.assignment.stub
    if stub.form is StubForm.NOTEBOOK:
        written = {path: files.pop(path) for path in course.assignment.files}
        files[stub.notebook] = (
            emptied_notebook(course.notebook, stub.notebook)
            if course.notebook
            else notebook_stub(course.assignment.title, written)
        )
    instructions = course.folder / INSTRUCTIONS
    if instructions.is_file():
        files[README] = instructions.read_text(encoding="utf-8-sig")
        figures = sorted(course.folder.glob(f"*{FIGURE}"))
        files |= {figure.name: figure.read_text(encoding="utf-8") for figure in figures}
    if README in files:
        for rule, terms in registry.terms(course.assignment).items():
            section = f"## The rule on {rule}\n\n{terms[0].upper()}{terms[1:]}."
            files[README] = f"{files[README].rstrip()}\n\n{section}\n"
    if course.variant is None:
        return files
    if course.variant.student and README in files:
        files[README] = f"{files[README].rstrip()}\n\n## Whose variant this is\n\n{WHOSE}: {course.variant.student}\n"
    try:
        return {path: _in_variant(text, path, course.variant) for path, text in files.items()}
    except StubError as error:  # what students get as README is written elsewhere
        raise StubError([one.replace(README, INSTRUCTIONS, 1) for one in error.sentences]) from None


def _in_variant(text: str, path: str, variant: Variant) -> str:
    """Write a student's file with the constants of a variant; the cells of a notebook are texts and code."""
    if not path.endswith(".ipynb"):
        return as_handed_out(text, path, variant)
    kinds = {"code": ".py", "markdown": ".md"}
    cells = [
        (kind, as_handed_out(cell, f"{path}{kinds.get(kind, '')}", variant)) for kind, cell in cells_of(text, path)
    ]
    return notebook_of(cells)


@dataclass(frozen=True, slots=True)
class Instructions:
    """What an assignment asks for, as Markdown, and the drawings in it by their names."""

    text: str
    images: dict[str, bytes]


def read_instructions(course: CourseAssignment, student: Path) -> Instructions:
    """Read the instructions that students have in their folder, else those that theirs are made of.

    Raises:
        UsageError: there are none, or they cannot be read.
    """
    for file in (student / README, course.folder / INSTRUCTIONS):
        if file.is_file():
            try:
                images = {figure.name: figure.read_bytes() for figure in sorted(file.parent.glob(f"*{FIGURE}"))}
                text = file.read_text(encoding="utf-8-sig")
                if file.name == INSTRUCTIONS and course.variant is not None:
                    text = in_text(text, INSTRUCTIONS, course.variant)
                return Instructions(text, images)
            except (OSError, ValueError) as error:
                raise UsageError(f"{file} cannot be read: {error}") from None
    raise UsageError(f"{course.name} has no instructions: there is neither {student / README} nor {INSTRUCTIONS}")


def present_files(folder: Path) -> dict[str, str]:
    """Read `student/<assignment>/` as it is."""
    kinds = {".py", ".md", ".ipynb", FIGURE, *TEXTS_BESIDE_CODE}
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in kinds and "__pycache__" not in path.parts
    }


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write files by their path below a folder."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
