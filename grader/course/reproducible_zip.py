"""Zips that are the same bytes for the same contents, and the files of an assignment that travel in one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Final

from grader.course.assignment import CourseAssignment

EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest moment that a zip can hold
EXECUTABLE, READABLE, PRIVATE = 0o755, 0o644, 0o600
LEFT_OUT: Final = frozenset({"samples", "__pycache__", ".pytest_cache"})


def course_files(course: CourseAssignment) -> dict[str, bytes]:
    """Read all files of an assignment but its samples, by their path below `reference/`."""
    paths = sorted(path.relative_to(course.folder) for path in course.folder.rglob("*") if path.is_file())
    kept = (path for path in paths if not LEFT_OUT & set(path.parts))
    return {f"{course.name}/{path.as_posix()}": (course.folder / path).read_bytes() for path in kept}


def zipped(files: Mapping[str, tuple[bytes, int]]) -> bytes:
    """Write a zip of these contents and modes: names in order, no moment of time in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            data, mode = files[name]
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix: the field that holds the mode is read only then
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, data)
    return buffer.getvalue()
