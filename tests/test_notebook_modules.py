"""Notebooks in place of modules: which stands in for what, how they are graded, and where failures are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from archives import zip_of
from notebooks import code, notebook, printed, shown
from tiny_course import SCALE, STATS

from grader.errors import SubmissionError, UnreadableSubmissionError
from grader.exports.plain import place
from grader.exports.single.github import annotation_lines
from grader.exports.single.junit import junit_xml
from grader.gradebook.submission_archive import dump, load
from grader.judging.grading import Grader
from grader.model.assignment import Assignment
from grader.model.result import CheckResult, Result
from grader.model.status import Status
from grader.model.submission import SourceMap, StoredOutput
from grader.reporting.html import render_html, template_environment
from grader.results.codec import from_json, to_json
from grader.results.visibility import View, visible_to
from grader.submissions.read import Submission, read_submission

ASSIGNMENT = Assignment(
    name="tiny", title="Tiny", source="Handout 000", files=("scale.py", "stats.py"), parts=(), checks=(), seed=1
)
WHOLE = notebook(SCALE, STATS)


def handed_in(folder: Path, files: Mapping[str, str | bytes], assignment: Assignment = ASSIGNMENT) -> Submission:
    for name, content in files.items():
        path = folder / "alice" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_submission(folder / "alice", assignment, {})


def graded(grader: Grader, folder: Path, *cells: str) -> dict[str, CheckResult]:
    (folder / "answers.ipynb").write_bytes(notebook(*cells))
    return {row.name: row for row in grader.grade(folder / "answers.ipynb").checks}


# -------------------------------------------------------------------------------------------- which stands in


def test_a_notebook_stands_in_for_every_module_that_was_not_handed_in(tmp_path: Path) -> None:
    submission = handed_in(tmp_path, {"stats.py": STATS, "work.ipynb": WHOLE})
    assert submission.sources["stats.py"] == STATS
    assert "def unit_rows" in submission.sources["scale.py"]
    assert set(submission.origins) == {"scale.py"}
    assert (submission.missing, submission.notes) == ((), ("work.ipynb stands in for scale.py",))


def test_a_notebook_beside_all_modules_is_not_read(tmp_path: Path) -> None:
    submission = handed_in(tmp_path, {"scale.py": SCALE, "stats.py": STATS, "work.ipynb": b"no notebook"})
    assert (submission.notes, submission.unreadable, submission.origins) == ((), {}, {})


def test_of_several_notebooks_the_one_with_the_modules_name_stands_in(tmp_path: Path) -> None:
    files = {"Scale.ipynb": notebook("x = 1"), "stats.ipynb": notebook("y = 2"), "z.ipynb": WHOLE}
    submission = handed_in(tmp_path, files)
    assert {path: origin.file for path, origin in submission.origins.items()} == {
        "scale.py": "Scale.ipynb", "stats.py": "stats.ipynb",
    }  # fmt: skip


def test_of_several_notebooks_without_that_name_none_stands_in_and_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSubmissionError) as error:
        handed_in(tmp_path, {"a.ipynb": WHOLE, "b.ipynb": WHOLE})
    sentence = "which of a.ipynb and b.ipynb stands in for scale.py and stats.py is not clear: name it scale.ipynb"
    assert error.value.notes == (sentence,)


@pytest.mark.parametrize("top", ["", "alice/theory/"])
def test_a_zip_may_hold_a_notebook_and_a_write_up(tmp_path: Path, top: str) -> None:
    assignment = replace(ASSIGNMENT, attachments=("review.pdf",))
    (tmp_path / "x.zip").write_bytes(zip_of({"answers.ipynb": WHOLE, "review.pdf": b"%PDF"}, top))
    submission = read_submission(tmp_path / "x.zip", assignment, {})
    assert set(submission.origins) == set(ASSIGNMENT.files)
    assert submission.attachments == {"review.pdf": b"%PDF"}


def test_a_checkpoint_copy_of_jupyter_is_no_notebook(tmp_path: Path) -> None:
    files = {"a.ipynb": WHOLE, ".ipynb_checkpoints/a-checkpoint.ipynb": notebook("x = 1")}
    assert set(handed_in(tmp_path, files).origins) == set(ASSIGNMENT.files)


def test_a_notebook_that_cannot_be_read_is_named_and_nothing_is_graded(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSubmissionError) as error:
        handed_in(tmp_path, {"a.ipynb": b"no notebook"})
    assert error.value.notes == ("a.ipynb is not JSON (line 1), expected a notebook as Jupyter saves it",)


def test_a_notebook_that_is_too_large_is_told_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_bytes(b"{")
    with (tmp_path / "a.ipynb").open("r+b") as file:
        file.truncate(300_000_000)
    with pytest.raises(UnreadableSubmissionError, match=r"at most 16 MiB: clear its outputs and hand it in again$"):
        read_submission(tmp_path / "a.ipynb", ASSIGNMENT, {})


def test_the_digest_is_that_of_the_notebook(tmp_path: Path) -> None:
    digests = {
        handed_in(tmp_path / str(place), {"a.ipynb": data}).digest
        for place, data in enumerate((WHOLE, WHOLE, notebook(SCALE, STATS, "x = 1")))
    }
    assert len(digests) == 2


def test_a_file_that_is_neither_is_still_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(SubmissionError):
        read_submission(tmp_path / "notes.txt", ASSIGNMENT, {})


# ------------------------------------------------------------------------------------------------------- graded


def test_a_notebook_is_graded_as_its_modules_would_be(tiny_grader: Grader, tmp_path: Path) -> None:
    cells = ("!pip install numpy\nfrom google.colab import drive", SCALE, "for n in range(10**12):\n    pass", STATS)
    assert {row.status for row in graded(tiny_grader, tmp_path, *cells).values()} == {Status.PASSED}


def test_a_failure_is_shown_in_its_cell(tiny_grader: Grader, tmp_path: Path) -> None:
    row = graded(tiny_grader, tmp_path, "x = 1", "\ndef variance(x):\n    return x.men()\n", SCALE)["variance"]
    assert row.status is Status.RAISED
    assert row.message.startswith("AttributeError in variance at answers.ipynb cell 2, line 3")
    (line,) = row.quoted
    assert (line.file, line.cell, line.line, line.source) == ("answers.ipynb", 2, 3, "    return x.men()")
    assert place(line) == "answers.ipynb, cell 2, line 3, in variance"


def test_what_a_notebook_does_not_define_is_missing_from_the_notebook(tiny_grader: Grader, tmp_path: Path) -> None:
    row = graded(tiny_grader, tmp_path, SCALE)["variance"]
    assert (row.status, row.message) == (Status.UNWRITTEN, "answers.ipynb defines no variance")


def test_what_only_the_compiler_finds_is_told_in_its_cell(tiny_grader: Grader, tmp_path: Path) -> None:
    row = graded(tiny_grader, tmp_path, "x = 1\n", "def f(a, a):\n    pass", STATS)["variance"]
    assert row.message.startswith("answers.ipynb cell 2, line 1 cannot be read as Python: duplicate argument")


def test_a_definition_that_hangs_is_told_by_the_notebooks_name(tiny_grader: Grader, tmp_path: Path) -> None:
    rows = graded(tiny_grader, tmp_path, "class A:\n    while True:\n        pass", STATS)
    assert rows["variance"].message == "the code gives no answer within 5 seconds while importing answers.ipynb"


# ------------------------------------------------------------------------------------------------ kept and shown


def result_of(tiny_grader: Grader, folder: Path) -> Result:
    script = "<script>alert(1)</script>"
    cell = code(SCALE, printed(f"loss 0.25 {script}"), shown(image__png="AAAA", text__html=script))
    (folder / "answers.ipynb").write_bytes(notebook(cell, STATS.replace(".mean", ".men")))
    return tiny_grader.grade(folder / "answers.ipynb")


def test_stored_outputs_are_for_instructors_and_never_markup(tiny_grader: Grader, tmp_path: Path) -> None:
    result = result_of(tiny_grader, tmp_path)
    assert result.stored_outputs == (
        StoredOutput(file="answers.ipynb", cell=1, text="loss 0.25 <script>alert(1)</script>", pictures=1),
    )
    environment = template_environment()
    page = render_html(visible_to(result, View.INSTRUCTOR), environment)
    assert "loss 0.25 &lt;script&gt;" in page
    assert "<script>" not in page
    assert "loss 0.25" not in render_html(visible_to(result, View.STUDENT), environment)
    assert "stored_outputs" not in to_json(visible_to(result, View.STUDENT))


def test_cells_and_outputs_come_back_from_json(tiny_grader: Grader, tmp_path: Path) -> None:
    result = result_of(tiny_grader, tmp_path)
    back = from_json(to_json(visible_to(result, View.INSTRUCTOR)))
    assert back.stored_outputs == result.stored_outputs
    assert [row.quoted for row in back.checks] == [row.quoted for row in result.checks]
    assert any(line.cell == 2 for row in back.checks for line in row.quoted)


def test_formats_that_name_lines_of_files_name_none_of_a_notebook(tiny_grader: Grader, tmp_path: Path) -> None:
    result = result_of(tiny_grader, tmp_path)
    assert "answers.ipynb,line=" not in "".join(annotation_lines(visible_to(result, View.STUDENT)))
    assert 'file="answers.ipynb" line="0"' in junit_xml(visible_to(result, View.STUDENT))


def test_a_gradebook_keeps_where_lines_come_from(tmp_path: Path) -> None:
    submission = handed_in(tmp_path, {"a.ipynb": notebook(code(SCALE, printed("3")), STATS)})
    back = load(dump(submission, {}), "alice", submission.notes, submission.digest, ASSIGNMENT.files, {})
    assert back == replace(submission, label="alice")


def test_a_line_of_a_module_is_placed_in_its_cell() -> None:
    origin = SourceMap("a.ipynb", ((0, 1), (2, 3), (5, 1)))
    assert [origin.locate(line) for line in range(1, 8)] == [(0, 1), (2, 1), (2, 2), (2, 3), (5, 1), (0, 0), (0, 0)]
