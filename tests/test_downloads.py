"""What a class downloads from each platform, with the names that people have: who handed in what, and when."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from archives import ZipEntry, raw_zip
from classes import CORRECT, lay, packed

from grader.course.assignment import CourseAssignment
from grader.errors import UsageError
from grader.intake.class_submissions import HandInOptions
from grader.intake.understood import understood

Tree = dict[str, str | bytes]
WHOLE = packed(CORRECT)


def own(prefix: str) -> Tree:
    """Give the assignment's files with something before their names."""
    return {f"{prefix}{name}": text for name, text in CORRECT.items()}


def joined(*trees: Mapping[str, str | bytes]) -> Tree:
    return {name: text for tree in trees for name, text in tree.items()}


def read(tiny: CourseAssignment, folder: Path, tree: Tree, *, roster: str = "", groups: str = "") -> dict[str, str]:
    """Say of each student what counts: when it came, and what is missing or wrong with it."""
    lay(folder / "class", tree)
    lay(folder, {"roster.csv": roster, "groups.csv": groups})
    found = understood(
        HandInOptions(
            paths=(folder / "class",),
            roster=folder / "roster.csv" if roster else None,
            groups=folder / "groups.csv" if groups else None,
        ),
        tiny,
    )
    return {
        one.student.identifier: one.problem
        or " ".join(filter(None, (f"{one.submitted_at:%d %H:%M}" if one.submitted_at else "whole", *one.missing)))
        for one in found.submissions
        if one.counts
    } | {student.identifier: "absent" for student in found.absent}


def test_a_canvas_download_of_a_group_assignment_is_its_members(tiny: CourseAssignment, tmp_path: Path) -> None:
    """It carries the group's name and one member's number: without numbers on the roster, it was nobody's."""
    roster = "id,name\ns1,Seán O'Brien\ns2,María-José de la Cruz\ns3,Ying Ng\n"
    groups = "name,user_id,group_name\nO'B,s1,Project Group 1\ndlC,s2,Project Group 1\nNg,s3,Team Rocket!\n"
    tree = joined(own("projectgroup1_101_9001_"), own("teamrocket_LATE_103_9003_"))
    assert set(read(tiny, tmp_path, tree, roster=roster, groups=groups)) == {"s1", "s2", "s3"}


def test_the_number_of_a_question_in_a_quiz_is_no_students_of_canvas(tiny: CourseAssignment, tmp_path: Path) -> None:
    """Question 55 was read as user 55, and his was what another handed in."""
    tree = joined(
        {f"von_neumann_john107_question_55_90{n}_{name}": text for n, (name, text) in enumerate(CORRECT.items())},
        own("kantimmanuel_108_9005_"),
        {"kantimmanuel_108_9006_x9_question_5_6_own.py": "X = 1\n"},
    )
    roster = "Student,ID,SIS User ID,SIS Login ID\nFive,55,s5,five\nvon Neumann,107,s7,jvn\nKant,108,s8,ik\n"
    assert read(tiny, tmp_path, tree, roster=roster) == {"s7": "whole", "s8": "whole", "s5": "absent"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("scale (1).py", "whole"), ("scale(2).py", "whole"), ("scale-1.py", "whole"), ("scale copy.py", "whole"),
        ("scale - Kopie.py", "whole"), ("Copy of scale.py", "whole"), ("scale.py.txt", "whole"),
        ("scales (1).py", "whole scale.py"),
    ],
)  # fmt: skip
def test_a_copy_of_a_file_is_the_file(tiny: CourseAssignment, tmp_path: Path, name: str, expected: str) -> None:
    tree: Tree = {f"ada/{name}": CORRECT["scale.py"], "ada/stats.py": CORRECT["stats.py"]}
    assert read(tiny, tmp_path, joined(tree, own("bob/"))) == {"ada": expected, "bob": "whole"}


