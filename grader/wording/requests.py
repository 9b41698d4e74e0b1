"""The text with which a student asks to have a grade looked at again, and how it is read back. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

FIRST: Final = "grade request"
FIELDS: Final = ("assignment", "student", "check", "why")
SIGNATURE: Final = "--"  # by which mail programs begin one
MOST_CHARACTERS: Final = 4000  # of a reason
_QUOTED: Final = re.compile(r"^(?:\s*>)+ ?")  # how mail programs mark what they answer to
_FIELD: Final = re.compile(rf"\s*({'|'.join(FIELDS)})\s*:\s*(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRequest:
    """What stands in a text that a student sent."""

    assignment: str
    student: str
    check: str
    why: str


def request_text(assignment: str, student: str) -> str:
    """Write the text that a student completes and sends."""
    return f"{FIRST}\nassignment: {assignment}\nstudent: {student}\ncheck: \nwhy: \n"


def asked_requests(text: str) -> Iterator[AskedRequest]:
    """Read the requests of a text, as a mail or a file holds one or several; what stands around them is passed over."""
    found: dict[str, str] | None = None
    last = ""
    for line in [*(_QUOTED.sub("", line) for line in text.splitlines()), FIRST]:
        if line.strip().casefold() == FIRST:
            if found is not None:
                yield AskedRequest(**{name: found.get(name, "").strip()[:MOST_CHARACTERS] for name in FIELDS})
            found, last = {}, ""
        elif found is not None:
            field = None if last in ("why", SIGNATURE) else _FIELD.fullmatch(line)
            if last == "why" and line.rstrip() == SIGNATURE:
                last = SIGNATURE  # what follows is nobody's reason
            elif field is not None:
                last = field[1].casefold()
                found[last] = field[2]
            elif last == "why":
                found[last] = f"{found[last]}\n{line}"
