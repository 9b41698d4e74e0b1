"""How much of a submission is taken on: beyond these bounds it is refused where it is read, in one sentence."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from grader.submissions.members import visible

MAX_PLACES: Final = 900  # files and folders that are laid out: a worker's folder holds 1,024, and code writes some too
MAX_NAME_BYTES: Final = 200  # of a file and of each of its folders: file systems take 255
MAX_PATH_BYTES: Final = 1000  # of a path: systems take 4,096, and all paths together must fit into one frame
MAX_FOLDERS: Final = 32  # that a file lies in


def unfit_name(path: str) -> str:
    """Describe why a file cannot be laid out under a path; empty where it can."""
    parts = path.split("/")
    if any(len(_encoded(part)) > MAX_NAME_BYTES for part in parts):
        return f"its name is longer than {MAX_NAME_BYTES} bytes"
    if len(_encoded(path)) > MAX_PATH_BYTES:
        return f"its path is longer than {MAX_PATH_BYTES} bytes"
    if len(parts) - 1 > MAX_FOLDERS:
        return f"it lies in more than {MAX_FOLDERS} folders"
    return ""


def too_much(paths: Collection[str]) -> str:
    """Describe why files cannot be laid out for a worker, after "the submission"; empty where they can."""
    for path in paths:
        if why := unfit_name(path):
            return f"holds {visible(path)}, and {why}"
    places = {head for path in paths for head in _heads(path)}
    if len(places) > MAX_PLACES:
        return (
            f"comes to {len(places)} files and folders of code, expected at most {MAX_PLACES}: "
            "hand in what you wrote, without packages of others"
        )
    return ""


def _heads(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
