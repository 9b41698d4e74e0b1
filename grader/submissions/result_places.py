"""Where results may be written: nowhere that a submission leads to by links that it brought."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grader.errors import UsageError


def refuse_brought_links(folder: Path, brought: Iterable[Path]) -> None:
    """Refuse a folder for results if any part of its path is a link that lies in one of these folders.

    Links elsewhere are the caller's own. Parts are looked at as they are written, `..` too, as the system follows them.

    Raises:
        UsageError: a part is such a link.
    """
    places = [place.resolve() for place in brought]
    whole = folder.absolute()
    for part in (*reversed(whole.parents), whole):
        lies = part.parent.resolve() / part.name
        if part.is_symlink() and any(lies.is_relative_to(place) for place in places):
            raise UsageError(f"{part} is a link, expected a folder: results would go to {part.resolve()}")


def refuse_place_within(folder: Path, submissions: Iterable[Path]) -> None:
    """Refuse a folder for the results of a class that lies in a submission, links followed.

    Raises:
        UsageError: it lies in one.
    """
    whole = folder.resolve()
    for submission in submissions:
        if whole.is_relative_to(submission.resolve()):
            raise UsageError(f"{folder} lies in {submission}, which is handed in: name another folder with --out")
