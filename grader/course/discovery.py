"""Find the course and read its assignments, naming every problem at once."""

from __future__ import annotations

import ast
import difflib
import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pydantic_core import ValidationError

from grader.course.assignment import MISTAKES, REFERENCE_DIGEST, RUBRIC, VARIANTS, CourseAssignment
from grader.course.check_rows import (
    at_its_test,
    misplaced_rows,
    read_tests,
    ready_drivers,
    rows_in,
    swapped_comparisons,
    unreadable_targets,
    with_rows,
)
from grader.course.reference_notebook import module_of
from grader.course.rubric import RUBRIC_SCHEMA, assignment_of
from grader.course.runtime_modules import with_optional_modules
from grader.course.table_problems import MAYBE_MARKED, not_utf_8, problems_of, read_toml
from grader.course.validation import TEST_FILES, cross_problems, parsed, path_in_course, test_files
from grader.course.variants import read_variant
from grader.errors import CourseError, NoCourseError, Problem, StubError, UnknownAssignmentError, UsageError
from grader.model.assignment import Assignment, Profile, StubForm
from grader.model.path_patterns import fits

MISSING: Final = "is missing"
ALSO: Final = "is also defined in"
TWICE: Final = re.compile(r"stands there twice for (test_\w+)")
UNREAD: Final = re.compile(r"does not parse|is not UTF-8|holds no hidden test|is never run")
"""What is said of files of tests in which there may be ready drivers that are not known."""
READ_FILES: Final = (
    MISTAKES, VARIANTS, "drivers.py", "samples/samples.toml", "survivors.toml", "answers.json", "instructions.md",
)  # fmt: skip
"""What an assignment may have beside its rubric, and what is read where it is a file."""
COURSE_VARIABLE: Final = "GRADE_COURSE"
TEXTS_BESIDE_CODE: Final = (".cfg", ".csv", ".ini", ".json", ".toml", ".txt", ".yaml", ".yml")
"""What a solution may hold besides Python, where workers have files to read it from."""


@dataclass(frozen=True, slots=True)
class Course:
    """A folder that holds `reference/` and `student/`; the environment may name it, where nobody works in it."""

    folder: Path
    is_named_by_environment: bool = False

    def names(self) -> tuple[str, ...]:
        """List the assignments by name."""
        found = self.folder.glob(f"reference/*/{RUBRIC}")
        return tuple(sorted(path.parent.name for path in found))

    def name_at(self, place: Path) -> str:
        """Return the assignment that is worked on in a folder: the one whose folder it lies in, else the only one.

        Raises:
            UsageError: there are several, and the folder is none of theirs.
        """
        names = self.names()
        for above in ("student", "reference"):
            if (place := place.resolve()).is_relative_to(root := (self.folder / above).resolve()):
                name = next(iter(place.relative_to(root).parts), "")
                if name in names:
                    return name
        if len(names) != 1:
            raise UsageError(
                f"name an assignment, or go to its folder in {self.folder / 'student'}: {', '.join(names)}"
            )
        return names[0]

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
            return Course(folder, is_named_by_environment=bool(named))
        _refuse_unreadable(folder / "reference")
    where = f"{COURSE_VARIABLE}={named}" if named else f"{start} or any folder above it"
    found = _misnamed_rubric(candidates)
    raise NoCourseError(
        f"no course in {where}: a course is a folder with reference/<assignment>/{RUBRIC}"
        f"{f', and {found} has another name' if found else '; name it with --course'}. "
        "`grade start FOLDER` writes one to begin with, `grade new NAME --from solution.py` makes one of a solution; "
        "the bundled one is in the repository of grade, not in what pip installs"
    )


def _misnamed_rubric(folders: Collection[Path]) -> str:
    """Return a file that is meant as a rubric and is not called so, such as `Assignment.toml`."""
    for folder in folders:
        for path in sorted(folder.glob("reference/*/*.toml")):
            if difflib.get_close_matches(path.name.lower(), [RUBRIC], cutoff=0.85):
                return path_in_course(path)
    return ""


def _refuse_unreadable(reference: Path) -> None:
    """Refuse to look further where a course lies and may not be read, as in a container that runs as another user.

    Raises:
        NoCourseError: this user may not enter the folder.
    """
    try:
        found = reference.stat()
    except OSError:
        return
    if stat.S_ISDIR(found.st_mode) and not os.access(reference, os.R_OK | os.X_OK, effective_ids=True):
        raise NoCourseError(
            f"{reference} cannot be read by user {os.geteuid()}: it belongs to user {found.st_uid} and group "
            f"{found.st_gid}; run as one of them (docker: --user {os.geteuid()}:{found.st_gid})"
        )


