"""Find the course and read its assignments, naming every problem at once."""

from __future__ import annotations

import ast
import datetime as dt
import difflib
import hashlib
import os
import tomllib
import zoneinfo
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from grader.model import (
    YEARS,
    AfterLast,
    Assignment,
    Check,
    Consequence,
    HandRow,
    LatePolicy,
    OutputRule,
    Part,
    Period,
    Profile,
    Runtime,
    Visibility,
)
from grader.patterns import fits, pattern_fault
from grader.sandbox.guest.workspace import Workspace
from grader.sandbox.layers.requirements import REQUIRABLE

RUBRIC: Final = "assignment.toml"
REFERENCE_DIGEST: Final = "reference.digest"  # stands in a hand-out for the reference that is not there
COURSE_VARIABLE: Final = "GRADE_COURSE"
MAX_QUOTED: Final = 60  # characters of a value in a message
TEXTS_BESIDE_CODE: Final = (".cfg", ".csv", ".ini", ".json", ".toml", ".txt", ".yaml", ".yml")
"""What a solution may hold besides Python, where workers have files to read it from."""


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
    """An assignment with the files that belong to it. `attached` is what the reference has for attachments."""

    assignment: Assignment
    folder: Path
    solution: dict[str, str]
    drivers: str
    checks: dict[str, str]
    attached: dict[str, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name the assignment as its folder is named."""
        return self.assignment.name

    @cached_property
    def provided(self) -> dict[str, str]:
        """Give the course's own files, which always win over a submission's."""
        return {path: text for path, text in self.solution.items() if path not in self.assignment.files}

    @property
    def data(self) -> Path | None:
        """Give the folder of data that the course lays out for submissions, where workers have files."""
        folder = self.folder / "data"
        return folder if self.assignment.runtime.profile is not Profile.MEMORY and folder.is_dir() else None

    @property
    def hidden_data(self) -> Path | None:
        """Give the folder of data that the reference alone finds, such as images to test networks with."""
        folder = self.folder / "hidden"
        return folder if self.assignment.runtime.profile is not Profile.MEMORY and folder.is_dir() else None

    @property
    def workspace(self) -> Workspace | None:
        """Give what the reference works in, where submissions have files."""
        return None if self.assignment.runtime.profile is Profile.MEMORY else Workspace(self.data, self.hidden_data)

    @cached_property
    def data_digests(self) -> dict[str, str]:
        """Hash each file of the data."""
        folders = [folder for folder in (self.data, self.hidden_data) if folder is not None]
        files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
        return {path.relative_to(self.folder).as_posix(): _file_digest(path) for path in files}

    @cached_property
    def tests_digest(self) -> str:
        """Hash what decides verdicts: drivers, hidden tests and rubric."""
        rubric = (self.folder / RUBRIC).read_text(encoding="utf-8")
        return digest({**self.checks, "drivers.py": self.drivers, RUBRIC: rubric})

    @cached_property
    def reference_digest(self) -> str:
        """Hash the reference and its data; in a hand-out, which has no reference, the hash that it left behind."""
        if self.has_reference:
            return self.tree_digest(self.solution, self.attached)
        return (self.folder / REFERENCE_DIGEST).read_text(encoding="utf-8").strip()

    def tree_digest(self, tree: dict[str, str], attached: Mapping[str, bytes]) -> str:
        """Hash a tree that stands in for the reference, what is attached to it, and the data it works on."""
        hashes = {f"attached/{path}": hashlib.sha256(data).hexdigest() for path, data in attached.items()}
        return digest({**tree, **hashes, **self.data_digests})

    @property
    def has_reference(self) -> bool:
        """Whether the reference is here, and not only the files that the course provides."""
        return all(path in self.solution for path in self.assignment.files)


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
    start = start.absolute()
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


def _file_digest(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text


def _one_of(words: Iterable[str]) -> Callable[[str], str]:
    known = tuple(words)

    def checked(text: str) -> str:
        if text not in known:
            raise ValueError(f"is {_quoted(text)}, expected {', '.join(known)}")
        return text

    return checked


def _quoted(value: object) -> str:
    """Show a value of a rubric, however large."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses to write integers of thousands of digits
        return "a number of thousands of digits"
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}..."


Text = Annotated[str, AfterValidator(_not_blank)]
Points = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=24 * 3600)]


def _pattern(text: str) -> str:
    if fault := pattern_fault(text):
        raise ValueError(f"is {_quoted(text)}, {fault}")
    return text


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _PartTable(_Table):
    name: Text
    title: Text


class _CheckTable(_Table):
    part: Text
    points: Points
    says: Text
    hint: Text
    needs: list[str] = []
    seconds: Seconds = 5.0
    visibility: Annotated[str, AfterValidator(_one_of(Visibility))] = Visibility.VISIBLE.value
    public: bool = False
    partial: bool = False


