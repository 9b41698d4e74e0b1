from __future__ import annotations

import itertools
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from archives import LINK, ZipEntry, raw_zip, tar_of, tgz_of, zip_of
from hypothesis import given, settings
from hypothesis import strategies as st
from notebooks import code, notebook

from grader.errors import SubmissionError, UnreadableSubmissionError
from grader.model.assignment import Assignment
from grader.sandbox.guest.program import Program
from grader.submissions.read import Submission, read_submission

FILES = ("modules/relu.py", "modules/linear.py", "optimizer/sgd.py")
CONVNET = Assignment(
    name="convnet", title="CNN from scratch", source="Handout 003", files=FILES, parts=(), checks=(), seed=1
)
PROVIDED = {"modules/__init__.py": "from .relu import ReLU\n", "trainer.py": "class Trainer:\n    pass\n"}
WRITTEN = {path: f"# my {path}\n" for path in FILES}

Pack = Callable[[dict[str, str | bytes], str], bytes]


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def read(path: Path, assignment: Assignment = CONVNET) -> Submission:
    return read_submission(path, assignment, PROVIDED)


def handed_in(path: Path, files: dict[str, str | bytes]) -> Submission:
    return read(write(path / "alice", files))


def refusal(path: Path, assignment: Assignment = CONVNET) -> str:
    with pytest.raises(SubmissionError) as error:
        read(path, assignment)
    sentence = str(error.value)
    assert sentence.isprintable()
    assert sentence.startswith("submission ")
    assert ", expected " in sentence
    return sentence


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n"
NUL = "x = '\0'\n"


@pytest.mark.parametrize(
    "files",
    [
        dict.fromkeys(FILES, POINTER),
        {"modules/relu.py": POINTER},
        {"modules/relu.py": "# -*- coding: rot13 -*-\n", "modules/linear.py": NUL, "notes.md": "readable"},
        {"convnet.ipynb": '{"cells": [,'},
        {"a.ipynb": '{"cells": []}', "b.ipynb": '{"cells": []}'},
    ],
)
def test_where_no_code_can_be_read_nothing_is_graded(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    with pytest.raises(UnreadableSubmissionError, match=r"^submission alice cannot be read: ") as error:
        handed_in(tmp_path, files)
    assert len(error.value.digest) == 64
    assert error.value.notes
    again = pickle.loads(pickle.dumps(error.value))  # noqa: S301  # our own, as between the processes of a batch
    assert (str(again), again.digest, again.notes) == (str(error.value), error.value.digest, error.value.notes)


def test_what_cannot_be_read_is_told_apart_by_its_bytes(tmp_path: Path) -> None:
    digests = set()
    for number, text in enumerate(('{"cells": [,', '{"cells": [,,')):
        with pytest.raises(UnreadableSubmissionError) as error:
            handed_in(tmp_path / str(number), {"convnet.ipynb": text})
        digests.add(error.value.digest)
    assert len(digests) == 2


def test_one_file_that_can_be_read_is_enough_to_be_graded(tmp_path: Path) -> None:
    seen = handed_in(tmp_path, {**dict.fromkeys(FILES, POINTER), "optimizer/sgd.py": "x = 1\n"})
    assert sorted(seen.unreadable) == ["modules/linear.py", "modules/relu.py"]


THEORY = Assignment(
    name="theory", title="Theory", source="Handout 003", files=("working.py",), attachments=("answers.toml", "*.ipynb"),
    parts=(), checks=(), seed=1,
)  # fmt: skip


def cells(text: str) -> bytes:
    return notebook(code(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {"code/working.ipynb": cells("A = 1"), "working.ipynb": cells("B = 1"), "code/answers.toml": "x = 1\n"},
            {"code/working.ipynb": cells("A = 2"), "working.ipynb": cells("B = 1"), "code/answers.toml": "x = 1\n"},
        ),
        ({"working.py": "A = 1\n", "a.ipynb": b"A = 1\n"}, {"working.py": "A = 1\n", "a.ipynb": b"A = 2\n"}),
        ({"working.ipynb": cells("A = 1")}, {"working.py": "A = 1\n"}),
    ],
)
def test_whatever_is_graded_is_in_the_digest_each_kind_apart(
    tmp_path: Path, one: dict[str, str | bytes], other: dict[str, str | bytes]
) -> None:
    """A notebook that stands in and an attachment of its name shared a key: the second got the first's verdicts."""
    digests = {
        read_submission(write(tmp_path / name, files), THEORY, {}).digest for name, files in (("1", one), ("2", other))
    }
    assert len(digests) == 2


