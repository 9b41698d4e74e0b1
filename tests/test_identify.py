"""`grader.intake.identify`: whose submission it is, as names tell, and who is on the roster."""

from __future__ import annotations

import pytest

from grader.gradebook.records import Student
from grader.intake.file_names import canvas_name, moodle_name
from grader.intake.identify import Roster, Submitter, gradescope_owner, name_keys, plain_owner, stem
from grader.submissions.copy_names import original_name

ADA = Student("17", "Ada Lovelace", "ada@uni.example", on_roster=True)


@pytest.mark.parametrize(
    ("name", "identifier", "file", "late"),
    [
        ("lovelaceada_1234_987654_scale.py", "lovelaceada_1234", "scale.py", False),
        ("lovelaceada_LATE_1234_987654_my_scale.py", "lovelaceada_1234", "my_scale.py", True),
        ("o_neil_1234_5_a.zip", "o_neil_1234", "a.zip", False),
        ("anon_k3Xf9_55_a.zip", "anon_k3Xf9", "a.zip", False),
        ("LATE_anon_k3Xf9_55_a.zip", "anon_k3Xf9", "a.zip", True),
        ("lovelaceada_1234_text.html", "lovelaceada_1234", "text.html", False),
    ],
)
def test_a_name_of_a_canvas_export_tells_owner_file_and_lateness(
    name: str, identifier: str, file: str, late: bool
) -> None:
    named = canvas_name(name)
    assert named is not None
    assert (named.submitter.identifier, named.file, named.late) == (identifier, file, late)


def test_a_text_entry_of_canvas_is_no_file() -> None:
    named = canvas_name("lovelaceada_1234_text.html")
    assert named is not None
    assert not named.is_file


@pytest.mark.parametrize("name", ["ada", "ada.zip", "ada_12.zip", "student_scale.py", "conv_2d_v2.py"])
def test_an_ordinary_name_is_none_of_canvas(name: str) -> None:
    assert canvas_name(name) is None


@pytest.mark.parametrize(
    ("name", "identifier", "file", "is_file"),
    [
        ("Ada Lovelace_12345_assignsubmission_file_", "Ada Lovelace", "", True),
        ("Ada Lovelace_12345_assignsubmission_file", "Ada Lovelace", "", True),
        ("Ada Lovelace_12345_assignsubmission_file_my_scale.py", "Ada Lovelace", "my_scale.py", True),
        ("Ada Lovelace_12345_assignsubmission_onlinetext_", "Ada Lovelace", "", False),
        ("Participant_12345_assignsubmission_file_", "Participant", "", True),
    ],
)
def test_a_name_of_a_moodle_export_tells_owner_and_file(name: str, identifier: str, file: str, is_file: bool) -> None:
    named = moodle_name(name)
    assert named is not None
    assert (named.submitter.identifier, named.file, named.is_file) == (identifier, file, is_file)
    assert ("moodle", "12345") in named.submitter.keys


def test_a_member_of_a_moodle_team_is_known_by_their_own_name() -> None:
    named = moodle_name("Team A-Ada Lovelace_12345_assignsubmission_file_", is_of_team=True)
    assert named is not None
    assert set(name_keys("Ada Lovelace")) <= set(named.submitter.keys)


def test_gradescopes_submitter_is_known_by_number_address_and_name() -> None:
    submitter = gradescope_owner({":name": "Ada Lovelace", ":sid": 17, ":email": "Ada@uni.example"})
    assert submitter is not None
    assert submitter.identifier == "17"
    assert ("email", "ada@uni.example") in submitter.keys
    assert gradescope_owner({":name": None, ":sid": ""}) is None


@pytest.mark.parametrize(
    "submitter",
    [
        plain_owner("17"),
        plain_owner("17 (2)"),
        plain_owner("ada@uni.example"),
        plain_owner("ada"),
        plain_owner("Lovelace_Ada"),
        Submitter("x", keys=(("canvas", "1234"),)),
        Submitter("x", keys=(("name", "unknown"), ("moodle", "55"))),
    ],
)
def test_a_student_is_found_on_the_roster_under_every_name(submitter: Submitter) -> None:
    roster = Roster()
    keys = [("id", "17"), ("email", "ada@uni.example"), ("mailbox", "ada"), ("canvas", "1234"), ("moodle", "55")]
    roster.add(ADA, [*keys, *name_keys("Ada Lovelace")])
    roster.add(Student("18", "Bob Ray"), [("id", "18"), *name_keys("Bob Ray")])
    assert roster.find(submitter) == ADA


def test_a_name_that_two_share_tells_nothing() -> None:
    roster = Roster()
    for identifier in ("17", "18"):
        roster.add(Student(identifier, "Jane Doe"), [("id", identifier), *name_keys("Jane Doe")])
    assert roster.find(plain_owner("jane doe")) is None
    assert roster.student(plain_owner("jane doe")) == Student("jane doe")
    assert roster.find(plain_owner("18")) == Student("18", "Jane Doe")


def test_a_number_of_one_kind_is_not_taken_for_one_of_another() -> None:
    roster = Roster()
    roster.add(ADA, [("canvas", "17")])
    assert roster.find(Submitter("x", keys=(("moodle", "17"),))) is None


@pytest.mark.parametrize(
    ("name", "bare"),
    [("ada.tar.gz", "ada"), ("ada.zip", "ada"), ("ada@uni.example", "ada@uni.example"), ("ada", "ada"), (".x", ".x")],
)
def test_a_stem_is_the_name_without_how_it_is_packed(name: str, bare: str) -> None:
    assert stem(name) == bare


def test_a_file_that_canvas_numbered_gets_its_name_back() -> None:
    known = frozenset({"scale.py", "stats-2.py"})
    assert original_name("scale-3.py", known) == "scale.py"
    assert original_name("Scale-3.py", known) == "Scale.py"
    assert original_name("stats-2.py", known) == "stats-2.py"
    assert original_name("other-2.py", known) == "other-2.py"
