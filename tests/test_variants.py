"""Variants: what is one student's own follows from the roster and a secret, and is graded so wherever it is graded."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from classes import in_this_process
from varied_course import RUBRIC, SOLUTION, VARIANTS, answer, build

from grader import cli
from grader.course.assignment import CourseAssignment
from grader.course.discovery import Course, read_assignment
from grader.course.fingerprint import course_fingerprint
from grader.course.handout import hand_out
from grader.course.student_files import student_files
from grader.course.variants import in_variant, variant_number, variant_of
from grader.errors import CourseError, StubError, UsageError
from grader.integrations.gradescope import Metadata, whose
from grader.integrations.platform import NotJudged, judged
from grader.judging.grading import Grader
from grader.lint.variants import stated_otherwise, variant_problems
from grader.model.status import Status


def command(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["grade", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def right_answer(course: CourseAssignment, student: str) -> str:
    variant = variant_of(course, student).variant
    assert variant is not None
    return answer(variant.constants["slope"], variant.constants["_weights"])


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What a class gets: s1 is right, s2 hands in what s1 has and says so in a file, s3 works with s2's numbers."""
    folder = tmp_path_factory.mktemp("class")
    build(folder / "course")
    course = Course(folder / "course").load("leaky")
    work = {name: right_answer(course, of) for name, of in {"s1": "s1", "s2": "s1", "s3": "s2", "s9": "s1"}.items()}
    for name, text in work.items():
        (folder / "in" / name).mkdir(parents=True)
        (folder / "in" / name / "leaky.py").write_text(text, encoding="utf-8")
    claim = {"student": "s1", "number": variant_number(course.assignment, "s1"), "constants": {"slope": 0.0}}
    (folder / "in/s2/variant.json").write_text(json.dumps(claim), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, in_this_process(patch):
        roster, place = folder / "course/roster.csv", folder / "course"
        words = ("leaky", folder / "in", "--roster", roster, "--out", folder / "out", "--course", place)
        command(patch, "batch", *words)
    pages = sorted((folder / "out/leaky").rglob("*.json"))
    documents = [json.loads(page.read_text(encoding="utf-8")) for page in pages]
    return {one["submission"]: one for one in documents if isinstance(one, dict) and "provenance" in one}


def test_a_class_is_graded_by_the_variants_of_its_roster(graded: dict[str, dict[str, object]]) -> None:
    assert graded["s1"]["score"] == 4


def test_who_claims_anothers_variant_or_hands_in_their_work_gains_nothing(
    graded: dict[str, dict[str, object]],
) -> None:
    assert [graded[name]["score"] for name in ("s2", "s3")] == [0, 0]


def test_who_is_not_on_the_roster_is_graded_as_nobodys_variant(graded: dict[str, dict[str, object]]) -> None:
    assert "s9" not in graded


def test_a_result_says_which_variant_it_was_graded_as(graded: dict[str, dict[str, object]], tmp_path: Path) -> None:
    course = read_assignment(build(tmp_path))
    for name in ("s1", "s2", "s3"):
        origin = graded[name]["provenance"]
        assert isinstance(origin, dict)
        assert origin["variant"] == variant_number(course.assignment, name)


def test_a_hand_out_of_the_roster_grades_each_student_by_their_own_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tmp_path)
    out = tmp_path / "out"
    words = ("leaky", "--roster", tmp_path / "roster.csv", "--out", out, "--course", tmp_path)
    assert not command(monkeypatch, "handout", *words)
    whole = read_assignment(tmp_path / "reference/leaky")
    student = "s3"
    course = Course(out / student).load("leaky")
    (out / student / "student/leaky/leaky.py").write_text(right_answer(whole, student), encoding="utf-8")
    with Grader(course) as grader:
        result = grader.grade(out / student / "student/leaky")
    assert [(row.name, row.status) for row in result.checks] == [("leaky", Status.PASSED)]
    assert result.provenance.variant == variant_number(whole.assignment, student)
    readme = (out / student / "student/leaky/README.md").read_text(encoding="utf-8")
    assert course.variant is not None
    assert f"negative by {course.variant.constants['slope']}." in readme
    everything = "".join(path.read_text() for path in out.rglob("*") if path.is_file() and path.suffix != ".sqlite")
    for secret in ("kept-with-the-course", "_weights", "variant(", "def constants"):
        assert secret not in everything


