"""Write an assignment of tests that were read from another autograder's, and find out which of them work."""

from __future__ import annotations

import ast
import json
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from grader.course.discovery import read_assignment
from grader.course.student_files import student_files, write_files
from grader.errors import UsageError
from grader.judging.grading import Grader, grade_submission
from grader.lint.imported.solution_marks import left_outside, own_markers
from grader.lint.lint import stopping_faults, the_reference
from grader.lint.scaffold.imports import modules_of
from grader.lint.scaffold.solution import marked
from grader.model.status import Status
from grader.subjects.recordings import Recordings

DRIVERS: Final = '''\
"""How imported tests call a submission: any function, and any value."""

from grader.drivers.packing import packed, unpacked, written_into


def call(impl, target, args, kwargs):
    given = (unpacked(args, runs=True), unpacked(kwargs, runs=True))
    returned = packed(impl.load(target)(*given[0], **given[1]))
    return {"returned": returned, "written": written_into([args, kwargs], [*given])}


def attempt(impl, target, args, kwargs):
    function = impl.load(target)
    given = (unpacked(args, runs=True), unpacked(kwargs, runs=True))
    try:
        returned = packed(function(*given[0], **given[1]))
    except NotImplementedError:
        raise
    except Exception as error:
        return {"raised": type(error).__name__, "written": written_into([args, kwargs], [*given])}
    return {"returned": returned, "written": written_into([args, kwargs], [*given])}


def value(impl, target):
    return packed(impl.load(target))


def replay(impl, target, init, steps, attempts):
    last = None
    try:
        made = impl.load(target)(*unpacked(init[0], runs=True), **unpacked(init[1], runs=True))
    except NotImplementedError:
        raise
    except Exception as error:
        if not attempts:
            raise
        return {"raised": type(error).__name__}
    for number, (kind, name, args, kwargs) in enumerate(steps, start=1):
        try:
            if kind == "set":
                setattr(made, name, unpacked(args, runs=True)[0])
            else:
                last = getattr(made, name)
                last = last(*unpacked(args, runs=True), **unpacked(kwargs, runs=True)) if kind == "call" else last
        except NotImplementedError:
            raise
        except Exception as error:  # the test went on after one that it expected
            if number == len(steps):
                if not attempts:
                    raise
                return {"raised": type(error).__name__}
    return {"returned": packed(None if last is made else last)}
'''
BINDINGS: Final = """\
from drivers import attempt as _attempt, call as _call, replay as _replay, value as _value
from grader.authoring import check, imported as _imported
"""
"""What imported tests use beside their own names, under names that they do not have."""
HINT: Final = "What does the sentence of this check ask for?"
CLOSED: Final = "A closed form stands in the test that was imported."
EXPECTS_ERRORS: Final = re.compile(r"\b(assertRaises\w*|assert_raises\w*|raises)\b|\bexcept\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTest:
    """A test as it was read: the statements that run it, and its row of the rubric.

    `place` is where it stands in what was imported, as file and line or file and cell; `source` is what it runs beside
    its own statements.
    """

    name: str
    place: str
    points: float
    says: str
    body: str
    visibility: str = "visible"
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandMarked:
    """What a person marks: a cell or question without tests."""

    name: str
    points: float
    says: str


@dataclass(slots=True, kw_only=True)
class Imported:
    """What was read: solutions by path, tests in their order, what stands before them, and what a person must do."""

    solutions: dict[str, str]
    tests: list[ImportedTest] = field(default_factory=list)
    head: str = ""
    by_hand: list[HandMarked] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def write_imported(name: str, found: Imported, course: Path) -> list[str]:
    """Write `reference/<name>/` and `student/<name>/`; return what a person must still do, by file and line.

    Tests that the solution does not pass when they are run here are left out and told.

    Raises:
        UsageError: the name is taken, or no test was found.
    """
    folder = course / "reference" / name
    if not re.fullmatch(r"[A-Za-z][\w-]*", name, re.ASCII):
        raise UsageError(f"{name!r} is no name of an assignment, expected letters, digits, underscores and hyphens")
    if folder.exists():
        raise UsageError(f"{folder} is there already: an assignment is made afresh, give it another name")
    if not found.tests:
        raise UsageError("; ".join(["no test was found that can be converted", *found.left]))
    found.tests = [*_named(found.tests)]
    write_files(folder, _files(name, found, ()))
    left, without = [*found.left], set[str]()
    left += [
        f"{path} line {line}: {statement}: marked as a solution outside any function, and handed out: move it into one"
        for path, text in found.solutions.items()
        for line, statement in left_outside(text)
    ]
    while faults := _faults(folder):
        new = {fault.partition(":")[0]: fault for fault in faults}.keys() - without
        places = {test.name: test.place for test in found.tests}
        left += [f"{places[fault.partition(':')[0]]}: not converted:{fault.partition(':')[2]}" for fault in faults
                 if fault.partition(":")[0] in new & places.keys()]  # fmt: skip
        without |= new
        if not new or len(without) == len(found.tests):
            break
        write_files(folder, _files(name, found, without))
    write_files(course / "student" / name, student_files(read_assignment(folder)))
    return left


def _named(tests: Iterable[ImportedTest]) -> Iterator[ImportedTest]:
    """Give each test a name that a check may have, and no two the same."""
    taken: set[str] = set()
    for test in tests:
        plain = re.sub(r"\W", "_", test.name, flags=re.ASCII).strip("_") or "test"
        plain = plain if plain[0].isalpha() else f"case_{plain}"
        free = (plain, *(f"{plain}_{number}" for number in range(2, len(taken) + 3)))
        name = next(one for one in free if one not in taken)
        taken.add(name)
        yield replace(test, name=name)


def _faults(folder: Path) -> list[str]:
    with Grader(read_assignment(folder), recordings=Recordings()) as grader:
        return stopping_faults(grader) or [
            f"{row.name}: the solution is {row.status} as a submission: {row.message}"
            for row in grade_submission(grader, the_reference(grader)).checks
            if row.status is not Status.PASSED
        ]


def _files(name: str, found: Imported, without: Collection[str]) -> dict[str, str]:
    kept = [test for test in found.tests if test.name not in without]
    solutions = {path: marked(own_markers(text), "notebook") for path, text in found.solutions.items()}
    own = {path.partition("/")[0].removesuffix(".py") for path in solutions} | _stems(solutions)
    asked = {module for text in solutions.values() for module in modules_of(text)}
    modules = sorted(module for module in asked if module.partition(".")[0] not in own)
    return {
        "assignment.toml": _rubric(name, [*solutions], modules or ["numpy"], found.by_hand),
        "drivers.py": DRIVERS,
        "checks/test_imported.py": _tests(name, found.head, kept),
        **{f"solution/{path}": text for path, text in solutions.items()},
    }


def _stems(paths: Collection[str]) -> set[str]:
    return {Path(path).stem for path in paths}


def part_of(name: str) -> str:
    """Return the part that the checks of an imported assignment belong to."""
    return re.sub(r"\W", "_", name)


def _rubric(name: str, files: Sequence[str], modules: Sequence[str], by_hand: Sequence[HandMarked]) -> str:
    title = json.dumps(name.replace("_", " ").capitalize())
    rows = "".join(
        f"\n[[by_hand]]\nname = {json.dumps(row.name)}\npart = {json.dumps(part_of(name))}\n"
        f"title = {json.dumps(row.name.replace('_', ' '))}\npoints = {row.points:g}\nsays = {json.dumps(row.says)}\n"
        for row in by_hand
    )
    return (
        f'title = {title}\nsource = "The handout"\nfiles = {json.dumps([*files])}\n\n[runtime]\n'
        f"modules = {json.dumps([*modules])}\n\n[hidden]\nseed = {secrets.randbelow(10**8)}\n{rows}"
    )


def _tests(name: str, head: str, tests: Sequence[ImportedTest]) -> str:
    parts = [head.strip(), BINDINGS.strip()] if BINDINGS.strip() not in head else [head.strip()]
    return "\n".join(filter(None, parts)) + "\n" + "".join(_test(part_of(name), test) for test in tests)


def _test(part: str, test: ImportedTest) -> str:
    shown = "" if test.visibility == "visible" else f", visibility={json.dumps(test.visibility)}"
    says = test.says.replace("\\", "\\\\").replace('"""', "'''").strip() or test.name.replace("_", " ")
    body = "".join(f"        {line}\n" if line.strip() else "\n" for line in test.body.splitlines())
    asked = "student, reference" + (", _attempt" if EXPECTS_ERRORS.search(test.body + test.source) else "")
    head = f"points={test.points:g}, part={json.dumps(part)}, hint={json.dumps(HINT)}{shown}"
    return (
        f'\n\n@check({head})\ndef test_{test.name}(student, reference):\n    """{says}\n\n    {CLOSED}\n    """\n'
        f"    for _ in _imported.asked({asked}):\n{body}"
    )


def classes_in(text: str) -> dict[str, tuple[str, ...]]:
    """Return the classes that a module defines at its top, each with the names of its methods."""
    return {
        node.name: tuple(
            one.name
            for one in node.body
            if isinstance(one, ast.FunctionDef)
            and not any("property" in ast.unparse(mark) for mark in one.decorator_list)
        )
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef)
    }


