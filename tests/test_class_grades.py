"""The grades of a class in the forms of other systems, read back as those systems read them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import WorksheetError
from grader.exports import registry
from grader.exports.class_grades.canvas import canvas_table, canvas_worksheet
from grader.exports.class_grades.csv import csv_table
from grader.exports.class_grades.gradescope import gradescope_table
from grader.exports.class_grades.jsonl import json_lines
from grader.exports.class_grades.moodle import moodle_worksheet
from grader.exports.class_grades.nbgrader import nbgrader_table
from grader.exports.grades import Grade, Grades, last_and_first
from grader.exports.worksheets import Filled
from grader.intake.roster import read_roster
from grader.model.status import Outcome
from grader.wording.statuses import why_not_graded

ADA = Grade(
    "ada", "Ada Lovelace", "ada@uni.example", "graded", Fraction(13, 3), Fraction(1, 2), "2026-11-22 10:30:00", 97500,
    {"relu": Fraction(4), "pool": Fraction(1, 3)}, ("4.33 of 6 points", "pool, 0.33 of 2: dx is empty"),
)  # fmt: skip
BOB = Grade("bob", "Hope, Bob", "bob@uni.example", "unreadable", None, feedback=("bob.zip is damaged",))
EVE = Grade("eve", "=HYPERLINK(1)", "+1@uni.example", "graded", Fraction(6), feedback=("@SUM(1)",))
GRADES = Grades("tiny", "Numbers in columns", Fraction(6), ("relu", "pool"), (ADA, BOB, EVE), "2026-11-21 07:25:00")

TABLES = [name for name in registry.class_names() if registry.class_format(name).suffix == ".csv"]

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Quiz (11),Numbers in columns (4711),Current Score
    Points Possible,,,,,5,6,(read only)
"Lovelace, Ada",101,,ADA,CS 1,4,,80
Bob Hope,102,bob,,CS 1,3,2.5,60
Ev E,103,eve,,CS 1,,EX,
Nobody Else,104,xyz,,CS 1,,1,
Student with no number,,,,,,,
"""
MOODLE_HEADER = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (grade),Feedback comments"
)
MOODLE = f"""\
{MOODLE_HEADER}
Participant 7,Ada Lovelace,ADA@uni.example,Submitted,,100.00,Yes,-,
Participant 8,Bob Hope,bob@uni.example,Submitted,3.00,100.00,Yes,"Friday, 20 November 2026, 9:00 PM",kept
Participant 9,=HYPERLINK(1),someone@uni.example,Submitted,,100.00,Yes,-,
"""


OURS = '<div class="autograded">'


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_plain_table_has_a_row_for_each_student_and_a_column_for_each_check() -> None:
    ada, bob, _ = rows(csv_table(GRADES))
    assert (ada["score"], ada["max_score"], ada["taken_for_lateness"]) == ("4.33", "6", "0.5")
    assert (ada["relu"], ada["pool"]) == ("4", "0.33")
    assert (bob["outcome"], bob["score"], bob["relu"]) == ("unreadable", "", "")


def test_a_plain_table_is_a_roster_again(tmp_path: Path) -> None:
    (tmp_path / "grades.csv").write_text(csv_table(replace(GRADES, rows=(ADA, BOB))), encoding="utf-8")
    found = read_roster(tmp_path / "grades.csv", "UTC").rows
    assert {key: (row.student.name, row.student.email) for key, row in found.items()} == {
        row.identifier: (row.name, row.email) for row in (ADA, BOB)
    }


def test_a_line_of_json_holds_the_exact_score() -> None:
    ada, bob, _ = map(json.loads, json_lines(GRADES).splitlines())
    assert (ada["score"], ada["exact_score"]) == (4.33, "13/3")
    assert (bob["score"], bob["exact_score"]) == (None, None)


def test_nbgraders_columns_come_in_its_order_and_a_missing_score_is_zero() -> None:
    ada, bob, _ = rows(nbgrader_table(GRADES))
    assert list(ada) == [
        "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
        "late_submission_penalty", "score", "max_score",
    ]  # fmt: skip
    assert (ada["last_name"], ada["first_name"]) == ("Lovelace", "Ada")
    assert (ada["raw_score"], ada["late_submission_penalty"], ada["score"]) == ("4.83", "0.5", "4.33")
    assert (bob["last_name"], bob["first_name"], bob["score"]) == ("Hope", "Bob", "0.0")
    (ill,) = rows(nbgrader_table(replace(GRADES, rows=(replace(BOB, outcome="excused", is_excused=True),))))
    assert (ill["raw_score"], ill["late_submission_penalty"], ill["score"]) == ("", "", "")