def test_names_that_files_have_for_each_other_are_in_the_digest(tmp_path: Path) -> None:
    """Who laid files out as asked got the verdicts of who handed them in side by side, where their names are found."""
    files = {"relu.py": "from linear import LinearLayer\n", "linear.py": "class LinearLayer: ...\n"}
    laid_out = handed_in(tmp_path / "1", {f"modules/{name}": text for name, text in files.items()})
    beside = handed_in(tmp_path / "2", {**files})
    assert laid_out.sources != beside.sources
    assert laid_out.digest != beside.digest


def test_two_notebooks_of_one_name_in_two_folders_are_both_in_the_digest(tmp_path: Path) -> None:
    digests = set()
    for number, (first, second) in enumerate([("A = 1", "B = 1"), ("A = 2", "B = 1"), ("A = 1", "B = 2")]):
        files = {"modules/relu.py": "", "B/linear.ipynb": cells(first), "sgd.ipynb": cells(second)}
        digests.add(handed_in(tmp_path / str(number), {**files, "C/relu.ipynb": cells("C = 1")}).digest)
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {f"f{number}.py": "" for number in range(1000)},
            "comes to 1004 files and folders of code, expected at most 900",
        ),
        (
            {f"p{number}/m.py": "" for number in range(500)},
            "comes to 1004 files and folders of code, expected at most 900",
        ),
    ],
)
def test_more_files_than_a_worker_can_lay_out_are_refused_where_they_are_read(
    tmp_path: Path, files: dict[str, str | bytes], said: str
) -> None:
    with pytest.raises(UnreadableSubmissionError) as error:
        handed_in(tmp_path, {"modules/relu.py": "#", **files})
    assert str(error.value).startswith(f"submission alice {said}")
    assert error.value.digest


@pytest.mark.parametrize("name", ["é" * 130 + ".py", "é" * 110 + "/m.py", "d/" * 40 + "m.py"])
def test_a_module_whose_name_no_worker_can_lay_out_is_left_out_and_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.zip").write_bytes(zip_of({**WRITTEN, name: "X = 1\n"}, ""))
    submission = read(tmp_path / "x.zip")
    assert name not in submission.sources
    assert any(": ignored, its " in note or ": ignored, it lies" in note for note in submission.notes)


def test_notes_are_told_to_a_number(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zip_of({"working.py": "", **{f"{n}.ipynb": b"{}" for n in range(300)}}, ""))
    assert len(read_submission(tmp_path / "x.zip", THEORY, {}).notes) < 50


# ---------------------------------------------------------------------------------------------- what is accepted


@pytest.mark.parametrize("top", ["", "alice/homework 3/"])
@pytest.mark.parametrize(
    ("name", "pack"), [("x.zip", zip_of), ("x.tar.gz", tgz_of), ("x.tar", tar_of), ("homework.pdf", zip_of)]
)
def test_an_archive_is_read_whatever_it_is_called(tmp_path: Path, name: str, pack: Pack, top: str) -> None:
    (tmp_path / name).write_bytes(pack({**WRITTEN}, top))
    submission = read(tmp_path / name)
    assert submission.label == name
    assert submission.sources == {**WRITTEN, **PROVIDED}
    assert (submission.notes, submission.missing, submission.unreadable) == ((), (), {})


