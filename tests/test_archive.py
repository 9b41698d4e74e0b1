from __future__ import annotations

import gzip
import io
import itertools
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import pytest
from archives import (
    ENCRYPTED,
    LINK,
    PIPE,
    ZipEntry,
    as_zip64,
    pax_record,
    raw_tar,
    raw_zip,
    tar_header,
    tar_of,
    tgz_of,
    zip_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import SubmissionError, UnreadableError
from grader.submissions import archive
from grader.submissions.members import MIB, Budget, Handed, SubmissionForm, collected

P = ParamSpec("P")
T = TypeVar("T")

RELU = b"def relu(x):\n    return x * (x > 0)\n"
ZEROS = bytes(128 * MIB)
CODE = {"modules/relu.py": RELU, "optimizer/sgd.py": b"class SGD: ...\n"}


def from_zip(data: bytes) -> Handed:
    file = io.BytesIO(data)
    return collected(
        archive.zip_rows(archive.opened_zip(file, "x.zip"), len(data), Budget("x.zip")), SubmissionForm.ZIP, "x.zip"
    )


def from_tar(data: bytes) -> Handed:
    return collected(archive.tar_rows(io.BytesIO(data), Budget("x.tar")), SubmissionForm.TAR, "x.tar")


def from_tgz(data: bytes) -> Handed:
    file = archive.inflated(io.BytesIO(data), "x.tgz")
    return collected(archive.tar_rows(file, Budget("x.tgz")), SubmissionForm.TAR, "x.tgz")


def told(read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | str:
    """Give what is read, or the sentence that says why it is not."""
    try:
        return read(*args, **kwargs)
    except (SubmissionError, UnreadableError) as why:
        return str(why)


def all_read(files: Handed) -> dict[str, bytes]:
    return {path: files.read(path, MIB) for path in files.entries}


ZIP_REFUSALS: dict[str, tuple[Callable[[], bytes], str]] = {
    "parent folder": (
        lambda: zip_of({"../../x.py": RELU}),
        "holds the name ../../x.py, which leads out of the archive",
    ),
    "parent in the middle": (lambda: zip_of({"a/../../x.py": RELU}), "leads out of the archive"),
    "parent by backslash": (lambda: zip_of({"..\\x.py": RELU}), "leads out of the archive"),
    "parent of a folder": (lambda: zip_of({"../": b""}), "leads out of the archive"),
    "parent in a cache": (lambda: zip_of({"__MACOSX/../../x.py": RELU}), "leads out of the archive"),
    "absolute": (lambda: zip_of({"/etc/x.py": RELU}), "leads out of the archive"),
    "absolute on Windows": (lambda: zip_of({"C:\\x.py": RELU}), "leads out of the archive"),
    "NUL in a name": (lambda: raw_zip([ZipEntry(b"relu.py\0.png", RELU)]), r"a name with a NUL byte, relu.py\x00.png"),
    "long name": (lambda: zip_of({"a" * 1025: b""}), "a name of 1025 characters"),
    "control characters": (lambda: zip_of({"/\x1b]0;x\x07\u202e.py": b""}), r"/\x1b]0;x\x07\u202e.py"),
    "encrypted": (lambda: raw_zip([ZipEntry(b"relu.py", RELU, flags=ENCRYPTED)]), "is encrypted, expected a zip with"),
    "bomb": (lambda: raw_zip([ZipEntry(b"x.bin", ZEROS)]), "unpacks to 128 MiB, 2"),
    "5001 entries": (lambda: raw_zip(ZipEntry(b"%d" % n) for n in range(5001)), "more than 5000 entries"),
    "100000 entries": (lambda: raw_zip(ZipEntry(b"%d" % n) for n in range(100_000)), "too many entries"),
    "truncated": (lambda: zip_of(CODE)[:-30], "is a damaged or incomplete zip"),
    "only a start": (lambda: b"PK\x03\x04", "is a damaged or incomplete zip"),
    "name that is no UTF-8": (lambda: raw_zip([ZipEntry(b"\xff.py", RELU)]), "is a damaged or incomplete zip"),
    "Zip64 of 16 EiB": (lambda: as_zip64(raw_zip([ZipEntry(b"a")]), 2**64 - 1), "is a damaged or incomplete zip"),
    "Zip64 with a long directory": (
        lambda: as_zip64(raw_zip(ZipEntry(b"%d" % n) for n in range(60_000))),
        "too many entries",
    ),
}

TAR_REFUSALS: dict[str, tuple[Callable[[], bytes], str]] = {
    "parent folder": (lambda: tar_of({"../../x.py": RELU}), "leads out of the archive"),
    "absolute": (lambda: tar_of({"/etc/x.py": RELU}), "leads out of the archive"),
    "parent folder in a long name": (lambda: tar_of({"../" + "a/" * 100 + "x.py": RELU}), "leads out of the archive"),
    "parent folder by pax": (lambda: pax_tar(pax_record("path", "../x.py")), "leads out of the archive"),
    "NUL by pax": (lambda: pax_tar(pax_record("path", "x.py\0.png")), "a name with a NUL byte"),
    "long name": (lambda: tar_of({"a/" * 513: RELU}), "a name of 1026 characters"),
    "huge extended header": (lambda: pax_tar(pax_record("comment", "a" * 2**16)), "an extended header of 65551 bytes"),
    "pax without a length": (lambda: pax_tar(b"path=x.py\n"), "is a damaged or incomplete tar"),
    "pax of length 0": (lambda: pax_tar(b"0 path=x.py\n"), "is a damaged or incomplete tar"),
    "pax past its end": (lambda: pax_tar(b"999 path=x.py\n"), "is a damaged or incomplete tar"),
    "pax with 101 records": (lambda: pax_tar(pax_record("a", "b") * 101), "is a damaged or incomplete tar"),
    "pax with a size in words": (lambda: pax_tar(pax_record("size", "many")), "is a damaged or incomplete tar"),
    "pax with a negative size": (lambda: pax_tar(pax_record("size", "-1024")), "is a damaged or incomplete tar"),
    "negative size": (lambda: raw_tar([(tar_header("a.py", -512), b"")]), "is a damaged or incomplete tar"),
    "negative extended header": (
        lambda: raw_tar([(tar_header("a.py", -512, tarfile.XHDTYPE), b"")]),
        "is a damaged or incomplete tar",
    ),
    "size of 2**80 bytes": (lambda: raw_tar([(tar_header("a.py", 2**80), b"")]), "is a damaged or incomplete tar"),
    "truncated": (lambda: tar_of({"a.py": RELU * 100})[:1024], "is a damaged or incomplete tar"),
    "truncated behind a file": (lambda: tar_of({"a.py": RELU, "b.py": RELU})[:700], "is a damaged or incomplete tar"),
    "truncated in a header": (lambda: tar_of({"a.py": RELU, "b.py": RELU})[:1300], "is a damaged or incomplete tar"),
    "5001 entries": (lambda: tar_of({str(n): b"" for n in range(5001)}), "more than 5000 entries"),
    "only extended headers": (
        lambda: raw_tar(itertools.repeat((tar_header("a", 0, tarfile.XHDTYPE), b""), 15_001)),
        "more than 5000 entries",
    ),
}

TGZ_REFUSALS: dict[str, tuple[Callable[[], bytes], str]] = {
    "bomb": (lambda: gzip.compress(ZEROS, 1), "amounts to more than 64 MiB, expected at most 64 MiB"),
    "truncated": (lambda: tgz_of(CODE)[:-9], "is a damaged or incomplete tar"),
    "only a start": (lambda: b"\x1f\x8b", "is a damaged or incomplete tar"),
    "no tar": (lambda: gzip.compress(b"def relu(x): ...\n" * 100), "is packed with gzip but is no tar"),
    "several in a row": (lambda: tgz_of(CODE) * 2, "is several gzip files in a row"),
    "100000 empty ones in a row": (lambda: gzip.compress(b"") * 100_000, "is several gzip files in a row"),
    "endless name in the header": (lambda: b"\x1f\x8b\x08\x08" + b"a" * 2**24, "is a damaged or incomplete tar"),
}


def pax_tar(records: bytes) -> bytes:
    return raw_tar([(tar_header("pax", len(records), tarfile.XHDTYPE), records), (tar_header("a.py", len(RELU)), RELU)])


@pytest.mark.parametrize(
    ("read", "build", "words"),
    [
        pytest.param(read, build, words, id=f"{read.__name__}: {name}")
        for read, table in ((from_zip, ZIP_REFUSALS), (from_tar, TAR_REFUSALS), (from_tgz, TGZ_REFUSALS))
        for name, (build, words) in table.items()
    ],
)
@pytest.mark.timeout(20)  # what is quadratic in the size of these takes minutes
def test_a_hostile_or_damaged_archive_is_refused_in_one_sentence_soon_and_in_little_memory(
    read: Callable[[bytes], Handed], build: Callable[[], bytes], words: str
) -> None:
    data = build()
    sentence = told(read, data)
    assert isinstance(sentence, str)
    assert words in sentence
    assert sentence.startswith("submission x.")
    assert sentence.isprintable()
    assert len(sentence) < 300
    tracemalloc.start()
    try:
        told(read, data)
        assert tracemalloc.get_traced_memory()[1] < 80 * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("read", "pack"), [(from_zip, zip_of), (from_tar, tar_of), (from_tgz, tgz_of)], ids=["zip", "tar", "tgz"]
)
def test_an_archive_gives_the_files_that_were_packed(
    read: Callable[[bytes], Handed], pack: Callable[[dict[str, bytes], str], bytes]
) -> None:
    assert all_read(read(pack(CODE, "./top/"))) == {f"top/{name}": data for name, data in CODE.items()}


@pytest.mark.parametrize("pack", [zip_of, tar_of], ids=["zip", "tar"])
def test_what_tools_leave_behind_is_not_listed(pack: Callable[[dict[str, bytes]], bytes]) -> None:
    junk = (
        "__MACOSX/._relu.py", "._relu.py", ".git/config", "a/.ipynb_checkpoints/relu.py", "a/__pycache__/relu.py",
        "venv/relu.py", ".DS_Store",
    )  # fmt: skip
    files = (from_zip if pack is zip_of else from_tar)(pack({**dict.fromkeys(junk, b""), "relu.py": RELU}))
    assert list(files.entries) == ["relu.py"]


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_a_name_of_200_characters_is_read_from_every_form_of_tar(form: int) -> None:
    name = "a" * 90 + "/" + "b" * 90 + "/relu.py"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        tar.addfile(tar_header(name, len(RELU)), io.BytesIO(RELU))
        tar.addfile(tar_header("a.py", len(RELU)), io.BytesIO(RELU))
    assert all_read(from_tar(buffer.getvalue())) == {name: RELU, "a.py": RELU}


def test_names_with_backslashes_are_paths() -> None:
    assert list(from_zip(zip_of({"modules\\": b"", "modules\\relu.py": RELU})).entries) == ["modules/relu.py"]


def test_an_archive_without_files_is_listed_as_empty() -> None:
    assert not from_zip(zip_of({})).entries
    assert not from_tar(tar_of({})).entries
    assert not from_tgz(tgz_of({})).entries


@pytest.mark.parametrize(
    ("read", "data", "why"),
    [
        (from_zip, raw_zip([ZipEntry(b"a.py", b"/etc/passwd", attributes=LINK)]), "is a symbolic link"),
        (from_zip, raw_zip([ZipEntry(b"a.py", b"", attributes=PIPE)]), "is a pipe"),
        (from_zip, raw_zip([ZipEntry(b"a.py", RELU, method=zipfile.ZIP_LZMA)]), "is packed with zip method 14"),
        (from_tar, raw_tar([(tar_header("a.py", 0, tarfile.SYMTYPE, "/etc/passwd"), b"")]), "is a symbolic link"),
        (from_tar, raw_tar([(tar_header("a.py", 0, tarfile.LNKTYPE, "/etc/passwd"), b"")]), "is a hard link"),
        (from_tar, raw_tar([(tar_header("a.py", 0, tarfile.CHRTYPE), b"")]), "is a device"),
        (from_tar, raw_tar([(tar_header("a.py", 0, tarfile.FIFOTYPE), b"")]), "is a pipe"),
        (from_tar, raw_tar([(tar_header("a.py", 0, b"?"), b"")]), "is of a kind of its own"),
    ],
)
def test_what_is_no_plain_file_is_named_and_never_read(read: Callable[[bytes], Handed], data: bytes, why: str) -> None:
    files = read(data)
    assert files.barred["a.py"].startswith(why)
    with pytest.raises(UnreadableError, match=why):
        files.read("a.py", MIB)


@pytest.mark.parametrize("pack", [raw_zip, raw_tar], ids=["zip", "tar"])
def test_a_name_that_occurs_twice_is_refused_when_it_is_read(pack: Callable[..., bytes]) -> None:
    if pack is raw_zip:
        files = from_zip(raw_zip([ZipEntry(b"a.py", RELU), ZipEntry(b"./a.py", b"other")]))
    else:
        files = from_tar(
            raw_tar([(tar_header("a.py", len(RELU)), RELU), (tar_header("./a.py", 0, tarfile.SYMTYPE), b"")])
        )
    with pytest.raises(SubmissionError, match=r"holds a\.py 2 times, expected once"):
        files.read("a.py", MIB)


@pytest.mark.parametrize("pack", [zip_of, tar_of], ids=["zip", "tar"])
def test_a_file_that_is_too_large_is_unreadable_and_the_others_are_not(pack: Callable[..., bytes]) -> None:
    files = (from_zip if pack is zip_of else from_tar)(pack({"large.py": b" " * (MIB + 1), "relu.py": RELU}))
    with pytest.raises(UnreadableError, match="is too large, expected at most 1 MiB"):
        files.read("large.py", MIB)
    assert files.read("relu.py", MIB) == RELU


@pytest.mark.parametrize(
    "entry",
    [
        ZipEntry(b"a.py", ZEROS, size=100),
        ZipEntry(b"a.py", RELU, checksum=1),
        ZipEntry(b"a.py", RELU, method=zipfile.ZIP_STORED, size=9),
    ],
    ids=["declares 100 of 128 MiB", "wrong checksum", "declares less than is stored"],
)
def test_a_zip_entry_that_lies_is_unreadable_and_costs_little_memory(entry: ZipEntry) -> None:
    files = from_zip(raw_zip([entry, ZipEntry(b"b.py", RELU)]))
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableError, match="is damaged in the zip"):
            files.read("a.py", MIB)
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()
    assert files.read("b.py", MIB) == RELU