def is_worked_in(course: Course, here: Path) -> bool:
    """Return whether who is in a folder works in the course.

    In one that the environment names, as an image does, works who is inside alone.
    """
    return not course.is_named_by_environment or here.resolve().is_relative_to(course.folder.resolve())


def default_submission(course: Course, name: str) -> Path:
    """Return what is graded where nobody names a submission: the hand-out that is worked in, or the working folder.

    Raises:
        UsageError: the working folder is taken and holds no file.
    """
    here = Path.cwd()
    if not is_worked_in(course, here):
        if not any(here.iterdir()):
            raise UsageError(f"{here} holds no file to grade: put files there, or name a folder with --submission")
        return here
    return course.folder / "student" / name


def refuse_course_within(course: Course, name: str, submission: Path) -> None:
    """Refuse to grade by a course that lies in the submission: its checks would be the submission's own.

    Raises:
        UsageError: the course's folder or the assignment's is the submission's or below it, links followed.
    """
    handed_in = submission.resolve()
    for folder in (course.folder, course.folder / "reference" / name):
        if folder.resolve().is_relative_to(handed_in):
            raise UsageError(
                f"the course {course.folder} lies in the submission {submission}, which must not decide what it is "
                "graded by: name another folder with --submission, or the course with --course"
            )


def read_assignment(folder: Path) -> CourseAssignment:
    """Read and check one assignment folder.

    Raises:
        CourseError: with every problem in rubric, tests and files.
    """
    rubric = folder / RUBRIC
    raw = read_toml(rubric)
    problems: list[Problem] = []
    assignment = None
    checks = {f"checks/{path}": text for path, text in _read_texts(folder / "checks", problems).items()}
    read = read_tests(checks)
    rows = rows_in(read, path_in_course(folder), problems)
    raw, both = with_rows(raw, rows, path_in_course(rubric))
    problems += both
    try:
        assignment = assignment_of(folder.name, raw)
    except ValidationError as error:
        problems += problems_of(error, path_in_course(rubric), RUBRIC_SCHEMA)
    texts = () if assignment is None or assignment.runtime.profile is Profile.MEMORY else TEXTS_BESIDE_CODE
    attached = {} if assignment is None else _read_attached(folder / "solution", assignment.attachments)
    solution = _read_texts(folder / "solution", problems, texts, attached)
    notebook = _read_notebook(folder / "solution", assignment, solution, problems)
    for path, text in solution.items():
        if path.endswith(".py"):
            held = assignment.stub.notebook if assignment is not None and notebook else path  # the cells, joined
            parsed(text, path_in_course(folder / "solution" / held), problems)
    for data in (folder / "data", folder / "hidden"):
        problems += _dead_links(sorted(data.rglob("*")))
    problems += _misplaced_folders(folder)
    place = path_in_course(folder / "checks")
    if not checks:
        beside = ": an assignment has one check at least, beside what people mark" if raw.get("by_hand") else ""
        said = f"holds no hidden test, expected files named {' or '.join(TEST_FILES)}{beside}"
        problems.append(Problem(place, "", said))
    for find in (unreadable_targets, misplaced_rows, swapped_comparisons):
        problems += find(read, path_in_course(folder))
    made = ready_drivers(read)
    drivers = _read_drivers(folder / "drivers.py", problems, needed=not made) + made
    tests = test_files(checks, path_in_course(folder), problems)
    for text_file in (folder / MISTAKES, *sorted(folder.glob("*.md")), *sorted(folder.glob("*.svg"))):
        if text_file.is_file():
            _read_text(text_file, problems)  # read where it is needed, and told of here with all the rest
    is_handed_out = (folder / REFERENCE_DIGEST).is_file()
    problems += cross_problems(
        raw,
        tests,
        None if is_handed_out else solution,
        path_in_course(rubric),
        are_all_tests_known=not any(problem.file.startswith(place) for problem in problems),
    )
    if assignment is None or problems:
        raise CourseError(tuple(_own([at_its_test(problem, rows) for problem in problems], place)))
    course = CourseAssignment(
        assignment=replace(assignment, runtime=with_optional_modules(assignment.runtime)),
        folder=folder,
        solution=solution,
        drivers=drivers,
        checks=checks,
        attached=attached,
        notebook=notebook,
    )
    return read_variant(course)


def _meant(problem: Problem) -> str:
    """Return the key that a misspelt one is nearest to; nothing where a problem is another."""
    found = re.search(r"is no known key; the nearest is (\w+)$", problem.message)
    return "" if found is None else re.sub(r"\w+(?=(=\.\.\.\))?$)", found[1], problem.key)