def test_a_folder_and_archives_of_it_have_one_digest(tmp_path: Path) -> None:
    write(tmp_path / "alice", {**WRITTEN})
    digests = {read(tmp_path / "alice").digest}
    for number, (pack, top) in enumerate(itertools.product((zip_of, tar_of, tgz_of), ("", "top/"))):
        path = tmp_path / str(number)
        path.write_bytes(pack({**WRITTEN}, top))
        digests.add(read(path).digest)
    assert len(digests) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"modules/relu.py": "# other\n"},
        {"modules/relu.py": b"\xff"},
        {"modules/helper.py": ""},
        {"trainer.py": "# altered\n"},
        {"modules/relu.py": "# my modules/relu.py\n12 optimizer/sgd.py"},
    ],
    ids=["content", "unreadable", "helper", "provided", "framing"],
)
def test_the_digest_tells_what_was_handed_in(tmp_path: Path, change: dict[str, str | bytes]) -> None:
    changed = handed_in(tmp_path / "b", {**WRITTEN, **change})
    assert changed.digest != handed_in(tmp_path / "a", {**WRITTEN}).digest


def test_the_digest_knows_no_times_and_no_order(tmp_path: Path) -> None:
    first = handed_in(tmp_path / "a", {**WRITTEN})
    write(tmp_path / "b/alice", dict(reversed(WRITTEN.items())))
    os.utime(tmp_path / "b/alice/modules/relu.py", (0, 0))
    assert read(tmp_path / "b/alice").digest == first.digest


def test_what_was_not_handed_in_is_named(tmp_path: Path) -> None:
    submission = handed_in(tmp_path, {"modules/relu.py": "#"})
    assert submission.missing == ("modules/linear.py", "optimizer/sgd.py")
    assert submission.notes == ("not handed in: modules/linear.py and optimizer/sgd.py",)
    assert submission.sources == {"modules/relu.py": "#", **PROVIDED}


def test_the_courses_copy_wins_with_a_note_where_it_differs(tmp_path: Path) -> None:
    altered = {"trainer.py": "class Trainer:\n    cheat = True\n"}
    submission = handed_in(tmp_path, {**WRITTEN, **altered, "modules/__init__.py": "from .relu import ReLU\r\n"})
    assert submission.sources == {**WRITTEN, **PROVIDED}
    assert submission.notes == ("trainer.py differs from the course's copy, which is used instead",)


def test_a_provided_file_that_cannot_be_read_costs_nothing(tmp_path: Path) -> None:
    submission = handed_in(tmp_path, {**WRITTEN, "trainer.py": b"\xff"})
    assert submission.sources == {**WRITTEN, **PROVIDED}
    assert submission.unreadable == {}
    assert submission.notes == (
        "trainer.py is not UTF-8 text (byte 0xff on line 1), expected UTF-8: the course's copy is used",
    )


def test_a_provided_file_that_is_in_a_zip_twice_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(
        raw_zip([*(ZipEntry(name.encode(), b"#") for name in FILES), ZipEntry(b"trainer.py"), ZipEntry(b"trainer.py")])
    )
    assert read(tmp_path / "x.zip").notes == ("trainer.py was handed in several times: the course's copy is used",)


def test_a_text_of_the_course_never_stands_in_for_a_students_file(tmp_path: Path) -> None:
    path = write(tmp_path / "alice", {"modules/relu.py": "#"})
    assert "optimizer/sgd.py" not in read_submission(path, CONVNET, {"optimizer/sgd.py": "solution"}).sources


def test_modules_of_the_students_own_come_along_unless_they_hide_others(tmp_path: Path) -> None:
    own = {"utils.py": "# mine\n", "optimizer/schedule.py": "# mine\n"}
    submission = handed_in(tmp_path, {**WRITTEN, **own, "numpy.py": "", "torch/__init__.py": "", "conftest.py": ""})
    assert submission.sources == {**WRITTEN, **PROVIDED, **own}
    assert submission.notes == (
        "conftest.py: ignored, it would hide the module conftest",
        "numpy.py: ignored, it would hide the module numpy",
        "torch/__init__.py: ignored, it would hide the module torch",
    )


@pytest.mark.parametrize("name", ["relu.py", "ReLU.py"])
def test_one_file_is_accepted_by_its_own_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("# mine\n")
    submission = read(tmp_path / name)
    sources = dict(submission.sources)
    assert "modules.relu" in sources.pop("relu.py")
    assert sources == {"modules/relu.py": "# mine\n", **PROVIDED}
    assert submission.missing == ("modules/linear.py", "optimizer/sgd.py")