def test_of_several_copies_none_is_guessed_and_the_file_itself_counts(tiny: CourseAssignment, tmp_path: Path) -> None:
    tree = joined(own("ada/"), {"ada/scale (1).py": "1 / 0\n"}, own("bob/"))
    tree |= {"eve/scale (1).py": "x", "eve/scale (2).py": "x", "eve/stats.py": CORRECT["stats.py"]}
    assert read(tiny, tmp_path, tree) == {"ada": "whole", "bob": "whole", "eve": "whole scale.py"}


def test_moodles_files_of_a_team_that_lie_under_each_member_are_one_submission(
    tiny: CourseAssignment, tmp_path: Path
) -> None:
    """Each member's folder holds the same; nothing said which counts, and nobody was graded."""
    members = joined(*(own(f"Team 1-{who}_assignsubmission_file/") for who in ("Ada Lovelace_401", "Bob Ray_402")))
    roster = "id,name,team\na1,Ada Lovelace,Team 1\nb2,Bob Ray,Team 1\n"
    assert read(tiny, tmp_path, members, roster=roster) == {"a1": "whole", "b2": "whole"}


@pytest.mark.parametrize(
    ("word", "in_folder"),
    [("Teilnehmer/in", "Teilnehmerin"), ("Participant ", "Participant"), ("Участник", "Участник")],
)
def test_a_moodle_download_without_names_is_found_by_number(
    tiny: CourseAssignment, tmp_path: Path, word: str, in_folder: str
) -> None:
    tree = joined(*(own(f"{in_folder}_{number}_assignsubmission_file/") for number in (301, 302)))
    roster = f"ID,Status\n{word}301,\n{word}302,\n{word}303,\n"
    assert read(tiny, tmp_path, tree, roster=roster) == {
        f"{word}301": "whole", f"{word}302": "whole", f"{word}303": "absent",
    }  # fmt: skip


def test_two_of_one_name_in_a_german_worksheet_are_told_apart_by_number(tiny: CourseAssignment, tmp_path: Path) -> None:
    tree = joined(*(own(f"Anna-Lena Groß_{number}_assignsubmission_file/") for number in (204, 205)))
    roster = (
        "ID,Vollständiger Name,Matrikelnummer,Zuletzt geändert (Abgabe)\n"
        'Teilnehmer/in204,Anna-Lena Groß,00204,"Donnerstag, 16. April 2026, 22:52"\n'
        "Teilnehmer/in205,Anna-Lena Groß,00205,-\n"
    )
    assert read(tiny, tmp_path, tree, roster=roster) == {"00204": "16 22:52", "00205": "whole"}


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("Apr 16, 2026 1052 PM", "16 22:52"), ("Sept. 16, 2026 1052 PM", "16 22:52"),
        ("16 avril 2026 2252", "16 22:52"),
        ("16 avr. 2026 2252", "16 22:52"), ("16 de abril de 2026 2252", "16 22:52"), ("16. März 2026 2252", "16 22:52"),
        ("2026-04-16 22.52", "16 22:52"), ("16-04-2026 1052 p.m.", "16 22:52"), ("16-abr-2026 22h52", "16 22:52"),
        ("2026年4月16日 2252", "16 22:52"), ("2026. április 16. 2252", "16 22:52"),
        ("16 мая 2026 \u0433. 922", "16 09:22"),
        ("2026-04-16 10.52 em", "16 22:52"), ("05-04-2026 2252", "whole"),
        ("16 mei 2026 922", "16 09:22"), ("16 xyzyx 2026 2252", "whole"),
    ],
)  # fmt: skip
def test_brightspace_writes_times_in_the_language_of_the_course(
    tiny: CourseAssignment, tmp_path: Path, time: str, expected: str
) -> None:
    """Months that are not English made every folder a student of its own."""
    roster = "OrgDefinedId,Username,Last Name,First Name,End-of-Line Indicator\n#00601,#sob,O'Brien,Seán,#\n"
    tree = joined(own(f"601-77 - Seán O'Brien - {time}/"), {"index.html": "<html>"})
    assert read(tiny, tmp_path, tree, roster=roster) == {"00601": expected}


