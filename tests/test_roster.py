"""`grader.intake.roster`: a CSV as Canvas, Moodle, Gradescope and people write it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.gradebook.records import Student
from grader.intake.file_names import canvas_name, moodle_name
from grader.intake.identify import Roster, Submitter, plain_owner
from grader.intake.roster import RosterFile, read_roster
from grader.rules.late import Extension

ZONE = "Europe/Bucharest"


def read(folder: Path, text: str | bytes) -> RosterFile:
    file = folder / "roster.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_roster(file, ZONE)


def found(roster: Roster, submitter: Submitter) -> str:
    student = roster.find(submitter)
    assert student is not None
    return student.identifier


def test_canvas_gradebook_names_students_by_their_numbers(tmp_path: Path) -> None:
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section,Tiny (55)\n"
        "    Points Possible,,,,,10\n"
        '"Lovelace, Ada",1234,u17,ada,A,\n'
    )
    file = read(tmp_path, text)
    assert file.roster.students == [Student("u17", "Lovelace, Ada", "", on_roster=True)]
    exported = canvas_name("lovelaceada_1234_9_scale.py")
    assert exported is not None
    assert found(file.roster, exported.submitter) == "u17"
    assert found(file.roster, plain_owner("ada")) == "u17"


def test_moodles_worksheet_tells_participants_and_times(tmp_path: Path) -> None:
    text = (
        "\ufeffIdentifier,Full name,Email address,Status,Grade,Maximum grade,Last modified (submission)\n"
        'Participant 55,Ada Lovelace,ada@uni.example,Submitted,,10,"Tuesday, 16 April 2024, 11:52 PM"\n'
        "Participant 56,Bob Ray,bob@uni.example,No submission,,10,-\n"
    )
    file = read(tmp_path, text)
    ada = file.rows["ada@uni.example"]
    assert ada.submitted_at == dt.datetime(2024, 4, 16, 20, 52, tzinfo=dt.UTC)
    assert file.rows["bob@uni.example"].submitted_at is None
    exported = moodle_name("Someone Else_55_assignsubmission_file_")
    assert exported is not None
    assert found(file.roster, exported.submitter) == "ada@uni.example"


def test_gradescopes_roster_joins_first_and_last_names(tmp_path: Path) -> None:
    file = read(tmp_path, "First Name,Last Name,SID,Email,Sections\nAda,Lovelace,17,ada@uni.example,A\n")
    assert file.roster.students == [Student("17", "Ada Lovelace", "ada@uni.example", on_roster=True)]


def test_a_roster_of_ones_own_may_say_where_when_and_how_much_longer(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        "login;submission;submitted_at;extension\nada;x/ada.zip;2024-04-16T23:58;2 d\nbob;;;2024-05-01T12:00\n",
    )
    ada, bob = file.rows["ada"], file.rows["bob"]
    assert ada.submission == tmp_path / "x/ada.zip"
    assert ada.submitted_at == dt.datetime(2024, 4, 16, 20, 58, tzinfo=dt.UTC)
    assert ada.extension == Extension(days=2)
    assert bob.submission is None
    assert bob.extension == Extension(until="2024-05-01T12:00:00")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty, expected a row of column names and a row for each student"),
        ("colour,shape\nred,round\n", "has the columns colour, shape, expected one that says who"),
        ("id,name\n17,Ada\n17,Bob\n", "row 3 is about 17 again"),
        ("id,name\n1.23457E+11,Ada\n", "row 2 has 1.23457E+11 for a number: the spreadsheet cut it"),
        ("id,submitted_at\n17,noon\n", "row 2 says 'noon', expected a time such as"),
        ("id,extension\n17,soon\n", "row 2 says 'soon', expected days and hours"),
        ("id,email,section\n17,,A\n,,B\n", "row 3 does not say who it is about"),
        (b"id\n\x81\n", "is no text of one encoding: save it as CSV UTF-8"),
        ("id,name\n1,Jörg\n2,".encode() + b"M\xfcller\n", "is no text of one encoding: save it as CSV UTF-8"),
        (b"id\0\n17\n", "is no text of one encoding"),
        (b"PK\x03\x04\x14\x00\x06\x00", "is a workbook, of Excel or the like: save it as CSV UTF-8"),
        ('id\n"17\n', "is no CSV: "),
    ],
)
def test_a_roster_that_says_nothing_is_told_where(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(tmp_path, text)
    assert sentence in str(refused.value)


def test_every_problem_of_a_roster_is_told_at_once(tmp_path: Path) -> None:
    rows = "".join(f"{number},noon\n" for number in range(30))
    with pytest.raises(UsageError) as refused:
        read(tmp_path, f"id,submitted_at\n{rows}")
    lines = str(refused.value).splitlines()
    assert len(lines) == 21
    assert lines[-1].endswith("10 more")


def test_a_roster_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"roster .*none.csv cannot be read: No such file or directory"):
        read_roster(tmp_path / "none.csv", ZONE)


GERMAN = (
    "Matrikelnummer;Nachname;Vorname;E-Mail-Adresse\n0012345;Müller;Jörg;jm@uni.example\n0067;Öz;Ay;ay@uni.example\n"
)


@pytest.mark.parametrize(
    "saved",
    [
        GERMAN.encode(),
        GERMAN.encode("utf-8-sig"),
        GERMAN.encode("utf-16"),
        GERMAN.encode("cp1252"),
        f"sep=;\r\n{GERMAN}".encode(),
        ("\ufeffsep=|\n" + GERMAN.replace(";", "|")).encode(),
        f";;;\r\n\r\n{GERMAN}".encode(),
        f"Tiefes Lernen, Teil 1, Gruppe A;;;\n{GERMAN}".encode(),
        GERMAN.replace(";", "\t").encode("utf-16-be").join((b"\xfe\xff", b"")),
        GERMAN.replace("Nachname;", '"Nachname, wie im Ausweis";').replace("wie im Ausweis", "").encode(),
    ],
)
def test_a_roster_is_read_as_excel_saves_it(tmp_path: Path, saved: bytes) -> None:
    """Excel in German: columns parted by semicolons, a line that says so, UTF-16 or Windows' own letters."""
    students = read(tmp_path, saved).roster.students
    assert [(one.identifier, one.name, one.email) for one in students] == [
        ("0012345", "Jörg Müller", "jm@uni.example"),
        ("0067", "Ay Öz", "ay@uni.example"),
    ]


