"""`grader.intake.collect` and `unpack`: every form in which a class hands in; broken or hostile exports."""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
from pathlib import Path

import pytest
from archives import ENCRYPTED, LINK, ZipEntry, raw_zip
from classes import CORRECT, lay, packed
from notebooks import document
from tiny_course import SCALE

from grader.course.assignment import CourseAssignment
from grader.errors import SubmissionError, UsageError
from grader.intake.collect import Finder, SubmissionSource
from grader.intake.entries import folder_name
from grader.intake.unpack import staging
from grader.sandbox.host.scratch import remove
from grader.submissions.read import read_submission

WHOLE = packed(CORRECT)
EMPTY_NOTEBOOK = json.dumps(document([]))


@pytest.fixture
def finder(tiny: CourseAssignment, tmp_path: Path) -> Finder:
    folder = tmp_path / "staging"
    folder.mkdir()
    return Finder(tiny.assignment, folder, tmp_path / "class/results")


def told(finder: Finder, tiny: CourseAssignment, *paths: Path) -> dict[str, str]:
    """Say what each owner handed in: which files are missing, or what is wrong."""
    return {source.submitter.identifier: how(source, tiny) for source in finder.find(paths)}


def how(source: SubmissionSource, tiny: CourseAssignment) -> str:
    if source.problem:
        return source.problem
    try:
        submission = read_submission(source.path, tiny.assignment, tiny.provided)
    except SubmissionError as error:
        return str(error)
    return f"without {', '.join(submission.missing)}" if submission.missing else "whole"


