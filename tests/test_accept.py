"""What `grade lint --accept` writes: what mistakes fail, what samples get, what survives; the rest stays as it is."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from classes import Grade, commands
from tiny_course import MISTAKES, SAMPLES, build

from grader.lint.accept import survivor_row
from grader.lint.mutants import Mutant


@pytest.fixture
def grade(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Grade:
    return commands(monkeypatch, capsys, tmp_path)


def test_what_lint_found_is_written_and_shown(grade: Grade, tmp_path: Path) -> None:
    mistakes = MISTAKES.replace('fails=("standardized",)', "fails=()").replace(
        'fails=("unit_rows",)', 'fails=("unit_rows", "variance")'
    )
    samples = SAMPLES.replace("score = 9.2", "score = 9  # by hand").replace('mistakes = ["short-rows-kept"]\n', "")
    samples = samples.replace('unit_rows = "failed"', 'unit_rows = "passed"').replace(
        "[prints]\nscore = 9\n", "[prints]\nscore = 10\n"
    )
    folder = build(tmp_path, mistakes=mistakes, samples=samples)
    ran = grade("lint", "tiny", "--accept")
    assert (ran.code, (folder / "mistakes.py").read_text(encoding="utf-8")) == (0, MISTAKES)
    rows = tomllib.loads((folder / "samples/samples.toml").read_text(encoding="utf-8"))
    wanted = tomllib.loads(SAMPLES)
    assert rows == wanted
    assert "score = 9.2  # by hand" in (folder / "samples/samples.toml").read_text(encoding="utf-8")
    assert "-        fails=()," in ran.out
    assert "+score = 9.2  # by hand" in ran.out
    assert "2 files are written: look the changes through" in ran.out
    assert "nothing is to be written" in grade("lint", "tiny", "--accept").out


def test_a_sample_that_is_not_listed_is_added_by_its_name(grade: Grade, tmp_path: Path) -> None:
    """A new author's mistakes were made by a function of theirs, which nothing was written into and nothing told."""
    mistakes = MISTAKES.replace('fails=("standardized",)', 'fails=tuple(["variance"])')
    folder = build(tmp_path, samples=SAMPLES.split("[loops]")[0], mistakes=mistakes)
    ran = grade("lint", "tiny", "--accept")
    assert (ran.code, "fails standardized, and mistakes.py does not write its fails=(...) out" in ran.out) == (1, True)
    rows = tomllib.loads((folder / "samples/samples.toml").read_text(encoding="utf-8"))
    assert (rows["loops"]["score"], rows["short-rows"]["mistakes"]) == (10, ["short-rows-kept"])
    assert rows["loops"]["says"] == "loops"


def test_nothing_is_written_where_the_reference_fails(grade: Grade, tmp_path: Path) -> None:
    folder = build(tmp_path, mistakes=MISTAKES.replace('fails=("standardized",)', "fails=()"))
    (folder / "solution/stats.py").write_text(
        "def variance(x):\n    # solution(1): X.\n    raise ValueError\n    # end solution\n"
    )
    before = (folder / "mistakes.py").read_text(encoding="utf-8")
    (folder / "mistakes.py").write_text("MISTAKES = ()\n", encoding="utf-8")
    ran = grade("lint", "tiny", "--accept")
    assert (ran.code, "the reference fails in variance: ValueError" in ran.out) == (1, True)
    assert "nothing is to be written" in ran.out
    assert before != ""


def test_a_draft_needs_no_mistakes_samples_and_students_files(grade: Grade, tmp_path: Path) -> None:
    build(tmp_path, mistakes=None, samples=None, student_scale=None, student_stats=None)
    for sample in (tmp_path / "reference/tiny/samples").iterdir():
        sample.rename(tmp_path / sample.name)
    whole, draft = grade("lint", "tiny", "--runs", "1"), grade("lint", "tiny", "--runs", "1", "--draft")
    assert (whole.code, draft.code) == (1, 0)
    assert "expected at least 2 of different style" in whole.out
    assert "mistakes.py has no mistake, expected one for each check" in whole.out


def test_a_draft_leaves_out_what_does_not_fit_it_any_more(grade: Grade, tmp_path: Path) -> None:
    """The line of a mistake that a sample makes is rewritten, and a convention names a check that is renamed."""
    stale = MISTAKES.replace("np.where(length == 0, 1, length)", "np.where(length < 1e-9, 1, length)")
    stale = stale.replace("import Mistake", "import Convention, Mistake")
    odd = (
        'CONVENTIONS = (Convention("odd", (), also_fails={"short-rows-kept": ("varianc",), "not-centred": ("x",)}),)\n'
    )
    build(tmp_path, mistakes=stale + odd)
    whole, draft = (grade("lint", "tiny", "--runs", "1", *more) for more in ((), ("--draft",)))
    assert "short-rows-kept: the text to replace occurs 0 times in scale.py, expected once" in whole.err
    left_out = [line.removeprefix("tiny: reference/tiny/mistakes.py: ") for line in draft.out.splitlines()[-3:-1]]
    assert left_out == [
        "short-rows-kept is left out: the text to replace occurs 0 times in scale.py, expected once",
        "odd is left out: also_fails names no check: 'varianc'; the nearest is variance, and 1 problem more",
    ]
    assert (draft.code, draft.out.splitlines()[-1]) == (1, "tiny: 2 problems")
    assert "3 mistakes, 3 of them named" in draft.out


def test_a_survivor_is_written_with_its_reason_to_be_found() -> None:
    diff = '-    return f("\\n")\n+    return f("""x""")'
    row = tomllib.loads(survivor_row(Mutant("a.py", 3, "x", "", diff)))["survivors"][0]
    assert (row["file"], row["diff"].strip(), row["reason"]) == ("a.py", diff, "")
