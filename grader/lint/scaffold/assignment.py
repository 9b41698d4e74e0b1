"""Make an assignment from a solution: read it, try it out, write the files and lint what was made."""

from __future__ import annotations

import ast
import io
import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing, redirect_stderr
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from grader.course.discovery import read_assignment
from grader.course.notebook_stubs import notebook_of
from grader.course.reference_notebook import module_of
from grader.course.stubs import handout
from grader.course.student_files import student_files, write_files
from grader.errors import UsageError
from grader.judging.grading import Grader
from grader.lint.accept import accepted
from grader.lint.lint import SEEDS, lint
from grader.lint.scaffold import answers, files, predictions
from grader.lint.scaffold.imports import imported_beside, is_in_package, modules_of
from grader.lint.scaffold.inputs import TIMES, Tree, inputs_of
from grader.lint.scaffold.mistakes import Change, change_of
from grader.lint.scaffold.notebook import marked_cells
from grader.lint.scaffold.solution import (
    Asked,
    Form,
    asked_in,
    marked,
)
from grader.model.assignment import Runtime
from grader.sandbox.host.server import Server, server_for
from grader.subjects.recordings import Recordings

NOTEBOOK: Final = "notebook"
TO_BE_WRITTEN: Final = "a check that lint is content with is to be written by hand"
ATTACHED: Final = {"predictions": predictions.texts, "answers": answers.texts}
"""What writes an assignment that is a file beside modules: of its title, the file's name and text, and a seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was written, by path from the course folder, what could not be asked, and what lint says of the rest."""

    files: tuple[str, ...]
    left_out: tuple[str, ...]
    problems: tuple[str, ...]


