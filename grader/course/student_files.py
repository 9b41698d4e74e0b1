"""What stands in `student/<assignment>/`: as it has to be, as it is, and written anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.course.assignment import CourseAssignment
from grader.course.discovery import TEXTS_BESIDE_CODE
from grader.course.notebook_stubs import notebook_stub
from grader.course.reference_notebook import emptied_notebook
from grader.course.stubs import attached_stubs, handout
from grader.errors import UsageError
from grader.model.assignment import StubForm
from grader.rules import registry

INSTRUCTIONS: Final = "instructions.md"
README: Final = "README.md"
FIGURE: Final = ".svg"  # of the instructions, beside them


def student_sources(course: CourseAssignment) -> dict[str, str]:
    """Return the modules and texts that students are given, whatever the form in which they get what they write."""
    return handout(course.solution, course.assignment.files) | attached_stubs(course.attached)


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
        files[README] = instructions.read_text(encoding="utf-8")
        figures = sorted(course.folder.glob(f"*{FIGURE}"))
        files |= {figure.name: figure.read_text(encoding="utf-8") for figure in figures}
    if README in files:
        for rule, terms in registry.terms(course.assignment).items():
            section = f"## The rule on {rule}\n\n{terms[0].upper()}{terms[1:]}."
            files[README] = f"{files[README].rstrip()}\n\n{section}\n"
    return files


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
                return Instructions(file.read_text(encoding="utf-8"), images)
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