def test_a_notebook_may_be_larger_than_a_source(tmp_path: Path) -> None:
    (tmp_path / "answers.ipynb").write_text("{" + " " * 2**21 + "}")
    assignment = Assignment(
        name="theory", title="Theory", source="Handout 003", files=("answers.ipynb",), parts=(), checks=(), seed=1
    )
    assert read_submission(tmp_path / "answers.ipynb", assignment, {}).unreadable == {}


def test_a_folder_that_is_named_by_a_link_is_read(tmp_path: Path) -> None:
    write(tmp_path / "alice", {**WRITTEN})
    (tmp_path / "latest").symlink_to("alice")
    assert read(tmp_path / "latest").sources == {**WRITTEN, **PROVIDED}


# ------------------------------------------------------------------------------------- what is accepted in part


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", "is a git-lfs pointer"),
        (b"x = '\xe9'\n", "is not UTF-8 text (byte 0xe9 on line 1), expected UTF-8"),
        (b"\0" * 10, "holds a NUL byte on line 1, expected text"),
        (b"#" * (2**20 + 1), "is too large, expected at most 1 MiB"),
    ],
    ids=["git-lfs", "latin-1", "NUL", "too large"],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_that_cannot_be_read_is_named_and_the_others_are_graded(
    tmp_path: Path, data: bytes, why: str, packed: bool
) -> None:
    files: dict[str, str | bytes] = {**WRITTEN, "modules/relu.py": data}
    if packed:
        (tmp_path / "x.zip").write_bytes(zip_of(files))
    submission = read(tmp_path / "x.zip") if packed else handed_in(tmp_path, files)
    (path,) = submission.unreadable
    assert path == "modules/relu.py"
    assert submission.unreadable[path].startswith(why)
    assert submission.notes == (f"{path} {submission.unreadable[path]}",)
    assert submission.missing == ()
    assert path not in submission.sources
    assert submission.sources["optimizer/sgd.py"] == WRITTEN["optimizer/sgd.py"]


def test_a_link_in_place_of_a_file_is_unreadable_and_one_elsewhere_is_noted(tmp_path: Path) -> None:
    write(tmp_path / "alice", {"modules/linear.py": "#", "optimizer/sgd.py": "#"})
    (tmp_path / "alice/modules/relu.py").symlink_to("/etc/passwd")
    (tmp_path / "alice/data").symlink_to("/")
    submission = read(tmp_path / "alice")
    link = "is a symbolic link, expected a file or a folder"
    assert submission.unreadable == {"modules/relu.py": link}
    assert submission.notes == (f"modules/relu.py {link}", f"data {link}")


def test_a_file_in_utf_16_is_read_with_a_note(tmp_path: Path) -> None:
    submission = handed_in(tmp_path, {**WRITTEN, "modules/relu.py": "x = 1\n".encode("utf-16")})
    assert submission.sources["modules/relu.py"] == "x = 1\n"
    assert submission.notes == ("modules/relu.py is UTF-16, which Python itself does not run: save it as UTF-8",)


def test_many_files_of_a_kind_do_not_flood_the_notes(tmp_path: Path) -> None:
    submission = handed_in(tmp_path, {**WRITTEN, **{f"helper{number}.py": b"\xff" for number in range(30)}})
    assert len(submission.unreadable) == 30
    assert len(submission.notes) == 11
    assert submission.notes[-1] == "20 more files are like the last one"


def test_a_label_shows_what_a_terminal_would_obey(tmp_path: Path) -> None:
    path = write(tmp_path / "\x1b]0;x\x07\u202eevil", {**WRITTEN})
    assert read(path).label == r"\x1b]0;x\x07\u202eevil"


# ----------------------------------------------------------------------------------------------- what is refused


def test_a_path_without_anything_is_told(tmp_path: Path) -> None:
    missing = tmp_path / "x.zip"
    assert refusal(missing) == f"submission {missing} does not exist, expected a folder, a zip or a tar.gz"


