from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.submissions.layout import Layout, match_layout

FILES = ("modules/relu.py", "modules/linear.py", "optimizer/sgd.py")
PROVIDED = ("modules/__init__.py", "modules/softmax_ce.py", "trainer.py")


def layout(*names: str, files: tuple[str, ...] = FILES, reserved: tuple[str, ...] = ("numpy", "types")) -> Layout:
    found = match_layout(names, files, PROVIDED, reserved)
    assert found is not None
    return found


@pytest.mark.parametrize("top", ["", "convnet/", "a/b/c d/"])
def test_files_are_found_at_any_depth_without_a_note(top: str) -> None:
    found = layout(*(top + path for path in (*FILES, *PROVIDED)), "README.md")
    assert found.written == {path: top + path for path in FILES}
    assert found.provided == {path: top + path for path in PROVIDED}
    assert found.notes == ()


def test_a_single_edited_file_in_its_folder_is_enough() -> None:
    assert layout("x/optimizer/sgd.py").written == {"optimizer/sgd.py": "x/optimizer/sgd.py"}


def test_the_folder_with_most_files_is_graded_and_the_other_named() -> None:
    found = layout("a/modules/relu.py", "b/modules/relu.py", "b/optimizer/sgd.py")
    assert found.written == {"modules/relu.py": "b/modules/relu.py", "optimizer/sgd.py": "b/optimizer/sgd.py"}
    assert found.notes == (
        "files of the assignment lie in several folders: graded is b/, not a/",
        "a/modules/relu.py: ignored, not in b/",
    )


def test_of_folders_with_equally_many_files_the_shallowest_is_graded() -> None:
    found = layout("a/b/modules/relu.py", "z/modules/relu.py")
    assert found.written == {"modules/relu.py": "z/modules/relu.py"}


def test_of_folders_alike_in_all_the_first_by_name_is_graded_whatever_the_order() -> None:
    for names in (("b/modules/relu.py", "a/modules/relu.py"), ("a/modules/relu.py", "b/modules/relu.py")):
        assert layout(*names).written == {"modules/relu.py": "a/modules/relu.py"}


def test_the_top_folder_is_called_so_in_notes() -> None:
    assert layout("modules/relu.py", "old/modules/relu.py").notes[0].endswith("graded is the top folder, not old/")


def test_files_side_by_side_are_taken_by_their_own_names_with_a_note() -> None:
    found = layout("relu.py", "linear.py", "sgd.py")
    assert found.written == {path: path.split("/")[1] for path in FILES}
    assert "relu.py was taken as modules/relu.py" in found.notes


def test_a_file_that_lost_its_folder_is_taken_beside_those_that_kept_theirs() -> None:
    found = layout("modules/relu.py", "modules/linear.py", "sgd.py")
    assert found.written["optimizer/sgd.py"] == "sgd.py"


def test_a_file_in_its_place_is_preferred_to_one_of_its_name_at_the_top() -> None:
    found = layout("modules/relu.py", "relu.py")
    assert found.written == {"modules/relu.py": "modules/relu.py"}
    assert found.helpers == {"relu.py": "relu.py"}


def test_a_name_that_two_files_of_the_assignment_share_is_taken_for_neither() -> None:
    assert match_layout(["model.py"], ("a/model.py", "b/model.py"), ()) is None


def test_a_provided_file_at_the_top_is_not_taken_for_one_of_its_name_in_a_folder() -> None:
    found = layout("modules/relu.py", "trainer.py", files=("modules/relu.py", "x/trainer.py"))
    assert found.written == {"modules/relu.py": "modules/relu.py"}
    assert found.provided == {"trainer.py": "trainer.py"}


def test_other_upper_and_lower_case_is_accepted_with_a_note() -> None:
    found = layout("Modules/ReLU.py", "Modules/helper.py", "modules/linear.py", "TRAINER.py")
    assert found.written == {"modules/relu.py": "Modules/ReLU.py", "modules/linear.py": "modules/linear.py"}
    assert found.helpers == {"modules/helper.py": "Modules/helper.py"}
    assert found.provided == {"trainer.py": "TRAINER.py"}
    assert found.notes == ("Modules/ReLU.py was taken as modules/relu.py",)


def test_the_exact_name_is_preferred_to_one_in_other_case() -> None:
    found = layout("modules/relu.py", "modules/ReLU.py")
    assert found.written == {"modules/relu.py": "modules/relu.py"}
    assert not found.clashes


def test_names_that_differ_only_in_case_clash_where_none_is_exact() -> None:
    found = layout("x/modules/RELU.py", "x/modules/ReLU.py")
    assert found.clashes == {"modules/relu.py": ("x/modules/RELU.py", "x/modules/ReLU.py")}


