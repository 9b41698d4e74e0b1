"""Find the course and read its assignments, naming every problem at once."""

from __future__ import annotations

import ast
import difflib
import hashlib
import os
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from grader.model import Assignment, Check, Consequence, OutputRule, Part, Runtime, Visibility

RUBRIC: Final = "assignment.toml"
COURSE_VARIABLE: Final = "GRADE_COURSE"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a course: in which file, under which key, and what was expected."""

    file: str
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.message}" if self.key else f"{self.file}: {self.message}"


class CourseError(Exception):
    """The course is broken: its author's move. Carries every problem found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class UnknownAssignmentError(Exception):
    """No assignment has this name: the caller's move. The text offers the nearest names."""


class NoCourseError(Exception):
    """No course folder was found: the caller's move."""


@dataclass(frozen=True)
class CourseAssignment:
    """An assignment with the files that belong to it."""

    assignment: Assignment
    folder: Path
    solution: dict[str, str]
    drivers: str
    checks: dict[str, str]

    @property
    def name(self) -> str:
        """Name the assignment as its folder is named."""
        return self.assignment.name

    @cached_property
    def provided(self) -> dict[str, str]:
        """Give the course's own files, which always win over a submission's."""
        return {path: text for path, text in self.solution.items() if path not in self.assignment.files}

    @cached_property
    def tests_digest(self) -> str:
        """Hash what decides verdicts: drivers, hidden tests and rubric."""
        rubric = (self.folder / RUBRIC).read_text(encoding="utf-8")
        return digest({**self.checks, "drivers.py": self.drivers, RUBRIC: rubric})

    @cached_property
    def reference_digest(self) -> str:
        """Hash the reference implementation."""
        return digest(self.solution)


@dataclass(frozen=True, slots=True)
class Course:
    """A folder that holds `reference/` and `student/`."""

    folder: Path

    def names(self) -> tuple[str, ...]:
        """List the assignments by name."""
        found = self.folder.glob(f"reference/*/{RUBRIC}")
        return tuple(sorted(path.parent.name for path in found))

    def load(self, name: str) -> CourseAssignment:
        """Read one assignment.

        Raises:
            UnknownAssignmentError: there is none of this name.
            CourseError: it is there and has problems; all of them are carried.
        """
        names = self.names()
        if name not in names:
            near = difflib.get_close_matches(name, names, n=3, cutoff=0.4) or names
            offer = ", ".join(near) if near else "none: the course has no assignments"
            raise UnknownAssignmentError(f"there is no assignment {name!r} in {self.folder}; the nearest: {offer}")
        return read_assignment(self.folder / "reference" / name)


def find_course(start: Path) -> Course:
    """Find the course folder: $GRADE_COURSE, else the nearest parent of `start` that holds an assignment.

    Raises:
        NoCourseError: there is none.
    """
    named = os.environ.get(COURSE_VARIABLE)
    candidates = [Path(named)] if named else [start, *start.parents]
    for folder in candidates:
        if any(folder.glob(f"reference/*/{RUBRIC}")):
            return Course(folder)
    where = f"{COURSE_VARIABLE}={named}" if named else f"{start} or any folder above it"
    raise NoCourseError(
        f"no course in {where}: a course is a folder with reference/<assignment>/{RUBRIC}; name it with --course"
    )


def digest(files: dict[str, str]) -> str:
    """Hash a tree of texts by path and content."""
    state = hashlib.sha256()
    for path in sorted(files):
        for text in (path, files[path]):
            encoded = text.encode("utf-8", "backslashreplace")
            state.update(len(encoded).to_bytes(8, "little") + encoded)
    return state.hexdigest()


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text


