"""What is said of a write-up: its text, its pages, and the words under its headings."""

from __future__ import annotations

import io
import textwrap
import zlib

import pypdf
import pytest

from grader.drivers.writeups import MAX_PAGES, count_words, read_write_up, words_under
from grader.errors import WriteUpError

HEADINGS = {"review": r"(?:paper\s+)?review", "question 1": r"q(?:uestion)?\s*1", "question 2": r"q(?:uestion)?\s*2"}


def written(*pages: str) -> bytes:
    """Write a PDF with a text layer, a page for each text."""
    objects = [b"", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    numbers = []
    for page in pages:
        lines = [line for paragraph in page.split("\n") for line in textwrap.wrap(paragraph, 80) or [""]]
        shown = "\n".join(f"({line}) Tj T*" for line in lines)
        content = zlib.compress(f"BT /F1 11 Tf 60 780 Td 15 TL\n{shown}\nET".encode())
        objects.append(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(content), content))
        font = b"/Resources << /Font << /F1 3 0 R >> >>"
        objects.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] %s /Contents %d 0 R >>"
                       % (font, len(objects)))  # fmt: skip
        numbers.append(len(objects))
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(numbers), kids)
    file, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return file + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(file))
    )


def fault(data: bytes) -> str:
    with pytest.raises(WriteUpError) as error:
        read_write_up(data)
    return str(error.value)


def test_the_text_of_all_pages_of_a_pdf_is_read() -> None:
    write_up = read_write_up(written("Review\n\nFour words in here.", "Question 1\n\nTwo words."))
    assert write_up.pages == 2
    assert words_under(write_up.text, HEADINGS) == {"review": 4, "question 1": 2}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_may_come_from_any_editor(encoding: str) -> None:
    assert read_write_up("Größe".encode(encoding)).text == "Größe"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "has no text"),
        (b" \n \n", "has no text"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe\x81", "is neither UTF-8 text nor a PDF"),
        (b"%PDF-1.7\nnothing of the kind", "cannot be read as a PDF (PdfStreamError)"),
        (written("Review")[:200], "cannot be read as a PDF (PdfReadError)"),
        (written(""), "has no text layer: its pages are pictures"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_sentence(data: bytes, sentence: str) -> None:
    assert fault(data).partition(" (")[0] == sentence.partition(" (")[0]


def test_a_pdf_of_a_thousand_pages_is_not_counted() -> None:
    assert fault(written(*["Review"] * (MAX_PAGES + 1))) == f"has {MAX_PAGES + 1} pages, expected at most {MAX_PAGES}"


def test_a_pdf_that_is_locked_says_so() -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(written("Review")))
    writer.encrypt("a password", algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    assert fault(file.getvalue()) == "is locked with a password"


@pytest.mark.parametrize(
    "heading",
    [
        "Question 1",
        "  question 1:",
        "2. Question 1",
        "b) Question 1",
        "Q1: shape or texture",
        "**Question 1**",
        "# Question 1",
        "## 2. Question 1 and my answer to it",
        "QUESTION 1 - why care",
    ],
)
def test_a_heading_is_found_in_the_forms_that_people_give_it(heading: str) -> None:
    assert words_under(f"Title\n{heading}\nthree more words", HEADINGS) == {"question 1": 3}


@pytest.mark.parametrize(
    "line",
    ["Question 1 asks why biases matter", "Question 12", "Reviewers liked it", "In review: nothing", "Review it"],
)
def test_a_sentence_that_begins_like_a_heading_is_none(line: str) -> None:
    assert words_under(line, HEADINGS) == {}


def test_an_answer_on_the_line_of_its_heading_counts() -> None:
    assert words_under(f"Question 1: {'word ' * 40}\nmore", HEADINGS) == {"question 1": 41}


def test_words_before_the_first_heading_count_for_no_part_and_a_part_may_come_in_two_pieces() -> None:
    text = "By Ada\nReview\none two\nQuestion 2\nthree\nReview\nfour"
    assert words_under(text, HEADINGS) == {"review": 3, "question 2": 1}


def test_words_are_counted_as_office_programs_do() -> None:
    assert count_words("it's a well-known 3.5 % gain -- (really)") == 6