def test_a_header_with_commas_in_quotes_does_not_part_the_columns(tmp_path: Path) -> None:
    file = read(tmp_path, '"Name, Vorname";Matrikelnummer;"Mail, privat, wenn anders"\n"Müller, Jörg";007;\n')
    assert file.roster.students == [Student("007", "Müller, Jörg", "", on_roster=True)]
    assert found(file.roster, plain_owner("Jörg Müller")) == "007"


def test_a_last_name_in_the_column_name_is_joined_with_the_first(tmp_path: Path) -> None:
    file = read(tmp_path, "Matrikelnummer,Name,Vorname\n1,Müller,Jörg\n2,Ada Lovelace,Ada\n")
    assert [student.name for student in file.roster.students] == ["Jörg Müller", "Ada Lovelace"]


def test_a_line_break_in_a_cell_is_a_space_and_an_apostrophe_before_a_sign_is_the_spreadsheets(tmp_path: Path) -> None:
    """A name of two lines had a sign for the break in greetings, and -7 was another student once it was exported."""
    file = read(tmp_path, "id,name\n'-7,\"Ada\r\nLovelace\"\n'=a1,'t Hooft\n")
    assert [(one.identifier, one.name) for one in file.roster.students] == [("-7", "Ada Lovelace"), ("=a1", "'t Hooft")]


def test_zeros_that_a_spreadsheet_took_away_hide_nobody_and_make_nobody_another(tmp_path: Path) -> None:
    file = read(tmp_path, "id\n0012345\n67\n8\n008\n")
    assert found(file.roster, plain_owner("12345")) == "0012345"
    assert found(file.roster, plain_owner("0067")) == "67"
    assert found(file.roster, plain_owner("008")) == "008"
    assert file.roster.find(plain_owner("08")) is None


@pytest.mark.parametrize(
    "saved",
    [
        "mtknr;nachname;vorname;abschl\r\n0012345;Groß;Anna;88\r\nendHISsheet;;;\r\n".encode("cp1252"),
        b"REGISTRATION_NUMBER;FAMILY_NAME_OF_STUDENT;FIRST_NAME_OF_STUDENT\r\n0012345;Gro\xc3\x9f;Anna\r\n",
        "Prénom,Nom,Numéro d\u2019identification,Adresse de courriel\nAnna,Groß,0012345,a@x.example\n",
        "Nombre,Apellido(s),Número de ID\nAnna,Groß,0012345\n",
        "First Name,Last Name,SID,Role\nAnna,Groß,0012345,Student\nTim,Ta,,TA\nEve,Prof,,Instructor\n",
        "Matrikelnummer;Name;Vorname\n'0012345;Groß;Anna\n",
        'Matrikelnummer,Name,Vorname\n"=""0012345""",Groß,Anna\n',
        "Matrikelnummer;Name;Vorname\n0012345;Groß;Anna\n0012345;Groß;Anna\n\nAnzahl: 1;;\n",
        "Matrikelnummer;Name;Vorname\r\n0012345;Groß;Anna\r\n".encode("utf-16-le"),
        "Student,ID,SIS-Benutzer-ID,SIS-Anmelde-ID,Abschnitt\n    Mögliche Punkte,,,,\nAnna Groß,101,0012345,ag,S\n",
    ],
)
def test_a_roster_is_read_as_registries_and_platforms_in_other_languages_write_it(
    tmp_path: Path, saved: str | bytes
) -> None:
    (student,) = read(tmp_path, saved).roster.students
    assert (student.identifier, student.name) == ("0012345", "Anna Groß")