def make_assignment(name: str, solution: Path, kind: str, course: Path) -> Made:
    """Make `reference/<name>/` and `student/<name>/` from a solution.

    Raises:
        UsageError: the name is taken or is none, or the solution cannot be read or asks for nothing.
    """
    folder = course / "reference" / name
    if not re.fullmatch(r"[A-Za-z][\w-]*", name, re.ASCII):
        raise UsageError(f"{name!r} is no name of an assignment, expected letters, digits, underscores and hyphens")
    if folder.exists():
        raise UsageError(f"{folder} is there already: an assignment is made afresh, give it another name")
    if not solution.stem.isidentifier():
        raise UsageError(f"{solution.name} cannot be imported, expected a name of letters, digits and underscores")
    title = name.replace("_", " ").replace("-", " ").capitalize()
    seed = secrets.randbelow(10**8)
    if kind in ATTACHED:
        left_out: list[str] = []
        texts = ATTACHED[kind](title, solution.name, _read(solution), seed)
        student, problems = _written(folder, texts)
    else:
        read = _read_code(solution, kind)
        found, left_out = _tried(read, kind)
        while True:  # until lint is content with all that is left
            texts = _texts(read, found, title, seed)
            student, problems = _written(folder, texts, read.notebook)
            faulty = [one for one in found if any(_is_about(one[0].asked, problem) for problem in problems)]
            if not faulty or len(faulty) == len(found):
                break
            found = [one for one in found if one not in faulty]
            names = ", ".join(change.asked.name for change, _ in faulty)
            left_out.append(f"{names}: {TO_BE_WRITTEN} ({problems[0]})")
            shutil.rmtree(folder)
    write_files(course / "student" / name, student)
    every = (*(f"reference/{name}/{path}" for path in texts), *(f"student/{name}/{path}" for path in student))
    return Made(files=every, left_out=tuple(left_out), problems=tuple(problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A solution of code: its text, gaps marked, in one file, and the notebook that it came from, if any.

    `provided` are the files beside it that it imports, and `modules` what it imports besides.
    """

    text: str
    file: str
    notebook: str = ""
    notebook_name: str = ""
    provided: Mapping[str, str]
    modules: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """Return the name by which the file is imported."""
        return self.file.removesuffix(".py").replace("/", ".")


def _read_code(solution: Path, kind: str) -> Code:
    """Read a solution of functions or classes, in a module or a notebook, and mark its gaps."""
    if kind == NOTEBOOK:
        cells, left_out = marked_cells(_read(solution), solution.name)
        notebook = notebook_of(cells)
        text = _parsed(module_of(notebook, solution.name), solution)
        return Code(
            text=text,
            file=f"{solution.stem}.py",
            notebook=notebook,
            notebook_name=solution.name,
            provided={},
            modules=modules_of(text) or ("numpy",),
            left_out=tuple(left_out),
        )
    text = _parsed(_read(solution), solution)
    package = solution.resolve().parent.name if is_in_package(text) else ""
    provided = {
        f"{package}/{path}" if package else path: one for path, one in imported_beside(text, solution, package).items()
    }
    local = {Path(path).stem for path in provided} | {package}
    every = dict.fromkeys(name for one in (text, *provided.values()) for name in modules_of(one))
    modules = tuple(name for name in every if name.partition(".")[0] not in local)
    file = f"{package}/{solution.name}" if package else solution.name
    return Code(text=marked(text, kind), file=file, provided=provided, modules=modules or ("numpy",))


def _texts(code: Code, found: Sequence[tuple[Change, dict[str, str]]], title: str, seed: int) -> dict[str, str]:
    """Write the files of an assignment of code by path."""
    asked = [(change.asked, given) for change, given in found]
    changes = [change for change, _ in found]
    text, file = code.text, code.file
    handed = {code.notebook_name: code.notebook} if code.notebook else {file: text}
    texts = {
        "assignment.toml": files.rubric(title, file, code.modules, seed, notebook=code.notebook_name),
        **{f"solution/{path}": one for path, one in {**code.provided, **handed}.items()},
        f"checks/test_{Path(file).stem}.py": files.tests(asked, code.module),
        "mistakes.py": files.mistakes(changes, file),
        "samples/samples.toml": files.samples(2 * len(found)),
        **{f"samples/solution/{path}": one for path, one in handed.items()},
        f"samples/layout/{file}": f"{ast.unparse(ast.parse(text))}\n",
        "instructions.md": files.instructions(title, [change.asked for change in changes], next(iter(handed))),
    }
    if not code.notebook:
        texts[f"samples/handout/{file}"] = handout({file: text}, [file])[file]
    return texts


def _tried(code: Code, kind: str) -> tuple[list[tuple[Change, dict[str, str]]], list[str]]:
    """Find inputs and a mistake for all that is asked; return those that were found, and what was left out.

    Raises:
        UsageError: nothing was found.
    """
    server = server_for(Runtime(modules=code.modules), (), None, isolated=True)
    server.start()
    try:
        server.wait_until_ready()
        found, silent = _tried_in(code, kind, server)
    finally:
        server.stop()
    if not found:
        raise UsageError("; ".join(silent))
    return found, [*code.left_out, *silent]


def _tried_in(code: Code, kind: str, server: Server) -> tuple[list[tuple[Change, dict[str, str]]], list[str]]:
    text, file, module = code.text, code.file, code.module
    found: list[tuple[Change, dict[str, str]]] = []
    left_out: list[str] = []
    for wanted in asked_in(text, kind):
        asked = wanted
        with closing(Tree(server, asked, module, server.runtime, {**code.provided, file: text})) as tree:
            inputs = inputs_of(asked, tree)
        if inputs is None:
            left_out.append(f"{asked.name}: no inputs were found that its answer depends on, write its test by hand")
            continue
        asked, given = inputs
        make = partial(_tree, server, asked, module, code.provided)
        change = change_of(asked, text, file, given, make)
        if change is None and asked.form is Form.FUNCTION and asked.times == 1:  # one number may happen to stay
            asked = replace(asked, times=TIMES)
            change = change_of(asked, text, file, given, make)
        if change is None:
            left_out.append(f"{asked.name}: no change of it shows in what it gives, write its test and mistake by hand")
        else:
            found.append((change, given))
    values = [one for one in found if one[0].asked.form is Form.VALUE]
    if len(values) == 1:
        found.remove(values[0])
        left_out.append(
            f"{values[0][0].asked.name}: is the only value that a cell computes, and a mistake is named over two cases:"
            " write its test and mistake by hand"
        )
    return found, left_out


def _tree(server: Server, asked: Asked, module: str, provided: Mapping[str, str], sources: Mapping[str, str]) -> Tree:
    return Tree(server, asked, module, server.runtime, {**provided, **sources})


def _is_about(asked: Asked, problem: str) -> bool:
    """Return whether a problem names a check, or the mistake that was made for it."""
    return re.search(rf"\b{asked.check}(-changed)?\b", problem) is not None


def _written(folder: Path, texts: dict[str, str], notebook: str = "") -> tuple[dict[str, str], list[str]]:
    """Write an assignment's files; return those of students, and what lint says once all is stated."""
    write_files(folder, texts)
    student = student_files(read_assignment(folder))
    if notebook:
        name = next(path for path in student if path.endswith(".ipynb"))
        texts[f"samples/handout/{name}"] = student[name]
        write_files(folder, {f"samples/handout/{name}": student[name]})
    return student, _settled(folder, student)


def _read(solution: Path) -> str:
    try:
        return solution.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{solution} is not UTF-8, expected a file that was saved as UTF-8") from None


def _parsed(text: str, solution: Path) -> str:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"{solution} does not parse: {error}") from None
    return text


def _settled(folder: Path, student: dict[str, str]) -> list[str]:
    """State what mistakes fail and samples get, and return what lint then says."""
    with redirect_stderr(io.StringIO()):  # where what the solution prints goes, each time that it is run
        with Grader(read_assignment(folder), recordings=Recordings()) as grader:
            texts, left = accepted(grader, SEEDS)
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
        with Grader(read_assignment(folder), recordings=Recordings()) as grader:
            return [*left, *lint(grader, student, student, runs=2).problems]
