"""What lies in a folder of submissions, as people see it: entries, archives that stand alone, names."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from grader.errors import UsageError
from grader.intake.file_names import moodle_name
from grader.intake.identify import stem
from grader.submissions.folder import MAX_DEPTH
from grader.submissions.layout import NOTEBOOK, is_version
from grader.submissions.members import is_never_read

ARCHIVES: Final = (".zip", ".tar", ".tar.gz", ".tgz", ".gz", ".7z", ".rar", ".tar.bz2", ".tar.xz")
# Beside submissions, never one: what people and platforms put there.
BESIDE: Final = frozenset({
    ".csv", ".json", ".log", ".md", ".sqlite", ".sqlite-shm", ".sqlite-wal", ".toml", ".txt", ".xlsx", ".yml", ".yaml",
})  # fmt: skip
MOST_NAME_BYTES: Final = 100


def entries_of(folder: Path) -> list[Path]:
    """List a folder as people see it, in the order of names."""
    try:
        return sorted((entry for entry in folder.iterdir() if not is_never_read(entry.name)), key=lambda one: one.name)
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.strerror}") from None


def are_same(path: Path, other: Path) -> bool:
    """Return whether two paths are one folder."""
    try:
        return path.samefile(other)
    except OSError:  # one of them is not there, or links go in a circle
        return False


def lay_file(path: Path, place: Path, *, staging: Path) -> None:
    """Lay a file of a submission somewhere: what was unpacked for that is moved, what is the caller's is copied."""
    if staging in path.parents:
        path.rename(place)
    else:
        shutil.copyfile(path, place, follow_symlinks=False)


def files_below(folder: Path, most: int = 5000) -> Iterator[str]:
    """List the files below a folder by relative path, no deeper than a submission is read; of very many, the first."""
    count = 0
    for top, folders, files in os.walk(folder):  # which calls itself for each folder in a folder
        relative = PurePosixPath(Path(top).relative_to(folder).as_posix())
        is_deepest = len(relative.parts) >= MAX_DEPTH
        folders[:] = [] if is_deepest else sorted(name for name in folders if not is_never_read(name))
        for name in sorted(files):
            if not is_never_read(name):
                yield str(relative / name)
        count += len(files) + len(folders)
        if count > most:
            return


def only_folder(folder: Path) -> Path:
    """Step into a folder that stands alone, as archives of archives hold it."""
    entries = entries_of(folder)
    is_wrapped = len(entries) == 1 and entries[0].is_dir() and moodle_name(entries[0].name) is None
    return entries[0] if is_wrapped else folder


def only_archive(path: Path) -> Path:
    """Return the archive that a folder holds and nothing else, in folders that hold nothing else; else the folder."""
    inner = path
    for _ in range(MAX_DEPTH):
        entries = entries_of(inner) if inner.is_dir() and os.access(inner, os.R_OK | os.X_OK) else []
        if len(entries) != 1 or entries[0].is_symlink():
            return path
        inner = entries[0]
        if inner.is_file():
            return inner if is_packed(inner.name) else path
    return path


def folder_name(identifier: str) -> str:
    """Make a student's identifier the name of a folder: sentences about a submission name it by its folder."""
    name = identifier.replace("/", "_").lstrip(".").encode("utf-8", "replace")[:MOST_NAME_BYTES]
    return name.decode("utf-8", "ignore").replace("\0", "_") or "submission"


def own_name(path: Path) -> str:
    """Return what the caller calls a path, also where that is `.` or the like."""
    return path.name if path.name not in ("", "..") else path.resolve().name


def own_stem(path: Path) -> str:
    """Return the name of a submission without what says how it is packed: a login may have a dot in it."""
    name = own_name(path)
    return stem(name) if is_packed(name) or not path.is_dir() else name


def is_beside(path: Path) -> bool:
    """Return whether a file is one of those that lie beside submissions."""
    return path.suffix.lower() in BESIDE and not path.is_dir()


def is_packed(name: str) -> bool:
    """Return whether a file is a whole submission by its name: an archive or a notebook."""
    return name.lower().endswith((*ARCHIVES, NOTEBOOK))


def roots_of(
    names: Iterable[PurePosixPath], layout: Iterable[PurePosixPath], is_asked: Callable[[str], bool]
) -> set[PurePosixPath]:
    """Return the folders under which files of the assignment lie as the assignment lays them, or side by side.

    `is_asked` tells of a file's own name whether it is that of one of them, or of a copy.
    """
    layouts = [PurePosixPath(str(path).casefold()) for path in layout]
    roots: set[PurePosixPath] = set()
    loose: set[PurePosixPath] = set()
    copies: set[PurePosixPath] = set()
    for name in names:
        parts = tuple(part.casefold() for part in name.parts)
        for path in layouts:
            depth = len(path.parts)
            if parts[-depth:] == path.parts:
                roots.add(PurePosixPath(*name.parts[:-depth]))
            elif parts[-1] == path.name:
                loose.add(name.parent)
        if is_asked(name.name):
            copies.add(name.parent)
    return roots or loose or copies


def are_packed_each(names: Iterable[PurePosixPath], is_asked: Callable[[str], bool]) -> bool:
    """Return whether files lie in a folder of each student, of which most hold an archive and the others the files.

    Of two folders one of which holds code, the other may hold its author's data.
    """
    files: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if len(name.parts) > 1:
            files[name.parts[0]].append(name.name)
        elif name.suffix.lower() not in BESIDE:
            return False
    packed = {top for top, of in files.items() if any(one.lower().endswith(ARCHIVES) for one in of)}
    coded = {top for top, of in files.items() if any(map(is_asked, of))} - packed
    are_students = len(packed) * 2 > len(files) and packed | coded == files.keys() and len(files) > 1 + bool(coded)
    return are_students and not are_versions(map(PurePosixPath, files))


def are_versions(roots: Iterable[PurePosixPath]) -> bool:
    """Return whether the folders of submissions differ by what people call versions of their own work."""
    levels = zip(*(root.parts for root in roots), strict=False)
    return any(map(is_version, next((level for level in levels if len(set(level)) > 1), ())))
