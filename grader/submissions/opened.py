"""Open what was handed in as a folder, a zip, a tar or tar.gz, or one file, by its contents and never by its name."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from grader.errors import NothingHandedInError, SubmissionError
from grader.submissions.archive import (
    BLOCK,
    GZIP_START,
    ZIP_STARTS,
    begins_tar,
    inflated,
    opened_zip,
    tar_rows,
    zip_rows,
)
from grader.submissions.folder import folder_rows
from grader.submissions.members import (
    Budget,
    Handed,
    SubmissionForm,
    collected,
    contents,
    kind_words,
    reason,
    visible,
)
from grader.submissions.source_text import what_it_is


@contextmanager
def opened(path: Path) -> Iterator[Handed]:
    """Open a submission, telling its form by its contents and never by its name; readers hold inside the block.

    Raises:
        SubmissionError: it cannot be opened; the text says why in one sentence.
    """
    name = path.name if path.name not in ("", "..") else path.resolve().name
    budget = Budget(visible(name or str(path)))
    with ExitStack() as stack:
        try:
            handed = _handed(path, budget, stack)
        except FileNotFoundError:
            raise NothingHandedInError(
                f"submission {visible(str(path))} does not exist, expected a folder, a zip or a tar.gz"
            ) from None
        except (OSError, ValueError) as error:
            raise SubmissionError(f"submission {budget.label} cannot be opened: {reason(error)}") from error
        yield handed


def _handed(path: Path, budget: Budget, stack: ExitStack) -> Handed:
    label = budget.label
    mode = path.stat().st_mode
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise SubmissionError(f"submission {label} is {kind_words(mode)}, expected a folder, a zip or a tar.gz")
    # Not blocking: a pipe may have taken the file's place since.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    stack.callback(os.close, descriptor)
    status = os.fstat(descriptor)
    if stat.S_ISDIR(status.st_mode):
        handed = collected(folder_rows(descriptor, budget), SubmissionForm.FOLDER, label)
        return replace(handed, unpacked=partial(_unpacked, budget, stack))
    file = stack.enter_context(os.fdopen(descriptor, "rb", closefd=False))
    return _of_file(file, status.st_size, path.name, budget, stack)


def _of_file(file: BinaryIO, packed_bytes: int, name: str, budget: Budget, stack: ExitStack) -> Handed:
    """Open a zip, a tar or a tar.gz, or one file that is none."""
    label = budget.label
    start = file.read(BLOCK)
    file.seek(0)
    unpacked = partial(_unpacked, budget, stack)
    if start.startswith(ZIP_STARTS):
        archive = stack.enter_context(opened_zip(file, label))
        handed = collected(zip_rows(archive, packed_bytes, budget), SubmissionForm.ZIP, label)
    elif start.startswith(GZIP_START):
        handed = collected(tar_rows(inflated(file, label), budget), SubmissionForm.TAR, label)
    elif begins_tar(start):
        handed = collected(tar_rows(file, budget), SubmissionForm.TAR, label)
    else:
        looks_like = what_it_is(start) or ("no text" if b"\0" in start else "" if start else "empty")
        row = ((name,), lambda max_bytes: contents(file, max_bytes, budget))
        return collected([row], SubmissionForm.FILE, label, looks_like)
    return replace(handed, unpacked=unpacked)


def _unpacked(budget: Budget, stack: ExitStack, data: bytes) -> Handed:
    """Open the bytes of an archive that was among the files.

    Raises:
        SubmissionError: they are none, or one that cannot be read.
    """
    budget.left += len(data)  # what is read of it counts, and not the archive besides
    handed = _of_file(BytesIO(data), len(data), "", budget, stack)
    if handed.kind is SubmissionForm.FILE:
        raise SubmissionError(f"submission {budget.label} holds a file that is no archive")
    return handed