def test_a_brightspace_download_of_groups_is_its_members(tiny: CourseAssignment, tmp_path: Path) -> None:
    tree = joined(*(own(f"900{n}-77 - Group {n} - Apr 16, 2026 1052 PM/") for n in (1, 2)))
    roster = "OrgDefinedId,Last Name,First Name\n#00601,O'Brien,Seán\n#00602,Ng,Ying\n#00603,Groß,Jo\n"
    groups = "group,student\nGroup 1,#00601\nGroup 1,00602\nGroup 2,603\n"
    assert set(read(tiny, tmp_path, tree, roster=roster, groups=groups).values()) == {"16 22:52"}


@pytest.mark.parametrize("above", ["", "hw1-submissions/", "Submitted files/HW 1/"])
def test_a_class_in_a_folder_that_stands_alone_is_a_class(tiny: CourseAssignment, tmp_path: Path, above: str) -> None:
    """It was read as the submission of one student who has the folder's name."""
    clones = joined(*(own(f"{above}hw1-{who}/") | {f"{above}hw1-{who}/.git/HEAD": "ref"} for who in ("ada-l", "bob")))
    assert read(tiny, tmp_path, clones) == {"ada-l": "whole", "bob": "whole"}


def test_a_class_in_a_zip_that_stands_alone_in_a_folder_or_a_zip_is_a_class(
    tiny: CourseAssignment, tmp_path: Path
) -> None:
    """It was read as the submission of one student who has the zip's name."""
    together = packed(joined(own("ada/"), own("bob/")))
    assert read(tiny, tmp_path / "a", {"down/class.zip": together}) == {"ada": "whole", "bob": "whole"}
    assert read(tiny, tmp_path / "b", {"all.zip": packed({"x.zip": together})}) == {"ada": "whole", "bob": "whole"}
    versions = packed(joined(own("v1/"), own("v2/")))
    assert read(tiny, tmp_path / "c", {"ada.zip": versions}) == {"ada": "whole"}
    (tmp_path / "all.zip").write_bytes(packed({"x.zip": together}))
    found = understood(HandInOptions(paths=(tmp_path / "all.zip",)), tiny)
    assert [one.student.identifier for one in found.submissions] == ["ada", "bob"]


@pytest.mark.parametrize("name", ["hw.zip", "hw/code.tar.gz"])
def test_a_class_in_a_zip_or_a_folder_whose_students_packed_their_work_is_a_class(
    tiny: CourseAssignment, tmp_path: Path, name: str
) -> None:
    """All of them were one submission, which held archives that are not opened."""
    tree: Tree = {f"all/{who}/{name}": WHOLE for who in ("ada", "bob")}
    tree |= {"all/ada/report.pdf": "%PDF", "all/grades.csv": "", **own("all/eve/")}
    whole = dict.fromkeys(("ada", "bob", "eve"), "whole")
    assert read(tiny, tmp_path / "a", tree) == whole
    assert read(tiny, tmp_path / "b", {"down/hw1.zip": packed(tree)}) == whole
    backslashes = raw_zip([
        ZipEntry(path.replace("/", "\\").encode(), text if isinstance(text, bytes) else text.encode())
        for path, text in tree.items()
    ])  # fmt: skip
    assert read(tiny, tmp_path / "c", {"hw1.zip": backslashes}) == whole
    assert read(
        tiny, tmp_path / "d", {"ada/code/scale.py": "", "ada/code/stats.py": "x = 1", "ada/data/x.zip": WHOLE}
    ) == {"ada": "whole"}


def test_one_clone_alone_is_whose_login_ends_its_name(tiny: CourseAssignment, tmp_path: Path) -> None:
    clone = joined(own("hw1-ada-l/"), {"hw1-ada-l/.git/HEAD": "ref"})
    assert read(tiny, tmp_path, clone, roster="id,github\n1,ada-l\n2,bob\n") == {"1": "whole", "2": "absent"}


def test_versions_in_a_folder_that_stands_alone_are_one_students(tiny: CourseAssignment, tmp_path: Path) -> None:
    tree = joined(own("ada/v1/"), own("ada/v2/"))
    assert read(tiny, tmp_path, tree) == {"ada": "whole"}


