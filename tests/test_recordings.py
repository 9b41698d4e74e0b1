"""What was computed once is found again, under everything it depends on and nothing else."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from grader.course import fingerprint
from grader.errors import CourseError
from grader.sandbox import protocol
from grader.subjects.recordings import Recordings, call_bytes, key_of, key_prefix

FRAME = protocol.encode("value", 0, {"dx": np.arange(3.0)})
TREE, DRIVERS = "digest of the tree", "def relu(impl, x): ..."


def prefix(tree: str = TREE, drivers: str = DRIVERS, modules: tuple[str, ...] = ("numpy",)) -> bytes:
    return key_prefix(tree, drivers, modules)


def saved(file: Path, **entries: bytes) -> Path:
    recordings = Recordings(file)
    for key, frame in entries.items():
        recordings.put(key.encode(), frame)
    recordings.save()
    return file


def has(recordings: Recordings, *keys: bytes) -> bool:
    return all(recordings.get(key) is not None for key in keys)


def test_what_was_never_recorded_is_not_there() -> None:
    assert Recordings().get(b"key") is None


def test_what_is_put_is_given_back() -> None:
    recordings = Recordings()
    recordings.put(b"key", FRAME)
    got = recordings.get(b"key")
    assert got is not None
    assert isinstance(got.body, dict)
    np.testing.assert_array_equal(got.body["dx"], [0, 1, 2])


def test_whoever_writes_into_an_observation_does_not_change_the_recording() -> None:
    recordings = Recordings()
    recordings.put(b"key", FRAME)
    first = recordings.get(b"key")
    assert first is not None
    assert isinstance(first.body, dict)
    first.body["dx"] += 1  # type: ignore[operator]  # an array
    second = recordings.get(b"key")
    assert second is not None
    assert isinstance(second.body, dict)
    assert second.body["dx"].tolist() == [0, 1, 2]  # type: ignore[union-attr]  # an array


def test_recordings_outlive_the_process(tmp_path: Path) -> None:
    file = saved(tmp_path / "deep" / "tiny.sqlite", one=FRAME, two=FRAME)
    assert has(Recordings(file), b"one", b"two")


@pytest.mark.parametrize("name", ["50% done", "a#b", "a?mode=memory", "ünï", "a b"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    """A `#` in the path ended the database's address, and every recording was computed again."""
    file = saved(tmp_path / name / "tiny.sqlite", one=FRAME)
    assert has(Recordings(file), b"one")


def test_reading_makes_no_file(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path / "tiny.sqlite")
    assert (has(recordings, b"one"), recordings.save()) == (False, 0)
    assert list(tmp_path.iterdir()) == []


def test_saving_tells_how_many_are_new_and_only_once(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path / "tiny.sqlite")
    recordings.put(b"one", FRAME)
    recordings.put(b"two", FRAME)
    assert [recordings.save(), recordings.save()] == [2, 0]


def test_a_file_that_cannot_be_written_is_told_by_its_name(tmp_path: Path) -> None:
    """A read-only container ended the demo with a traceback: sqlite's errors are no OSError by themselves."""
    recordings = Recordings(tmp_path)
    recordings.put(b"one", FRAME)
    with pytest.raises(OSError, match=re.escape(str(tmp_path))):
        recordings.save()


def test_without_a_file_nothing_is_saved() -> None:
    recordings = Recordings()
    recordings.put(b"one", FRAME)
    assert recordings.save() == 0


def test_two_processes_may_add_to_one_file(tmp_path: Path) -> None:
    file = tmp_path / "tiny.sqlite"
    mine, theirs = Recordings(file), Recordings(file)
    mine.put(b"one", FRAME)
    theirs.put(b"one", FRAME)
    theirs.put(b"two", FRAME)
    mine.save()
    theirs.save()
    assert has(Recordings(file), b"one", b"two")


def test_a_file_that_a_stopped_writer_left_empty_counts_as_none(tmp_path: Path) -> None:
    file = tmp_path / "tiny.sqlite"
    file.touch()
    assert not has(Recordings(file), b"one")
    assert has(Recordings(saved(file, one=FRAME)), b"one")


def test_a_file_that_is_no_database_is_the_courses_problem_and_named(tmp_path: Path) -> None:
    file = tmp_path / "tiny.sqlite"
    file.write_text("no database at all, and long enough not to be taken for one that is empty")
    with pytest.raises(CourseError, match=r"^tiny\.sqlite: is no file of recordings \(file is not a database\)"):
        Recordings(file)