def test_a_zip_entry_that_declares_too_little_with_a_fitting_checksum_gives_no_more_than_it_declares() -> None:
    entry = ZipEntry(b"a.py", ZEROS, size=100, checksum=zlib.crc32(bytes(100)))
    assert from_zip(raw_zip([entry])).read("a.py", MIB) == bytes(100)


def test_reading_stops_at_the_budget_however_many_files_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [ZipEntry(b"%d.py" % n, bytes(MIB), checksum=1) for n in range(5)]
    data = raw_zip(entries)
    budget = Budget("x.zip", 3 * MIB)
    files = collected(
        archive.zip_rows(archive.opened_zip(io.BytesIO(data), "x.zip"), 2**30, budget), SubmissionForm.ZIP, "x.zip"
    )
    for path in ("0.py", "1.py", "2.py"):
        with pytest.raises(UnreadableError):
            files.read(path, MIB)
    with pytest.raises(SubmissionError, match="amounts to more than 64 MiB"):
        files.read("3.py", MIB)


def test_a_large_data_set_beside_the_code_is_no_bomb() -> None:
    entry = ZipEntry(b"data/batch.bin", b"", size=200 * MIB, method=zipfile.ZIP_STORED)
    data = raw_zip([entry, ZipEntry(b"relu.py", RELU)])
    opened = archive.opened_zip(io.BytesIO(data), "x.zip")
    files = collected(archive.zip_rows(opened, 180 * MIB, Budget("x.zip")), SubmissionForm.ZIP, "x.zip")
    assert files.read("relu.py", MIB) == RELU


