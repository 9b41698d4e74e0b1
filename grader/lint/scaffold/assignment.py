"""Make an assignment from a solution: read it, try it out, write the files and lint what was made."""

from __future__ import annotations

import ast
import io
import re
import secrets
from contextlib import closing, redirect_stderr
from dataclasses import dataclass
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
from grader.lint.scaffold.inputs import Tree, inputs_of
from grader.lint.scaffold.mistakes import Change, change_of
from grader.lint.scaffold.notebook import marked_cells
from grader.lint.scaffold.solution import Form, asked_in, marked, modules_of
from grader.model.assignment import Runtime
from grader.sandbox.host.server import Server, server_for
from grader.subjects.recordings import Recordings

NOTEBOOK: Final = "notebook"
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
    left_out: list[str] = []
    if kind in ATTACHED:
        texts = ATTACHED[kind](title, solution.name, _read(solution), seed)
    else:
        texts, left_out = _of_code(title, solution, kind, seed)
    write_files(folder, texts)
    written = student_files(read_assignment(folder))
    write_files(course / "student" / name, written)
    if kind == NOTEBOOK:
        texts[f"samples/handout/{solution.name}"] = written[solution.name]
        write_files(folder, {f"samples/handout/{solution.name}": written[solution.name]})
    problems = _settled(folder, written)
    every = (*(f"reference/{name}/{path}" for path in texts), *(f"student/{name}/{path}" for path in written))
    return Made(files=every, left_out=tuple(left_out), problems=tuple(problems))


def _of_code(title: str, solution: Path, kind: str, seed: int) -> tuple[dict[str, str], list[str]]:
    """Write an assignment of functions or classes, in a module or a notebook; return also what was left out."""
    left_out: list[str] = []
    notebook, text = "", ""
    if kind == NOTEBOOK:
        cells, left_out = marked_cells(_read(solution), solution.name)
        notebook = notebook_of(cells)
        text = module_of(notebook, solution.name)
        _parsed(text, solution)
    else:
        text = marked(_parsed(_read(solution), solution), kind)
    file, module = f"{solution.stem}.py", solution.stem
    modules = modules_of(text) or ("numpy",)
    server = server_for(Runtime(modules=modules), (), None, isolated=True)
    server.start()
    try:
        server.wait_until_ready()
        found, silent = _tried(text, file, kind, server)
    finally:
        server.stop()
    if not found:
        raise UsageError("; ".join(silent))
    asked = [(change.asked, given) for change, given in found]
    changes = [change for change, _ in found]
    handed = {solution.name: notebook} if notebook else {file: text}
    texts = {
        "assignment.toml": files.rubric(title, file, modules, seed, notebook=solution.name if notebook else ""),
        **{f"solution/{path}": one for path, one in handed.items()},
        f"checks/test_{module}.py": files.tests(asked, module),
        "mistakes.py": files.mistakes(changes, file),
        "samples/samples.toml": files.samples(2 * len(found)),
        **{f"samples/solution/{path}": one for path, one in handed.items()},
        f"samples/layout/{file}": f"{ast.unparse(ast.parse(text))}\n",
        "instructions.md": files.instructions(title, [change.asked for change in changes], next(iter(handed))),
    }
    if not notebook:
        texts[f"samples/handout/{file}"] = handout({file: text}, [file])[file]
    return texts, [*left_out, *silent]


def _tried(text: str, file: str, kind: str, server: Server) -> tuple[list[tuple[Change, dict[str, str]]], list[str]]:
    """Find inputs and a mistake for all that is asked; return those that were found, and what was left out."""
    module = file.removesuffix(".py")
    found: list[tuple[Change, dict[str, str]]] = []
    left_out: list[str] = []
    for asked in asked_in(text, kind):
        make = partial(Tree, server, asked, module, server.runtime)
        with closing(make({file: text})) as tree:
            given = inputs_of(asked, tree)
        change = None if given is None else change_of(asked, text, file, given, make)
        if given is None:
            left_out.append(f"{asked.name}: no inputs were found that it gives numbers for, write its test by hand")
        elif change is None:
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