def test_repositories_that_were_downloaded_as_zips_lose_the_branch(tiny: CourseAssignment, tmp_path: Path) -> None:
    tree = joined(*(own(f"hw1-numbers-{who}-main/") for who in ("ada-l", "bob")))
    assert read(tiny, tmp_path, tree) == {"ada-l": "whole", "bob": "whole"}


def test_nbgraders_folders_have_their_times_under_whatever_name(tiny: CourseAssignment, tmp_path: Path) -> None:
    tree: Tree = {}
    for who, time in (("ada", "2026-04-16 20:52:11.015725 UTC"), ("bob", "2026-04-17 20:52:11 Europe/Berlin")):
        tree |= joined(own(f"{who}/ps1/"), {f"{who}/ps1/timestamp.txt": time}, own(f"{who}/old/"))
    assert read(tiny, tmp_path, tree) == {"ada": "16 20:52", "bob": "17 18:52"}


def test_of_nbgraders_folders_none_is_guessed_and_one_without_a_time_counts(
    tiny: CourseAssignment, tmp_path: Path
) -> None:
    """Whoever had no timestamp.txt was absent, and of several assignments' folders one was graded unasked."""
    tree: Tree = {}
    for who in ("ada", "bob", "cy"):
        tree |= joined(own(f"{who}/tiny/"), own(f"{who}/hw0/"), {f"{who}/hw0/timestamp.txt": "2026-04-16 20:52:11 UTC"})
    times = {f"{who}/tiny/timestamp.txt": "2026-04-17 20:52:11 UTC" for who in ("ada", "bob")}
    assert read(tiny, tmp_path / "a", joined(tree, times)) == {"ada": "17 20:52", "bob": "17 20:52", "cy": "whole"}
    others = {name.replace("/tiny/", "/ps1/"): text for name, text in joined(tree, times).items()}
    with pytest.raises(UsageError, match=r"there are hw0 and ps1, .* none is called tiny"):
        read(tiny, tmp_path / "b", others)


def test_a_clone_is_known_by_what_its_name_shares_with_others_and_without_the_number_behind_it(
    tiny: CourseAssignment, tmp_path: Path
) -> None:
    """Of team-red and team-blue, red and blue were left, whom no list of groups knows."""
    clones = ("hw1-team-red", "hw1-team-blue", "hw1-team-bob42-1")
    tree = joined(*(joined(own(f"{clone}/"), {f"{clone}/.git/HEAD": "ref"}) for clone in clones))
    roster = "id,github\n1,ada-l\n2,eve\n3,bob42\n"
    found = read(tiny, tmp_path, tree, roster=roster, groups="group,student\nteam-red,1\nTeam Blue,2\n")
    assert found == {"1": "whole", "2": "whole", "3": "whole"}


def test_nbgraders_exchange_tells_student_and_time_by_its_names(tiny: CourseAssignment, tmp_path: Path) -> None:
    folders = (
        "ada+ps1+2026-04-16 20:52:11.015725 UTC", "ada+ps1+2026-04-17 20:52:11.015725 UTC",
        "bob_b+ps1+2026-04-16 23:52:11.5 UTC+dGhpcw",
    )  # fmt: skip
    assert read(tiny, tmp_path, joined(*(own(f"{folder}/") for folder in folders))) == {
        "ada": "17 20:52", "bob_b": "16 23:52",
    }  # fmt: skip


def test_markus_folders_are_groups_whose_list_has_no_header(tiny: CourseAssignment, tmp_path: Path) -> None:
    tree = joined(own("A1/group_0001/A1/"), own("A1/c5ada/A1/"))
    roster = "user_name,last_name,first_name,id_number\nc5ada,L,Ada,1001\nc5bob,R,Bob,1002\nc5cy,B,Cy,1003\n"
    found = read(tiny, tmp_path, tree, roster=roster, groups="group_0001,c5bob,c5cy\nc5ada,c5ada\n")
    with_repositories = "group_0001,repo_1,c5bob,c5cy\nc5ada,repo_2,c5ada\n"
    assert found == read(tiny, tmp_path / "b", tree, roster=roster, groups=with_repositories)
    assert found == {"1001": "whole", "1002": "whole", "1003": "whole"}