def test_a_zip64_archive_is_read() -> None:
    assert all_read(from_zip(as_zip64(raw_zip([ZipEntry(b"a.py", RELU)])))) == {"a.py": RELU}


def test_a_zip_behind_other_bytes_is_read() -> None:
    assert all_read(from_zip(b"#!/bin/sh\n" + zip_of(CODE))) == CODE


@pytest.mark.timeout(20)
def test_a_hostile_extended_header_costs_linear_time() -> None:
    """tarfile searches it for a word after digits and takes 45 minutes for a megabyte (CVE-2024-6232).

    Here the digits are refused at sight.
    """
    with pytest.raises(SubmissionError, match="damaged"):
        from_tar(pax_tar(b"1" * 60_000))


def test_nested_archives_are_files_like_others() -> None:
    assert list(from_zip(zip_of({"inner.zip": zip_of(CODE)})).entries) == ["inner.zip"]


# ------------------------------------------------------------------------------------------------------ fuzzing

EDITS = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=12)


def edited(data: bytes, edits: list[tuple[int, int]], kept: int) -> bytes:
    changed = bytearray(data)
    for place, byte in edits:
        changed[place % len(changed)] = byte
    return bytes(changed[: len(changed) - kept % 40])


def assert_read_or_refused(read: Callable[[bytes], Handed], data: bytes) -> None:
    files = told(read, data)
    if isinstance(files, str):
        assert files.isprintable()
        return
    for path in files.entries:
        assert not path.startswith("/")
        assert ".." not in path.split("/")
        held = told(files.read, path, MIB)
        assert held.isprintable() if isinstance(held, str) else len(held) <= MIB


