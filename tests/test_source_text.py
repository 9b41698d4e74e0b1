from __future__ import annotations

import base64
import quopri
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.errors import UnreadableError
from grader.submissions.source_text import source_text

CODE = "# größe\nx = 'é'\n"


@pytest.mark.parametrize(
    "data",
    [
        CODE.encode(),
        b"\xef\xbb\xbf" + CODE.encode(),
        CODE.replace("\n", "\r\n").encode(),
        CODE.replace("\n", "\r").encode(),
    ],
    ids=["UTF-8", "with a BOM", "Windows line ends", "old Mac line ends"],
)
def test_utf_8_in_every_dress_is_the_same_text(data: bytes) -> None:
    assert source_text(data, is_python=True).text == CODE
    assert source_text(data, is_python=True).remark == ""


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("latin-1", "latin-1"),
        ("ISO_8859-15", "iso8859-15"),
        ("cp1252", "cp1252"),
        ("windows-1252", "cp1252"),
        ("latin-1-unix", "latin-1"),
        ("iso-latin-1-unix", "latin-1"),
        ("l1", "latin-1"),
        ("utf8", "utf-8"),
        ("gbk", "gbk"),
    ],
)
def test_the_encoding_that_a_python_file_declares_is_used(declared: str, codec: str) -> None:
    text = f"#!/usr/bin/python\n# -*- coding: {declared} -*-\nx = 'é'\n"
    assert source_text(text.encode(codec), is_python=True).text == text


def test_a_declaration_on_the_second_line_counts_only_under_a_comment() -> None:
    with pytest.raises(UnreadableError, match="is not UTF-8 text"):
        source_text("x = 1\n# coding: latin-1\ny = 'é'\n".encode("latin-1"), is_python=True)


def test_a_declaration_on_the_third_line_is_a_comment() -> None:
    with pytest.raises(UnreadableError, match=r"byte 0xe9 on line 4"):
        source_text("#\n#\n# coding: latin-1\ny = 'é'\n".encode("latin-1"), is_python=True)


def test_a_declaration_in_what_is_not_python_is_text() -> None:
    with pytest.raises(UnreadableError, match="is not UTF-8 text"):
        source_text("# coding: latin-1\né".encode("latin-1"), is_python=False)


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_with_a_remark(codec: str) -> None:
    bom = "" if codec == "utf-16" else "\ufeff"
    source = source_text((bom + CODE).encode(codec), is_python=True)
    assert source.text == CODE
    assert source.remark.startswith("is UTF-16")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"x = 1\ny = '\xe9'\n", "is not UTF-8 text (byte 0xe9 on line 2), expected UTF-8"),
        (b"# coding: ascii\nx = '\xc3\xa9'\n", "is not ASCII text (byte 0xc3 on line 2), expected UTF-8"),
        (b"# coding: latin-99\n", "declares the unknown encoding latin-99, expected UTF-8"),
        (b"# coding: rot13\n", "declares the encoding rot13, expected UTF-8"),
        (b"# coding: punycode\n", "declares the encoding punycode, expected UTF-8"),
        (b"# coding: unicode_escape\n", "declares the encoding unicode_escape, expected UTF-8"),
        (b"# coding: " + b"a" * 10_000, "declares the encoding " + "a" * 39 + "…, expected UTF-8"),
        (b"x = 1\ny = '\0'\n", "holds a NUL byte on line 2, expected text"),
        ("x = '\0'".encode("utf-16"), "holds a NUL byte on line 1, expected text"),
        ("x = 1".encode("utf-32"), "holds a NUL byte on line 1, expected text"),
        (b"\xff\xfex", "is not UTF-16 text (byte 0x78 on line 1), expected UTF-8"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
            "is a git-lfs pointer and not the file itself, expected the file: run `git lfs pull` and hand in again",
        ),
    ],
)
def test_what_is_no_text_is_unreadable_for_a_stated_reason(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableError) as reason:
        source_text(data, is_python=True)
    assert str(reason.value) == why


PATCH = b"--- a/relu.py\n+++ b/relu.py\n@@ -1,2 +1,2 @@\n-x = 1\n+x = 2\n"
LINES = b"".join(b"value_%d = %d  # a line\n" % (n, n) for n in range(9))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (PATCH, "a list of changes (a diff)"),
        (b"diff --git a/relu.py b/relu.py\nindex 1..2 100644\n" + PATCH, "a list of changes (a diff)"),
        (base64.encodebytes(LINES), "written in base64"),
        (base64.b64encode(LINES), "written in base64"),
        (quopri.encodestring(LINES), "written as in a mail (quoted-printable)"),
        (b"MIME-Version: 1.0\nContent-Type: text/x-python\n\nx = 1\n", "a mail"),
    ],
)
def test_what_a_mail_or_another_program_made_of_a_file_is_unreadable(data: bytes, what: str) -> None:
    with pytest.raises(UnreadableError, match=f"^is {re.escape(what)}, expected Python$"):
        source_text(data, is_python=True)


@pytest.mark.parametrize(
    "text", ["pass\n", "a" * 150 + " = 1\n", "x = 1\n--- x\n", "print(f'{x=}')\n", "a" * 61 + "\nb = 1\n"]
)
def test_python_is_taken_for_nothing_else(text: str) -> None:
    assert source_text(text.encode(), is_python=True).text == text


@settings(max_examples=500, deadline=1000)
@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda data: b"# coding: " + data), st.booleans())
@example(b"# coding: cp65001\n\xed\xa0\x80", True)
@example(b"\xed\xa0\x80", True)
def test_any_bytes_are_text_that_can_be_sent_or_unreadable(data: bytes, is_python: bool) -> None:
    try:
        text = source_text(data, is_python=is_python).text
    except UnreadableError:
        return
    text.encode("utf-8")
    assert "\0" not in text
    assert "\r" not in text