def test_modules_of_the_students_own_come_along() -> None:
    helpers = ("utils.py", "modules/im2col.py", "optimizer/__init__.py", "__init__.py", "mine/deep/ops.py")
    assert layout("modules/relu.py", *helpers).helpers == {path: path for path in helpers}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("numpy.py", "it would hide the module numpy"),
        ("numpy/linalg.py", "it would hide the module numpy"),
        ("types.py", "it would hide the module types"),
        ("modules.py", "it would hide modules of the assignment"),
        ("modules/relu/__init__.py", "it would hide modules/relu of the assignment"),
        ("modules/relu/more.py", "it would hide modules/relu.py of the assignment"),
        ("trainer/more.py", "it would hide trainer.py of the assignment"),
        ("my-helper.py", "not a name that can be imported"),
        ("a b/c.py", "not a name that can be imported"),
        ("\u202eevil.py", "not a name that can be imported"),
        ("\udcff.py", "not a name that can be imported"),
    ],
)
def test_a_module_that_cannot_stand_beside_the_courses_is_ignored_with_a_note(name: str, why: str) -> None:
    found = layout("modules/relu.py", name)
    assert found.helpers == {}
    (note,) = found.notes
    assert note.endswith(f": ignored, {why}")
    assert note.isprintable()


def test_many_ignored_files_make_one_note() -> None:
    (note,) = layout("x/modules/relu.py", *(f"y/{letter}.py" for letter in "abcdefgh")).notes
    assert note == "y/a.py, y/b.py, y/c.py, y/d.py and 4 more: ignored, not in x/"


def test_files_that_are_no_python_are_passed_over_in_silence() -> None:
    found = layout("modules/relu.py", "data/batch.bin", "notes.txt", "../x")
    assert (found.helpers, found.notes) == ({}, ())


def test_a_file_of_the_assignment_need_not_be_python() -> None:
    assert layout("x/answers.toml", files=("answers.toml",)).written == {"answers.toml": "x/answers.toml"}


@pytest.mark.parametrize("names", [(), ("a.py", "b.txt"), ("trainer.py",), ("modules/softmax_ce.py",)])
def test_without_a_file_of_the_assignment_there_is_no_layout(names: tuple[str, ...]) -> None:
    assert match_layout(names, FILES, PROVIDED) is None


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("v2", "v1"),
        ("attempt 10", "attempt 9"),
        ("final", "draft"),
        ("src", "backup"),
        ("hw", "hw_old"),
        ("new", "old"),
    ],
)
def test_of_two_versions_the_later_one_is_graded_as_far_as_their_names_tell(better: str, worse: str) -> None:
    found = layout(f"{worse}/modules/relu.py", f"{better}/modules/relu.py")
    assert found.written == {"modules/relu.py": f"{better}/modules/relu.py"}
    assert f"graded is {better}/, not {worse}/" in found.notes[0]


@pytest.mark.timeout(20)  # what is quadratic in their length takes minutes
def test_thousands_of_deep_names_cost_no_more_than_their_length() -> None:
    names = [f"{'a/' * 500}m{number}.py" for number in range(5000)]
    found = layout("modules/relu.py", *names)
    assert found.helpers == {}
    assert found.notes[0].endswith("and 4996 more: ignored, its path is longer than 1000 bytes")


PARTS = st.sampled_from(["modules", "Modules", "relu.py", "RELU.py", "sgd.py", "trainer.py", "a", "\x1b", "é"])


@settings(max_examples=300, deadline=3000)
@given(st.lists(st.lists(PARTS, min_size=1, max_size=4).map("/".join), unique=True))
def test_any_names_give_the_same_layout_in_any_order(names: list[str]) -> None:
    found = match_layout(names, FILES, PROVIDED)
    assert found == match_layout(sorted(names), FILES, PROVIDED)
    if found is not None:
        used = [*found.written.values(), *found.provided.values(), *found.helpers.values()]
        assert len(used) == len(set(used))
        assert set(used) <= set(names)
        assert found.written.keys() <= set(FILES)
        assert all(note.isprintable() for note in found.notes)


def test_attachments_in_folders_that_their_patterns_name_lie_in_one() -> None:
    """Who handed in `logs/run/labels.txt` alone read that the top folder was graded and not `logs/run/`."""
    patterns = ("labels.txt", "masks.txt", "logs/*.txt", "logs/*/*.txt")
    names = ["logs/run/labels.txt", "logs/masks.txt"]
    found = match_layout(names, ["a.py"], [], attachments=patterns)
    assert found is not None
    assert found.attached == {name: name for name in names}
    assert found.notes == ()


def test_a_write_up_beside_the_folder_of_the_code_is_found() -> None:
    names = ["code/a2/a.py", "writeup/review.md", "writeup/curve.png"]
    found = match_layout(names, ["a.py"], [], attachments=("review.*", "*.png"))
    assert found is not None
    assert found.attached == {"review.md": "writeup/review.md"}