def test_an_empty_folder_and_an_empty_zip_are_told(tmp_path: Path) -> None:
    (tmp_path / "alice").mkdir()
    (tmp_path / "x.zip").write_bytes(zip_of({}))
    wanted = "expected modules/relu.py, modules/linear.py and optimizer/sgd.py"
    assert refusal(tmp_path / "alice") == f"submission alice is a folder without files, {wanted}"
    assert refusal(tmp_path / "x.zip") == f"submission x.zip is a zip without files, {wanted}"


def test_without_a_file_of_the_assignment_what_was_found_and_what_was_expected_is_told(tmp_path: Path) -> None:
    write(tmp_path / "alice", {"notes.txt": "", "main.py": ""})
    assert refusal(tmp_path / "alice") == (
        "submission alice holds no file of convnet: found main.py and notes.txt, "
        "expected modules/relu.py, modules/linear.py and optimizer/sgd.py"
    )


def test_an_archive_beside_a_report_is_opened_and_what_lies_beside_it_counts_first(tmp_path: Path) -> None:
    """Whoever handed in a zip and a report had handed in nothing of the assignment."""
    relu, *others = sorted(WRITTEN, reverse=True)
    packed = zip_of({f"hw/{name}": WRITTEN[name] for name in others} | {f"hw/{relu}": b"x = 1\n"})
    write(tmp_path / "alice", {"report.pdf": "%PDF", "data.zip": "no zip"})
    (tmp_path / "alice" / "code.zip").write_bytes(packed)
    whole = read_submission(tmp_path / "alice", CONVNET, {})
    assert (whole.missing, "found in code.zip" in " ".join(whole.notes)) == ((), True)
    (tmp_path / "x.zip").write_bytes(zip_of({"code.zip": packed, f"hw/{relu}": WRITTEN[relu]}))
    beside = read_submission(tmp_path / "x.zip", CONVNET, {})
    assert (beside.missing, beside.sources[relu] == WRITTEN[relu]) == ((), True)


def test_of_two_archives_that_may_be_meant_and_of_one_in_another_none_is_opened_and_told(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zip_of({"new.zip": zip_of({**WRITTEN}), "old.zip": zip_of({**WRITTEN})}))
    (tmp_path / "y.zip").write_bytes(zip_of({"a.pdf": "", "b.zip": zip_of({"c.zip": zip_of({**WRITTEN}), "d": ""})}))
    for name in ("x.zip", "y.zip"):
        assert refusal(tmp_path / name).endswith("(an archive inside it is not opened)")


def test_a_file_of_the_assignment_in_another_folder_than_the_others_is_found(tmp_path: Path) -> None:
    """`hw/relu.py` beside `sgd.py` was missing, though it was the only one of its name."""
    first, *others = WRITTEN
    write(
        tmp_path / "alice", {f"work/{first.split('/')[-1]}": WRITTEN[first], **{name: WRITTEN[name] for name in others}}
    )
    read = read_submission(tmp_path / "alice", CONVNET, {})
    assert (read.missing, read.sources[first]) == ((), WRITTEN[first])
    assert not [note for note in read.notes if "several folders" in note]
    assert "import_module('modules." in read.sources[f"work/{first.split('/')[-1]}"]  # others may import it from there


@pytest.mark.parametrize(
    ("data", "is_what"),
    [
        (b"", "is empty, "),
        (b"hello", "is neither a zip nor a tar nor a file of convnet, "),
        (b"Rar!\x1a\x07\x01\x00", "is a rar archive, "),
        (b"7z\xbc\xaf\x27\x1c", "is a 7z archive, "),
        (b"BZh91AY", "is packed with bzip2, "),
        (b"<!DOCTYPE html><title>Log in</title>", "is a web page, "),
        (b"PK\x03\x04" + b"x" * 99, "is a damaged or incomplete zip, "),
        (b"\x1f\x8b" + b"x" * 99, "is a damaged or incomplete tar, "),
    ],
)
def test_a_file_of_another_kind_is_told_by_what_it_is(tmp_path: Path, data: bytes, is_what: str) -> None:
    (tmp_path / "x.zip").write_bytes(data)
    assert refusal(tmp_path / "x.zip").startswith(f"submission x.zip {is_what}")


