"""Addresses of lines of a submission: what a click on `modules/linear.py, line 44` opens. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Final, TypeAlias
from urllib.parse import quote

from grader.model.result import QuotedLine

Address: TypeAlias = Callable[[QuotedLine], str]
"""Gives the address of a line; empty where it has none."""

WITHOUT_LINKS: Final = frozenset({"", "cons25", "dumb", "emacs", "linux", "unknown"})
"""Terminals by $TERM that know no links, and may show the address instead."""


class Links(StrEnum):
    """What a click on a place opens."""

    FILE = "file"
    VSCODE = "vscode"
    NONE = "none"


def addresses_in(folder: Path | None, links: Links) -> Address | None:
    """Return what gives the addresses of lines of files in a folder; nothing where there is no folder, or no link.

    The file's own address works without anything that has to be set up; an editor's opens the line as well.
    """
    if folder is None or links is Links.NONE:
        return None

    def address(line: QuotedLine) -> str:
        path = PurePosixPath(line.file)
        if path.is_absolute() or ".." in path.parts:
            return ""
        file, number = folder / path, "" if line.cell else str(line.line)
        if links is Links.VSCODE:
            return f"vscode://file{quote(file.as_posix())}{f':{number}' if number else ''}"
        return f"{file.as_uri()}{f'#{number}' if number else ''}"

    return address


def has_hyperlinks(environment: Mapping[str, str]) -> bool:
    """Return whether the terminal of an environment can show links; $FORCE_HYPERLINK decides if it is there."""
    if forced := environment.get("FORCE_HYPERLINK"):
        return forced != "0"
    terminal = environment.get("TERM", "")
    is_old_screen = terminal.startswith("screen") and "TMUX" not in environment
    is_known = terminal not in WITHOUT_LINKS and not terminal.startswith(("vt", "eterm"))
    return is_known and not is_old_screen and "INSIDE_EMACS" not in environment
