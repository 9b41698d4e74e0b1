"""Turn the bytes of a source file into text, or say why they are none."""

from __future__ import annotations

import codecs
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from grader.errors import UnreadableError
from grader.submissions.members import visible

# The two lines that PEP 263 looks at, and what it takes for a declaration.
_COOKIE: Final = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK: Final = re.compile(rb"[ \t\f]*(?:#|$)")
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_MAX_COOKIE: Final = 40
# What people write text in. Python would also accept codecs that take quadratic time (punycode) or unescape, and it
# remembers every unknown name for ever.
_ENCODINGS: Final = re.compile(
    r"(?P<name>utf-?8|(?:us-)?ascii|(?:iso-)?latin-?\d+|l\d|iso-?8859-\d+|(?:cp|windows-)\d+|koi8-[ru]|gb(?:k|2312|18030)|big5"
    r"|euc-?(?:jp|kr)|shift-?jis|mac-roman)(?:-sig|-unix|-dos|-mac)?"
)


@dataclass(frozen=True, slots=True)
class SourceText:
    """Decoded text with Unix line ends, and a remark that ends a sentence which begins with the file's name."""

    text: str
    remark: str = ""


LOOKS: Final = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a rar archive",
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "packed with gzip",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ\0": "packed with xz",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
    b"%pdf-": "a PDF",
    b"{\\rtf": "a document of a word processor",
    b"\xd0\xcf\x11\xe0": "a document of a word processor",
    b"<!doctype": "a web page",
    b"<html": "a web page",
    b"<?xml": "XML",
    b"bplist00": "a property list of macOS",
    b"\0\5\x16\7": "what macOS keeps beside a file",
    b"\0GITCRYPT": "encrypted with git-crypt",
    b"Salted__": "encrypted with openssl",
    b"mime-version:": "a mail",
    b"content-type:": "a mail",
    b"diff --git ": "a list of changes (a diff)",
}
"""How files begin that are no text of a program, as far as letters go in lower case, and what they are."""
_WRITTEN_AS: Final = (
    (re.compile(rb"\s*+--- [^\n]*+\n\+\+\+ [^\n]*+\n@@ "), "a list of changes (a diff)"),
    (re.compile(rb"(?:[A-Za-z0-9+/]{60,76}\r?\n)++[A-Za-z0-9+/]*+={0,2}\s*+\Z"), "written in base64"),
    (re.compile(rb"[A-Za-z0-9+/]{100,}+={0,2}\s*+\Z"), "written in base64"),
    (
        re.compile(rb"(?=[^=]*+=(?:3D|20\r?\n|\r?\n))(?:[^=]++|=(?:[0-9A-F]{2}|\r?\n))*+\Z"),
        "written as in a mail (quoted-printable)",
    ),
)
"""How the whole of a text looks into which a mail or another program has turned a file, and what it is then."""
_BEGINNING: Final = 64  # bytes that are looked at, behind blanks and a byte order mark
_LINK: Final = re.compile(rb"\s*+(?:\.{1,2}/|/)[\w./ -]++\s*+")  # as git writes one where the system has none
_LONGEST_LINK: Final = 4096


def what_it_is(data: bytes) -> str:
    """Say what a file is by how it begins, where that is no text of a program; nothing where it may be one."""
    start = data[:_BEGINNING].removeprefix(codecs.BOM_UTF8)
    text = start.lstrip().lower()
    return next((words for magic, words in LOOKS.items() if start.startswith(magic) or text.startswith(magic)), "")


def refuse_other_forms(data: bytes) -> None:
    """Raise UnreadableError where something else than Python was saved under a name for Python."""
    written = (words for form, words in _WRITTEN_AS if form.match(data))
    if what := what_it_is(data) or next(written, ""):
        raise UnreadableError(f"is {what}, expected Python")
    if len(data) <= _LONGEST_LINK and _LINK.fullmatch(data):
        raise UnreadableError("is a link to another file and not the file itself, expected the file")
    if data.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{"):
        with suppress(ValueError, RecursionError):
            held = json.loads(data)
            what = "a notebook" if "nbformat" in held else "JSON"
            raise UnreadableError(f"is {what} under a name for Python, expected Python")


def refuse_pointer(data: bytes) -> None:
    """Raise UnreadableError where git-lfs left a pointer in a file's place."""
    if data[:_BEGINNING].removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"version https://git-lfs"):
        raise UnreadableError(
            "is a git-lfs pointer and not the file itself, expected the file: run `git lfs pull` and hand in again"
        )


def source_text(data: bytes, *, is_python: bool) -> SourceText:
    """Decode a file: UTF-8, the encoding that a Python file declares, or UTF-16 that says so.

    Raises:
        UnreadableError: it is a git-lfs pointer or no Python at all, holds NUL bytes, or is in none of these encodings.
    """
    refuse_pointer(data)
    if is_python:
        refuse_other_forms(data)
    encoding, remark = "utf-8-sig", ""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding, remark = "utf-16", "is UTF-16, which Python itself does not run: save it as UTF-8"
    elif not data.startswith(codecs.BOM_UTF8):
        encoding = _declared(data) if is_python else "utf-8"
    text = _decoded(data, encoding)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnreadableError(f"holds a NUL byte on line {line}, expected text")
    return SourceText(with_unix_line_ends(text), remark)


def with_unix_line_ends(text: str) -> str:
    """Read line ends as Python does, so that a file which went through Windows equals one that did not."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(
            f"is not {encoding.upper()} text (byte 0x{data[error.start]:02x} on line {line}), expected UTF-8"
        ) from error
    except LookupError as error:
        raise UnreadableError(f"declares the unknown encoding {encoding}, expected UTF-8") from error


def _declared(data: bytes) -> str:
    """Find the encoding that one of the first two lines declares (PEP 263)."""
    first, *rest = _LINE_END.split(data, maxsplit=2)
    cookie = _COOKIE.match(first) or (rest and _BLANK.match(first) and _COOKIE.match(rest[0]))
    if not cookie:
        return "utf-8"
    written = cookie[1].decode("ascii")
    known = _ENCODINGS.fullmatch(written.lower().replace("_", "-"))
    if not known:
        raise UnreadableError(f"declares the encoding {visible(written, _MAX_COOKIE)}, expected UTF-8")
    return known["name"].replace("iso-latin", "latin")  # Emacs' name for it
