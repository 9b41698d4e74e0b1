"""List and read a folder by descriptors: no name in it leads out of it, not even one that is replaced meanwhile."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

from grader.errors import SubmissionError, UnreadableError
from grader.submissions.members import (
    Budget,
    Row,
    contents,
    is_in_place_of_a_file,
    is_never_read,
    kind_words,
    reason,
    too_large,
)

MAX_ENTRIES: Final = 50_000  # more than of an archive: in the folder a student works in, a data set may lie as images
MAX_DEPTH: Final = 32  # one descriptor is open for each level


def folder_rows(root: int, budget: Budget) -> Iterator[Row]:
    """Walk the folder that the descriptor `root` is open on; the readers hold as long as it stays open.

    Raises:
        SubmissionError: there are more entries than are listed.
    """
    yield from _rows(root, (), root, budget, itertools.count(1))


def _rows(folder: int, parents: tuple[str, ...], root: int, budget: Budget, seen: Iterator[int]) -> Iterator[Row]:
    with os.scandir(folder) as listing:
        for entry in listing:
            if next(seen) > MAX_ENTRIES:
                raise SubmissionError(
                    f"submission {budget.label} is a folder of more than {MAX_ENTRIES} entries, "
                    f"expected at most {MAX_ENTRIES}: name the folder that holds the code"
                )
            if not is_never_read(entry.name) or is_in_place_of_a_file(entry.name):
                yield from _entry_rows(entry, folder, (*parents, entry.name), root, budget, seen)


def _entry_rows(
    entry: os.DirEntry[str], folder: int, parts: tuple[str, ...], root: int, budget: Budget, seen: Iterator[int]
) -> Iterator[Row]:
    try:
        if entry.is_file(follow_symlinks=False):
            yield parts, lambda max_bytes: _file_below(root, parts, max_bytes, budget)
        elif not entry.is_dir(follow_symlinks=False):
            yield parts, f"is {kind_words(entry.stat(follow_symlinks=False).st_mode)}, expected a file or a folder"
        elif len(parts) > MAX_DEPTH:
            yield parts, f"lies in {MAX_DEPTH} folders, expected fewer"
        else:
            child = _folder_below(folder, entry.name)
            try:
                yield from _rows(child, parts, root, budget, seen)
            finally:
                os.close(child)
    except OSError as error:
        yield parts, f"cannot be opened: {reason(error)}"


def _folder_below(folder: int, name: str) -> int:
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)


def _file_below(root: int, parts: tuple[str, ...], max_bytes: int, budget: Budget) -> bytes:
    """Read a file, following no link at any step of its path."""
    with ExitStack() as stack:
        folder = root
        for name in parts[:-1]:
            folder = _folder_below(folder, name)
            stack.callback(os.close, folder)
        # Not blocking: a pipe may have taken the file's place since it was listed.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        file = stack.enter_context(os.fdopen(os.open(parts[-1], flags, dir_fd=folder), "rb", buffering=0))
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError("is no ordinary file, expected one")
        if status.st_size > max_bytes:  # a file that grows meanwhile is caught as it is read
            raise too_large(max_bytes)
        return contents(file, max_bytes, budget)