def _plain_name(name: str) -> str:
    if not (name.isascii() and name.isidentifier()):
        raise ValueError(f"is {_quoted(name)}, expected letters, digits and underscores, such as paper_review")
    return name


class _ByHandTable(_Table):
    name: Annotated[str, AfterValidator(_plain_name)]
    part: Text
    title: Text
    points: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    says: Text
    writeup: Annotated[Text, AfterValidator(_pattern)] = "*.pdf"


class _RuntimeTable(_Table):
    modules: list[Text] = ["numpy"]
    memory_mb: int = Field(default=1024, ge=64, le=1 << 20)
    submission_seconds: Seconds = 120.0
    fork_per_call: bool = False
    profile: Annotated[str, AfterValidator(_one_of(Profile))] = Profile.MEMORY.value
    scratch_mb: int = Field(default=64, ge=1, le=1 << 16)


class _IsolationTable(_Table):
    require: list[Annotated[str, AfterValidator(_one_of(REQUIRABLE))]] = []


class _HiddenTable(_Table):
    seed: int = Field(ge=0)


class _Output(StrEnum):
    ALLOW = "allow"
    FORBID = "forbid"


class _RulesTable(_Table):
    output: Annotated[str, AfterValidator(_one_of(_Output))] = _Output.ALLOW.value
    output_consequence: Annotated[str, AfterValidator(_one_of(Consequence))] = Consequence.WARN.value
    output_points: Points = 0.0