def defined_in(text: str) -> tuple[set[str], set[str]]:
    """Return the functions and the other names that a module defines at its top."""
    functions: set[str] = set()
    others: set[str] = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            functions.add(node.name)
        elif isinstance(node, ast.Assign):
            others |= {one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            others.add(node.target.id)
    return functions, others - functions


def bindings(code: str, module: str, text: str) -> str:
    """Return statements that bind what code uses of a module: functions to be asked, values to be read."""
    functions, values = defined_in(text)
    classes = classes_in(text)
    tree = ast.parse(code)
    used = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    used += [  # 'x' in vars()
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    lines = []
    for name in dict.fromkeys(used):
        if name in functions:
            lines.append(f'{name} = _imported.Asked(_call, "{module}:{name}")')
        elif name in classes:
            lines.append(f"{name} = {asked_class(module, name, classes[name])}")
        elif name in values - stored:
            lines.append(f'{name} = _imported.read(_value, "{module}:{name}")')
    return "".join(f"{line}\n" for line in lines)


def asked_class(module: str, name: str, methods: Sequence[str]) -> str:
    """Return what stands for a class of the submission."""
    return f"_imported.AskedClass(_replay, {', '.join(map(json.dumps, (f'{module}:{name}', *methods)))})"


def asked_locals(module: str, text: str) -> str:
    """Return what stands for all that a module of the submission binds, by name."""
    functions, values = defined_in(text)
    asked = {name: f'_imported.Asked(_call, "{module}:{name}")' for name in sorted(functions)}
    asked |= {name: asked_class(module, name, methods) for name, methods in classes_in(text).items()}
    pairs = ", ".join(f'"{name}": {made}' for name, made in asked.items())
    read = {name: f"{module}:{name}" for name in sorted(values)}
    return f"_imported.Locals({{{pairs}}}, {read!r}, _value, globals())"


def import_lines(text: str, without: Collection[str] = ()) -> str:
    """Return the imports at the top of a module, but for those of modules of the submission."""
    lines = []
    for node in ast.parse(text).body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if names and not any(one.partition(".")[0] in without for one in names):
            lines.append(ast.unparse(node))
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))
