"""Open an archive that was handed in beside other files, where it holds what is missing among them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final

from grader.errors import SubmissionError, UnreadableError
from grader.submissions.layout import Layout
from grader.submissions.members import Handed, listed, visible

ARCHIVE_NAMES: Final = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz")
MOST_ARCHIVES: Final = 5  # that are looked into


def archives_in(handed: Handed) -> list[str]:
    """List what is an archive by its name."""
    return sorted(name for name in handed.entries if name.lower().endswith(ARCHIVE_NAMES))


def absent_in(layout: Layout | None, files: Collection[str]) -> list[str]:
    """List the files of an assignment that nothing stands for in a layout."""
    there = {} if layout is None else {**layout.written, **layout.notebooks, **layout.clashes}
    return [path for path in files if path not in there]


def with_archive(
    handed: Handed, files: Collection[str], lay_out: Callable[[Handed], Layout | None]
) -> tuple[Handed, str] | None:
    """Return what was handed in with the files of an archive in it, and a sentence about that.

    It is the only one that holds files of the assignment, and holds some that are missing beside it: a report and the
    zip of the code. What lies beside it counts before what is in it. None where there is no such archive, and where
    several are, of which nobody can tell the one that counts. An archive in that archive stays closed.
    """
    if not (archives := archives_in(handed)):
        return None
    first = lay_out(handed)
    if not (lacking := absent_in(first, files)):
        return None
    found: list[tuple[str, Handed]] = []
    for name in archives[:MOST_ARCHIVES]:
        try:
            inner = handed.inside(name)
        except (SubmissionError, UnreadableError):  # damaged, encrypted or too large: it stays one of the files
            continue
        if lay_out(inner) is not None:
            found.append((name, inner))
    if len(found) != 1:
        return None
    (name, inner), *_ = found
    folder = name[: name.rfind("/") + 1]
    others = {path: entry for path, entry in handed.entries.items() if path != name}
    merged = replace(handed, entries={**{folder + path: entry for path, entry in inner.entries.items()}, **others})
    whole = lay_out(merged)
    still = absent_in(whole, files)
    taken = [path for path in lacking if path not in still]
    if not taken or whole is None or len(whole.clashes) > (0 if first is None else len(first.clashes)):
        return None
    return merged, f"{listed(taken)} {'was' if len(taken) == 1 else 'were'} found in {visible(name)}"
