"""Make an assignment from a solution: read it, try it out, write the files and lint what was made."""

from __future__ import annotations

import ast
import re
import secrets
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from grader.course.discovery import read_assignment
from grader.course.stubs import handout
from grader.course.student_files import student_files, write_files
from grader.errors import UsageError
from grader.judging.grading import Grader
from grader.lint.accept import accepted
from grader.lint.lint import SEEDS, lint
from grader.lint.scaffold import files
from grader.lint.scaffold.inputs import Tree, inputs_of
from grader.lint.scaffold.mistakes import Change, change_of
from grader.lint.scaffold.solution import asked_in, marked, modules_of
from grader.model.assignment import Runtime
from grader.sandbox.host.server import Server, server_for
from grader.subjects.recordings import Recordings


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
    text = _marked(solution, kind)
    file, module = solution.name, solution.stem
    if not module.isidentifier():
        raise UsageError(f"{file} cannot be imported, expected a name of letters, digits and underscores")
    modules = modules_of(text) or ("numpy",)
    server = server_for(Runtime(modules=modules), (), None, isolated=True)
    server.start()
    try:
        server.wait_until_ready()
        found, left_out = _tried(text, file, kind, server)
    finally:
        server.stop()
    if not found:
        raise UsageError("; ".join(left_out))
    asked = [(change.asked, given) for change, given in found]
    changes = [change for change, _ in found]
    title = name.replace("_", " ").replace("-", " ").capitalize()
    texts = {
        "assignment.toml": files.rubric(title, file, modules, secrets.randbelow(10**8)),
        f"solution/{file}": text,
        f"checks/test_{module}.py": files.tests(asked, module),
        "mistakes.py": files.mistakes(changes, file),
        "samples/samples.toml": files.samples(2 * len(found)),
        f"samples/solution/{file}": text,
        f"samples/layout/{file}": f"{ast.unparse(ast.parse(text))}\n",
        f"samples/handout/{file}": handout({file: text}, [file])[file],
        "instructions.md": files.instructions(title, [change.asked for change in changes], file),
    }
    write_files(folder, texts)
    written = student_files(read_assignment(folder))
    write_files(course / "student" / name, written)
    problems = _settled(folder, written)
    every = (*(f"reference/{name}/{path}" for path in texts), *(f"student/{name}/{path}" for path in written))
    return Made(files=every, left_out=tuple(left_out), problems=tuple(problems))


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
    return found, left_out


def _marked(solution: Path, kind: str) -> str:
    try:
        text = solution.read_text(encoding="utf-8-sig")
        ast.parse(text)
    except UnicodeDecodeError:
        raise UsageError(f"{solution} is not UTF-8, expected a file that was saved as UTF-8") from None
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"{solution} does not parse: {error}") from None
    return marked(text, kind)


def _settled(folder: Path, student: dict[str, str]) -> list[str]:
    """State what mistakes fail and samples get, and return what lint then says."""
    with Grader(read_assignment(folder), recordings=Recordings()) as grader:
        texts, left = accepted(grader, SEEDS)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    with Grader(read_assignment(folder), recordings=Recordings()) as grader:
        return [*left, *lint(grader, student, student, runs=2).problems]