def test_one_file_whose_name_fits_two_is_told(tmp_path: Path) -> None:
    assignment = Assignment(
        name="x", title="X", source="X", files=("a/model.py", "b/model.py"), parts=(), checks=(), seed=1
    )
    (tmp_path / "model.py").touch()
    assert refusal(tmp_path / "model.py", assignment) == (
        "submission model.py could be a/model.py or b/model.py, expected a folder, a zip or a tar.gz"
    )


def test_a_file_that_is_in_a_zip_twice_is_told(tmp_path: Path) -> None:
    entries = [ZipEntry(b"modules/relu.py", b"a"), ZipEntry(b"modules/relu.py", b"b", attributes=LINK)]
    (tmp_path / "x.zip").write_bytes(raw_zip(entries))
    assert "holds modules/relu.py 2 times, expected once" in refusal(tmp_path / "x.zip")


def test_files_that_differ_only_in_case_are_told(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zip_of({"modules/RELU.py": "", "modules/ReLU.py": ""}))
    assert refusal(tmp_path / "x.zip") == (
        "submission x.zip holds modules/RELU.py and modules/ReLU.py, which differ only in case, "
        "expected one modules/relu.py"
    )


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero"])
def test_a_device_is_not_read(path: str) -> None:
    assert refusal(Path(path)).endswith("is a device, expected a folder, a zip or a tar.gz")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "relu.py")
    assert refusal(tmp_path / "relu.py") == "submission relu.py is a pipe, expected a folder, a zip or a tar.gz"


@pytest.mark.parametrize("name", ["a\0b", "a" * 5000, "x.zip/inside"])
def test_a_path_that_no_file_can_have_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.zip").touch()
    with pytest.raises(SubmissionError) as error:
        read(tmp_path / name)
    assert str(error.value).isprintable()


def test_a_submission_with_too_much_code_is_told(tmp_path: Path) -> None:
    files = {f"helper{number}.py": "#" * 2**20 for number in range(65)}
    assert "more than 64 MiB" in refusal(write(tmp_path / "alice", {**WRITTEN, **files}))


# ---------------------------------------------------------------------------------------------------- all inputs


@pytest.fixture(scope="module")
def any_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "relu.py"


STARTS = [b"", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08\x00", b"x\0" * 50, b"\xff\xfe"]
PACKED = [zip_of({**WRITTEN}), tar_of({**WRITTEN}), tgz_of({**WRITTEN})]


@settings(max_examples=300, deadline=3000)
@given(st.sampled_from(STARTS), st.binary(max_size=1500))
def test_any_file_is_read_or_refused(any_file: Path, start: bytes, rest: bytes) -> None:
    any_file.write_bytes(start + rest)
    assert_read_or_refused(any_file)


@settings(max_examples=400, deadline=3000)
@given(st.sampled_from(PACKED), st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 255)), max_size=10))
def test_any_changed_archive_is_read_or_refused(any_file: Path, packed: bytes, edits: list[tuple[int, int]]) -> None:
    changed = bytearray(packed)
    for place, byte in edits:
        changed[place % len(changed)] = byte
    any_file.write_bytes(changed)
    assert_read_or_refused(any_file)


def assert_read_or_refused(path: Path) -> None:
    try:
        submission = read(path)
    except SubmissionError as why:
        sentences: tuple[str, ...] = (str(why),)
    else:
        sentences = (submission.label, *submission.notes, *submission.unreadable, *submission.unreadable.values())
        assert submission.sources.keys() >= PROVIDED.keys()
        assert len({*submission.missing, *submission.unreadable, *submission.sources} & set(FILES)) == len(FILES)
        assert all(text.encode() is not None for text in submission.sources.values())
    assert all(sentence.isprintable() for sentence in sentences)


