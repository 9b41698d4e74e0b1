"""Read what spreadsheets and learning platforms save as CSV: bytes to text, text to rows. Pure."""

from __future__ import annotations

import codecs
import csv
import io
import re
from typing import Final

from grader.errors import WorksheetError

DELIMITERS: Final = ",;\t|"
WORKBOOK: Final = b"PK\x03\x04"  # an .xlsx is a zip
OLD_WORKBOOK: Final = bytes.fromhex("d0cf11e0a1b11ae1")
UNKNOWN: Final = "\ufffd"  # what stands for bytes that are no letter
_QUOTED: Final = re.compile(r'"(?:[^"]|"")*"')
_SEPARATOR: Final = re.compile(r"\A[\s\ufeff]*sep=(.)[^\n]*\n?", re.IGNORECASE)


def decoded(data: bytes) -> str:
    """Read the bytes of a table as text: UTF-8, UTF-16 with its mark, or what Excel for Windows saves as plain CSV.

    Raises:
        WorksheetError: it is a workbook, or no text.
    """
    if data.startswith((WORKBOOK, OLD_WORKBOOK)):
        raise WorksheetError("is a workbook, of Excel or the like: save it as CSV UTF-8")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif len(data) % 2 == 0 and data[1::2].count(0) * 2 > len(data) // 2:  # without its mark
        encoding = "utf-16-le"
    else:
        letters = {char for char in data.decode("utf-8-sig", "replace") if char > "\x7f"}
        # Bytes that UTF-8 cannot mean are Windows' letters only where no other letters are UTF-8's.
        encoding = "cp1252" if letters == {UNKNOWN} else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise WorksheetError("is no text of one encoding: save it as CSV UTF-8")
    return text


def rows_of(text: str) -> tuple[list[list[str]], str]:
    """Split a table into rows of cells; give with them what parts the cells.

    That is what a first line `sep=;` says, which becomes an empty row, else what stands most often in the first line
    that has any, quotes aside.

    Raises:
        WorksheetError: it is no CSV; the text begins with a verb.
    """
    told = _SEPARATOR.match(text)
    body = text[told.end() :] if told else text.removeprefix("\ufeff")
    if told:
        delimiter = told[1]
    else:
        first = next((line for line in body.split("\n") if line.strip(f"{DELIMITERS} \r")), "")
        delimiter = max(DELIMITERS, key=_QUOTED.sub("", first).count)
    try:
        rows = list(csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise WorksheetError(f"is no CSV: {error}") from None
    return ([[], *rows] if told else rows), delimiter