def test_gradescopes_columns_tell_lateness_as_hours() -> None:
    ada, bob, _ = rows(gradescope_table(GRADES))
    assert (ada["First Name"], ada["Last Name"], ada["SID"], ada["Total Score"]) == ("Ada", "Lovelace", "ada", "4.33")
    assert ada["Lateness (H:M:S)"] == "27:05:00"
    assert (bob["Total Score"], bob["Status"]) == ("", "Ungraded")


@pytest.mark.parametrize("form", TABLES)
def test_no_cell_of_a_students_is_computed_by_a_spreadsheet(form: str) -> None:
    cells = [cell for row in csv.reader(io.StringIO(registry.class_format(form).render(GRADES))) for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_a_worksheet_of_canvas_gets_the_scores_and_nothing_else() -> None:
    filled = canvas_worksheet(GRADES, CANVAS)
    before, after = csv.reader(io.StringIO(CANVAS)), csv.reader(io.StringIO(filled.text))
    changed = {(old[0], new[6]) for old, new in zip(before, after, strict=True) if old != new and old[:6] == new[:6]}
    assert changed == {("Lovelace, Ada", "4.33")}
    assert (filled.filled, filled.absent, filled.left) == (1, (), ("Ev E (excused in Canvas)",))
    assert filled.empty == ("Bob Hope", "Nobody Else")


def test_whom_canvas_excused_stays_excused() -> None:
    row = next(row for row in csv.reader(io.StringIO(canvas_worksheet(GRADES, CANVAS).text)) if row[0] == "Ev E")
    assert row[6] == "EX"


def test_an_assignment_that_canvas_does_not_know_becomes_a_new_column_with_its_points() -> None:
    table = list(csv.reader(io.StringIO(canvas_worksheet(replace(GRADES, title="Another"), CANVAS).text)))
    assert table[0][-1] == "Another"
    assert table[1][-1] == "6"
    assert table[2][-1] == "4.33"


def test_a_new_column_is_told_and_an_old_one_can_be_named() -> None:
    """An assignment that Canvas calls otherwise was silently made a second time by the import."""
    sheet = CANVAS.replace(CANVAS.splitlines()[0], CANVAS.splitlines()[0].replace("Numbers in columns", "HW 1"))
    assert sheet != CANVAS
    (told,) = canvas_worksheet(GRADES, sheet).remarks
    assert "Canvas will make a new assignment of that name" in told
    assert "--column 'HW 1 (" in told
    named = canvas_worksheet(replace(GRADES, column="HW 1"), sheet)
    assert named.remarks == ()
    assert len(next(csv.reader(io.StringIO(named.text)))) == len(next(csv.reader(io.StringIO(sheet))))
    with pytest.raises(WorksheetError, match="has no column HW 2, expected one of Quiz"):
        canvas_worksheet(replace(GRADES, column="HW 2"), sheet)
    with pytest.raises(WorksheetError, match="who a student is in the column Section, expected one of an assignment"):
        canvas_worksheet(replace(GRADES, column="Section"), sheet)
    two = CANVAS.replace("Quiz (11)", "Numbers in columns (11)")
    with pytest.raises(WorksheetError, match=r"2 columns of that title, .*\(11\), .*\(4711\): name one with --column"):
        canvas_worksheet(GRADES, two)
    assert canvas_worksheet(replace(GRADES, column="Numbers in columns (11)"), two).filled == 2


def test_a_title_that_begins_alike_is_another_assignment() -> None:
    table = list(csv.reader(io.StringIO(canvas_worksheet(replace(GRADES, title="Numbers"), CANVAS).text)))
    assert table[0][-1] == "Numbers"
    assert table[2][6] == ""


def test_without_a_worksheet_canvas_is_told_the_points_possible_and_a_number_for_each() -> None:
    table = list(csv.reader(io.StringIO(canvas_table(GRADES))))
    assert table[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Numbers in columns"]
    assert (table[1][0].strip(), table[1][5]) == ("Points Possible", "6")
    assert table[2] == ["Ada Lovelace", "", "ada", "", "", "4.33"]


def commented(comment: str) -> str:
    """Give the comment that a worksheet brings back for Ada, who had this one before."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows(
        [
            MOODLE_HEADER.split(","),
            [*["Participant 7", "Ada Lovelace", "ada@uni.example", "", "", "100", "Yes", "-"], comment],
        ]
    )
    return rows(moodle_worksheet(GRADES, buffer.getvalue()).text)[0]["Feedback comments"]


def test_a_teachers_own_comment_stays_before_the_feedback_and_that_of_an_earlier_export_goes() -> None:
    """A night's comments by hand were gone after the upload, and a second upload doubled those from here."""
    fresh = commented("")
    assert commented("<p>Nice plots!</p>") == f"<p>Nice plots!</p>\n{fresh}"
    assert commented(f"<p>Nice plots!</p>\n{OURS}3 of 6 points<br>old</div>") == f"<p>Nice plots!</p>\n{fresh}"
    assert commented(f"{OURS}3 of 6 points</div><p>See me.</p>") == f"<p>See me.</p>\n{fresh}"
    assert commented("4.33 of 6 points\npool, 0.33 of 2: dx is empty") == fresh  # as version 1 wrote it


def test_feedback_is_html_whatever_is_in_it() -> None:
    grade = replace(ADA, feedback=("x < 3 & y > 2", "", "<script>alert(1)</script>"))
    comment = rows(moodle_worksheet(replace(GRADES, rows=(grade,)), MOODLE).text)[0]["Feedback comments"]
    assert comment == f"{OURS}x &lt; 3 &amp; y &gt; 2<br>&lt;script&gt;alert(1)&lt;/script&gt;</div>"


def test_a_row_that_moodle_has_locked_stays_and_is_counted() -> None:
    filled = moodle_worksheet(GRADES, MOODLE.replace("100.00,Yes,-,\nParticipant 8", "100.00,No,-,mine\nParticipant 8"))
    assert rows(filled.text)[0] | {"Grade": "", "Feedback comments": "mine"} == rows(filled.text)[0]
    assert (filled.filled, filled.left, filled.absent) == (1, ("Ada Lovelace (locked in Moodle)",), ())


def test_whoever_could_not_be_read_gets_a_comment_and_no_grade() -> None:
    told = why_not_graded(Outcome.UNREADABLE, "submission bob.zip is a damaged or incomplete zip")
    filled = moodle_worksheet(replace(GRADES, rows=(replace(BOB, feedback=told),)), MOODLE)
    row = rows(filled.text)[1]
    assert row["Grade"] == "3.00"
    assert row["Feedback comments"].startswith(
        f"kept\n{OURS}Not graded: what was handed in cannot be read.<br>submission bob.zip is"
    )
    assert filled.filled == 0


def test_a_worksheet_of_moodle_keeps_what_somebody_else_may_have_changed() -> None:
    filled = moodle_worksheet(GRADES, MOODLE)
    ada, bob, other = rows(filled.text)
    assert (ada["Grade"], ada["Feedback comments"]) == (
        "4.33",
        f"{OURS}4.33 of 6 points<br>pool, 0.33 of 2: dx is empty</div>",
    )
    assert (bob["Grade"], bob["Feedback comments"]) == ("3.00", f"kept\n{OURS}bob.zip is damaged</div>")
    assert bob["Last modified (grade)"] == "Friday, 20 November 2026, 9:00 PM"
    assert (other["Grade"], other["Feedback comments"]) == ("6", f"{OURS}@SUM(1)</div>")
    told = (
        "the worksheet says that 100.00 points are the most, and the assignment gives 6",
        "comments of others stayed in 1 row, the feedback stands after them",
    )
    assert filled == Filled(filled.text, 2, (), ("Bob Hope",), remarks=told)


def of(identifier: str, score: int, name: str = "") -> Grade:
    return Grade(identifier, name, f"{identifier}@uni.example", "graded", Fraction(score))


def canvas_scores(worksheet: str, *grades: Grade) -> tuple[dict[str, str], Filled]:
    filled = canvas_worksheet(replace(GRADES, rows=grades), CANVAS_HEADER + worksheet)
    return {row["Student"]: row["Numbers in columns (4711)"] for row in rows(filled.text)}, filled


CANVAS_HEADER = "Student,ID,SIS User ID,SIS Login ID,Section,Numbers in columns (4711)\n"


def test_one_students_number_in_canvas_is_not_taken_for_anothers_number_here() -> None:
    """Ada's ID is Bob's SIS ID: a row without a SIS ID of ours was filled with another's grade."""
    found, filled = canvas_scores(
        "Ada,300,100,,S,\nBob,301,200,,S,\nEve,100,,,S,\n", of("100", 1), of("200", 2), of("400", 4)
    )
    assert found == {"Ada": "1", "Bob": "2", "Eve": ""}
    assert filled.absent == ("400",)


@pytest.mark.parametrize(
    ("worksheet", "refused"),
    [
        ("Bob,1,100,,S,\nCy,2,300,,S,\n", ("Bob (its identifier is that of 100, its name that of 200)",)),
        (
            "Ada,1,100,,S,\nAda,2,100,,S,\nCy,3,300,,S,\n",
            ("Ada (another row is of 100 too)", "Ada (another row is of 100 too)"),
        ),
        ("Twin,1,900,,S,\nCy,2,300,,S,\n", ("Twin (its name is that of 400 and 500)",)),
    ],
)
def test_a_row_that_nobody_can_say_whose_it_is_stays_and_is_named(worksheet: str, refused: tuple[str, ...]) -> None:
    class_ = (of("100", 1, "Ada"), of("200", 2, "Bob"), of("300", 3, "Cy"), of("400", 4, "Twin"), of("500", 5, "Twin"))
    found, filled = canvas_scores(worksheet, *class_)
    assert filled.refused == refused
    assert found.pop("Cy") == "3"
    assert set(found.values()) == {""}


def test_a_row_that_ends_before_the_column_of_names_is_no_error() -> None:
    """Rows were made as long as the assignment's column stands, and columns behind it were read."""
    header = "ID,Section,Numbers in columns (4711),SIS User ID,Student\n"
    filled = canvas_worksheet(GRADES, f"{header}101,S,\n")
    assert filled.filled == 0


def test_points_possible_that_are_not_ours_are_told() -> None:
    filled = canvas_worksheet(GRADES, CANVAS.replace("5,6,", "5,20,"))
    assert filled.remarks == ("Canvas has 20 points possible for Numbers in columns (4711), the assignment gives 6",)


def test_two_students_of_one_name_are_not_mistaken_for_each_other() -> None:
    twins = replace(GRADES, rows=(replace(ADA, identifier="a1", email=""), replace(ADA, identifier="a2", email="")))
    filled = moodle_worksheet(twins, MOODLE)
    assert (filled.filled, filled.absent) == (0, ("a1", "a2"))


@pytest.mark.parametrize(
    ("fill", "worksheet", "words"),
    [
        (canvas_worksheet, "", "is empty"),
        (canvas_worksheet, "a,b\n1,2\n", "has the columns a, b, expected Student, ID and Section"),
        (canvas_worksheet, CANVAS.replace("5,6,", "5,read only,"), "will not take back: it says read only"),
        (moodle_worksheet, "Identifier,Grade\nParticipant 1,\n", "has no column Last modified (grade)"),
        (moodle_worksheet, MOODLE.split("\n", maxsplit=1)[0] + "\n", "has no student"),
        (
            moodle_worksheet,
            MOODLE.replace("100.00", "5.00"),
            "says that 5.00 points are the most, and the assignment gives 6",
        ),
        (moodle_worksheet, MOODLE.replace("100.00", "Fail"), "has a mark of a scale for the most points, Fail"),
        (moodle_worksheet, 'Identifier,"Grade\n', "is no CSV"),
    ],
)
def test_what_is_no_worksheet_is_one_sentence(fill: object, worksheet: str, words: str) -> None:
    assert callable(fill)
    with pytest.raises(WorksheetError) as caught:
        fill(GRADES, worksheet)
    assert words in str(caught.value)


@given(
    names=st.lists(st.text(max_size=12), max_size=4),
    scores=st.lists(st.none() | st.fractions(0, 6, max_denominator=12), min_size=4, max_size=4),
)
def test_whatever_students_are_called_every_table_keeps_its_columns(
    names: list[str], scores: list[Fraction | None]
) -> None:
    students = tuple(
        Grade(f"s{place}{name}", name, name, "graded", score)
        for place, (name, score) in enumerate(zip(names, scores, strict=False))
    )
    grades = replace(GRADES, rows=students)
    for form in TABLES:
        table = list(csv.reader(io.StringIO(registry.class_format(form).render(grades), newline="")))
        assert {len(row) for row in table} == {len(table[0])}
        assert len(table) in {len(students) + 1, len(students) + 2}


@pytest.mark.parametrize(
    ("name", "taken_apart"),
    [("Ada Lovelace", ("Lovelace", "Ada")), ("Hope, Bob", ("Hope", "Bob")), ("Plato", ("Plato", "")), ("", ("", ""))],
)
def test_a_name_is_taken_apart(name: str, taken_apart: tuple[str, str]) -> None:
    assert last_and_first(name) == taken_apart


def test_canvass_test_student_is_nobody_in_a_worksheet_and_in_a_roster(tmp_path: Path) -> None:
    made_up = '"Student, Test",900,,9f86d081884c7d659a2feaa0c55ad015,CS 1,\n'
    real = '"Student, Test",901,s901,test.student,CS 1,\n'
    scores, filled = canvas_scores(made_up + real, of("s901", 4))
    assert (scores, filled.empty, filled.filled) == ({"Student, Test": "4"}, (), 1)
    (tmp_path / "canvas.csv").write_text(CANVAS_HEADER + made_up + real, encoding="utf-8")
    assert list(read_roster(tmp_path / "canvas.csv", "UTC").rows) == ["s901"]


MOODLE_GERMAN = """\
ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,Zuletzt geändert (Abgabe),Zuletzt geändert (Bewertung),Feedback als Kommentar
Teilnehmer/in7,Ada Lovelace,ADA@uni.example,Zur Bewertung abgegeben,,"100,00",Ja,"Freitag, 20. November 2026, 21:00",-,
Teilnehmer/in8,Bob Hope,bob@uni.example,Zur Bewertung abgegeben,"3,00","100,00",Nein,-,-,bleibt
"""  # noqa: E501  # as Moodle writes it
MOODLE_CHINESE = """\
编号,全名,电子邮件地址,状态,成绩,最高分,成绩可以更改,最后修改 (提交),最后修改 (成绩),反馈评语
参与者 7,Ada Lovelace,ada@uni.example,已提交,,100.00,是,-,-,
"""


@pytest.mark.parametrize(("worksheet", "locked"), [(MOODLE_GERMAN, True), (MOODLE_CHINESE, False)])
def test_moodles_worksheet_is_filled_in_in_the_language_of_the_course(worksheet: str, locked: bool) -> None:
    """It was refused, with the advice to set Moodle to English."""
    filled = moodle_worksheet(GRADES, worksheet)
    before, after = (list(csv.reader(io.StringIO(text))) for text in (worksheet, filled.text))
    assert after[0] == before[0]
    assert [after[1][place] == before[1][place] for place in range(10)] == [*[True] * 4, False, *[True] * 4, False]
    assert filled.left == (("Bob Hope (locked in Moodle)",) if locked else ())
    assert after[2:] == before[2:]
    assert any("filled in are" in remark for remark in filled.remarks)


def test_canvass_export_is_filled_in_in_every_language() -> None:
    """The row of points possible was a student, and of a test student that is called otherwise one was missed."""
    worksheet = (
        "Student/in,ID,SIS-Benutzer-ID,SIS-Anmelde-ID,Abschnitt,Numbers in columns (4711),Aktuelle Note\n"
        "    Mögliche Punkte,,,,,100,(schreibgeschützt)\n"
        f'"Lovelace, Ada",11,{GRADES.rows[0].identifier},al,A,,\n'
        '"Student, Test-",12,,0123456789abcdef0123456789abcdef01234567,A,,\n'
    )
    filled = canvas_worksheet(GRADES, worksheet)
    rows = list(csv.reader(io.StringIO(filled.text)))
    assert (filled.filled, filled.empty, rows[1][5], rows[3][5]) == (1, (), "100", "")
    assert rows[2][5]
    with pytest.raises(WorksheetError, match=r"will not take back: it says \(schreibgeschützt\)"):
        canvas_worksheet(replace(GRADES, column="Aktuelle Note"), worksheet)
