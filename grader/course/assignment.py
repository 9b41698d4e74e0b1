"""One assignment with the files that belong to it, and the hashes of what it is graded with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from grader.course.named_answers import ANSWERS, named_answers
from grader.course.stubs import asked_signatures
from grader.course.validation import path_in_course
from grader.errors import CourseError, Problem
from grader.model.answer import NamedAnswer
from grader.model.assignment import Assignment, Profile
from grader.model.variant import Variant
from grader.sandbox.guest.workspace import Workspace

RUBRIC: Final = "assignment.toml"
MISTAKES: Final = "mistakes.py"
VARIANTS: Final = "variants.py"
REFERENCE_DIGEST: Final = "reference.digest"  # stands in a hand-out for the reference that is not there
SIGNATURES: Final = "signatures.json"  # stands in a hand-out for the definitions of the reference


@dataclass(frozen=True, kw_only=True)
class CourseAssignment:
    """An assignment with the files that belong to it.

    `attached` is what the reference has for attachments. `notebook` is the reference as its author wrote it, where that
    is a notebook, else empty; the module that it stands for is in `solution`. `variant` is the one that these files
    are of, and None where the assignment has none. `left_out` names mistakes and conventions that are not read, since
    they do not fit while the course is being written.
    """

    assignment: Assignment
    folder: Path
    solution: dict[str, str]
    drivers: str
    checks: dict[str, str]
    attached: dict[str, bytes] = field(default_factory=dict)
    notebook: str = ""
    variant: Variant | None = None
    left_out: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Return the name of the assignment, which its folder has."""
        return self.assignment.name

    @cached_property
    def provided(self) -> dict[str, str]:
        """Return the course's own files, which always win over a submission's."""
        return {path: text for path, text in self.solution.items() if path not in self.assignment.files}

    @property
    def data(self) -> Path | None:
        """Return the folder of data that the course lays out for submissions, where workers have files."""
        return self._laid_out("data")

    @property
    def hidden_data(self) -> Path | None:
        """Return the folder of data that the reference alone finds, such as images to test networks with."""
        return self._laid_out("hidden")

    def _laid_out(self, name: str) -> Path | None:
        folder = self.folder / name
        return folder if self.assignment.runtime.profile is not Profile.MEMORY and folder.is_dir() else None

    @property
    def workspace(self) -> Workspace | None:
        """Return what the reference works in, where submissions have files."""
        return None if self.assignment.runtime.profile is Profile.MEMORY else Workspace(self.data, self.hidden_data)

    @cached_property
    def data_digests(self) -> dict[str, str]:
        """Hash each file of the data."""
        folders = [folder for folder in (self.data, self.hidden_data) if folder is not None]
        files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
        return {path.relative_to(self.folder).as_posix(): _file_digest(path) for path in files}

    @cached_property
    def check_data(self) -> dict[str, Path]:
        """List the files beside the hidden tests that are not Python, by path as in `checks`: tests may read them."""
        found = {path.relative_to(self.folder): path for path in sorted((self.folder / "checks").rglob("*"))}
        return {
            name.as_posix(): path
            for name, path in found.items()
            if path.is_file() and path.suffix not in {".py", ".pyc"} and not any(step[0] == "." for step in name.parts)
        }

    @cached_property
    def check_data_digests(self) -> dict[str, str]:
        """Hash each of the files beside the hidden tests that are not Python."""
        return {name: _file_digest(path) for name, path in self.check_data.items()}

    @cached_property
    def tests_digest(self) -> str:
        """Hash what decides verdicts: drivers, hidden tests with what lies beside them, and rubric."""
        rubric = (self.folder / RUBRIC).read_text(encoding="utf-8")
        drawn = {VARIANTS: self.variants} if self.variants else {}
        return digest({**self.checks, **self.check_data_digests, **drawn, "drivers.py": self.drivers, RUBRIC: rubric})

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

    @cached_property
    def mistakes(self) -> str:
        """Read the source of the known mistakes; empty where there are none."""
        file = self.folder / MISTAKES
        return file.read_text(encoding="utf-8-sig") if file.is_file() else ""

    @cached_property
    def variants(self) -> str:
        """Read the source of what draws the constants of variants; empty where there is none."""
        file = self.folder / VARIANTS
        return file.read_text(encoding="utf-8-sig") if file.is_file() and self.assignment.variants is not None else ""

    @cached_property
    def named_answers(self) -> dict[str, list[NamedAnswer]]:
        """Return the wrong answers that instructors named, by check.

        Raises:
            CourseError: their file is in another form.
        """
        return named_answers(self.answers, self.folder / ANSWERS)

    @cached_property
    def answers(self) -> str:
        """Read the wrong answers that instructors named, as they are written; empty where there are none."""
        file = self.folder / ANSWERS
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    @cached_property
    def asked(self) -> dict[str, str]:
        """Return the signatures that students are asked to define, by `file:dotted.name`.

        Raises:
            CourseError: this is a hand-out, and the file of them is in another form.
        """
        file = self.folder / SIGNATURES
        if not file.is_file():
            return asked_signatures(self.assignment.files, self.solution)
        try:
            return TypeAdapter(dict[str, str]).validate_json(file.read_bytes())
        except ValidationError:
            wanted = "is not the object of texts that `grade handout` writes"
            raise CourseError((Problem(path_in_course(file), "", wanted),)) from None

    @property
    def has_reference(self) -> bool:
        """Return whether the reference is here, and not only the files that the course provides."""
        files = self.assignment.files
        return all(path in self.solution for path in files) if files else bool(self.attached)


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