Text = Annotated[str, AfterValidator(_not_blank)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _PartTable(_Table):
    name: Text
    title: Text


class _CheckTable(_Table):
    part: Text
    points: float = Field(ge=0)
    says: Text
    hint: Text
    needs: list[str] = []
    seconds: float = Field(default=5.0, gt=0, le=3600)
    visibility: str = "visible"
    public: bool = False
    partial: bool = False


class _RuntimeTable(_Table):
    modules: list[Text] = ["numpy"]
    memory_mb: int = Field(default=1024, ge=64)
    submission_seconds: float = Field(default=120.0, gt=0)
    fork_per_call: bool = False


class _HiddenTable(_Table):
    seed: int = Field(ge=0)


class _RulesTable(_Table):
    output: str = "allow"
    output_consequence: str = "warn"
    output_points: float = Field(default=0, ge=0)


class _RubricTable(_Table):
    title: Text
    source: Text
    files: list[Text] = Field(min_length=1)
    parts: list[_PartTable] = Field(min_length=1)
    checks: dict[str, _CheckTable] = Field(min_length=1)
    hidden: _HiddenTable
    runtime: _RuntimeTable = _RuntimeTable()
    rules: _RulesTable = _RulesTable()


def read_assignment(folder: Path) -> CourseAssignment:
    """Read and check one assignment folder.

    Raises:
        CourseError: with every problem in rubric, tests and files.
    """
    rubric = folder / RUBRIC
    try:
        raw = tomllib.loads(rubric.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError((Problem(shown(rubric), "", f"is not TOML: {error}"),)) from None
    solution = read_texts(folder / "solution")
    checks = {f"checks/{path}": text for path, text in read_texts(folder / "checks").items()}
    drivers_path = folder / "drivers.py"
    drivers = drivers_path.read_text(encoding="utf-8") if drivers_path.is_file() else ""
    table, problems = _validated(raw, shown(rubric))
    tests = _test_names(checks, shown(folder), problems)
    if not drivers:
        problems.append(Problem(shown(drivers_path), "", "is missing or empty"))
    if table is not None:
        problems += _cross_problems(table, tests, solution, shown(rubric))
    if table is None or problems:
        raise CourseError(tuple(problems))
    return CourseAssignment(_assignment(folder.name, table), folder, solution, drivers, checks)


def shown(path: Path) -> str:
    """Name a file of a course as people speak of it: from `reference/` on."""
    parts = path.parts
    return "/".join(parts[parts.index("reference") :]) if "reference" in parts else path.name


def read_texts(folder: Path) -> dict[str, str]:
    """Read every Python file below a folder of the course, by relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.py"))
        if "__pycache__" not in path.parts
    }


def _validated(raw: dict[str, Any], file: str) -> tuple[_RubricTable | None, list[Problem]]:
    try:
        return _RubricTable.model_validate(raw), []
    except ValidationError as error:
        return None, [
            Problem(file, ".".join(str(step) for step in entry["loc"]), _expectation(dict(entry)))
            for entry in error.errors()
        ]


def _expectation(entry: dict[str, Any]) -> str:
    """Say what pydantic found, with the value that was there."""
    match entry["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is no key of a rubric"
        case "value_error":
            return str(entry["ctx"]["error"])
    message = entry["msg"]
    return f"is {entry['input']!r}: {message[0].lower()}{message[1:]}"


def _test_names(checks: dict[str, str], folder: str, problems: list[Problem]) -> dict[str, str]:
    """Map each hidden test's name to its file, noting files that do not parse and names used twice."""
    names: dict[str, str] = {}
    for path, text in checks.items():
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            problems.append(Problem(f"{folder}/{path}", "", f"line {error.lineno} does not parse: {error.msg}"))
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                name = node.name.removeprefix("test_")
                if name in names:
                    problems.append(Problem(f"{folder}/{path}", node.name, f"is also defined in {names[name]}"))
                names[name] = path
    return names


def _cross_problems(table: _RubricTable, tests: dict[str, str], solution: dict[str, str], file: str) -> list[Problem]:
    """Find what no single key shows: names that do not meet."""
    problems = []
    parts = {part.name for part in table.parts}
    earlier: set[str] = set()
    for name, check in table.checks.items():
        key = f"checks.{name}"
        if name not in tests:
            near = difflib.get_close_matches(name, tests, n=1)
            hint = f"; the nearest is test_{near[0]}" if near else ""
            problems.append(Problem(file, key, f"no hidden test is named test_{name}{hint}"))
        if check.part not in parts:
            problems.append(
                Problem(file, f"{key}.part", f"is {check.part!r}, expected one of {', '.join(sorted(parts))}")
            )
        for need in check.needs:
            if need not in earlier:
                problems.append(Problem(file, f"{key}.needs", f"{need!r} is not a check that stands before it"))
        if check.visibility not in set(Visibility):
            problems.append(
                Problem(file, f"{key}.visibility", f"is {check.visibility!r}, expected {', '.join(Visibility)}")
            )
        earlier.add(name)
    problems += [
        Problem(file, "checks", f"test_{name} in {tests[name]} has no row [checks.{name}]")
        for name in sorted(set(tests) - set(table.checks))
    ]
    problems += [
        Problem(file, "files", f"{path} is not in solution/")
        for path in table.files
        if solution and path not in solution
    ]
    if table.rules.output not in {"allow", "forbid"}:
        problems.append(Problem(file, "rules.output", f"is {table.rules.output!r}, expected allow or forbid"))
    if table.rules.output_consequence not in set(Consequence):
        problems.append(Problem(
            file, "rules.output_consequence", f"is {table.rules.output_consequence!r}, expected {', '.join(Consequence)}"
        ))  # fmt: skip
    return problems


def _assignment(name: str, table: _RubricTable) -> Assignment:
    checks = tuple(
        Check(
            check_name, check.part, exact(check.points), check.says, check.hint, tuple(check.needs), check.seconds,
            Visibility(check.visibility), check.public, check.partial,
        )
        for check_name, check in table.checks.items()
    )  # fmt: skip
    runtime, rules = table.runtime, table.rules
    return Assignment(
        name, table.title, table.source, tuple(table.files), tuple(Part(p.name, p.title) for p in table.parts), checks,
        table.hidden.seed,
        Runtime(tuple(runtime.modules), runtime.memory_mb, runtime.submission_seconds, runtime.fork_per_call),
        OutputRule(rules.output == "forbid", Consequence(rules.output_consequence), exact(rules.output_points)),
    )  # fmt: skip


def exact(number: float) -> Fraction:
    """Read points as the decimal number that was written, not as its binary neighbour."""
    return Fraction(repr(number))
