"""What a machine can say of a write-up: whether it has text, how many pages, and how many words under which heading.

Drivers call it, beside the student's code: a PDF is as hostile as a program, and is opened nowhere else.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from grader.errors import WriteUpError

PDF_START: Final = b"%PDF-"
MAX_PAGES: Final = 100
MAX_HEADING: Final = 100  # characters

# Between blanks, with a letter or a digit in it: as office programs count. What has none is looked at once.
_WORD: Final = re.compile(r"(?<!\S)[^\s\w]*+\w\S*+")
_BEFORE: Final = r"(?P<hash>#+)?[\s*_]*(?:\(?[\dA-Za-z]{1,2}[.)]\s*)*"
_AFTER: Final = r"(?!\w)[*_]*(?P<rest>.*)"
_SEPARATORS: Final = (":", ".", ")", "-", "–", "—")

# Python looks a codec up when it is first asked for, which a worker without files could not.
for _name in ("utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "cp1252", "charmap", "mac-roman", "unicode-escape"):
    codecs.lookup(_name)


@dataclass(frozen=True, slots=True)
class WriteUp:
    """The text of a write-up; 0 pages where it is no PDF."""

    text: str
    pages: int = 0


def read_write_up(data: bytes) -> WriteUp:
    """Read a text or the text layer of a PDF.

    Raises:
        WriteUpError: it is neither, or is locked, broken, or without any text.
    """
    try:
        write_up = _pdf(data) if data.lstrip()[: len(PDF_START)] == PDF_START else WriteUp(decoded(data))
    except UnicodeDecodeError:
        raise WriteUpError("is neither UTF-8 text nor a PDF") from None
    if not _WORD.search(write_up.text):
        raise WriteUpError("has no text" if write_up.pages == 0 else "has no text layer: its pages are pictures")
    return write_up


def words_under(text: str, headings: Mapping[str, str]) -> dict[str, int]:
    """Count the words under each heading, by its name; headings that are not there are left out.

    A heading is a line that consists of the words asked for, perhaps numbered, perhaps with a colon, full stop or dash
    and more behind them; in Markdown, a line of `#` that begins with them. Its own words count only where the line is
    so long that it must hold the answer itself.

    Args:
        text: The write-up.
        headings: Names, each with a regular expression for the words of its heading.
    """
    patterns = {name: re.compile(f"{_BEFORE}(?:{words}){_AFTER}", re.IGNORECASE) for name, words in headings.items()}
    counts: dict[str, int] = {}
    current = None
    for line in map(str.strip, text.splitlines()):
        for name, pattern in patterns.items():
            rest = _after_heading(line, pattern)
            if rest is not None:
                current = name
                counts[name] = counts.get(name, 0) + (count_words(rest) if len(line) > MAX_HEADING else 0)
                break
        else:
            if current is not None:
                counts[current] += count_words(line)
    return counts


def count_words(text: str) -> int:
    """Count words."""
    return sum(1 for _ in _WORD.finditer(text))


def _after_heading(line: str, pattern: re.Pattern[str]) -> str | None:
    """Return what follows the words of a heading in its line; None where the line is none."""
    match = pattern.fullmatch(line)
    if match is None:
        return None
    rest = match["rest"].strip()
    return rest if not rest or match["hash"] or rest.startswith(_SEPARATORS) else None


def decoded(data: bytes) -> str:
    """Read text that is UTF-8, or UTF-16 and says so, as editors write it.

    Raises:
        UnicodeDecodeError: it is neither.
    """
    return data.decode("utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig")


def _pdf(data: bytes) -> WriteUp:
    import pypdf  # noqa: PLC0415  # only where an assignment's runtime has it, so that others start sooner

    text, pages, locked = "", 0, False
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        locked = reader.is_encrypted and not reader.decrypt("")
        if not locked:
            pages = len(reader.pages)
            text = "\n".join(page.extract_text() for page in reader.pages[:MAX_PAGES])
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # a broken PDF makes its reader raise anything
        raise WriteUpError(f"cannot be read as a PDF ({type(error).__name__})") from None
    if locked:
        raise WriteUpError("is locked with a password")
    if pages > MAX_PAGES:
        raise WriteUpError(f"has {pages} pages, expected at most {MAX_PAGES}")
    return WriteUp(text, pages)
