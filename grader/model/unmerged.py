"""What git writes into a file where a merge is not finished."""

from __future__ import annotations

import re
from typing import Final

MARKS: Final = ("<" * 7, "=" * 7, ">" * 7)
_CONFLICT: Final = re.compile(r"^(?:<{7}|>{7})(?=[ \r\n]|\Z)", re.MULTILINE)


def unmerged(text: str) -> str:
    """Name the line at which git marks that a merge was not finished; empty where there is none."""
    mark = _CONFLICT.search(text)
    if mark is None:
        return ""
    line = text.count("\n", 0, mark.start()) + 1
    return (
        f"line {line} begins with {mark[0]}, which git writes where a merge is not finished: choose one of both sides"
    )