def test_moodles_worksheet_tells_times_and_its_participants_numbers_in_any_language(tmp_path: Path) -> None:
    """Where the course is in Czech, nobody was found by name and no time was known: nobody was late."""
    text = (
        "Identifikátor,Celé jméno,Identifikační číslo,Naposledy změněno (odevzdání),Naposledy změněno (známka)\n"
        'Účastník 101,Žofie Nováková,077,"neděle, 29. listopadu 2026, 22.14",-\n'
        'Účastník 102,Jiří Novák,078,"xyz, 1. xyz 2026",-\n'
    )
    rows = read(tmp_path, text).rows
    assert {number: row.submitted_at and f"{row.submitted_at:%d %H:%M}" for number, row in rows.items()} == {
        "077": "29 20:14", "078": None
    }  # fmt: skip
    names = read(tmp_path, "Křestní jméno,Příjmení,Identifikační číslo\nŽofie,Nováková,077\n").roster.students
    assert [(one.identifier, one.name) for one in names] == [("077", "Žofie Nováková")]


def test_who_teaches_and_the_end_of_a_list_are_left_aside_and_told(tmp_path: Path) -> None:
    """Teaching assistants on Gradescope's roster were missing students."""
    text = "Name,SID,Role\nAnna,1,Student\nTim,2,TA\nEve,3,Instructor\n,Anzahl: 3,\n"
    told = " ".join(read(tmp_path, text).left_aside)
    assert "Tim and Eve left aside, who teach, by their role" in told
    assert "Anzahl: 3 left aside, no students" in told


@pytest.mark.parametrize(
    ("text", "student"),
    [
        ("学生,ID,SIS 用户 ID,SIS 登录 ID,班级\n    满分,,,,\n王小明,11,0023,wxm,A\n", ("0023", "王小明", "", "A")),
        ('Õpilane,ID,SIS kasutaja,SIS sisselogimine\n"Tamm, Jüri",11,0023,jt\n', ("0023", "Tamm, Jüri", "", "")),
        ("ID,Name,Thesis,Analysis\n0023,Ada,On gradients,7\n", ("0023", "Ada", "", "")),
        ("编号,全名,学号,电子邮件地址\n参与者 4711,王小明,0023,w@x.cn\n", ("0023", "王小明", "w@x.cn", "")),
        ("学号,姓,名,班级\n0023,王,小明,2班\n", ("0023", "王小明", "", "2班")),
        ("학번,성,이름\n0023,김,철수\n", ("0023", "김철수", "", "")),
        ("Имя;Фамилия;Адрес электронной почты;Группа\nИван;Петров;i@x;7\n", ("i@x", "Иван Петров", "i@x", "7")),
        ("Adı\tSoyadı\tÖğrenci No\tE-posta\nAyşe\tYılmaz\t0023\ta@x.tr\n", ("0023", "Ayşe Yılmaz", "a@x.tr", "")),
        ("Prénom;Nom de famille;Numéro d’identification\nÉloïse;Lefèvre;0023\n", ("0023", "Éloïse Lefèvre", "", "")),
        ("Student\xa0ID,Given Names,Surname\nStudent ID,Given Names,Surname\n0023,Mary\xa0Ann,O'Neil\n",
         ("0023", "Mary Ann O'Neil", "", "")),
    ],
)  # fmt: skip
def test_a_roster_is_read_in_the_writing_of_the_course(tmp_path: Path, text: str, student: tuple[str, ...]) -> None:
    """Of Chinese and Russian ones it was said that no column says who; of Canvas's, its own number was taken."""
    (row,) = read(tmp_path, text).rows.values()
    assert (row.student.identifier, row.student.name, row.student.email, row.section) == student