def test_a_table_of_another_form_is_the_courses_problem_and_named(tmp_path: Path) -> None:
    file = tmp_path / "tiny.sqlite"
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE recordings (x)")
    with pytest.raises(CourseError, match="is no file of recordings"):
        Recordings(file)


def test_a_frame_that_answers_many_calls_is_kept_once_and_deflated(tmp_path: Path) -> None:
    frame = protocol.encode("value", 0, {"dx": np.arange(20_000)})
    file = saved(tmp_path / "tiny.sqlite", **{f"key {number}": frame for number in range(20)})
    assert file.stat().st_size < len(frame) / 2
    assert has(Recordings(file), b"key 0", b"key 19")


def test_a_file_of_an_earlier_version_is_read_and_goes_on_in_the_form_of_today(tmp_path: Path) -> None:
    """A hand-out has no reference: what it answers stands in the recordings that came with it, and nowhere else."""
    file = tmp_path / "tiny.sqlite"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE recordings (key BLOB PRIMARY KEY, frame BLOB NOT NULL) WITHOUT ROWID")
        database.execute("INSERT INTO recordings VALUES (?, ?)", (b"old", FRAME))
    saved(file, new=FRAME)
    assert has(Recordings(file), b"old", b"new")


@pytest.mark.parametrize(
    "fault", ["UPDATE frames SET deflated = x'00'", "DELETE FROM frames"], ids=["no deflated frame", "no frame"]
)
def test_a_file_whose_frames_are_damaged_is_the_courses_problem_and_named(tmp_path: Path, fault: str) -> None:
    file = saved(tmp_path / "tiny.sqlite", one=FRAME)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(fault)
    with pytest.raises(CourseError, match=r"^tiny\.sqlite: is no file of recordings"):
        Recordings(file).get(b"one")


def test_equal_calls_have_equal_keys() -> None:
    calls = [call_bytes("relu", {"x": np.arange(3.0), "k": (1, 2)}) for _ in range(2)]
    assert key_of(prefix(), calls[0]) == key_of(prefix(), calls[1])


@pytest.mark.parametrize(
    ("driver", "inputs"),
    [
        ("relu_again", {"x": np.arange(3.0)}),
        ("relu", {"y": np.arange(3.0)}),
        ("relu", {"x": np.arange(3.0, dtype=np.float32)}),
        ("relu", {"x": np.arange(3.0).reshape(3, 1)}),
        ("relu", {"x": np.array([0.0, 1.0, np.nextafter(2.0, 3.0)])}),
        ("relu", {"x": [0.0, 1.0, 2.0]}),
        ("relu", {"x": np.arange(3.0), "k": None}),
    ],
    ids=["driver", "name", "dtype", "shape", "last bit", "list", "one more"],
)
def test_calls_that_differ_in_anything_have_other_keys(driver: str, inputs: dict[str, object]) -> None:
    plain = call_bytes("relu", {"x": np.arange(3.0)})
    assert key_of(prefix(), call_bytes(driver, inputs)) != key_of(prefix(), plain)  # type: ignore[arg-type]  # trees


@pytest.mark.parametrize(
    "other",
    [prefix(tree="x"), prefix(drivers="x"), prefix(modules=()), prefix(modules=("numpy", "pytest"))],
    ids=["tree", "drivers", "no modules", "more modules"],
)
def test_another_tree_driver_or_library_has_other_keys(other: bytes) -> None:
    assert other != prefix()


@pytest.mark.parametrize("module", ["numpy", "pytest_timeout"])
def test_another_version_of_a_library_has_other_keys(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = prefix(modules=(module,))
    monkeypatch.setattr(fingerprint.metadata, "version", lambda name: "0.0.1")
    asked_again = fingerprint.distribution_version.__wrapped__  # it remembers what it read
    monkeypatch.setattr("grader.subjects.recordings.distribution_version", asked_again)
    assert prefix(modules=(module,)) != before


def test_another_wire_format_has_other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    before = prefix()
    monkeypatch.setattr(protocol, "MAGIC", b"GRD9")
    assert prefix() != before


def test_a_library_may_be_named_as_it_is_imported() -> None:
    """Distribution and module differ in name (scikit-learn, sklearn): the version was looked up under the module's."""
    assert fingerprint.distribution_version("_pytest").startswith("pytest ")


def test_a_module_of_the_standard_library_has_no_version_of_its_own() -> None:
    assert fingerprint.distribution_version("json") == ""