def test_members_may_stand_in_columns_of_their_own(tiny: CourseAssignment, tmp_path: Path) -> None:
    groups = "Group,Member 1,Member 2\nRed,ada,bob\nBlue,eve,\n"
    roster = "id\nada\nbob\neve\n"
    found = read(tiny, tmp_path, joined(own("Red/"), own("blue/")), roster=roster, groups=groups)
    assert found == {"ada": "whole", "bob": "whole", "eve": "whole"}


def test_google_classrooms_names_may_hold_the_hyphen_that_ends_them(tiny: CourseAssignment, tmp_path: Path) -> None:
    tree = joined(own("Jean - Luc Picard - "), {"Ada Lovelace - my - work.zip": WHOLE})
    tree |= {"李小龍 - scale.py": CORRECT["scale.py"], "李小龍 - stats (1).py": CORRECT["stats.py"]}
    roster = "id,name\n1,Jean - Luc Picard\n2,Ada Lovelace\n3,李小龍\n"
    assert read(tiny, tmp_path, tree, roster=roster) == {"1": "whole", "2": "whole", "3": "whole"}


def test_a_longer_name_is_whose_number_or_name_stands_in_it(tiny: CourseAssignment, tmp_path: Path) -> None:
    roster = (
        "id,name,email\n1001,Ada Lovelace,ada@u.example\n1002,Bob Ray,bob@u.example\n1003,Cy Ball,cy@u.example\n"
        "1004,Dan Dare,dan@u.example\n1005,Eve Bee,eve@u.example\n1006,Max Pool,max@u.example\n"
    )
    tree = joined(
        own("Lovelace, Ada (exercise 1)/"), own("1002_hand_in/"), own("HW1_cy_1003/"), own("hw1 dan@u.example late/"),
        own("max/"), own("hw_max_pooling/"), own("1005_Dan Dare/"),
    )  # fmt: skip
    assert read(tiny, tmp_path, tree, roster=roster) == {
        **dict.fromkeys(("1001", "1002", "1003", "1004", "1006"), "whole"),
        "hw_max_pooling": "whole", "1005_Dan Dare": "whole", "1005": "absent",
    }  # fmt: skip


def test_a_zip_deep_in_folders_and_zips_is_opened(tiny: CourseAssignment, tmp_path: Path) -> None:
    nested = packed({"a.zip": packed({"b/c.ZIP": WHOLE})})
    found = read(tiny, tmp_path, {"ada/hw/hw/hw.zip": WHOLE, "bob/x.zip": nested, "eve.zip": nested})
    assert found == {"ada": "whole", "bob": "whole", "eve": "whole"}


@pytest.mark.parametrize("encoding", ["utf-8", "cp437"])
def test_names_in_a_zip_that_does_not_say_its_letters_are_read(
    tiny: CourseAssignment, tmp_path: Path, encoding: str
) -> None:
    names = ("Jürgen Groß_203", "Zoë Åäö_204")
    entries = [
        ZipEntry(f"{who}_assignsubmission_file/{name}".encode(encoding), text.encode(), flags=0)
        for who in names
        for name, text in CORRECT.items()
    ]
    (tmp_path / "class.zip").write_bytes(raw_zip(entries))
    found = understood(HandInOptions(paths=(tmp_path / "class.zip",)), tiny)
    assert {one.student.name for one in found.submissions} == {"Jürgen Groß", "Zoë Åäö"}


@pytest.mark.parametrize("others", [("Bob Ray_402", "Eve Li_403"), ("Jean-Luc Roy_402", "Eve Li_403")])
def test_a_double_name_in_moodle_is_not_a_team_and_its_member(
    tiny: CourseAssignment, tmp_path: Path, others: tuple[str, ...]
) -> None:
    """`Anna-Lena Groß`, who is not on the roster, was taken for Lena Groß of a team `Anna`, and graded as her."""
    tree = joined(*(own(f"{who}_assignsubmission_file/") for who in ("Anna-Lena Groß_401", *others)))
    assert read(tiny, tmp_path, tree, roster="id,name\na1,Lena Groß\n") == {
        who.rpartition("_")[0]: "whole" for who in ("Anna-Lena Groß_401", *others)
    } | {"a1": "absent"}


