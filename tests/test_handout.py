"""A hand-out grades what is public and holds nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_course import CHECKS, RUBRIC, SCALE, build

from grader import cli
from grader.course.discovery import Course, read_assignment
from grader.course.handout import hand_out, public_rubric, public_tests
from grader.course.student_files import student_files
from grader.errors import CourseError
from grader.judging.grading import Grader
from grader.model.status import Status


def handed_out(folder: Path, monkeypatch: pytest.MonkeyPatch, *, is_built: bool = False) -> Path:
    if not is_built:
        build(folder / "course")
    out = folder / "out"
    monkeypatch.setattr(
        sys, "argv", ["grade", "handout", "tiny", "--out", str(out), "--course", str(folder / "course")]
    )
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    return out


def test_a_hand_out_grades_its_public_checks_without_the_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = handed_out(tmp_path, monkeypatch)
    course = Course(out).load("tiny")
    assert not course.has_reference
    (out / "student/tiny/scale.py").write_text(SCALE, encoding="utf-8")
    with Grader(course) as grader:
        result = grader.grade(out / "student" / "tiny")
    assert [(check.name, check.status) for check in result.checks] == [("standardized", Status.PASSED)]
    assert [note for note in result.notes if note.startswith("graded with a hand-out")]


def test_a_hand_out_shows_the_smallest_example_by_what_was_recorded_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Students have hand-outs: without a reference to ask, none was shown."""
    out = handed_out(tmp_path, monkeypatch)
    (out / "student/tiny/scale.py").write_text(SCALE.replace("x - x.mean", "x + x.mean"), encoding="utf-8")
    with Grader(Course(out).load("tiny")) as grader:
        grader.judge.seeks_examples = True
        (check,) = grader.grade(out / "student" / "tiny").checks
    assert check.verdict.example is not None
    assert check.verdict.example.numbers <= 4


def test_a_hand_out_holds_no_solution_no_hidden_check_and_no_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = handed_out(tmp_path, monkeypatch)
    everything = "".join(path.read_text() for path in out.rglob("*") if path.is_file() and path.suffix != ".sqlite")
    for secret in ("x.std(axis=0)", "test_unit_rows", "checks.variance", "20261121", "divided-by-one-less"):
        assert secret not in everything


def test_a_hand_out_says_by_its_digest_which_reference_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = handed_out(tmp_path, monkeypatch)
    whole = read_assignment(tmp_path / "course/reference/tiny")
    assert Course(out).load("tiny").reference_digest == whole.reference_digest


@pytest.mark.parametrize(
    ("rubric", "sentence"),
    [
        (RUBRIC.replace("public = true\n", ""), "none is public: a hand-out would check nothing"),
        (RUBRIC.replace('needs = ["variance"]', 'needs = ["variance"]\npublic = true'), "'variance' is not public"),
    ],
)
def test_a_course_that_cannot_be_handed_out_is_told_why(tmp_path: Path, rubric: str, sentence: str) -> None:
    course = read_assignment(build(tmp_path, rubric=rubric))
    with pytest.raises(CourseError, match=sentence):
        hand_out(course, student_files(course))


def test_hidden_tests_are_cut_out_with_their_decorators() -> None:
    cut = "@pytest.mark.parametrize(\n    'x', [1]\n)\ndef test_a(x):\n    pass\n"
    source = f"import pytest\n\n\n{cut}\n\ndef test_b():\n    pass\n"
    assert public_tests(source, ["b"]) == "import pytest\n\n\n\n\ndef test_b():\n    pass\n"


def test_rows_of_hidden_checks_are_cut_out_of_the_rubric() -> None:
    text = "[hidden]\nseed = 7\n\n[checks.a]\npoints = 1\n\n[checks.b]\npoints = 2\n"
    assert public_rubric(text, ["b"]) == "[hidden]\nseed = 0\n\n[checks.b]\npoints = 2\n"


READS = CHECKS.replace("import numpy as np\n", "from pathlib import Path\n\nimport numpy as np\n").replace(
    "    x = rng.normal(2, 3, shape)\n    assert_matches(student(standardized",
    '    x = np.load(Path(__file__).parent / "PLACE")[: shape[0], : shape[1]]\n    assert_matches(student(standardized',
)


def test_the_tables_below_a_hidden_check_go_with_it() -> None:
    """A hidden check that is measured made a hand-out which names a check without a test."""
    hidden = '[checks.b]\npoints = 1\n\n[checks.b.measure]\nname = "seconds"\n\n'
    kept = "[checks.a]\npoints = 1\n\n[checks.a.measure]\nname = 1\n\n[[by_hand]]\n"
    assert public_rubric(kept.replace("[[by_hand]]", f"{hidden}[[by_hand]]"), ["a"]) == kept


def test_a_hand_out_knows_the_signatures_that_students_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without them an example said `kind = 'ReLU'` in place of `ReLU()`, and a wrong signature went unnamed."""
    out = handed_out(tmp_path, monkeypatch)
    whole = read_assignment(tmp_path / "course/reference/tiny")
    assert Course(out).load("tiny").asked == whole.asked
    (out / "reference/tiny/signatures.json").write_text("[1]")
    with pytest.raises(CourseError, match="is not the object of texts that `grade handout` writes"):
        _ = Course(out).load("tiny").asked


def test_a_hand_out_has_the_data_that_its_public_tests_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = build(tmp_path / "course", checks=READS.replace("PLACE", "public/inputs.npy"))
    (folder / "checks/public").mkdir()
    np.save(folder / "checks/public/inputs.npy", np.random.default_rng(7).normal(size=(9, 9)))
    (folder / "checks/gold.txt").write_text("right", encoding="utf-8")
    out = handed_out(tmp_path, monkeypatch, is_built=True)
    present = [path.name for path in (out / "reference/tiny/checks").rglob("*") if path.is_file()]
    assert sorted(present) == ["inputs.npy", "test_tiny.py"]
    (out / "student/tiny/scale.py").write_text(SCALE, encoding="utf-8")
    with Grader(Course(out).load("tiny")) as grader:
        result = grader.grade(out / "student" / "tiny")
    assert [check.status for check in result.checks] == [Status.PASSED]


def test_a_public_test_that_reads_what_is_not_handed_out_is_told(tmp_path: Path) -> None:
    folder = build(tmp_path, checks=READS.replace("PLACE", "inputs.npy"))
    np.save(folder / "checks/inputs.npy", np.ones((9, 9)))
    course = read_assignment(folder)
    with pytest.raises(CourseError) as caught:
        hand_out(course, student_files(course))
    (problem,) = map(str, caught.value.problems)
    assert problem.startswith(
        "reference/tiny/checks/test_tiny.py: test_standardized: reads checks/inputs.npy, which is"
    )
    assert problem.endswith("not handed out: expected it in checks/public/")