def test_files_handed_in_side_by_side_find_each_other_and_the_courses_by_their_own_names(tmp_path: Path) -> None:
    flat: dict[str, str | bytes] = {path.split("/")[-1]: "x = ReLU = 1\n" for path in FILES}
    provided = {**PROVIDED, "modules/softmax_ce.py": "y = 2\n"}
    submission = read_submission(write(tmp_path / "flat", flat), CONVNET, provided)
    source = "from relu import x\nfrom softmax_ce import y\nimport relu\nfrom modules import relu as other\n"
    with Program({**submission.sources, "modules/linear.py": source}).running() as program:
        assert program.load("modules.linear:x") == 1
        assert program.load("modules.linear:relu") is program.load("modules.linear:other")


def test_files_in_their_folders_have_no_second_name(tmp_path: Path) -> None:
    assert "relu.py" not in handed_in(tmp_path, dict.fromkeys(FILES, "x = 1\n")).sources


@pytest.mark.parametrize(
    ("data", "is_what"),
    [
        (b"<!DOCTYPE html>\n<title>Sign in</title>", "is a web page"),
        (b"\n\n<html><body>404</body></html>", "is a web page"),
        (b"<?xml version='1.0'?><Error/>", "is XML"),
        (b"{\\rtf1\\ansi import numpy}", "is a document of a word processor"),
        (b'{"message": "Not Found"}', "is JSON under a name for Python"),
        (b'{"nbformat": 4, "cells": []}', "is a notebook under a name for Python"),
        (b"\xef\xbb\xbf" + POINTER.encode(), "is a git-lfs pointer"),
        (b"../../shared/relu.py", "is a link to another file"),
        (b"/annex/objects/SHA256E-s12--ab.py\n", "is a link to another file"),
        (b"PK\x03\x04abc", "is a zip archive"),
        (b"", "is empty"),
        (b" \n\n", "is empty"),
    ],
)
def test_what_is_no_python_at_all_is_unreadable(tmp_path: Path, data: bytes, is_what: str) -> None:
    """A page of an error, saved under the file's name, was graded as code that does not parse: 0 points."""
    with pytest.raises(UnreadableSubmissionError) as error:
        handed_in(tmp_path, dict.fromkeys(FILES, data))
    assert error.value.notes[0].startswith(f"modules/linear.py {is_what}")
    assert ", expected " in error.value.notes[0]
    assert len(error.value.digest) == 64


def test_one_empty_file_among_others_is_read(tmp_path: Path) -> None:
    assert handed_in(tmp_path, {**WRITTEN, "modules/relu.py": ""}).unreadable == {}


@pytest.mark.parametrize("start", ["{", "{'a': 1}\n", "'<html>'\n"])
def test_what_may_be_python_is_read(tmp_path: Path, start: str) -> None:
    assert handed_in(tmp_path, {**WRITTEN, "modules/relu.py": start}).unreadable == {}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (".{}.icloud", "is a placeholder of iCloud and not the file itself, expected the file: download it first"),
        ("._{}", "is what macOS keeps beside a file and not the file itself"),
    ],
)
def test_what_stands_in_the_place_of_files_is_unreadable(tmp_path: Path, name: str, why: str) -> None:
    files: dict[str, str | bytes] = {f"{p.rpartition('/')[0]}/{name.format(p.split('/')[-1])}": b"x" for p in FILES}
    with pytest.raises(UnreadableSubmissionError) as error:
        handed_in(tmp_path, files)
    assert error.value.notes[0].startswith(f"modules/linear.py {why}")
    (tmp_path / "x.zip").write_bytes(zip_of(files))
    assert why in refusal(tmp_path / "x.zip")


@pytest.mark.parametrize(
    "data", [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\x01", b"\x28\xb5\x2f\xfd", b"", b"\0" * 99, zip_of({"a.7z": b"7z"})]
)
def test_what_may_hold_the_assignment_and_cannot_be_opened_is_unreadable(tmp_path: Path, data: bytes) -> None:
    """It counted as nothing handed in, which is graded with 0 points on platforms."""
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(UnreadableSubmissionError) as error:
        read(tmp_path / "x.zip")
    assert len(error.value.digest) == 64
