"""How a write-up is shown: a PDF by the browser's own viewer, any text as text, the rest not at all. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from grader.errors import UnreadableError
from grader.submissions.layout import NOTEBOOK
from grader.submissions.source_text import source_text
from grader.wording.text import MAX_CHARACTERS, printable

PDF_START: Final = b"%PDF-"
PDF_END: Final = b"%%EOF"
START_BYTES: Final = 1024  # viewers look for the signature this far
END_BYTES: Final = 4096
MOST_TEXT: Final = 400_000  # characters: a book
MOST_PARTS: Final = 1_000_000  # of a notebook: brackets and commas, in which reading it takes its time and memory
TEXTS: Final = (".txt", ".md", ".tex", ".rst")


class PreviewKind(StrEnum):
    """How a file is shown."""

    PDF = "pdf"
    TEXT = "text"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Preview:
    """What of a file goes into the page, and what a marker should know of it, as ends of sentences about the file."""

    kind: PreviewKind
    text: str = ""
    remarks: tuple[str, ...] = ()


def preview(name: str, data: bytes) -> Preview:
    """Return how a file is shown, by what it holds; its name alone makes nothing a PDF."""
    if PDF_START in data[:START_BYTES]:
        whole = PDF_END in data[-END_BYTES:]
        cut = "has no end and may be damaged: what the browser shows may not be all of it"
        return Preview(PreviewKind.PDF, remarks=() if whole else (cut,))
    if not data:
        return Preview(PreviewKind.OTHER, remarks=("is empty",))
    wanted = ("is named as a PDF and is none",) if name.casefold().endswith(".pdf") else ()
    try:
        text = source_text(data, is_python=False).text
    except UnreadableError as error:
        if b"\0" in data or not name.casefold().endswith(TEXTS):
            return Preview(PreviewKind.OTHER, remarks=wanted or (f"is neither a PDF nor text: it {error}",))
        text, wanted = data.decode("cp1252", "replace"), ("is not UTF-8 and is shown as Western European text",)
    if name.casefold().endswith(NOTEBOOK):
        is_read = sum(map(text.count, "[{,")) <= MOST_PARTS
        cells = _notebook(text) if is_read else None
        if not is_read:
            wanted = ("is a notebook of too many parts to be shown as one",)
        elif cells is None:
            wanted = ("is named as a notebook and is none",)
        else:
            text = cells
    if len(text) > MOST_TEXT:
        wanted = (*wanted, f"has {len(text)} characters, the first {MOST_TEXT} are shown")
    return Preview(PreviewKind.TEXT, safe(text[:MOST_TEXT]), wanted)


def safe(text: str) -> str:
    """Make a long text printable, piece by piece."""
    return "".join(printable(text[start : start + MAX_CHARACTERS]) for start in range(0, len(text), MAX_CHARACTERS))


def _notebook(text: str) -> str | None:
    """Write a notebook's cells one below the other; None where it is no notebook."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list):
        return None
    return "\n\n".join(_cell(number, cell) for number, cell in enumerate(cells, start=1) if isinstance(cell, dict))


def _cell(number: int, cell: dict[str, object]) -> str:
    kind = cell.get("cell_type")
    rule = f"── {number} · {kind if isinstance(kind, str) else 'cell'} "
    lines = [rule.ljust(72, "─"), _joined(cell.get("source"))]
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        told = "\n".join(_output(output)) if isinstance(output, dict) else ""
        if told:
            lines += ["·· output ··", told]
    return "\n".join(lines)


def _output(output: dict[str, object]) -> Iterator[str]:
    if isinstance(output.get("ename"), str):
        yield f"{output['ename']}: {_joined(output.get('evalue'))}"
    yield from filter(None, [_joined(output.get("text")).rstrip("\n")])
    data = output.get("data")
    for kind, value in data.items() if isinstance(data, dict) else ():
        if kind == "text/plain":
            yield _joined(value)
        elif isinstance(kind, str) and kind.startswith("image/"):
            yield f"[{kind}: open the notebook to see it]"


def _joined(text: object) -> str:
    """Join what notebooks write as one text or as a list of lines."""
    if isinstance(text, list):
        return "".join(line for line in text if isinstance(line, str))
    return text if isinstance(text, str) else ""
