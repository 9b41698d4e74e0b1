"""Find the files of an assignment under the names that browsers, platforms and file managers give to copies. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath
from typing import Final

# `linear-2.py` is Canvas's, `linear (1).py` a browser's and a drive's; the others are desktops', in English and German.
_AFTER: Final = re.compile(r"(?P<stem>.+?)(?:-[0-9]+| ?\([0-9]+\)| copy(?: [0-9]+)?| - (?:Copy|Kopie)(?: \([0-9]+\))?)")
# The digits are the moment at which ILIAS took a file.
_BEFORE: Final = re.compile(r"(?:Copy of |Kopie von |Copie de |Copia de |20[0-9]{12}_)(?P<stem>.+)")
_AGAIN: Final = re.compile(r"(?P<stem>.+?)(?: ?\([0-9]{1,2}\)| copy(?: [0-9]+)?| - (?:Copy|Kopie)(?: \([0-9]+\))?)")
# What people write behind their own name when they hand in once more. A number alone may belong to a login, and what
# stands behind a dot may be a family name.
_RESUBMITTED: Final = re.compile(
    r"(?<![ _-])[ _-]+[(\[]?(?:re-?subm[a-z]*|re-?upload[a-z]*|final|late|fixed|corrected|korrigiert|updated"
    r"|(?:v|ver|version|attempt|versuch|rev|revision|try)[ _.-]?[0-9]{1,2})[)\]]?\Z",
    re.IGNORECASE,
)
_TEXT: Final = ".txt"  # what some mail programs and platforms append to code


def original_name(name: str, known: Collection[str]) -> str:
    """Return the name of a file of the assignment that a copy has, `linear.py` for `linear (1).py`; else its own.

    `known` are the files' names in small letters.
    """
    if name.casefold() in known:
        return name
    whole = name[: -len(_TEXT)] if name.lower().endswith(_TEXT) else name
    stem, dot, suffix = whole.rpartition(".")
    matches = (pattern.fullmatch(stem) for pattern in (_AFTER, _BEFORE))
    candidates = (whole, *(f"{match['stem']}{dot}{suffix}" for match in matches if match is not None))
    return next((one for one in candidates if one.casefold() in known), name)


def without_number(stem: str) -> str:
    """Return the name of what was downloaded or copied once more, `ada` for `ada (1)`; else the name as it is."""
    match = _AGAIN.fullmatch(stem)
    return stem if match is None else match["stem"]


def without_resubmission(stem: str) -> str:
    """Return a name without what says that it was handed in once more: `ada` for `ada_v2` and `ada (resubmitted)`."""
    while (match := _RESUBMITTED.search(stem)) is not None and match.start():
        stem = stem[: match.start()]
    return stem


def originals(names: Iterable[str], files: Collection[str]) -> dict[str, str]:
    """Return for copies of files of an assignment the path that each stands for.

    None where the file itself lies beside its copy, and none where several copies do: nobody can tell which counts.

    Args:
        names: What was handed in, relative posix paths.
        files: What the assignment asks for.
    """
    known = frozenset(PurePosixPath(path).name.casefold() for path in files)
    paths = list(map(PurePosixPath, names))
    wanted = {path: path.with_name(original_name(path.name, known)) for path in paths}
    counts = Counter(str(original).casefold() for original in wanted.values())
    return {
        str(path): str(original)
        for path, original in wanted.items()
        if original != path and counts[str(original).casefold()] == 1
    }
