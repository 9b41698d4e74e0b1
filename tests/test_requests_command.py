"""`grade requests`: a text from the report, kept, answered, with other points or without."""

from __future__ import annotations

import re
from fractions import Fraction
from html import unescape
from pathlib import Path

import pytest
from classes import CORRECT, SHORT_ROWS, USAGE, WHOLE, Grade, lay
from review_cases import RUBRIC_BY_HAND
from tiny_course import build

from grader.batch.mail_text import mail_text
from grader.gradebook.book import gradebook
from grader.gradebook.records import NewMark
from grader.wording.requests import asked_requests, request_text


def test_what_a_report_carries_is_kept_listed_and_answered_with_points(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", SHORT_ROWS)
    lay(course / "handed/bob", CORRECT)
    grade("batch", "tiny", "handed")
    page = (course / "results/tiny/reports/ada.html").read_text(encoding="utf-8")
    found = re.search(r"<pre[^>]*>(grade request\n.*?)</pre>", page, re.DOTALL)
    assert found is not None
    assert "<code>unit_rows</code>" in page[: found.start()].rpartition("<details>")[2]
    text = (
        unescape(found[1])
        .replace("check: ", "check: unit_rows")
        .replace("why: ", "why: my rows are short:\nsee line 9")
    )
    lay(course, {"mail.txt": f"Dear all,\n\n{text}\nBest, Ada\n"})
    assert grade("requests").out == "0 requests\n"
    assert grade("requests", "add", "mail.txt").out == "1 request kept\n"
    assert grade("requests", "add", "mail.txt").out == "0 requests kept\n"
    (row,) = grade("requests", "--json").document["requests"]
    assert (row["student"], row["check"], row["answer"]) == ("ada", "unit_rows", None)
    assert row["why"].startswith("my rows are short:\nsee line 9")

    assert grade("requests", "answer", "7", "--says", "no").code == USAGE
    assert grade("requests", "answer", "1").code == USAGE
    assert grade("requests", "answer", "1", "--says", "right", "--points", "9").code == USAGE
    assert len(grade("requests", "--json").document["requests"]) == 1
    answered = grade("requests", "answer", "1", "--says", "right: rows may be short", "--points", "2", "--by", "eve")
    assert answered.out.startswith("to ada, about unit_rows of tiny (1.2 before, 2 now):\nright: rows may be short")
    assert grade("requests").out == "0 requests\n"
    (row,) = grade("requests", "--all", "--json").document["requests"]
    assert (row["points_before"], row["points_after"], row["answered_by"]) == (1.2, 2.0, "eve")
    assert "right: rows may be short" in grade("decisions").out
    twice = grade("requests", "answer", "1", "--says", "no", "--points", "0", "--by", "dan")
    assert (twice.code, "was answered by eve: 'right: rows may be short'" in twice.err) == (USAGE, True)
    assert "dan" not in grade("decisions", "--all").out
    assert grade("requests", "answer", "1", "--says", "right: rows may be short", "--anyway").code == WHOLE
    assert grade("regrade", "tiny", "--student", "ada").code == WHOLE
    assert "set to 2 of 2 by hand: right: rows may be short" in (course / "results/tiny/reports/ada.html").read_text(
        encoding="utf-8"
    )
    assert grade("forget", "ada", "--really").code == WHOLE
    assert grade("requests", "--all").out == "0 requests\n"


def test_requests_that_cannot_be_followed_are_told_and_none_is_kept(grade: Grade, course: Path) -> None:
    lay(course / "handed/ada", CORRECT)
    grade("batch", "tiny", "handed")
    good = request_text("tiny", "ada").replace("why: ", "why: x")
    bad = (
        good.replace("tiny", "huge"), good.replace("ada", "zoe"), good.replace("check: ", "check: rows"),
        good.replace("why: x", "why: "),
    )  # fmt: skip
    lay(course, {"mail.txt": "\n".join((good, *bad)), "other.txt": "hello"})
    ran = grade("requests", "add", "mail.txt")
    assert (ran.code, len(ran.err.splitlines())) == (USAGE, 4)
    assert [line.partition(": ")[0] for line in ran.err.splitlines()] == [f"request {place}" for place in (2, 3, 4, 5)]
    assert "there is no request in it" in grade("requests", "add", "other.txt").err
    assert grade("requests", "--all").out == "0 requests\n"


def test_the_points_of_a_row_that_is_marked_by_hand_are_asked_about_set_and_taken_back(
    grade: Grade, course: Path
) -> None:
    """Requests, overrides and files of decisions said `tiny has no check 'essay'`."""
    build(course, rubric=RUBRIC_BY_HAND)
    lay(course / "handed/ada", CORRECT)
    lay(course / "handed/bob", SHORT_ROWS)
    grade("batch", "tiny", "handed")
    with gradebook(str(course / "results/gradebook.sqlite"), print) as book:
        mark = NewMark("essay", "Paper review", Fraction(1), Fraction(4), "too short", follows=0)
        assert book.decisions.mark(book.runs.student("ada"), "tiny", [mark], "eve")
    grade("regrade", "tiny")
    page = (course / "results/tiny/reports/ada.html").read_text(encoding="utf-8")
    assert "a check (<code>essay</code>; none for the whole score)" in page

    lay(course, {"mail.txt": "grade request\nassignment: tiny\nstudent: ada\ncheck: essay\nwhy: line 3\n"})
    assert grade("requests", "add", "mail.txt").out == "1 request kept\n"
    assert grade("requests", "answer", "1", "--says", "line 3", "--points", "5").code == USAGE
    assert "(1 before, 3 now)" in grade("requests", "answer", "1", "--says", "so it does", "--points", "3").out
    lay(course, {"decisions.csv": "student,check,points,why\nbob,essay,2,told\nbob,curve,1.5,shown\n"})
    assert grade("decide", "decisions.csv", "-a", "tiny", "--keep").code == WHOLE
    told = grade("export", "tiny", "--format", "csv").err
    assert "rows of 1 student (ada) are not marked yet" in told
    grade("regrade", "tiny")
    page = (course / "results/tiny/reports/ada.html").read_text(encoding="utf-8")
    assert "too short\nset to 3 of 4 by hand: so it does" in unescape(page)
    assert re.search("ada +score +11 of 15.5 +13 of 15.5 +override", grade("diff").out)

    again = grade("requests", "answer", "1", "--says", "looked again", "--points", "none", "--anyway").out
    assert "(3 before, as graded or marked now)" in again
    assert grade("override", "tiny", "ada", "15", "--why", "agreed in the oral exam").code == WHOLE
    assert "not marked yet" not in grade("export", "tiny", "--format", "csv").err
    assert "marked by hand: essay, curve" in grade("override", "tiny", "ada", "1", "--check", "e", "--why", "x").err


@pytest.mark.parametrize("mark", ["", "> ", ">> "])
def test_a_text_is_read_as_mail_programs_send_it(mark: str) -> None:
    text = "Hello\n" + "".join(
        f"{mark}{line}\r\n" for line in ("Grade request", "Student:  ada ", "check: c", "WHY: a", "why: b")
    )
    (found,) = asked_requests(text)
    assert (found.assignment, found.student, found.check, found.why) == ("", "ada", "c", "a\nwhy: b")


ASKED = "> grade request\r\n> assignment: tiny\r\n> student: 007\r\n> check: \r\n> why: Länge 1, siehe Zeile 12\r\n"
ENCODING = "Content-Transfer-Encoding: "
HEADERS = "From: ada@uni.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMIME-Version: 1.0\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        f"Guten Tag,\r\n\r\n{ASKED}".encode("cp1252"),
        ASKED.encode("utf-16"),
        f"{HEADERS}Content-Type: text/plain; charset=utf-8\r\n{ENCODING}quoted-printable\r\n\r\n".encode()
        + ASKED.replace("ä", "=C3=A4").replace("siehe", "=\r\nsiehe").encode(),
        f"{HEADERS}Content-Type: text/html; charset=iso-8859-1\r\n{ENCODING}8bit\r\n\r\n".encode()
        + f"<div>{ASKED.replace('> ', '').replace(chr(13), '<br>')}</div><p>--</p><p>why: not</p>".encode("latin-1"),
        f"{ASKED}-- \r\nstudent: Ada\r\n".encode(),
    ],
)
def test_a_request_is_read_from_a_mail_as_programs_save_it(sent: bytes) -> None:
    """All of these but the last were `no UTF-8`, or held no request; the last had the signature for a reason."""
    (found,) = asked_requests(mail_text(sent))
    assert (found.student, found.check, found.why) == ("007", "", "Länge 1, siehe Zeile 12")