def _own(problems: Sequence[Problem], tests: str) -> Iterator[Problem]:
    """Yield problems but for what is only missing because of another: a value that cannot be read, or all the tests."""
    unread = {(one.file, one.key) for one in problems if not one.message.startswith(MISSING)}
    in_tests = [one for one in problems if one.file.startswith(tests)]
    unread |= {(one.file, meant) for one in problems if (meant := _meant(one))}
    rows = tuple(one.key for one in in_tests if one.key.endswith(": @check"))
    are_unread = any(one.key.endswith("(...)") or UNREAD.search(one.message) for one in in_tests)
    again = {(one.file, found[1]) for one in problems if (found := TWICE.search(one.message))}
    for one in problems:
        follows = (
            (one.file, one.key) in unread
            or (one in in_tests and one.key.startswith(rows))
            or (bool(in_tests) and one.key in {"parts", "checks"})
            or (are_unread and one.file.endswith("/drivers.py"))
        )
        is_told = (one.file, one.key) in again and one.message.startswith(ALSO)
        if not is_told and not (one.message.startswith(MISSING) and follows):
            yield one


def _misplaced_folders(folder: Path) -> Iterator[Problem]:
    """Find folders that have the name of a file: what would be read from there would silently be nothing."""
    code = (path for kind in ("solution", "checks") for path in sorted((folder / kind).rglob("*.py")))
    for path in (*(folder / name for name in READ_FILES), *code):
        if path.is_dir():
            yield Problem(path_in_course(path), "", "is a folder, expected a file")


def _dead_links(paths: Iterable[Path]) -> Iterator[Problem]:
    for path in paths:
        if path.is_symlink() and not path.exists():
            yield Problem(path_in_course(path), "", "is a link that leads nowhere, expected a file")


def _read_texts(
    folder: Path, problems: list[Problem], besides: tuple[str, ...] = (), left_out: Collection[str] = ()
) -> dict[str, str]:
    """Read every Python file below a folder of the course, and texts of these kinds, by relative path."""
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    problems += _dead_links(paths.values())
    return {
        name: _read_text(path, problems)
        for name, path in paths.items()
        if path.suffix in (".py", *besides) and "__pycache__" not in path.parts and path.is_file()
        if name not in left_out
    }


def _read_notebook(
    folder: Path, assignment: Assignment | None, solution: dict[str, str], problems: list[Problem]
) -> str:
    """Read a reference that is a notebook, named as the students' is, and add its module to a solution."""
    if assignment is None or assignment.stub.form is not StubForm.NOTEBOOK:
        return ""
    path = folder / assignment.stub.notebook
    if not path.is_file():
        return ""
    place, text = path_in_course(path), _read_text(path, problems)
    if len(assignment.files) != 1:
        problems.append(Problem(place, "", f"stands for one module, and files has {len(assignment.files)}"))
    elif assignment.files[0] in solution:
        problems.append(Problem(place, "", f"is there beside {assignment.files[0]}, expected one of the two"))
    else:
        try:
            solution[assignment.files[0]] = module_of(text, path.name)
        except StubError as error:
            problems += [Problem(place, "", problem) for problem in error.sentences]
            solution[assignment.files[0]] = ""  # that it is not there either would follow
    return text


def _read_attached(folder: Path, patterns: Collection[str]) -> dict[str, bytes]:
    """Read what the reference has of what a student hands in beside modules."""
    names = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in names.items() if any(fits(name, pattern) for pattern in patterns)}


def _read_text(path: Path, problems: list[Problem]) -> str:
    try:
        return path.read_text(encoding=MAYBE_MARKED if path.suffix == ".py" else "utf-8")
    except UnicodeDecodeError as error:
        problems.append(Problem(path_in_course(path), "", not_utf_8(error)))
        return ""


def _read_drivers(path: Path, problems: list[Problem], *, needed: bool) -> str:
    """Read the drivers: broken ones would look like a failure of whoever is graded with them."""
    if not needed and not path.is_file():
        return ""
    place, before = path_in_course(path), len(problems)
    text = _read_text(path, problems) if path.is_file() else ""
    if not text.strip() and len(problems) == before and not path.is_dir():
        problems.append(Problem(place, "", "is missing or empty, expected a function for each call that tests make"))
    tree = parsed(text, place, problems)
    first: dict[str, int] = {}
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.FunctionDef) and first.setdefault(node.name, node.lineno) != node.lineno:
            again = f"defines {node.name} again, after line {first[node.name]}"
            problems.append(Problem(place, f"line {node.lineno}", again))
        elif isinstance(node, ast.AsyncFunctionDef):
            problems.append(Problem(place, f"line {node.lineno}", f"{node.name} is async, expected a plain function"))
    return text