def test_whose_variant_is_which_depends_on_nobody_else_and_not_on_how_a_number_is_written(tmp_path: Path) -> None:
    rubric = read_assignment(build(tmp_path)).assignment
    other = read_assignment(build(tmp_path / "other", RUBRIC.replace("7f3a", "7f3b"))).assignment
    numbers = [variant_number(rubric, f"s{number}") for number in range(40)]
    assert variant_number(rubric, " S7 ") == numbers[7]
    assert len(set(numbers)) > 10
    assert numbers != [variant_number(other, f"s{number}") for number in range(40)]


def test_a_constant_stands_in_the_reference_the_stub_and_the_text(tmp_path: Path) -> None:
    course = in_variant(read_assignment(build(tmp_path)), 5)
    assert course.variant is not None
    slope, count = course.variant.constants["slope"], course.variant.constants["_weights"]
    assert f"SLOPE = {slope}  # variant(slope)" in course.solution["leaky.py"]
    assert f"count = {count}  # variant(_weights)" in course.solution["leaky.py"]
    files = student_files(course)
    assert f"SLOPE = {slope}\n" in files["leaky.py"]
    assert str(count) not in files["leaky.py"] + files["README.md"]


def test_what_is_graded_as_another_variant_has_another_key(tmp_path: Path) -> None:
    course = read_assignment(build(tmp_path))
    record = course_fingerprint(course, None)
    changed = read_assignment(build(tmp_path / "changed", variants=VARIANTS.replace("20, 40", "20, 41")))
    keys = {record.key("d", 1), record.key("d", 2), course_fingerprint(changed, None).key("d", 1)}
    assert len(keys) == 3


def test_lint_tries_several_variants_and_says_what_does_not_vary(tmp_path: Path) -> None:
    wrong = VARIANTS.replace('"_weights": rows * width', '"_weights": rows * 30')
    with Grader(read_assignment(build(tmp_path / "wrong", variants=wrong))) as grader:
        found = [*variant_problems(grader, lambda other: [str(other.course.variant is not None)])]
    assert found[0].startswith("reference/leaky/solution/leaky.py states other constants")
    assert found[2:] == [f"variant {number}: True" for number in (1, 2, 3)]
    fixed = "def constants(rng):\n    return dict(slope=0.1, rows=3, width=4, _weights=12)\n"
    rubric = RUBRIC.replace("inputs = true", "inputs = false")
    with Grader(read_assignment(build(tmp_path / "fixed", rubric, fixed))) as grader:
        assert [*variant_problems(grader, lambda _: [])][-1].startswith("what students get is the same in all of")
        assert {file.name for file in stated_otherwise(grader.course)} == {"leaky.py", "sizes.py"}