def zipped(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "export.zip"
    path.write_bytes(packed(files))
    return path


def test_folders_in_folders_without_end_cost_nobody_else(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    """Walking them ended the class in a RecursionError."""
    for who in ("ada", "mallory", "zoe"):
        lay(tmp_path / "class" / who, CORRECT)
    deep = os.open(tmp_path / "class/mallory", os.O_RDONLY)
    for _ in range(sys.getrecursionlimit() + 100):  # longer than a path may be
        os.mkdir("d", dir_fd=deep)
        deeper = os.open("d", os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = deeper
    os.close(deep)
    try:
        assert set(told(finder, tiny, tmp_path / "class").values()) == {"whole"}
        paths = sorted((tmp_path / "class").iterdir())
        assert set(told(finder, tiny, *paths).values()) == {"whole"}
    finally:
        remove(tmp_path / "class/mallory")


def test_folders_in_folders_of_an_export_are_their_students_fault(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    own = {
        f"{who}_assignsubmission_file/{name}": text for who in ("Ada L_1", "Zoe Y_2") for name, text in CORRECT.items()
    }
    deep = f"Mallory M_3_assignsubmission_file/{'d/' * sys.getrecursionlimit()}x.py"
    export = zipped(tmp_path, {name: text.encode() for name, text in {**own, deep: ""}.items()})
    assert told(finder, tiny, export) == {
        "Ada L": "whole", "Zoe Y": "whole", "Mallory M": "holds d, which lies in more than 100 folders",
    }  # fmt: skip


def test_a_name_that_a_terminal_obeys_is_written_out_in_what_is_wrong(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    name = f"Mallory M_3_assignsubmission_file/\x1b[2J{'x' * 300}.py"
    own = {f"Ada L_1_assignsubmission_file/{file}": text.encode() for file, text in CORRECT.items()}
    problem = told(finder, tiny, zipped(tmp_path, {**own, name: b""}))["Mallory M"]
    assert problem.startswith(r"holds \x1b[2Jxxx")
    assert problem.endswith("xxx…, which cannot be unpacked: file name too long")


def test_a_folder_holds_folders_archives_and_notebooks_of_students(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    class_folder = tmp_path / "class"
    lay(class_folder / "ada", CORRECT)
    lay(class_folder / "bob" / "hw1", CORRECT)
    lay(class_folder / "results/tiny/reports", CORRECT)  # of a run before
    lay(class_folder, {"dan.zip": WHOLE, "eve.ipynb": EMPTY_NOTEBOOK, "grades.csv": "", ".DS_Store": ""})
    assert told(finder, tiny, class_folder) == {
        "ada": "whole",
        "bob": "whole",
        "dan": "whole",
        "eve": "whole",  # a notebook stands in for both
    }
    assert finder.ignored == ["grades.csv: ignored, no submissions"]


def test_repositories_of_github_classroom_lose_the_assignment_before_their_names(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    lay(tmp_path / "class/tiny-ada", CORRECT)
    lay(tmp_path / "class/tiny-bob-b", CORRECT)
    assert told(finder, tiny, tmp_path / "class") == {"ada": "whole", "bob-b": "whole"}


def test_one_submission_may_be_named_by_itself_and_several_one_by_one(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    lay(tmp_path / "ada", CORRECT)
    lay(tmp_path / "bob/hw1", CORRECT)
    lay(tmp_path / "dan", {"readme.md": ""})
    lay(tmp_path, {"eve.zip": packed({f"{top}/{name}": text for top in ("a", "b") for name, text in CORRECT.items()})})
    assert told(finder, tiny, tmp_path / "ada") == {"ada": "whole"}
    each = told(finder, tiny, tmp_path / "ada", tmp_path / "bob", tmp_path / "dan", tmp_path / "eve.zip")
    assert list(each) == ["ada", "bob", "dan", "eve"]
    assert each["eve"] == "whole"  # two copies in one zip are one student's when several are named


@pytest.mark.parametrize("is_packed", [True, False], ids=["zip", "folder"])
def test_a_canvas_export_is_sorted_by_student(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path, is_packed: bool
) -> None:
    files = {
        "lovelaceada_1234_91_scale-2.py": CORRECT["scale.py"].encode(),
        "lovelaceada_1234_92_stats.py": CORRECT["stats.py"].encode(),
        "raybob_LATE_1235_93_my work.zip": WHOLE,
        "doejane_1236_text.html": b"<html>",
    }
    path = zipped(tmp_path, files) if is_packed else lay(tmp_path / "export", files)
    sources = list(finder.find([path]))
    assert {source.submitter.identifier: how(source, tiny) for source in sources} == {
        "lovelaceada_1234": "whole",
        "raybob_1235": "whole",
        "doejane_1236": "is a text entry or a link, expected files",
    }
    assert [source.submitter.identifier for source in sources if source.late] == ["raybob_1235"]


@pytest.mark.parametrize("is_packed", [True, False], ids=["zip", "folder"])
def test_a_moodle_export_holds_a_folder_or_files_for_each_student(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path, is_packed: bool
) -> None:
    files = {
        "Ada Lovelace_11_assignsubmission_file_/work.zip": WHOLE,
        "Bob Ray_12_assignsubmission_file_/scale.py": CORRECT["scale.py"].encode(),
        "Bob Ray_12_assignsubmission_onlinetext_/onlinetext.html": b"<html>",
        "Dan_13_assignsubmission_file_scale.py": CORRECT["scale.py"].encode(),
        "Dan_13_assignsubmission_file_stats.py": CORRECT["stats.py"].encode(),
        "Eve_14_assignsubmission_onlinetext_/onlinetext.html": b"<html>",
    }
    path = zipped(tmp_path, files) if is_packed else lay(tmp_path / "export", files)
    assert told(finder, tiny, path) == {
        "Ada Lovelace": "whole",
        "Bob Ray": "without stats.py",
        "Dan": "whole",
        "Eve": "is a text entry, expected files",
    }


def test_a_gradescope_export_gives_every_member_of_a_group_the_submission(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    metadata = (
        "submission_1:\n  :submitters:\n  - :name: Ada\n    :sid: '17'\n  - :name: Bob\n    :email: bob@uni.example\n"
        "  :created_at: 2024-04-16 20:52:11.5 Z\n  :results:\n    tests: []\n"
        "submission_2:\n  :submitters:\n  - :name: Dan\n    :sid: '19'\n"
        "../submission_3:\n  :submitters:\n  - :name: Eve\n"
    )
    files = {"submission_metadata.yml": metadata.encode(), "other/x.py": b""}
    files |= {f"submission_1/{name}": text.encode() for name, text in CORRECT.items()}
    sources = list(
        finder.find([zipped(tmp_path, {f"assignment_1_export/{name}": data for name, data in files.items()})])
    )
    assert {source.submitter.identifier: how(source, tiny) for source in sources} == {
        "17": "whole",
        "bob@uni.example": "whole",
        "19": "is not in the export",
    }
    assert sources[0].submitted_at is not None
    assert sources[0].submitted_at.isoformat() == "2024-04-16T20:52:11.500000+00:00"
    assert finder.ignored == ["other: ignored, not in submission_metadata.yml"]


@pytest.mark.parametrize("text", ["[1, 2", "- a\n- b\n", "&a [*a, ", "a: !!python/object/apply:os.system [id]\n"])
def test_metadata_that_cannot_be_read_is_one_sentence(finder: Finder, tmp_path: Path, text: str) -> None:
    lay(tmp_path / "export", {"submission_metadata.yml": text})
    with pytest.raises(UsageError) as refused:
        list(finder.find([tmp_path / "export"]))
    assert "submission_metadata.yml" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_damaged_entry_of_an_export_costs_its_student_alone(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    good, scale = WHOLE, SCALE.encode()
    export = raw_zip(
        [
            ZipEntry(b"ada_1_11_work.zip", good),
            ZipEntry(b"bob_2_12_work.zip", good, checksum=1),
            ZipEntry(b"dan_3_13_scale.py", scale),
            ZipEntry(b"dan_3_14_stats.py", scale, checksum=1),
            ZipEntry(b"eve_4_15_work.zip", good, flags=ENCRYPTED),
            ZipEntry(b"fay_5_16_work.zip", b"/etc/passwd", attributes=LINK),
            ZipEntry(b"gus_6_17_work.zip", good),
            ZipEntry(b"gus_6_17_work.zip", good),
        ]
    )
    path = tmp_path / "export.zip"
    path.write_bytes(export)
    assert told(finder, tiny, path) == {
        "ada_1": "whole",
        "bob_2": "is damaged in the export, expected a whole file",
        "dan_3": "holds stats.py, which is damaged in the export, expected a whole file",
        "eve_4": "is encrypted in the export, expected a file without a password",
        "fay_5": "is a link or a device in the export, expected a file",
        "gus_6": "stands in the export twice, expected once",
    }


def test_an_export_that_leads_out_of_its_folder_writes_nothing_there(finder: Finder, tmp_path: Path) -> None:
    names = ["../evil_1_1_a.py", "/evil_1_1_a.py", "a/../../evil_1_1_a.py", "..\\evil_1_1_a.py"]
    export = raw_zip([ZipEntry(name.encode(), b"x") for name in names] + [ZipEntry(b"ada_1_11_scale.py", b"x")])
    path = tmp_path / "deep" / "export.zip"
    path.parent.mkdir()
    path.write_bytes(export)
    assert [source.submitter.identifier for source in finder.find([path])] == ["ada_1"]
    assert list(tmp_path.rglob("*evil*")) == []
    assert "evil_1_1_a.py leads out of the export: ignored" in " ".join(finder.ignored)


def test_an_entry_that_only_a_bomb_is_like_costs_its_student_alone(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One student who handed in zeros ended the batch of the class: the export unpacked to too much."""
    monkeypatch.setattr("grader.intake.unpack.LEAST_TOTAL_BYTES", 1000)
    path = zipped(tmp_path, {"ada_1_11_a.zip": b"\0" * 10_000_000, "bob_2_12_b.zip": WHOLE})
    assert told(finder, tiny, path) == {
        "ada_1": "unpacks to more than 200 times its size, as no export of submissions does",
        "bob_2": "whole",
    }


def test_a_zip_of_zips_is_a_class_and_a_zip_of_one_submission_is_not(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    path = zipped(tmp_path, {"class/ada.zip": WHOLE, "class/bob.zip": WHOLE[:99]})
    assert told(finder, tiny, path) == {
        "ada": "whole",
        "bob": "submission bob.zip is a damaged or incomplete zip, expected a whole one",
    }
    path.write_bytes(packed({f"homework/{name}": text for name, text in CORRECT.items()}))
    assert told(finder, tiny, path) == {"export": "whole"}
    path.write_bytes(packed({f"{who}/{name}": text for who in ("ada", "bob") for name, text in CORRECT.items()}))
    assert told(finder, tiny, path) == {"ada": "whole", "bob": "whole"}


def test_two_students_of_one_name_in_a_moodle_export_stay_two(finder: Finder, tmp_path: Path) -> None:
    for number in (11, 12):
        lay(tmp_path / f"export/Jane Doe_{number}_assignsubmission_file_", CORRECT)
    identifiers = {source.submitter.identifier for source in finder.find([tmp_path / "export"])}
    assert identifiers == {"Jane Doe 11", "Jane Doe 12"}


def test_a_staging_folder_is_taken_away_and_so_is_one_that_was_left(tmp_path: Path) -> None:
    with staging(tmp_path) as first:
        lay(first, {"x": ""})
        with staging(tmp_path) as second:  # another run, at the same time
            assert first.exists()
            assert second != first
    assert list(tmp_path.iterdir()) == []


def test_a_large_export_is_not_held_in_memory(finder: Finder, tiny: CourseAssignment, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(6000):  # more entries than one submission may have
            archive.writestr(f"s{number}_{number}_1_scale.py", "x = 1\n")
    path = tmp_path / "export.zip"
    path.write_bytes(buffer.getvalue())
    assert sum(1 for _ in finder.find([path])) == 6000


METADATA = """---
submission_1:
  :submitters:
  - :name: Bob
    :sid: bob
    :email: %s
  :created_at: 2024-01-01 00:00:00.000000000 Z
"""
BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
MERGED = "m0: &m0 {k: v}\n" + "".join(f"m{n}: &m{n}\n  <<: [{', '.join([f'*m{n - 1}'] * 10)}]\n" for n in range(1, 9))


@pytest.mark.parametrize("what", ["[a, b]", "{a: b}", "true", "1.5", "*a8"])
def test_metadata_gives_texts_and_numbers_and_nothing_else(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path, what: str
) -> None:
    """Eight levels of ten aliases were written out in the coordinator: gigabytes out of 300 bytes."""
    lay(tmp_path / "export", {"submission_metadata.yml": BOMB + METADATA[4:] % what})
    lay(tmp_path / "export/submission_1", CORRECT)
    found = list(finder.find([tmp_path / "export"]))
    assert [source.submitter.email for source in found] == [""]
    assert [how(source, tiny) for source in found] == ["whole"]


def test_metadata_whose_mappings_are_merged_is_one_sentence(finder: Finder, tmp_path: Path) -> None:
    lay(tmp_path / "export", {"submission_metadata.yml": MERGED})
    with pytest.raises(UsageError, match="a mapping is merged with others"):
        list(finder.find([tmp_path / "export"]))


def test_a_name_of_moodles_that_another_stands_in_is_nobodys(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    """A student names a part of each file of a flat export, and named another participant in it."""
    own = {f"Eve_7_assignsubmission_file_{name}": text for name, text in CORRECT.items()}
    bobs = {f"Bob_2_assignsubmission_file_{name}": text for name, text in CORRECT.items()}
    lay(tmp_path / "export", {**own, **bobs, "Eve_7_assignsubmission_file_Bob_2_assignsubmission_file_x.py": "X = 1"})
    found = told(finder, tiny, tmp_path / "export")
    assert found == {"Bob": "whole", "Eve": "whole"}
    assert finder.ignored == [
        "Eve_7_assignsubmission_file_Bob_2_assignsubmission_file_x.py: ignored, not named as the others are"
    ]


def test_a_canvas_export_stays_one_whatever_students_call_their_files(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    bobs = {f"bob_1_1{number}_{name}": text for number, (name, text) in enumerate(CORRECT.items())}
    eves = {f"eve_2_2{number}_Bob_1_assignsubmission_file_f{number}.py": "X = 1" for number in range(9)}
    lay(tmp_path / "export", {**bobs, **eves})
    assert told(finder, tiny, tmp_path / "export")["bob_1"] == "whole"


def test_an_entry_whose_path_no_system_takes_costs_its_student_alone(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    """A path of 5,000 characters in one student's folder ended the batch."""
    deep = "/".join(["d" * 200] * 25)
    path = zipped(
        tmp_path,
        {
            f"Eve_1_assignsubmission_file_/{deep}/x.py": b"",
            **{f"Bob_2_assignsubmission_file_/{name}": text.encode() for name, text in CORRECT.items()},
        },
    )
    assert told(finder, tiny, path) == {
        "Eve": "holds x.py, which cannot be unpacked: file name too long", "Bob": "whole",
    }  # fmt: skip


def test_a_moodle_export_of_one_student_is_theirs(finder: Finder, tiny: CourseAssignment, tmp_path: Path) -> None:
    path = zipped(tmp_path, {f"Bob_2_assignsubmission_file_/{name}": text.encode() for name, text in CORRECT.items()})
    assert told(finder, tiny, path) == {"Bob": "whole"}


def test_a_brightspace_export_is_sorted_by_student_and_attempt(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    for who, time in (
        ("11-7 - Ada van Lovelace", "Feb 5, 2024 1030 AM"),
        ("11-7 - Ada van Lovelace", "Feb 6, 2024 105 PM"),
        ("12-7 - Bob Hope", "Feb 5, 2024 1200 PM"),
    ):
        lay(tmp_path / "export" / f"{who} - {time}", CORRECT)
    lay(tmp_path / "export", {"index.html": "<p>"})
    found = list(finder.find([tmp_path / "export"]))
    assert [(one.submitter.identifier, how(one, tiny), f"{one.submitted_at:%d %H:%M}") for one in found] == [
        ("Ada van Lovelace", "whole", "05 10:30"),
        ("Ada van Lovelace", "whole", "06 13:05"),
        ("Bob Hope", "whole", "05 12:00"),
    ]


def test_a_flat_brightspace_export_gives_files_their_names_back(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    lay(
        tmp_path / "export", {f"12-7 - Bob Hope - Feb 5, 2024 1200 PM - {name}": text for name, text in CORRECT.items()}
    )
    lay(tmp_path / "export", {"9-7 - Eve - Feb 5, 2024 1200 PM - 12-7 - Bob Hope - Feb 9, 2024 100 AM - x.py": ""})
    assert told(finder, tiny, tmp_path / "export") == {"Bob Hope": "whole"}
    assert finder.ignored[0].endswith("x.py: ignored, not named as the others are")


def test_a_folder_that_nbgrader_collected_tells_the_times(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    for who in ("ada", "bob"):
        lay(tmp_path / "submitted" / who / "tiny", {**CORRECT, "timestamp.txt": "2024-02-05 22:30:00 UTC"})
    found = list(finder.find([tmp_path / "submitted"]))
    assert [(one.submitter.identifier, how(one, tiny), f"{one.submitted_at:%d %H:%M}") for one in found] == [
        ("ada", "whole", "05 22:30"),
        ("bob", "whole", "05 22:30"),
    ]


def test_a_time_that_one_student_puts_where_nbgrader_does_is_not_believed(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    lay(tmp_path / "class/eve/tiny", {**CORRECT, "timestamp.txt": "1999-02-05 22:30:00 UTC"})
    for who in ("ada", "bob"):
        lay(tmp_path / "class" / who, CORRECT)
    found = list(finder.find([tmp_path / "class"]))
    assert [(one.submitter.identifier, how(one, tiny), one.submitted_at) for one in found] == [
        ("ada", "whole", None), ("bob", "whole", None), ("eve", "whole", None),
    ]  # fmt: skip


def test_links_that_go_round_are_no_error(finder: Finder, tiny: CourseAssignment, tmp_path: Path) -> None:
    lay(tmp_path / "class/ada", CORRECT)
    (tmp_path / "class/loop").symlink_to(tmp_path / "class/loop")
    assert told(finder, tiny, tmp_path / "class")["ada"] == "whole"


def test_what_platforms_lay_side_by_side_is_named_as_its_student(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    """A student's page said "submission student-2 cannot be read": the name of a folder of ours."""
    files = {"hopebob_102_7_a.pdf": b"%PDF", "hopebob_102_8_b.pdf": b"%PDF"}
    found = told(finder, tiny, zipped(tmp_path, {**files, "lovelaceada_101_1_scale.py": SCALE.encode()}))
    assert found["hopebob_102"].startswith("submission hopebob_102 holds no file of tiny")


@pytest.mark.parametrize("name", ["..", "a/b", "\0", "é" * 90, "."])
def test_the_folder_of_a_student_stays_where_it_is_made(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path, name: str
) -> None:
    folder = folder_name(name)
    assert folder not in ("", ".", "..")
    assert "/" not in folder
    (tmp_path / folder).mkdir()


def test_canvass_own_test_student_is_called_that(finder: Finder, tiny: CourseAssignment, tmp_path: Path) -> None:
    files = {
        f"{who}_{n}_{k}_{file}": text.encode()
        for n, who in ((7, "lovelaceada"), (9, "studenttest"))
        for k, (file, text) in enumerate(CORRECT.items())
    }
    assert told(finder, tiny, zipped(tmp_path, files)).keys() == {"lovelaceada_7", "Test Student of Canvas (9)"}


def test_blackboards_download_is_read_with_names_that_hold_its_own_signs(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    first, second = "2026-11-20-09-05-00", "2026-11-21-23-52-10"
    files = {
        f"HW 1_part_two_ada_l_attempt_{first}.txt": b"Name: Ada Lovelace (ada_l)",
        f"HW 1_part_two_ada_l_attempt_{first}_scale.py": SCALE.encode(),
        f"HW 1_part_two_ada_l_attempt_{second}.txt": b"",
        **{f"HW 1_part_two_ada_l_attempt_{second}_{name}": text.encode() for name, text in CORRECT.items()},
        f"HW 1_part_two_0012_attempt_{first}.txt": b"",
        f"HW 1_part_two_0012_attempt_{first}_my_3_2_work.zip": WHOLE,
        f"HW 1_part_two_zoe_attempt_{first}.txt": b"only words",
    }
    found = list(finder.find([zipped(tmp_path, files)]))
    assert [(one.submitter.identifier, how(one, tiny)) for one in found] == [
        ("0012", "whole"),
        ("ada_l", "without stats.py"),
        ("ada_l", "whole"),
        ("zoe", "is a text entry, expected files"),
    ]
    assert [f"{one.submitted_at:%d %H:%M}" for one in found if one.submitted_at] == [
        "20 09:05", "20 09:05", "21 23:52", "20 09:05",
    ]  # fmt: skip


def test_google_classrooms_files_begin_with_their_students_name(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    files = {f"Ada Lovelace - {name}": text.encode() for name, text in CORRECT.items()}
    files |= {"Jörg O'Neil - my - work.zip": WHOLE, "Jean-Luc P - scale.py": SCALE.encode()}
    assert told(finder, tiny, zipped(tmp_path, files)) == {
        "Ada Lovelace": "whole", "Jörg O'Neil": "whole", "Jean-Luc P": "without stats.py",
    }  # fmt: skip


def test_clones_are_named_by_what_their_slug_leaves(finder: Finder, tiny: CourseAssignment, tmp_path: Path) -> None:
    for login in ("ada-l", "bob", "ada-m"):
        lay(tmp_path / f"class/ml-2026-week-1-{login}", {**CORRECT, ".git/HEAD": "ref: refs/heads/main"})
    assert told(finder, tiny, tmp_path / "class").keys() == {"ada-l", "bob", "ada-m"}


def test_folders_that_are_no_clones_keep_their_whole_names(
    finder: Finder, tiny: CourseAssignment, tmp_path: Path
) -> None:
    for name in ("student-1", "student-2"):
        lay(tmp_path / "class" / name, CORRECT)
    assert told(finder, tiny, tmp_path / "class").keys() == {"student-1", "student-2"}


def test_a_zip_alone_in_a_folder_or_in_a_zip_is_opened(finder: Finder, tiny: CourseAssignment, tmp_path: Path) -> None:
    twice, junk = packed({"hand in/inner.zip": WHOLE}), {"__MACOSX/._inner.zip": b"x"}
    lay(tmp_path / "class", {
        "ada/final (2).zip": WHOLE, "bob.zip": packed({"a.zip": WHOLE, **junk}), "eve/hand in.zip": twice,
        "zoe.zip": packed({"a.zip": twice}), "two.zip": packed({"a.zip": WHOLE, "b.zip": WHOLE}),
    })  # fmt: skip
    found = told(finder, tiny, tmp_path / "class")
    assert (found["ada"], found["bob"], found["eve"]) == ("whole", "whole", "whole")
    assert found["zoe"] == "whole"
    assert "holds no file of tiny: found a.zip and b.zip" in found["two"]
