"""Find what a class handed in: folders, archives and notebooks, exports of learning platforms, rows of a roster.

A class is one path that the caller names alone: an export carries its platform's names, a submission the assignment's
files, and anything else holds a submission in each of its entries. Of several paths each is one student's, and so is
each entry of a class: what lies in it was handed in, and says nothing about who others are.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final

from grader.errors import UsageError
from grader.intake.clones import logins
from grader.intake.entries import (
    are_packed_each,
    are_same,
    are_versions,
    entries_of,
    files_below,
    folder_name,
    is_beside,
    is_packed,
    lay_file,
    only_archive,
    only_folder,
    own_stem,
    roots_of,
)
from grader.intake.export_forms import (
    BLACKBOARD,
    BRIGHTSPACE,
    BRIGHTSPACE_INDEX,
    CANVAS,
    GOOGLE,
    GRADESCOPE,
    GRADESCOPE_METADATA,
    MOODLE,
    NBGRADER,
    form_of,
)
from grader.intake.file_names import (
    Named,
    are_of_teams,
    blackboard_name,
    blackboard_title,
    brightspace_name,
    canvas_name,
    google_name,
    moodle_name,
    told_apart,
)
from grader.intake.gradescope_export import gradescope_metadata, ruby_time
from grader.intake.identify import Submitter, gradescope_owner, plain_owner
from grader.intake.nbgrader_folders import collected
from grader.intake.side_by_side import are_exports
from grader.intake.stamps import stamp_or_none
from grader.intake.unpack import Problems, unpack, zip_names
from grader.model.assignment import Assignment
from grader.submissions.copy_names import original_name, without_number
from grader.submissions.members import listed, reason, visible

MOST_TOLD: Final = 5
MOST_ZIPS: Final = 5  # in each other


@dataclass(frozen=True, slots=True)
class SubmissionSource:
    """One thing that one student handed in: where it lies, whose it is, when it came as far as its source knows.

    `problem` says why it cannot even be opened. `late` is what the platform says, without saying how late.
    """

    submitter: Submitter
    path: Path
    origin: str
    submitted_at: dt.datetime | None = None
    problem: str = ""
    late: bool = False


@dataclass(slots=True)
class Finder:
    """Looks through what the caller named.

    `staging` is an empty folder of ours on the disk that results are written to; `results` may lie among what is looked
    through and is passed over. `ignored` are sentences.
    """

    assignment: Assignment
    staging: Path
    results: Path
    ignored: list[str] = field(default_factory=list)
    _problems: Problems = field(default_factory=dict)
    _problems_below: Problems = field(default_factory=dict)
    _staged: int = 0
    _files: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._files = frozenset(PurePosixPath(path).name.casefold() for path in self.assignment.files)

    def find(self, paths: Sequence[Path]) -> Iterator[SubmissionSource]:
        """Yield every submission under these paths.

        Raises:
            UsageError: a path does not exist, or an export is damaged as a whole.
        """
        for path in paths:
            if not path.exists():
                raise UsageError(f"{path} does not exist, expected a folder, a zip, a notebook or a roster")
        if len(paths) == 1:
            yield from self._class(paths[0])
            return
        beside = [path.name for path in paths if is_beside(path)]
        self._ignore(beside, "no submissions")
        handed = [path for path in paths if path.name not in beside and not self._is_results(path)]
        if are_exports(handed):
            yield from itertools.chain.from_iterable(map(self._class, handed))
            return
        for path in handed:
            self._tell_of_classes(path)
            yield self._one(path, plain_owner(own_stem(path)), "folder" if path.is_dir() else "file")

    def _class(self, path: Path) -> Iterator[SubmissionSource]:
        """Read what the caller named alone: a class, or one submission."""
        packed = self._packed_class(path)
        if packed is not None:
            yield from self._class(packed)
            return
        if path.is_dir():
            yield from self._in_folder(self._class_in(path))
            return
        names = zip_names(path)
        if names is None or not self._holds_several([PurePosixPath(name) for name in names]):
            yield self._one(path, plain_owner(own_stem(path)), "file")
            return
        self._staged += 1
        folder = self.staging / f"export-{self._staged}"
        folder.mkdir()
        problems = unpack(path, folder)
        self._problems |= problems
        for place, why in problems.items():
            for above in place.parents[: len(place.relative_to(folder).parts) - 1]:
                self._problems_below.setdefault(above, f"holds {visible(place.name)}, which {why}")
        self.ignored += [
            f"{visible(place.name)} {why}" for place, why in problems.items() if not os.path.lexists(place)
        ]
        yield from self._in_folder(self._class_in(only_folder(folder)))

    def _packed_class(self, path: Path) -> Path | None:
        """Return the zip of a class that a folder or a zip holds and nothing else; None where there is none."""
        inner = self._unwrapped(only_archive(path) if path.is_dir() else path)
        names = None if inner == path or not inner.is_file() else zip_names(inner)
        paths = [PurePosixPath(name) for name in names or ()]
        return inner if self._holds_several(paths) and not are_versions(self._roots(paths)) else None

    def _class_in(self, folder: Path) -> Path:
        """Step into folders that stand alone and hold several submissions; a student's own old and new stay one's."""
        while (inner := only_folder(folder)) != folder and not self._is_results(inner):
            entries = entries_of(inner)
            roots = self._roots(map(PurePosixPath, files_below(inner)))
            are_packed = len(entries) > 1 and all(is_packed(entry.name) for entry in entries)
            are_packed |= are_packed_each(map(PurePosixPath, files_below(inner)), self._is_asked)
            if not (self._form(entries) or are_packed or (len(roots) > 1 and not are_versions(roots))):
                break
            folder = inner
        return folder

    def _in_folder(self, folder: Path) -> Iterator[SubmissionSource]:
        entries = [entry for entry in entries_of(folder) if not self._is_results(entry)]
        form = self._form(entries)
        if self._may_be_one(entries) and PurePosixPath() in self._roots(map(PurePosixPath, files_below(folder))):
            yield self._one(folder, plain_owner(own_stem(folder)), "folder")
        elif form == GRADESCOPE:
            yield from self._gradescope(folder, entries)
        elif form == MOODLE:
            yield from self._moodle(entries)
        elif form == CANVAS:
            yield from self._canvas(entries)
        elif form == BRIGHTSPACE:
            yield from self._brightspace(entries)
        elif form == BLACKBOARD:
            yield from self._blackboard(entries)
        elif self._is_google([entry.name for entry in entries if not entry.is_dir() and not is_beside(entry)]):
            yield from self._google(entries)
        elif found := collected(entries, self.assignment.name, self.assignment.time_zone):
            used = {place for one in found for place in (one.folder, one.folder.parent)}
            self._ignore([entry.name for entry in entries if entry not in used], "without this assignment")
            for one in found:
                whole = self._one(one.folder, plain_owner(one.student), NBGRADER)
                yield replace(whole, submitted_at=one.submitted_at)
        else:
            yield from self._plain(entries)

    def _may_be_one(self, entries: Sequence[Path]) -> bool:
        """Return whether a folder may itself be a submission, by its entries: to walk a large class takes long."""
        tops = {path.partition("/")[0].casefold() for path in self.assignment.files}
        return any(entry.name.casefold() in tops or self._is_asked(entry.name) for entry in entries)

    def _is_results(self, path: Path) -> bool:
        return are_same(path, self.results)

    def _form(self, entries: Sequence[Path]) -> str:
        """Return whose export a folder has the names of; nothing where they are nobody's."""
        return form_of([entry.name for entry in entries], [entry.name for entry in entries if not entry.is_dir()])

    def _holds_several(self, names: Sequence[PurePosixPath]) -> bool:
        """Return whether a zip holds several submissions rather than one."""
        tops = list(dict.fromkeys(name.parts[0] for name in names))
        if len(tops) == 1 and all(len(name.parts) > 1 for name in names) and moodle_name(tops[0]) is None:
            names = [PurePosixPath(*name.parts[1:]) for name in names]
            tops = list(dict.fromkeys(name.parts[0] for name in names))
        loose = [name.name for name in names if len(name.parts) == 1]
        if any(name.casefold() in self._files for name in loose):
            return False
        if form_of(tops, loose) or self._is_google(loose):
            return True
        are_packed = (bool(loose) and all(map(is_packed, loose))) or are_packed_each(names, self._is_asked)
        return len(self._roots(names)) > 1 or are_packed

    def _tell_of_classes(self, path: Path) -> None:
        """Tell where one of several paths looks like a class: it is read as one student's submission."""
        entries = entries_of(path) if path.is_dir() and os.access(path, os.R_OK | os.X_OK) else []
        roots = self._roots(PurePosixPath(name) for name in files_below(path)) if entries else set()
        if self._form(entries) or len(roots) > 1:
            self.ignored.append(
                f"{path} is read as one student's submission, since it was named beside others: "
                "a folder or export of a class is named alone"
            )

    def _roots(self, names: Iterable[PurePosixPath]) -> set[PurePosixPath]:
        return roots_of(names, [PurePosixPath(path) for path in self.assignment.files], self._is_asked)

    def _is_google(self, files: Sequence[str]) -> bool:
        """Return whether files are named as in Google Classroom: by their student, before what was handed in."""
        named = [one for one in (google_name(name, self._files) for name in files) if one is not None]
        known = [one for one in named if self._is_asked(one.file) or is_packed(one.file)]
        return len(named) * 2 > len(files) and len(known) * 2 > len(named)

    def _is_asked(self, name: str) -> bool:
        return original_name(name, self._files).casefold() in self._files

    def _plain(self, entries: Sequence[Path]) -> Iterator[SubmissionSource]:
        beside = [entry.name for entry in entries if is_beside(entry)]
        self._ignore(beside, "no submissions")
        handed = [entry for entry in entries if entry.name not in beside]
        if are_exports(handed):
            yield from itertools.chain.from_iterable(map(self._class, handed))
            return
        are_clones = all((entry / ".git").is_dir() for entry in handed)
        named = logins([own_stem(entry) for entry in handed], self.assignment.name, are_clones=are_clones)
        for entry, name in zip(handed, named, strict=True):
            first = without_number(name)  # of what was downloaded once more
            owner = plain_owner(first if first in named else name, repository=own_stem(entry) if are_clones else "")
            yield self._one(only_archive(entry), owner, "folder" if entry.is_dir() else "file")

    def _moodle(self, entries: Sequence[Path]) -> Iterator[SubmissionSource]:
        """Read an export of Moodle: a folder for each student, or all files side by side."""
        texts: list[SubmissionSource] = []
        read = partial(moodle_name, is_of_team=are_of_teams(entry.name for entry in entries))
        for submitter, files in self._by_submitter(entries, read).items():
            folders = [path for path, named in files if named.is_file and path.is_dir()]
            loose = [(path, named.file) for path, named in files if named.is_file and not path.is_dir()]
            for folder in folders:
                yield self._one(only_archive(folder), submitter, MOODLE)
            if loose:
                yield self._together(loose, submitter, MOODLE)
            if not folders and not loose:
                problem = "is a text entry, expected files"
                texts.append(SubmissionSource(submitter, files[0][0], MOODLE, problem=problem))
        yield from texts

    def _canvas(self, entries: Sequence[Path]) -> Iterator[SubmissionSource]:
        for submitter, files in self._by_submitter(entries, canvas_name).items():
            late = any(named.late for _, named in files)
            handed = [(path, named.file) for path, named in files if named.is_file]
            if handed:
                yield self._together(handed, submitter, CANVAS, late=late)
            else:
                problem = "is a text entry or a link, expected files"
                yield SubmissionSource(submitter, files[0][0], CANVAS, problem=problem, late=late)

    def _brightspace(self, entries: Sequence[Path]) -> Iterator[SubmissionSource]:
        """Read an export of Brightspace: a folder for each time that a student handed in, or all files side by side."""
        zone = self.assignment.time_zone
        handed = [entry for entry in entries if entry.name != BRIGHTSPACE_INDEX]
        for submitter, files in self._by_submitter(handed, brightspace_name).items():
            for time in dict.fromkeys(named.submitted for _, named in files):
                of = [(path, named.file) for path, named in files if named.submitted == time]
                folders = [path for path, _ in of if path.is_dir()]
                loose = [(path, name) for path, name in of if name and not path.is_dir()]
                found = [self._one(only_archive(folder), submitter, BRIGHTSPACE) for folder in folders]
                found += [self._together(loose, submitter, BRIGHTSPACE)] if loose else []
                yield from (replace(one, submitted_at=stamp_or_none(time, zone)) for one in found)

    def _blackboard(self, entries: Sequence[Path]) -> Iterator[SubmissionSource]:
        """Read a download of Blackboard: all files of all attempts side by side, with a page about each attempt."""
        read = partial(blackboard_name, title=blackboard_title(entry.name for entry in entries))
        for submitter, files in self._by_submitter(entries, read).items():
            for time in dict.fromkeys(named.submitted for _, named in files):
                of = [(path, named.file) for path, named in files if named.submitted == time and named.is_file]
                if of:
                    one = self._together(of, submitter, BLACKBOARD)
                else:
                    path = next(path for path, named in files if named.submitted == time)
                    one = SubmissionSource(submitter, path, BLACKBOARD, problem="is a text entry, expected files")
                yield replace(one, submitted_at=stamp_or_none(time, self.assignment.time_zone))

    def _google(self, entries: Sequence[Path]) -> Iterator[SubmissionSource]:
        """Read the folder of an assignment of Google Classroom, as its drive shows it."""
        handed = [entry for entry in entries if not is_beside(entry) or google_name(entry.name) is not None]
        self._ignore([entry.name for entry in entries if entry not in handed], "no submissions")
        for submitter, files in self._by_submitter(handed, partial(google_name, known=self._files)).items():
            yield self._together([(path, named.file) for path, named in files], submitter, GOOGLE)

    def _by_submitter(
        self, entries: Sequence[Path], read: Callable[[str], Named | None]
    ) -> Mapping[Submitter, list[tuple[Path, Named]]]:
        found: dict[Submitter, list[tuple[Path, Named]]] = {}
        for entry in entries:
            named = read(entry.name)
            if named is not None:
                found.setdefault(named.submitter, []).append((entry, named))
        self._ignore([entry.name for entry in entries if read(entry.name) is None], "not named as the others are")
        return told_apart(found)

    def _gradescope(self, folder: Path, entries: Sequence[Path]) -> Iterator[SubmissionSource]:
        metadata = gradescope_metadata(folder / GRADESCOPE_METADATA)
        for name, record in metadata.items():
            path = folder / name
            submitters = record.get(":submitters")
            rows = submitters if isinstance(submitters, list) else []
            submitters = [gradescope_owner(row) for row in rows if isinstance(row, dict)]
            for submitter in filter(None, submitters):
                submitted = ruby_time(record.get(":created_at"))
                if os.path.lexists(path):
                    yield replace(self._one(only_archive(path), submitter, GRADESCOPE), submitted_at=submitted)
                else:
                    yield SubmissionSource(submitter, path, GRADESCOPE, submitted, "is not in the export")
        told = {*metadata, GRADESCOPE_METADATA}
        self._ignore([entry.name for entry in entries if entry.name not in told], f"not in {GRADESCOPE_METADATA}")

    def _together(
        self, files: Sequence[tuple[Path, str]], submitter: Submitter, origin: str, *, late: bool = False
    ) -> SubmissionSource:
        """Lay one student's files side by side under the names they were handed in with; an archive stands alone."""
        if len(files) == 1 and is_packed(files[0][1]):
            return replace(self._one(files[0][0], submitter, origin), late=late)
        self._staged += 1
        folder = self.staging / f"student-{self._staged}" / folder_name(submitter.identifier)
        folder.mkdir(parents=True)
        problem = ""
        for path, name in files:
            safe = name.replace("/", "_") or path.name
            if path in self._problems:
                problem = f"holds {visible(safe)}, which {self._problems[path]}"
            elif (folder / safe).exists():
                problem = f"holds {visible(safe)} twice, expected once"
            else:
                try:
                    lay_file(path, folder / safe, staging=self.staging)
                except (shutil.SpecialFileError, IsADirectoryError, PermissionError) as error:
                    problem = f"holds {visible(safe)}, which cannot be read: {reason(error)}"
        return SubmissionSource(submitter, folder, origin, None, problem, late)

    def _one(self, path: Path, submitter: Submitter, origin: str) -> SubmissionSource:
        """Return one path as a submission, with what went wrong when it was unpacked."""
        path = self._unwrapped(path)
        problem = self._problems.get(path) or self._problems_below.get(path, "")
        return SubmissionSource(submitter, path, origin, problem=problem)

    def _unwrapped(self, path: Path, deepest: int = MOST_ZIPS) -> Path:
        """Return the zip that a submission's zip holds and nothing else, unpacked; else the submission as it is."""
        is_zip = deepest > 0 and path.suffix.lower() == ".zip" and path.is_file() and not path.is_symlink()
        names = zip_names(path) if is_zip else None
        if names is None or len(names) != 1 or not names[0].lower().endswith(".zip"):
            return path
        self._staged += 1
        folder = self.staging / f"inner-{self._staged}"
        folder.mkdir()
        if unpack(path, folder):  # what is wrong with it is told where the outer one is read
            return path
        inner = next(files_below(folder), None)
        return path if inner is None else self._unwrapped(folder / inner, deepest - 1)

    def _ignore(self, names: Sequence[str], why: str) -> None:
        if names:
            self.ignored.append(f"{listed(names, MOST_TOLD)}: ignored, {why}")