@settings(max_examples=300, deadline=3000)
@given(EDITS, st.integers(0, 39))
def test_a_zip_with_changed_bytes_is_read_or_refused(edits: list[tuple[int, int]], cut: int) -> None:
    assert_read_or_refused(from_zip, edited(zip_of(CODE, "top/"), edits, cut))


@settings(max_examples=300, deadline=3000)
@given(EDITS)
def test_a_zip64_with_a_changed_end_is_read_or_refused(edits: list[tuple[int, int]]) -> None:
    data = as_zip64(raw_zip([ZipEntry(b"a.py", RELU)]))
    end = data.rindex(b"PK\x06\x06")
    assert_read_or_refused(from_zip, data[:end] + edited(data[end:], edits, 0))


def with_checksum(header: bytes) -> bytes:
    total = sum(header[:148]) + sum(header[156:]) + 8 * ord(" ")
    return header[:148] + b"%06o\0 " % total + header[156:]


@settings(max_examples=300, deadline=3000)
@given(st.lists(st.tuples(st.sampled_from(range(512)), st.integers(0, 255)), max_size=6), st.integers(0, 39))
def test_a_tar_with_changed_headers_is_read_or_refused(edits: list[tuple[int, int]], cut: int) -> None:
    data = pax_tar(pax_record("path", "modules/relu.py"))
    blocks = [data[start : start + 512] for start in range(0, len(data), 512)]
    for index in (0, 2):  # the headers; with a wrong checksum they would be refused at once
        blocks[index] = with_checksum(edited(blocks[index], edits, 0))
    assert_read_or_refused(from_tar, edited(b"".join(blocks), [], cut))