def test_names_that_differ_by_their_capitals_alone_are_found_as_they_are_written(
    tiny: CourseAssignment, tmp_path: Path
) -> None:
    """They were nobody's, and both students missing."""
    names = ("Anna Groß", "ANNA GROSS", "anna gross", "李 小龍", "小龍 李")
    tree = joined(*(own(f"60{n}-77 - {name} - Apr 16, 2026 1052 PM/") for n, name in enumerate(names)))
    roster = "Matrikelnummer,Name\n" + "".join(f"s{n},{name}\n" for n, name in enumerate(names))
    assert set(read(tiny, tmp_path, tree, roster=roster)) == {f"s{n}" for n in range(len(names))}


def test_a_name_that_two_share_is_told_with_whose_it_may_be(tiny: CourseAssignment, tmp_path: Path) -> None:
    """It read `not on the roster`, where both are."""
    lay(tmp_path / "class", joined(own("Anna Groß/"), own("Bob Ray/")))
    lay(tmp_path, {"roster.csv": "id,name\na1,Anna Groß\na2,Anna Groß\nb1,Bob Ray\n"})
    found = understood(HandInOptions(paths=(tmp_path / "class",), roster=tmp_path / "roster.csv"), tiny)
    assert any("Anna Groß: 2 students of the roster go by this name (a1 and a2)" in told for told in found.ignored)


def test_a_shared_name_with_a_number_behind_it_is_the_students_of_that_number(
    tiny: CourseAssignment, tmp_path: Path
) -> None:
    tree = joined(own("Anna Groß (00619)/"), own("Bob Ray (00620)/"), own("Anna Groß 00777/"))
    roster = "id,name\n00618,Anna Groß\n00619,Anna Groß\n00620,Bob Rey\n00777,Eve Li\n"
    found = read(tiny, tmp_path, tree, roster=roster)
    assert found == {
        "00618": "absent", "00619": "whole", "00620": "whole", "00777": "absent", "Anna Groß 00777": "whole"
    }  # fmt: skip


@pytest.mark.parametrize("letters", ["cp1252", "cp1251", "gb18030", "mac_roman", "cp852"])
def test_names_that_were_packed_in_other_letters_are_found_on_the_roster(
    tiny: CourseAssignment, tmp_path: Path, letters: str
) -> None:
    """What says nothing of its letters was read as old Windows does, and nobody on the roster is called so."""
    people = {"cp1251": "Ольга Щукина", "gb18030": "王小明", "cp852": "Jiří Novák"}.get(letters, "Éloïse Müller-Groß")
    entries = [
        ZipEntry(f"{who}/{name}".encode(letters), text.encode(), flags=0)
        for who in (people, "Bob Ray")
        for name, text in CORRECT.items()
    ]
    roster = f"id,name\ns1,{people}\ns2,Bob Ray\ns3,Mller Gro\n"
    assert read(tiny, tmp_path, {"all.zip": raw_zip(entries)}, roster=roster) == {
        "s1": "whole", "s2": "whole", "s3": "absent",
    }  # fmt: skip


def test_exports_that_lie_side_by_side_are_classes(tiny: CourseAssignment, tmp_path: Path) -> None:
    """One of two platforms' was graded whole as the submission of a student called moodle."""
    canvas = joined(own("canvas/lovelaceada_11_901_"), own("canvas/rossbob_LATE_12_902_"))
    moodle = joined(*(own(f"{who}_assignsubmission_file_/") for who in ("Zoë Li_41", "Ed Wu_42")))
    roster = "id,name,canvas id\ns1,Ada Lovelace,11\ns2,Bob Ross,12\ns3,Zoë Li,\ns4,Ed Wu,\n"
    tree = joined(canvas, {"moodle.zip": packed(moodle)})
    assert read(tiny, tmp_path, tree, roster=roster) == dict.fromkeys(("s1", "s2", "s3", "s4"), "whole")
    paths = tuple((tmp_path / "class").iterdir())
    found = understood(HandInOptions(paths=paths, roster=tmp_path / "roster.csv"), tiny)
    assert len(found.submissions) == 4


