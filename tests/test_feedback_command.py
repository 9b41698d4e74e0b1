"""`grade feedback` as an instructor types it after grading, and the names under which platforms take files back."""

from __future__ import annotations

import email
import email.policy
import io
import zipfile
from pathlib import Path

from classes import CORRECT, SHORT_ROWS, USAGE, WHOLE, Grade, lay, packed
from tiny_course import RUBRIC, build

from grader.intake.platform_names import canvas_names, gradescope_names, moodle_names
from grader.intake.roster import RosterFile, read_roster

CANVAS = {
    **{f"lovelaceada_101_5{number}_{name}": text for number, (name, text) in enumerate(CORRECT.items())},
    **{f"hopebob_LATE_102_6{number}_{name}": text for number, (name, text) in enumerate(SHORT_ROWS.items())},
    "eve_103_9_broken.zip": b"no zip",
}
ROSTER = (
    "Student,ID,SIS User ID,SIS Login ID,Email\n"
    '"Lovelace, Ada",101,007,ada,ada@uni.example\n"Hope, Bob",102,bob,bob,"two@uni.example, b@x"\n'
    '"E, Eve",103,eve,eve,\n'
)
METADATA = """
submission_11:
  :submitters:
  - :name: Ada L
    :sid: '7'
    :email: ada@uni.example
  - :name: Bob H
    :sid: '8'
"""


def members(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_feedback_goes_back_under_the_platforms_names_with_nothing_hidden_in_it(grade: Grade, course: Path) -> None:
    build(course, rubric=RUBRIC.replace("seconds = 2", 'seconds = 2\nvisibility = "after_published"'))
    lay(course, {"canvas.zip": packed(CANVAS), "roster.csv": ROSTER})
    grade("batch", "tiny", "canvas.zip", "--roster", "roster.csv", "--view", "instructor")
    ran = grade("feedback", "tiny", "--to", "canvas")
    assert (ran.code, ran.err) == (WHOLE, "3 reports written\n")
    reports = members(Path(ran.out.strip()).read_bytes())
    assert list(reports) == ["eve_103_9_report.html", "hopebob_102_60_report.html", "lovelaceada_101_50_report.html"]
    assert "Not graded: what was handed in cannot be read." in reports["eve_103_9_report.html"]
    ada = reports["lovelaceada_101_50_report.html"]
    assert "7</strong> <span>of 7 points" in ada
    assert "For instructors" not in ada
    assert "<code>covariance</code> answered; how it ended is shown once grades are published" in ada
    assert 'id="check-covariance"' not in ada
    published = grade("feedback", "tiny", "--to", "folder", "--view", "student_after_published")
    assert "covariance" in (Path(published.out.strip()) / "007/report.html").read_text(encoding="utf-8")

    lay(course, {"later.zip": packed({name: text for name, text in CANVAS.items() if name.startswith("hopebob")})})
    grade("batch", "tiny", "later.zip", "--roster", "roster.csv")
    assert grade("feedback", "tiny", "--to", "canvas").err == "3 reports written\n"  # the names of both downloads

    mailed = grade("feedback", "tiny", "--to", "email", "--sender", "staff@uni.example")
    assert mailed.err.splitlines() == ["1 report written", "not written: bob (no address); eve (no address)"]
    raw = (Path(mailed.out.strip()) / "007.eml").read_bytes()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert (mail["To"], mail["From"]) == ('"Lovelace, Ada" <ada@uni.example>', "staff@uni.example")
    body, attached = mail.walk(), [part for part in mail.walk() if part.get_filename()]
    assert any("7 of 7 points" in part.get_content() for part in body if part.get_content_type() == "text/plain")
    assert [part.get_filename() for part in attached] == ["tiny.html"]


def test_a_call_that_cannot_be_followed_is_one_sentence(grade: Grade, course: Path) -> None:
    lay(course / "handed", {"ada.zip": b"no zip"})
    grade("batch", "tiny", "handed")
    (course / "results/tiny/batch.json").unlink()
    for words, sentence in {
        ("--to", "folder", "--view", "instructor"): "feedback is for students",
        ("--to", "email"): "mails need an address that they come from: --sender",
        (
            "--to",
            "email",
            "--sender",
            "a@x.example\nBcc: eve@x.example",
        ): "--sender is 'a@x.example Bcc: eve@x.example'",
        ("--to", "email", "--sender", "a@x.example, b@x.example"): "expected one address: staff@university.example",
        ("--to", "email", "--sender", "@"): "expected one address",
        ("--to", "moodle"): "there is no batch to go on with in ",
        ("--to", "moodle", "--download", "gone.zip"): "gone.zip does not exist, expected the platform's download",
    }.items():
        ran = grade("feedback", "tiny", *words)
        assert (ran.code, ran.err.count("\n")) == (USAGE, 1)
        assert sentence in ran.err


def test_moodle_takes_the_number_for_what_stands_between_the_first_underscores(tmp_path: Path) -> None:
    entries = (
        "Ada_Lovelace_55_assignsubmission_file_/a.py",
        "Jo Li_7_assignsubmission_file_a.py",
        "Jo Li_8_assignsubmission_onlinetext_t.html",
    )
    lay(tmp_path, {"moodle.zip": packed(dict.fromkeys(entries, ""))})
    assert moodle_names(tmp_path / "moodle.zip", RosterFile()) == {
        "Ada_Lovelace": "Ada-Lovelace_55_assignsubmission_file_/report.html",
        "Jo Li 7": "Jo Li_7_assignsubmission_file_/report.html",
        "Jo Li 8": "Jo Li_8_assignsubmission_file_/report.html",
    }


def test_canvas_needs_the_number_of_a_file_and_a_roster_says_who_it_is(tmp_path: Path) -> None:
    lay(tmp_path / "export", dict.fromkeys((*CANVAS, "zoe_104_text.html"), ""))
    lay(tmp_path, {"roster.csv": ROSTER})
    named = canvas_names(tmp_path / "export", read_roster(tmp_path / "roster.csv", "UTC"))
    assert named.keys() == {"007", "bob", "eve"}


def test_every_member_of_a_group_is_in_the_folder_of_gradescopes_export(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {"export.zip": packed({"a_export/submission_metadata.yml": METADATA, "a_export/submission_11/a.py": ""})},
    )
    assert gradescope_names(tmp_path / "export.zip", RosterFile()) == dict.fromkeys("78", "submission_11/report.html")