@settings(max_examples=300, deadline=3000)
@given(st.binary(max_size=300))
def test_any_extended_header_is_read_or_refused(records: bytes) -> None:
    assert_read_or_refused(from_tar, pax_tar(records))


@settings(max_examples=200, deadline=3000)
@given(EDITS, st.integers(0, 39))
def test_a_tgz_with_changed_bytes_is_read_or_refused(edits: list[tuple[int, int]], cut: int) -> None:
    assert_read_or_refused(from_tgz, edited(tgz_of(CODE), edits, cut))


@settings(max_examples=200, deadline=3000)
@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert_read_or_refused(from_zip, b"PK\x05\x06" + data)
    assert_read_or_refused(from_tar, data)
    assert_read_or_refused(from_tgz, b"\x1f\x8b\x08\x00" + data)


@settings(max_examples=200, deadline=3000)
@given(st.dictionaries(st.text(max_size=30), st.binary(max_size=50), max_size=5))
def test_any_names_are_read_or_refused(files: dict[str, bytes]) -> None:
    names = {name: data for name, data in files.items() if name.encode("utf-8", "replace").decode() == name}
    assert_read_or_refused(from_zip, raw_zip(ZipEntry(name.encode(), data) for name, data in names.items()))
    assert_read_or_refused(from_tar, tar_of({name.replace("\0", "?"): data for name, data in names.items()}))