def _without_offset(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is not None:
        raise ValueError(f"is {moment.isoformat()}, expected no offset: time_zone says where that clock hangs")
    if moment.year not in YEARS:
        raise ValueError(f"is in the year {moment.year}, expected {YEARS[0]} to {YEARS[-1]}")
    return moment


def _known_time_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # none of that name, a folder of names, or what can be no name
        raise ValueError(f"is {_quoted(name)}, expected a time zone such as Europe/Bucharest") from None
    return name


Percent = Annotated[float, Field(ge=0, le=100)]


class _LateTable(_Table):
    due: Annotated[dt.datetime, AfterValidator(_without_offset)]
    time_zone: Annotated[str, AfterValidator(_known_time_zone)]
    per: Annotated[str, AfterValidator(_one_of(Period))] = Period.DAY.value
    deduct: Points | None = None
    deduct_percent: Percent | None = None
    periods: int | None = Field(default=None, alias="for", ge=0, le=10_000)
    then: Annotated[str, AfterValidator(_one_of(AfterLast))] | None = None
    cap: Points | None = None
    cap_percent: Percent | None = None
    grace_minutes: int = Field(default=0, ge=0, le=24 * 60)
    late_days: int = Field(default=0, ge=0, le=365)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if problems := list(self._disagreements()):
            raise ValueError("; ".join(problems))
        return self

    def _disagreements(self) -> Iterator[str]:
        """Find keys that say nothing together, or too much."""
        if (self.deduct is None) == (self.deduct_percent is None):
            yield "expected one of deduct (points) and deduct_percent (of all points) for each started period"
        if (self.then is None) != (self.periods is None):
            yield "`for` says how many periods deduct and `then` what comes after them: expected both or neither"
        caps = sum(cap is not None for cap in (self.cap, self.cap_percent))
        if caps != (self.then == AfterLast.CAP):
            yield 'expected one of cap and cap_percent where then = "cap", and neither elsewhere'
        if self.late_days and self.per != Period.DAY:
            yield 'late_days counts started days: expected per = "day"'


class _RubricTable(_Table):
    title: Text
    source: Text
    files: list[Text] = Field(min_length=1)
    attachments: list[Annotated[Text, AfterValidator(_pattern)]] = []
    attachment_mb: int = Field(default=8, ge=1, le=32)
    parts: list[_PartTable] = Field(min_length=1)
    checks: dict[str, _CheckTable] = Field(min_length=1)
    hidden: _HiddenTable
    runtime: _RuntimeTable = _RuntimeTable()
    rules: _RulesTable = _RulesTable()
    late: _LateTable | None = None
    isolation: _IsolationTable = _IsolationTable()
    by_hand: list[_ByHandTable] = []


def read_assignment(folder: Path) -> CourseAssignment:
    """Read and check one assignment folder.

    Raises:
        CourseError: with every problem in rubric, tests and files.
    """
    rubric = folder / RUBRIC
    raw = read_toml(rubric)
    problems: list[Problem] = []
    table = _validated(raw, shown(rubric), problems)
    texts = () if table is None or table.runtime.profile == Profile.MEMORY else TEXTS_BESIDE_CODE
    attached = {} if table is None else _read_attached(folder / "solution", table.attachments)
    solution = _read_texts(folder / "solution", problems, texts, attached)
    checks = {f"checks/{path}": text for path, text in _read_texts(folder / "checks", problems).items()}
    drivers = _read_drivers(folder / "drivers.py", problems)
    tests = _test_names(checks, shown(folder), problems)
    is_handed_out = (folder / REFERENCE_DIGEST).is_file()
    problems += _cross_problems(raw, tests, {} if is_handed_out else solution, shown(rubric))
    if table is None or problems:
        raise CourseError(tuple(problems))
    return CourseAssignment(_assignment(folder.name, table), folder, solution, drivers, checks, attached)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file of the course.

    Raises:
        CourseError: it is not there or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError((Problem(shown(path), "", "is missing"),)) from None
    except (ValueError, RecursionError) as error:  # among them bytes that are not UTF-8 and integers of a mile
        raise CourseError((Problem(shown(path), "", f"is not TOML: {error}"),)) from None


def shown(path: Path) -> str:
    """Name a file of a course as people speak of it: from `reference/` on."""
    parts = path.parts
    if "reference" not in parts:
        return path.name
    return "/".join(parts[len(parts) - 1 - parts[::-1].index("reference") :])


def problems_of(error: ValidationError, file: str) -> list[Problem]:
    """Turn what pydantic found into problems, each with its key."""
    return [
        Problem(file, ".".join(str(step) for step in entry["loc"]), _expectation(dict(entry)))
        for entry in error.errors()
    ]


def _expectation(entry: dict[str, Any]) -> str:
    """Say what pydantic found, with the value that was there."""
    match entry["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is no known key"
        case "value_error":
            return str(entry["ctx"]["error"])
    return f"is {_quoted(entry['input'])}, expected {entry['msg'].removeprefix('Input should be ')}"


def _validated(raw: dict[str, Any], file: str, problems: list[Problem]) -> _RubricTable | None:
    try:
        return _RubricTable.model_validate(raw)
    except ValidationError as error:
        problems += problems_of(error, file)
        return None


def _read_texts(
    folder: Path, problems: list[Problem], besides: tuple[str, ...] = (), left_out: Collection[str] = ()
) -> dict[str, str]:
    """Read every Python file below a folder of the course, and texts of these kinds, by relative path."""
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    return {
        name: _read_text(path, problems)
        for name, path in paths.items()
        if path.suffix in (".py", *besides) and "__pycache__" not in path.parts and path.is_file()
        if name not in left_out
    }


def _read_attached(folder: Path, patterns: Collection[str]) -> dict[str, bytes]:
    """Read what the reference has of what a student hands in beside modules."""
    names = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in names.items() if any(fits(name, pattern) for pattern in patterns)}


def _read_text(path: Path, problems: list[Problem]) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        problems.append(Problem(shown(path), "", f"is not UTF-8: {error}"))
        return ""


def _read_drivers(path: Path, problems: list[Problem]) -> str:
    """Read the drivers: broken ones would look like a failure of whoever is graded with them."""
    text = _read_text(path, problems) if path.is_file() else ""
    if not text.strip():
        problems.append(Problem(shown(path), "", "is missing or empty"))
    _parsed(text, shown(path), problems)
    return text


def _parsed(text: str, file: str, problems: list[Problem]) -> ast.Module | None:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        problems.append(Problem(file, "", f"line {error.lineno} does not parse: {error.msg}"))
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes, or nesting without end
        problems.append(Problem(file, "", f"does not parse: {type(error).__name__} {error}"))
    return None


def _test_names(checks: dict[str, str], folder: str, problems: list[Problem]) -> dict[str, str]:
    """Map each hidden test's name to its file, noting files that do not parse and names used twice."""
    names: dict[str, str] = {}
    for path, text in checks.items():
        tree = _parsed(text, f"{folder}/{path}", problems)
        for node in tree.body if tree is not None else ():
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                name = node.name.removeprefix("test_")
                if name in names:
                    problems.append(Problem(f"{folder}/{path}", node.name, f"is also defined in {names[name]}"))
                names[name] = path
    return names


def _cross_problems(
    raw: dict[str, Any], tests: dict[str, str], solution: dict[str, str], file: str
) -> Iterator[Problem]:
    """Find what no single key shows: names that do not meet. What has the wrong form is told elsewhere."""
    rows = _table_of(raw.get("checks"))
    parts = _texts_of(_table_of(part).get("name") for part in _list_of(raw.get("parts")))
    files = _texts_of(_list_of(raw.get("files")))
    yield from (Problem(file, "parts", f"{name!r} stands there twice") for name in _repeated(parts))
    yield from (Problem(file, "files", f"{path} stands there twice") for path in _repeated(files))
    patterns = _texts_of(_list_of(raw.get("attachments")))
    yield from (Problem(file, "attachments", f"{path} stands there twice") for path in _repeated(patterns))
    for path in files:
        for pattern in patterns:
            if fits(path, pattern):
                yield Problem(file, "attachments", f"{pattern} stands for {path}, which is among the files")
    order = list(rows)
    for place, name in enumerate(order):
        row, key = _table_of(rows[name]), f"checks.{name}"
        if name not in tests:
            yield Problem(file, key, f"no hidden test is named test_{name}{_nearest(name, tests, 'test_')}")
        part = row.get("part")
        if isinstance(part, str) and part.strip() and parts and part not in parts:
            yield Problem(file, f"{key}.part", f"is {_quoted(part)}, expected one of {', '.join(parts)}")
        for need in _texts_of(_list_of(row.get("needs"))):
            if need not in rows:
                yield Problem(file, f"{key}.needs", f"{_quoted(need)} is no check{_nearest(need, rows)}")
            elif need not in order[:place]:
                yield Problem(file, f"{key}.needs", f"{_quoted(need)} does not stand before {name}")
    yield from _by_hand_problems(raw, parts, rows, file)
    for name in sorted(set(tests) - set(rows)):
        yield Problem(file, "checks", f"test_{name} in {tests[name]} has no row [checks.{name}]")
    for path in files:
        if solution and path.strip() and path not in solution:
            yield Problem(file, "files", f"{path} is not in solution/")


def _by_hand_problems(raw: dict[str, Any], parts: list[str], checks: dict[str, Any], file: str) -> Iterator[Problem]:
    """Find what is wrong between rows that people mark and the rest of the rubric."""
    rows = [_table_of(row) for row in _list_of(raw.get("by_hand"))]
    names = _texts_of(row.get("name") for row in rows)
    yield from (Problem(file, "by_hand", f"{_quoted(name)} stands there twice") for name in _repeated(names))
    for place, row in enumerate(rows):
        name, part = row.get("name"), row.get("part")
        if isinstance(name, str) and name in checks:
            yield Problem(file, f"by_hand.{place}.name", f"{_quoted(name)} is also the name of a check")
        if isinstance(part, str) and part.strip() and parts and part not in parts:
            yield Problem(file, f"by_hand.{place}.part", f"is {_quoted(part)}, expected one of {', '.join(parts)}")


def _table_of(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list_of(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts_of(values: Iterable[object]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def _repeated(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _nearest(name: str, names: Iterable[str], prefix: str = "") -> str:
    near = difflib.get_close_matches(name, names, n=1)
    return f"; the nearest is {prefix}{near[0]}" if near else ""


def _assignment(name: str, table: _RubricTable) -> Assignment:
    checks = tuple(
        Check(
            check_name, check.part, exact(check.points), check.says, check.hint, tuple(check.needs), check.seconds,
            Visibility(check.visibility), check.public, check.partial,
        )
        for check_name, check in table.checks.items()
    )  # fmt: skip
    by_hand = tuple(
        HandRow(row.name, row.part, row.title, exact(row.points), row.says, row.writeup) for row in table.by_hand
    )
    all_points = sum([*(check.points for check in checks), *(row.points for row in by_hand)], Fraction(0))
    runtime, rules = table.runtime, table.rules
    return Assignment(
        name, table.title, table.source, tuple(table.files), tuple(Part(p.name, p.title) for p in table.parts), checks,
        table.hidden.seed,
        Runtime(
            tuple(runtime.modules), runtime.memory_mb, runtime.submission_seconds, runtime.fork_per_call,
            Profile(runtime.profile), runtime.scratch_mb,
        ),
        OutputRule(rules.output == _Output.FORBID, Consequence(rules.output_consequence), exact(rules.output_points)),
        None if table.late is None else _late_policy(table.late, all_points),
        tuple(table.isolation.require),
        tuple(table.attachments),
        table.attachment_mb,
        by_hand,
    )  # fmt: skip


def _late_policy(table: _LateTable, max_score: Fraction) -> LatePolicy:
    """Read a late policy, hundredths of all points turned into points."""

    def points(number: float | None, percent: float | None) -> Fraction:
        return exact(number or 0.0) if percent is None else exact(percent) * max_score / 100

    return LatePolicy(
        table.due.isoformat(), table.time_zone, Period(table.per), points(table.deduct, table.deduct_percent),
        table.periods, AfterLast(table.then or AfterLast.ZERO), points(table.cap, table.cap_percent),
        table.grace_minutes, table.late_days,
    )  # fmt: skip


def exact(number: float) -> Fraction:
    """Read points as the decimal number that was written, not as its binary neighbour."""
    return Fraction(repr(number))
