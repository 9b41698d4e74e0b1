"""Write an assignment of tests that were read from another autograder's, and find out which of them work."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from grader.course.discovery import read_assignment
from grader.course.stubs import gaps
from grader.course.student_files import student_files, write_files
from grader.errors import GradeError, UsageError
from grader.judging.grading import Grader, grade_submission
from grader.lint.imported.absent import (
    absent_packages,
    reason_of,
    without_imports,
    without_needing_cells,
    without_needing_lines,
)
from grader.lint.imported.names import import_lines
from grader.lint.imported.notebook import Cell, cells_of_module, joined, notebook_text, with_marked_gaps
from grader.lint.imported.solution_marks import left_outside, own_markers
from grader.lint.lint import stopping_faults, the_reference
from grader.lint.scaffold.imports import modules_of
from grader.lint.scaffold.solution import marked
from grader.model.status import Status
from grader.subjects.recordings import Recordings

DRIVERS: Final = '''\
"""How imported tests call a submission: any function, and any value."""

from grader.drivers.packing import Own, packed, replayed, unpacked, written_into


def named(error):
    return [type(error).__name__, str(error)[:500]]


def call(impl, target, args, kwargs):
    own = Own(impl.load)
    given = (unpacked(args, runs=True, own=own), unpacked(kwargs, runs=True, own=own))
    returned = packed(impl.load(target)(*given[0], **given[1]))
    return {"returned": returned, "written": written_into([args, kwargs], [*given], own)}


def attempt(impl, target, args, kwargs):
    own = Own(impl.load)
    function = impl.load(target)
    given = (unpacked(args, runs=True, own=own), unpacked(kwargs, runs=True, own=own))
    try:
        returned = packed(function(*given[0], **given[1]))
    except NotImplementedError:
        raise
    except Exception as error:
        return {"raised": named(error), "written": written_into([args, kwargs], [*given], own)}
    return {"returned": returned, "written": written_into([args, kwargs], [*given], own)}


def value(impl, target):
    found = impl.load(target)
    return {"called": True} if callable(found) else packed(found)


def has(impl, target):
    try:
        impl.load(target)
    except NotImplementedError:
        raise
    except Exception:
        return False
    return True


def replay(impl, target, init, steps, attempts):
    try:
        made, last = replayed(Own(impl.load), target, init, steps)
    except NotImplementedError:
        raise
    except Exception as error:
        if not attempts:
            raise
        return {"raised": named(error)}
    return {"returned": packed(None if last is made else last)}
'''
BINDINGS: Final = """\
from drivers import attempt as _attempt, call as _call, has as _has, replay as _replay, value as _value
from grader.authoring import check, imported as _imported
"""
"""What imported tests use beside their own names, under names that they do not have."""
HINT: Final = "What does the sentence of this check ask for?"
DATA: Final = "data"
CLOSED: Final = "A closed form stands in the test that was imported."
READ: Final = re.compile(r'_imported\.read\(_value, "[\w.]+:(\w+)"')
STAR: Final = re.compile(r"^from [\w.]+ import \*[ \t]*\n", re.MULTILINE)
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
    """What a person marks: a cell or question without tests, and where that stood."""

    place: str
    name: str
    points: float
    says: str


@dataclass(slots=True, kw_only=True)
class Imported:
    """What was read: solutions by path, tests in their order, what stands before them, and what a person must do.

    Where the solution is a notebook, `cells` are its cells and `notebook` is its name; `provided` are modules that
    students are given as they are, `helpers` those that tests import.
    `data` is a folder of that name beside the solution, where its code says `data/`; `absent` are packages that are not
    installed here, by the names that code has for them.
    """

    solutions: dict[str, str]
    notebook: str = ""
    cells: list[Cell] = field(default_factory=list)
    provided: dict[str, str] = field(default_factory=dict)
    helpers: dict[str, str] = field(default_factory=dict)
    data: Path | None = None
    tests: list[ImportedTest] = field(default_factory=list)
    head: str = ""
    by_hand: list[HandMarked] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)

    def leave_out_absent(self) -> None:
        """Note which packages are not here, by the names that they have in code, and have no test import one."""
        every = self.solutions | self.provided
        own = {path.partition("/")[0].removesuffix(".py") for path in every}
        own |= {"drivers"} | _stems(every) | _stems(self.helpers)
        texts = [*every.values(), self.head, *(test.body for test in self.tests), *(test.source for test in self.tests)]
        self.absent = absent_packages(texts, own)
        packages = frozenset(self.absent.values())
        if not packages:
            return
        if self.notebook:
            self.cells, told = without_needing_cells(self.cells, self.absent)
            self.left += [f"{self.notebook} {sentence}" for sentence in told]
        else:
            for path, text in self.solutions.items():
                self.solutions[path], told = without_needing_lines(text, self.absent)
                self.left += [f"{path} {sentence}" for sentence in told]
        self.left += [f"{name} is not installed here: install it, and import again" for name in sorted(packages)]
        self.head = without_imports(self.head, packages)
        self.tests = [replace(test, body=without_imports(test.body, packages)) for test in self.tests]


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
        raise UsageError("; ".join(_nothing_converts(found, found.left)))
    found.tests = [*_named(found.tests)]
    found.leave_out_absent()
    left = [*found.left]
    if not found.notebook and len(found.solutions) == 1:
        _as_notebook(found, left)
    if found.notebook:
        read = frozenset(name for test in found.tests for name in READ.findall(test.body))
        found.cells, more = with_marked_gaps(found.cells, read)
        left += [f"{found.notebook} {sentence}" for sentence in more]
        found.solutions = {path: joined(found.cells) for path in found.solutions}
    else:
        left += [
            f"{path} line {line}: {statement}: marked as a solution outside any function, and handed out:"
            " move it into one"
            for path, text in found.solutions.items()
            for line, statement in left_outside(text)
        ]
    without = set[str]()
    try:
        write_files(folder, _files(name, found, ()))
        if found.data is not None:
            shutil.copytree(found.data, folder / DATA)
        while faults := _faults(folder):
            new = {fault.partition(":")[0]: fault for fault in faults}.keys() - without
            places = {test.name: test.place for test in found.tests}
            left += [
                f"{places[name]}: not converted: {reason_of(fault.strip(), found.absent)}"
                for name, _, fault in (fault.partition(":") for fault in faults)
                if name in new & places.keys()
            ]
            without |= new
            if len(without & places.keys()) == len(found.tests):
                raise UsageError("; ".join(_nothing_converts(found, left)))
            if not new & places.keys():
                left += [f"reference/{name}: {fault}" for fault in faults]
                break
            write_files(folder, _files(name, found, without))
        write_files(course / "student" / name, student_files(read_assignment(folder)))
    except GradeError:
        shutil.rmtree(folder)  # nobody else has written there
        raise
    said = "is marked by hand: say in [[by_hand]] what its points are for"
    return left + [f"{row.place}: {row.name} {said}" for row in found.by_hand]


def _nothing_converts(found: Imported, left: Iterable[str]) -> Iterator[str]:
    """Say why no assignment is made, and what one would need."""
    if found.by_hand:
        yield (
            "no test was found that can be converted, and beside what people mark an assignment needs one: add a test"
            " with points of an answer that students compute, such as `assert abs(answer - 0.5) < 1e-6`"
        )
    else:
        yield "no test was found that can be converted"
    yield from left
    yield from (f"{row.place}: {row.name} is marked by hand" for row in found.by_hand)


def _as_notebook(found: Imported, left: list[str]) -> None:
    """Make a notebook of a module that has no function with a gap: those of a module cannot stand outside functions."""
    path, text = next(iter(found.solutions.items()))
    if not gaps(marked(own_markers(text), "notebook"), path):
        found.notebook = f"{Path(path).stem}.ipynb"
        found.cells = cells_of_module(text)
        left.append(f"{path}: it computes values outside functions alone, which students get as {found.notebook}")


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
    solutions = dict(found.solutions)
    if not found.notebook:
        solutions = {path: marked(own_markers(text), "notebook") for path, text in solutions.items()}
    every = solutions | found.provided
    own = {path.partition("/")[0].removesuffix(".py") for path in every} | _stems(every)
    asked = {module for text in every.values() for module in modules_of(text)}
    packages = {*found.absent.values()}
    modules = sorted(module for module in asked if module.partition(".")[0] not in own | packages)
    stars = "".join(dict.fromkeys(line for test in kept for line in STAR.findall(test.body)))
    used = "\n".join(f"{test.body}\n{test.source}" for test in kept)
    imports = "".join(import_lines(text, used, own | packages) for text in solutions.values())
    handed = {found.notebook: notebook_text(found.cells)} if found.notebook else solutions
    return {
        "assignment.toml": _rubric(name, [*solutions], modules or ["numpy"], sorted(packages), found),
        "drivers.py": DRIVERS,
        "checks/test_imported.py": _tests(name, f"{imports}{stars}{found.head}", kept),
        **{f"checks/{path}": text for path, text in found.helpers.items()},
        **{f"solution/{path}": text for path, text in (handed | found.provided).items()},
    }


def _stems(paths: Collection[str]) -> set[str]:
    return {Path(path).stem for path in paths}


def part_of(name: str) -> str:
    """Return the part that the checks of an imported assignment belong to."""
    return re.sub(r"\W", "_", name)


def _rubric(name: str, files: Sequence[str], modules: Sequence[str], optional: Sequence[str], found: Imported) -> str:
    title = json.dumps(name.replace("_", " ").capitalize())
    rows = "".join(
        f"\n[[by_hand]]\nname = {json.dumps(row.name)}\npart = {json.dumps(part_of(name))}\n"
        f"title = {json.dumps(row.name.replace('_', ' '))}\npoints = {row.points:g}\nsays = {json.dumps(row.says)}\n"
        for row in found.by_hand
    )
    more = f"optional = {json.dumps([*optional])}\n" if optional else ""
    more += 'profile = "files"\n' if found.data is not None else ""
    stub = f'\n[stub]\nform = "notebook"\nnotebook = {json.dumps(found.notebook)}\n' if found.notebook else ""
    return (
        f'title = {title}\nsource = "The handout"\nfiles = {json.dumps([*files])}\n\n[runtime]\n'
        f"modules = {json.dumps([*modules])}\n{more}{stub}\n[hidden]\nseed = {secrets.randbelow(10**8)}\n{rows}"
    )


def _tests(name: str, head: str, tests: Sequence[ImportedTest]) -> str:
    parts = [head.strip(), BINDINGS.strip()] if BINDINGS.strip() not in head else [head.strip()]
    return "\n".join(filter(None, parts)) + "\n" + "".join(_test(part_of(name), test) for test in tests)


def _test(part: str, test: ImportedTest) -> str:
    shown = "" if test.visibility == "visible" else f", visibility={json.dumps(test.visibility)}"
    says = test.says.replace("\\", "\\\\").replace('"""', "'''").strip() or test.name.replace("_", " ")
    body = "".join(f"        {line}\n" if line.strip() else "\n" for line in STAR.sub("", test.body).splitlines())
    asked = "student, reference" + (", _attempt" if EXPECTS_ERRORS.search(test.body + test.source) else "")
    head = f"points={test.points:g}, part={json.dumps(part)}, hint={json.dumps(HINT)}{shown}"
    return (
        f'\n\n@check({head})\ndef test_{test.name}(student, reference):\n    """{says}\n\n    {CLOSED}\n    """\n'
        f"    for _ in _imported.asked({asked}):\n{body}"
    )