@pytest.mark.parametrize(
    ("rubric", "variants", "solution", "sentence"),
    [
        (RUBRIC.replace("7f3a-kept-with-the-course", "short"), VARIANTS, SOLUTION, "variants.salt: has 5 characters"),
        (RUBRIC.replace("30", "1"), VARIANTS, SOLUTION, "variants.count: is 1, expected greater than or equal to 2"),
        (RUBRIC, "def constant(rng):\n    return {}\n", SOLUTION, "variants.py: constants: is missing, expected def"),
        (RUBRIC, "def constants(rng):\n    return 3\n", SOLUTION, "constants: returns int, expected a dict"),
        (RUBRIC, "def constants(rng):\n    return {'a': [1]}\n", SOLUTION, "gives [1] for a, expected a finite number"),
        (RUBRIC, "def constants(rng):\n    return rng.nothing\n", SOLUTION, "variants.py: line 2: AttributeError"),
        (RUBRIC, "def constants(rng:\n", SOLUTION, "variants.py: line 1 does not parse"),
        (RUBRIC, VARIANTS, SOLUTION.replace("(slope)", "(slop)"), "; the nearest is slope"),
        (RUBRIC, VARIANTS, SOLUTION.replace("SLOPE = 0.02", "use(0.02)"), "line 3: is nearly a mark"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_variants_is_told_by_file_and_key(
    tmp_path: Path, rubric: str, variants: str, solution: str, sentence: str
) -> None:
    with pytest.raises(CourseError) as told:
        read_assignment(build(tmp_path, rubric, variants, solution))
    assert sentence in str(told.value)


def test_a_constant_that_students_must_not_read_is_handed_out_nowhere(tmp_path: Path) -> None:
    home = build(tmp_path, solution=SOLUTION.replace("variant(slope)", "variant(_weights)"))
    with pytest.raises(StubError, match="shows _weights, which students are not to read"):
        student_files(read_assignment(home))
    home = build(tmp_path / "text")
    (home / "instructions.md").write_text("It is {{ _weights }}.", encoding="utf-8")
    with pytest.raises(StubError, match="no constant that students read"):
        student_files(read_assignment(home))


@pytest.mark.parametrize(
    ("there", "written", "key"),
    [
        ("[hidden]\nseed = 20261121\n", "hidden = { seed = 20261121 }\n", "hidden.seed"),
        ('salt = "7f3a-kept-with-the-course"\n', '"salt" = "7f3a-kept-with-the-course"\n', "variants.salt"),
    ],
)
def test_a_secret_that_is_written_in_another_form_is_not_handed_out(
    tmp_path: Path, there: str, written: str, key: str
) -> None:
    """The seed of hidden inputs was handed out with an assignment that had it in a table on one line."""
    course = read_assignment(build(tmp_path, RUBRIC.replace(there, written)))
    with pytest.raises(CourseError, match=f"{key}: would be handed out"):
        hand_out(course, student_files(course))


USERS = {"Bo": {"name": "Bo", "email": "BO@x.org", "sid": None}, "Di": {"name": "Di", "email": "di@x.org", "sid": "s9"}}


def test_on_gradescope_the_one_who_is_logged_in_decides(tmp_path: Path) -> None:
    rubric, roster = read_assignment(build(tmp_path)).assignment, tmp_path / "roster.csv"

    def told(*names: str) -> Metadata:
        users = [USERS[name] for name in names]
        return Metadata.model_validate({"created_at": "2026-11-30T10:00:00Z", "users": users})

    assert whose(told("Bo"), roster, rubric) == "s2"
    for metadata, given, sentence in (
        (told("Bo"), None, "make the bundle with --roster"),
        (told("Di"), roster, "the roster does not know di@x.org"),
        (told("Bo", "Di"), roster, "2 students handed this in, expected one"),
        (None, roster, "0 students handed this in"),
    ):
        with pytest.raises(UsageError, match=sentence):
            whose(metadata, given, rubric)


def test_a_job_that_names_no_student_is_told_that_nobody_knows_the_variant(tmp_path: Path) -> None:
    build(tmp_path)
    ended = judged(lambda: Course(tmp_path), "leaky", tmp_path / "in")
    assert isinstance(ended, NotJudged)
    assert "nothing says who handed this in" in ended.sentence


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("handout", "leaky", "--out", "out"), "leaky has variants: give --roster with all students, or --student"),
        (("gradescope", "leaky", "--bundle", "out.zip"), "leaky has variants: give --roster"),
        (("batch", "leaky", "in", "--out", "out", "--groups", "teams.csv"), "its submissions are no team's"),
    ],
)
def test_what_cannot_be_done_with_variants_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...],
    sentence: str,
) -> None:  # fmt: skip
    build(tmp_path)
    (tmp_path / "in/s1").mkdir(parents=True)
    (tmp_path / "in/s1/leaky.py").write_text(answer(1, 1), encoding="utf-8")
    (tmp_path / "teams.csv").write_text("team,student\nred,s1\nred,s2\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with in_this_process(monkeypatch):
        assert command(monkeypatch, *words)
    assert sentence in " ".join("".join(capsys.readouterr()).split())


def test_the_desk_of_a_course_grades_as_whom_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    course = read_assignment(build(tmp_path))
    (tmp_path / "in").mkdir()
    variant = variant_of(course, "s3").variant
    assert variant is not None
    written = answer(variant.constants["slope"], "sizes.ROWS * sizes.WIDTH")  # of the file that the course provides
    (tmp_path / "in/leaky.py").write_text(written, encoding="utf-8")
    words = ("run", "leaky", "--course", tmp_path, "--submission", tmp_path / "in")
    assert command(monkeypatch, *words, "--student", "S3") == 0
    assert "graded as the variant of S3" in capsys.readouterr().err
    monkeypatch.chdir(tmp_path)
    repro = ("repro", "leaky", "leaky", "--case", "1", *words[2:])
    assert command(monkeypatch, *repro) == 0
    first = (tmp_path / "repro_leaky.py").read_text(encoding="utf-8")
    assert "inputs of the first variant: --student ID takes another" in capsys.readouterr().err
    assert command(monkeypatch, *repro, "--student", "S3") == 0
    assert "inputs of the variant of S3" in capsys.readouterr().err
    assert (tmp_path / "repro_leaky.py").read_text(encoding="utf-8") != first