def test_what_a_student_lays_out_as_an_export_is_theirs(tiny: CourseAssignment, tmp_path: Path) -> None:
    forged = joined(own("eve/rossbob_12_902_"), own("eve/lovelaceada_11_901_"))
    found = read(tiny, tmp_path, joined(forged, own("bob/"), own("ada/")))
    assert {name for name, what in found.items() if what == "whole"} == {"ada", "bob"}
    assert set(found) == {"ada", "bob", "eve"}


def test_what_was_downloaded_once_more_is_the_same_students(tiny: CourseAssignment, tmp_path: Path) -> None:
    """`ada (1)` was another student, who had handed in, and ada the rest."""
    another = packed({**CORRECT, "own.py": "X = 1"})
    found = read(tiny, tmp_path, {"ada (1).zip": another, "ada.zip": WHOLE, "bob (1).zip": WHOLE})
    assert found == {"bob (1)": "whole"}  # which of ada's counts, nothing says
    again = read(tiny, tmp_path / "again", {"ada (1).zip": WHOLE, "eve.zip": WHOLE}, roster="id\nada\neve\n")
    assert again == {"ada": "whole", "eve": "whole"}


def test_a_login_with_a_dot_is_not_cut_at_it(tiny: CourseAssignment, tmp_path: Path) -> None:
    """ada.l was ada: with both on the roster, one's work went to the other."""
    tree = joined(own("ada.l/"), own("j.smith/"), {"bob.x.zip": WHOLE})
    assert read(tiny, tmp_path, tree, roster="login\nada\nada.l\nj.smith\nbob.x\nj\n") == {
        "ada": "absent", "ada.l": "whole", "bob.x": "whole", "j": "absent", "j.smith": "whole",
    }  # fmt: skip


def test_iliass_moment_before_a_file_name_is_not_part_of_it(tiny: CourseAssignment, tmp_path: Path) -> None:
    tree = joined(own("Abgaben/Lovelace_Ada_ada1_12/20261001235959_"), own("Abgaben/Groß_Jo_jogr2_13/20261001225959_"))
    assert read(tiny, tmp_path, tree, roster="login\nada1\njogr2\n") == {"ada1": "whole", "jogr2": "whole"}


def test_repositories_of_different_branches_lose_them_also_as_zips(tiny: CourseAssignment, tmp_path: Path) -> None:
    tree: Tree = {
        "hw1-ada-main.zip": packed(own("hw1-ada-main/")),
        "hw1-bob-master.zip": packed(own("hw1-bob-master/")),
    }
    assert set(read(tiny, tmp_path, tree)) == {"ada", "bob"}


@pytest.mark.parametrize(
    "name", ["ada_v2", "ada (resubmitted)", "ada-late", "Ada_Byron_final", "ada attempt 2 (1)", "01001 re-submission"]
)
def test_what_says_that_something_came_again_is_no_part_of_a_name(
    tiny: CourseAssignment, tmp_path: Path, name: str
) -> None:
    """`ada_v2` was by nobody on the roster, and ada was missing."""
    roster = "id,name,login\n01001,Ada Byron,ada\n01002,Bo Ek,bo\n"
    tree = joined(own(f"{name}/"), own("bo/"), own("ada_2/"))
    found = read(tiny, tmp_path, tree, roster=roster)
    assert found == {"01001": "whole", "01002": "whole", "ada_2": "whole"}  # a number may belong to a login


def test_who_is_called_like_a_second_version_is_nobody_else(tiny: CourseAssignment, tmp_path: Path) -> None:
    roster = "id,name\nada,Ada\nada_v2,Ada Zwei\n7,Ada Late\n"
    tree = joined(own("ada_v2/"), own("ada_late/"))
    assert read(tiny, tmp_path, tree, roster=roster) == {"ada": "absent", "ada_v2": "whole", "7": "whole"}
