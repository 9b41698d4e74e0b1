"""Which paths a pattern of a rubric stands for: `configs/*.yaml` is every yaml that lies in `configs` itself."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Final

WILD: Final = frozenset("*?[")


def fits(path: str, pattern: str) -> bool:
    """Return whether a path fits a pattern, folder by folder: a star matches no slash."""
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def is_wild(part: str) -> bool:
    """Return whether a part of a pattern stands for more than one name."""
    return not WILD.isdisjoint(part)


def pattern_fault(pattern: str) -> str:
    """Describe why this is no pattern of attachments, as the end of a sentence; empty for one that is."""
    parts = pattern.split("/")
    if "\\" in pattern or "" in parts or ".." in parts or pattern[1:2] == ":":
        return "expected a path below the submission, with slashes"
    if "**" in pattern:
        return "expected one star at most in a row: a pattern names each folder"
    if any(part.startswith(".") for part in parts):
        return "expected no hidden file: they are never read"
    if parts[-1].endswith(".py"):
        return "expected no Python: what students write as modules stands under files"
    return ""
