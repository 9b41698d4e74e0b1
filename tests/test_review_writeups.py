"""`grader.review.writeups` and `preview`: which files a student's rows are judged from, and how each is shown."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from classes import lay
from classes import packed as zipped
from review_cases import CODE, RUBRIC_BY_HAND, Classroom, Prepared, a_pdf, classroom, prepared

from grader.errors import UnreadableError
from grader.gradebook.records import StoredSubmission, Student
from grader.intake.collect import SubmissionSource
from grader.intake.file_names import canvas_name, moodle_name
from grader.intake.identify import Roster, Submitter, plain_owner, stem
from grader.model.status import Outcome
from grader.review.preview import MOST_TEXT, PreviewKind, preview
from grader.review.writeups import CodeDigests, NamedSubmissions, Sources, by_student, is_writeup

PDF = a_pdf()


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepared(tmp_path_factory.mktemp("class"), {"ada": {**CODE, "docs/Review.PDF": PDF, "curve.txt": "up"}})


@pytest.fixture
def room(tmp_path: Path, ready: Prepared) -> Iterator[Classroom]:
    with classroom(tmp_path, ready) as opened:
        yield opened


def the_only(room: Classroom) -> StoredSubmission:
    (stored,) = room.book.results.submissions("tiny")
    return stored


@pytest.fixture(scope="module", autouse=True)
def digests(ready: Prepared) -> Iterator[None]:
    """Read what is named in a process, as a review does that is told where things are."""
    with closing(CodeDigests(ready.course)) as opened:
        DIGESTS[:] = [opened]
        yield


DIGESTS: list[CodeDigests] = []


def sources(room: Classroom, *paths: Path) -> Sources:
    named = {"ada": [SubmissionSource(Submitter("ada"), path, "folder") for path in paths]}
    return Sources(room.course, room.book, NamedSubmissions(named, DIGESTS[0]))


# ------------------------------------------------------------------------------------------------------------ finding


def test_write_ups_are_found_where_the_gradebook_remembers_them_in_any_folder_and_case(room: Classroom) -> None:
    found = Sources(room.course, room.book).find(the_only(room))
    assert ([file.name for file in found.files], found.remarks) == (["curve.txt", "docs/Review.PDF"], ())
    assert found.files[1].read() == PDF


def test_what_was_handed_in_and_is_gone_is_told_with_what_to_do(room: Classroom) -> None:
    stored = the_only(room)
    gone = replace(stored, handed_in=replace(stored.handed_in, source="/gone/ada.zip"))
    found = Sources(room.course, room.book).find(gone)
    assert found.files == ()
    assert " ".join(found.remarks) == (
        "no file fits *.pdf and *.txt in the gradebook, and what was handed in is not at /gone/ada.zip any more: "
        "name the submissions, as for grade batch"
    )


@pytest.mark.parametrize("form", ["folder", "zip", "pdf"])
def test_write_ups_are_read_from_what_the_caller_names(room: Classroom, tmp_path: Path, form: str) -> None:
    files = {**CODE, "anew.pdf": PDF}
    lay(tmp_path / "anew", {"folder/x.pdf": PDF, "x.zip": zipped(files), "x.pdf": PDF})
    lay(tmp_path / "anew/folder", CODE)
    path = tmp_path / "anew" / {"folder": "folder", "zip": "x.zip", "pdf": "x.pdf"}[form]
    (file,) = sources(room, path).find(the_only(room)).files
    assert file.read() == PDF


def test_code_that_is_not_what_was_graded_is_told(room: Classroom, tmp_path: Path) -> None:
    other = lay(tmp_path / "other", {**CODE, "stats.py": "# changed\n", "x.pdf": PDF})
    assert sources(room, other).find(the_only(room)).remarks == (
        "the code that lies beside this write-up is not what was graded: it was handed in anew, or changed",
    )


def test_of_several_hand_ins_those_are_read_that_were_graded_or_hold_no_code(room: Classroom, tmp_path: Path) -> None:
    same = lay(tmp_path / "same", {**CODE, "graded.pdf": PDF})
    older = lay(tmp_path / "older", {**CODE, "stats.py": "# older\n", "older.pdf": PDF})
    alone = lay(tmp_path / "alone", {"alone.pdf": PDF})
    found = sources(room, older, same, alone).find(the_only(room))
    assert ([file.name for file in found.files], found.remarks) == (["alone.pdf", "graded.pdf"], ())


def test_a_write_up_that_is_kept_as_an_attachment_is_read_from_the_gradebook(tmp_path: Path) -> None:
    rubric = RUBRIC_BY_HAND.replace("files = [", 'attachments = ["*.pdf"]\nfiles = [', 1)
    ready = prepared(tmp_path, {"ada": {**CODE, "review.pdf": PDF}}, rubric=rubric)
    (tmp_path / "handed/ada/review.pdf").unlink()
    (tmp_path / "again").mkdir()
    with classroom(tmp_path / "again", ready) as room:
        (file,) = Sources(room.course, room.book).find(the_only(room)).files
        assert (file.name, file.read()) == ("review.pdf", PDF)


def test_a_damaged_archive_and_a_submission_without_write_up_are_told(room: Classroom, tmp_path: Path) -> None:
    whole = zipped({**CODE, "x.pdf": PDF})
    lay(tmp_path, {"cut.zip": whole[: len(whole) // 2]})
    (damaged,) = {*sources(room, tmp_path / "cut.zip").find(the_only(room)).remarks[:1]}
    assert damaged.startswith("submission cut.zip is a damaged")
    bare = lay(tmp_path / "bare", {**CODE, "review.docx": "x"})
    assert sources(room, bare).find(the_only(room)).remarks == (
        "no file fits *.pdf and *.txt; handed in: review.docx, scale.py and stats.py",
    )


def test_a_write_up_of_300_mib_is_told_and_not_read(room: Classroom, tmp_path: Path) -> None:
    huge = lay(tmp_path / "huge", CODE)
    with (huge / "x.pdf").open("wb") as file:
        file.write(PDF)
        file.truncate(300 * 2**20)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("scale.py", CODE["scale.py"])
        archive.writestr("x.pdf", bytes(50 * 2**20))
    lay(tmp_path, {"huge.zip": packed.getvalue()})
    for path in (huge, tmp_path / "huge.zip"):
        (writeup,) = sources(room, path).find(the_only(room)).files
        with pytest.raises(UnreadableError, match="is too large, expected at most 48 MiB"):
            writeup.read()


def test_a_link_that_lies_among_the_files_leads_nowhere(room: Classroom, tmp_path: Path) -> None:
    folder = lay(tmp_path / "linked", CODE)
    (folder / "x.pdf").symlink_to("/etc/passwd")
    (writeup,) = sources(room, folder).find(the_only(room)).files
    with pytest.raises(UnreadableError, match="is a symbolic link"):
        writeup.read()


def test_a_session_has_one_place_for_each_student_and_says_what_is_wrong_with_their_code(
    room: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = the_only(room)
    several = [
        replace(stored, outcome=Outcome.SUPERSEDED, counts=False),
        replace(stored, outcome=Outcome.UNREADABLE, counts=True),
        replace(stored, outcome=Outcome.UNDECIDED, counts=False),
    ]
    monkeypatch.setattr(type(room.book.results), "submissions", lambda *_: several)
    session = room.session()
    assert session.order == (stored.number,)
    assert session.files(stored.number).remarks[0] == (
        "the code could not be read, so that marks do not count before it can"
    )


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("review.pdf", True), ("Review.PDF", True), ("a/b/review.pdf", True), ("review.pdf.exe", False), ("pdf", False),
        ("docs/notes.md", True), ("deep/docs/notes.md", True), ("notes.md", False), ("x/notes.md", False),
    ],
)  # fmt: skip
def test_a_pattern_fits_the_end_of_a_path(name: str, fits: bool) -> None:
    assert is_writeup(name, ("*.pdf", "docs/*.md")) is fits


def test_hand_ins_are_sorted_by_the_students_that_the_gradebook_knows() -> None:
    students = [Student("17", "Ada Lovelace", "ada@uni.example"), Student("bob"), Student("carl_9")]
    submitters = [
        moodle_name("Ada Lovelace_4711_assignsubmission_file_"), canvas_name("lovelaceada_12_34_review.pdf"),
    ]  # fmt: skip
    submissions = [
        SubmissionSource(named.submitter, Path(f"{n}.pdf"), "export")
        for n, named in enumerate(submitters)
        if named is not None
    ]
    submissions += [
        SubmissionSource(plain_owner(stem(name)), Path(name), "file")
        for name in ("bob.pdf", "17.zip", "carl_9", "zoe.pdf")
    ]
    found, strangers = by_student(submissions, Roster(), students)
    assert {name: [one.path.name for one in several] for name, several in found.items()} == {
        "17": ["0.pdf", "1.pdf", "17.zip"], "bob": ["bob.pdf"], "carl_9": ["carl_9"],
    }  # fmt: skip
    assert strangers == ["zoe.pdf"]


def test_a_roster_says_whose_a_hand_in_is() -> None:
    roster = Roster()
    roster.add(Student("17"), [("login", "lovelace")])
    found, strangers = by_student(
        [SubmissionSource(plain_owner("lovelace"), Path("x"), "file")], roster, [Student("17")]
    )
    assert (list(found), strangers) == (["17"], [])


# ------------------------------------------------------------------------------------------------------------ showing


def test_a_pdf_is_known_by_what_it_holds() -> None:
    assert preview("review.txt", PDF).kind is PreviewKind.PDF
    assert preview("review.pdf", b"<html>").kind is PreviewKind.TEXT
    assert preview("review.pdf", b"\0\1\2").kind is PreviewKind.OTHER


def test_a_pdf_whose_end_is_missing_is_shown_and_told() -> None:
    cut = preview("review.pdf", PDF[: len(PDF) // 2])
    assert cut.kind is PreviewKind.PDF
    assert cut.remarks == ("has no end and may be damaged: what the browser shows may not be all of it",)
    assert preview("review.pdf", PDF).remarks == ()


@pytest.mark.parametrize(
    ("name", "data", "remark"),
    [
        ("x.pdf", b"", "is empty"),
        ("x.pdf", b"GIF89a\0", "is named as a PDF and is none"),
        ("x.docx", b"PK\x03\x04\0", "is neither a PDF nor text: it holds a NUL byte on line 1, expected text"),
    ],
)
def test_what_cannot_be_shown_says_why(name: str, data: bytes, remark: str) -> None:
    assert (preview(name, data).kind, preview(name, data).remarks) == (PreviewKind.OTHER, (remark,))


def test_text_is_shown_whole_and_without_what_a_screen_would_obey() -> None:
    long = "a line\n" * 30_000
    assert preview("x.md", long.encode()).text == long
    assert preview("x.txt", "a\x1b[31mb\u202ec\n".encode()).text == "a\\x1b[31mb\\u202ec\n"
    assert preview("x.txt", "Größe".encode("cp1252")).text == "Größe"
    cut = preview("x.txt", b"x" * (MOST_TEXT + 1))
    assert (len(cut.text), cut.remarks) == (MOST_TEXT, ("has 400001 characters, the first 400000 are shown",))


def test_a_notebook_is_shown_as_its_cells_and_what_they_printed() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Results\n", "The loss falls."]},
        {
            "cell_type": "code",
            "source": "train()",
            "outputs": [
                {"output_type": "stream", "text": ["loss 0.5\n", "loss 0.1\n"]},
                {"output_type": "display_data", "data": {"image/png": "aGk=", "text/html": "<b>x</b>"}},
                {"output_type": "error", "ename": "ValueError", "evalue": "no"},
            ],
        },
    ]
    text = preview("x.ipynb", json.dumps({"cells": cells}).encode()).text
    assert "# Results\nThe loss falls." in text
    assert "train()\n·· output ··\nloss 0.5\nloss 0.1\n" in text
    assert "[image/png: open the notebook to see it]" in text
    assert "ValueError: no" in text
    assert "<b>" not in text


@pytest.mark.parametrize("text", ["{}", "[]", '{"cells": 3}', "no", "[" * 100_000, '{"cells": [1, {"source": 3}]}'])
def test_a_notebook_that_is_none_is_shown_as_it_is(text: str) -> None:
    assert preview("x.ipynb", text.encode()).kind is PreviewKind.TEXT


def test_a_notebook_of_millions_of_parts_is_shown_as_text_and_not_read() -> None:
    """Its megabytes of brackets took ten seconds and a gigabyte of whoever marks."""
    shown = preview("notes.ipynb", b'{"cells":[' + b"[]," * 1_000_001 + b"[]]}")
    assert shown.text.startswith('{"cells":[[],[]')
    assert shown.remarks[0] == "is a notebook of too many parts to be shown as one"


def test_pages_that_are_asked_for_at_once_hash_what_each_asks_for(tmp_path: Path, ready: Prepared) -> None:
    """Each read forked a process that has threads, of which one may hold a lock for ever."""
    places = [lay(tmp_path / str(number), {**CODE, "stats.py": f"X = {number}\n"}) for number in range(4)] * 4
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(DIGESTS[0].of, places))
    assert found == found[:4] * 4
    assert len({*found} - {""}) == 4
    assert DIGESTS[0].of(tmp_path / "nothing") == ""
