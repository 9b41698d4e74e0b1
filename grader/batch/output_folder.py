"""Write what each student gets: a report and a result, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from grader.batch.jobs import Pages
from grader.errors import OutputError

if sys.platform != "win32":
    import fcntl

REPORTS: Final = "reports"
RESULTS: Final = "results"
LOCK: Final = ".lock"
CLASS_PAGE: Final = "class.html"
SIMILAR_PAGE: Final = "similar.html"
SIMILAR: Final = "similar.json"
KEPT_SIGNS: Final = "._-@+"
MAX_NAME_BYTES: Final = 100
LIKE_A_HASH: Final = re.compile(r"-[0-9a-f]{8}\Z")
"""How a name ends that was made for another identifier, and that nobody can take by being called so."""


def page_name(identifier: str) -> str:
    """Make a student's identifier a file name, the same one in every run and different for every student."""
    name = "".join(char if char.isalnum() or char in KEPT_SIGNS else "_" for char in identifier).lstrip(".-")
    short = name.encode("utf-8", "replace")[:MAX_NAME_BYTES].decode("utf-8", "ignore")
    if short == identifier and LIKE_A_HASH.search(short) is None:
        return short
    return f"{short}-{hashlib.sha256(identifier.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def result_of(file: Path, assignment: str) -> dict[str, Any] | None:
    """Read what a file says about an assignment; None where there is no such file, or it is about another."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # what is no text or no JSON is a ValueError
        return None
    return document if isinstance(document, dict) and document.get("assignment") == assignment else None


class OutputFolder:
    """What a batch writes about one assignment: a folder of its name below `out`, which all assignments share.

    Earlier versions wrote straight into `out`. What of that is this assignment's is still read, and moved once results
    are written.
    """

    def __init__(self, out: Path, assignment: str) -> None:
        self.out = out
        self.assignment = assignment
        self.folder = out / assignment

    def make(self) -> None:
        """Make the folder, try to write into it and move into it what an earlier version wrote.

        Raises:
            OutputError: that cannot be.
        """
        with self._writing():
            for name in (REPORTS, RESULTS):
                (self.folder / name).mkdir(parents=True, exist_ok=True)
                trial = self.folder / name / f".trial-{os.getpid()}"
                trial.write_bytes(b"")
                trial.unlink()
            self._move_earlier()

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Hold the folder for a run, until its process ends however it ends; yield whether no other run holds it.

        On Windows nothing holds it.

        Raises:
            OutputError: it cannot be written to.
        """
        with self._writing():
            lock = (self.folder / LOCK).open("wb")
        with lock:
            if sys.platform == "win32":
                yield True
                return
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:  # another run's, or a file system without locks
                yield False
            else:
                yield True

    def report(self, identifier: str) -> Path:
        """Return where a student's report is."""
        return self.folder / REPORTS / f"{page_name(identifier)}.html"

    def result(self, identifier: str) -> Path:
        """Return where a student's result is."""
        return self.folder / RESULTS / f"{page_name(identifier)}.json"

    def has(self, identifier: str) -> bool:
        """Return whether both are there."""
        return self.report(identifier).exists() and self.result(identifier).exists()

    def write(self, identifier: str, pages: Pages) -> None:
        """Write both, in place of what was there.

        Raises:
            OutputError: they cannot be written.
        """
        with self._writing():
            _replace(self.report(identifier), pages.html)
            _replace(self.result(identifier), pages.json)

    @property
    def class_page(self) -> Path:
        """Return where the page of the class is."""
        return self.folder / CLASS_PAGE

    def write_beside(self, name: str, text: str) -> None:
        """Write a file about the whole class, in place of what was there.

        Raises:
            OutputError: it cannot be written.
        """
        with self._writing():
            _replace(self.folder / name, text)

    def write_not_graded(self, identifier: str, html: str) -> None:
        """Write the page of a student who has no result, in place of what an earlier run wrote.

        Raises:
            OutputError: it cannot be written.
        """
        with self._writing():
            _replace(self.report(identifier), html)
            self.result(identifier).unlink(missing_ok=True)

    def remove(self, identifier: str) -> None:
        """Take away what an earlier run wrote for a submission that does not count any more.

        Raises:
            OutputError: it cannot be taken away.
        """
        with self._writing():
            self.report(identifier).unlink(missing_ok=True)
            self.result(identifier).unlink(missing_ok=True)

    def _move_earlier(self) -> None:
        """Move here what an earlier version wrote for this assignment straight into `out`."""
        files = sorted((self.out / RESULTS).glob("*.json"))
        ours = [file for file in files if result_of(file, self.assignment) is not None]
        moved = [path for file in ours for path in (self.out / REPORTS / f"{file.stem}.html", file)]
        if ours and len(ours) == len(files):
            moved.append(self.out / CLASS_PAGE)
        if result_of(self.out / SIMILAR, self.assignment) is not None:
            moved += [self.out / SIMILAR_PAGE, self.out / SIMILAR]
        for path in moved:
            if path.exists():
                path.replace(self.folder / path.relative_to(self.out))
        if ours:
            for name in (REPORTS, RESULTS):
                with suppress(OSError):  # others' may be left in it
                    (self.out / name).rmdir()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise OutputError(f"there is no room for results in {self.folder}: {error.strerror}") from None
            raise OutputError(f"results cannot be written to {self.folder}: {error.strerror}") from None


def _replace(path: Path, text: str) -> None:
    """Write a file beside its place and move it there."""
    beside = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8", errors="backslashreplace")
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
