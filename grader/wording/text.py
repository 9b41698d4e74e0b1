"""How points and foreign text read to everybody. Pure."""

from __future__ import annotations

import re
import textwrap
from fractions import Fraction
from typing import Final

from grader.model.result import QuotedLine

# Persian and emoji are written with these two joiners; every other invisible character is made visible.
KEPT = frozenset("\u200c\u200d")
UNUSUAL = re.compile(r"[^\n\t -~]")
_ONE_THING: Final = ("ss", "us", "is", "as", "'s")  # loss, radius, axis and bias
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the wide forms count in Japanese
"""What a spreadsheet takes for the beginning of a formula."""
MAX_CHARACTERS = 2000  # of one text from a submission: about a screen


def points_text(points: Fraction) -> str:
    """Write points with at most two decimals and none that say nothing: 6, 4.5, 0.33."""
    text = f"{float(points):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def counted(number: Fraction | int, noun: str) -> str:
    """Join a number and its noun: 1 check, 2 checks, 4.5 points."""
    return f"{points_text(Fraction(number))} {noun}{'' if number == 1 else 's'}"


def printable(text: str) -> str:
    r"""Make text from anywhere safe to show: what a screen would obey or hide is written out, as \x1b or \u202e.

    Newlines and tabs stay. Longer text than a screen is cut and says so.
    """
    if len(text) > MAX_CHARACTERS:
        text = f"{text[:MAX_CHARACTERS]} … ({len(text) - MAX_CHARACTERS} more characters)"
    return text if text.isprintable() else UNUSUAL.sub(_written_out, text)


def storable(text: str) -> str:
    r"""Write out what no database takes: bytes of a file name that are no text, as \udcff, and NUL."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def one_line(text: str) -> str:
    """Make text safe to show on one line: printable, and each run of white space one space."""
    return " ".join(printable(text).split())


def is_plural(name: str) -> bool:
    """Return whether a name is of several things, as `the scores` is and `the loss` or `dx` is not."""
    article, space, words = name.partition(" ")
    return bool(space) and article in ("the", "its", "your") and words.endswith("s") and not words.endswith(_ONE_THING)


def cell_text(text: str) -> str:
    """Write a text from anywhere for a cell of a table: an apostrophe in front keeps spreadsheets from computing it."""
    line = one_line(text)
    return f"'{line}" if text.startswith(FORMULA) or line.startswith(FORMULA) else line


def code_line(text: str) -> str:
    """Make a line of source safe to show on one line, its inner spaces kept."""
    return printable(text).strip().replace("\n", " ")


def line_words(line: QuotedLine) -> str:
    """Name a quoted line within its file: `line 44`, or in a notebook `cell 12, line 3`."""
    return f"cell {line.cell}, line {line.line}" if line.cell else f"line {line.line}"


def place(line: QuotedLine) -> str:
    """Name the place of a quoted line: modules/linear.py, line 44, in backward; of a maker who it is comes first."""
    where = f"{one_line(line.file)}, {line_words(line)}"
    if line.is_maker:
        return f"made by {one_line(line.function)}: {where}"
    return f"{where}, in {one_line(line.function)}" if line.function else where


def around_column(line: QuotedLine) -> tuple[str, str, str]:
    """Split a quoted line, made safe to show, into what stands before its column, the character there, and the rest."""
    if not 0 < line.column <= len(line.source.rstrip()):
        return code_line(line.source), "", ""
    before, at, after = line.source[: line.column - 1], line.source[line.column - 1], line.source[line.column :]
    safe = [printable(text).replace("\n", " ") for text in (before.lstrip(), at, after.rstrip())]
    return safe[0], safe[1], safe[2]


def numbered_lines(line: QuotedLine) -> tuple[tuple[int, str], ...]:
    """List a quoted line and those around it with their numbers, made safe to show, less what all are indented by."""
    every = [*line.before, line.source, *line.after]
    safe = textwrap.dedent("\n".join(printable(text.expandtabs()).replace("\n", " ") for text in every))
    first = line.line - len(line.before)
    return tuple((first + place, text) for place, text in enumerate(safe.split("\n")))


def _written_out(match: re.Match[str]) -> str:
    char = match[0]
    if char.isprintable() or char in KEPT:
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def cut_percent(share: Fraction) -> str:
    """Write a share in percent with two decimals, cut and not rounded: what stands there has been reached."""
    hundredths = share * 10_000
    return f"{hundredths.numerator // hundredths.denominator / 100:.2f}"
