"""Files of predictions: read line by line beside the student's code, believed by nobody, and told in a sentence."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.authoring import NotWritten
from grader.authoring.predictions import labels_of, masks_of, numbers_of
from grader.drivers.predictions import MAX_BYTES, read_labels, read_masks, read_numbers
from grader.sandbox import protocol

LABELS = [number % 34 for number in range(612)]
GOOD = "".join(f"{label}\n" for label in LABELS).encode()
EMPTY_MASK, FULL_MASK = "50176", "0 50176"
MASKS = f"{EMPTY_MASK}\n{FULL_MASK}\n100 50 50026\n".encode()
LABEL = "expected a whole number from 0 to 33"
RUNS = "expected run lengths of at least 0 that sum to 50176 (224 x 224)"


def crossed(answer: dict[str, Any]) -> Any:  # noqa: ANN401  # what a worker sends
    """Send an answer over the wall."""
    return protocol.decode(protocol.encode("value", 0, answer)).body


def labels(data: bytes, notes: list[str] | None = None) -> np.ndarray:
    note = (notes if notes is not None else []).append
    return labels_of(crossed(read_labels(data, 612)), name="labels.txt", lines=612, classes=34, note=note)


def masks(data: bytes, lines: int = 3) -> np.ndarray:
    answer = crossed(read_masks(data, lines, 50176))
    return masks_of(answer, name="masks.txt", lines=lines, height=224, width=224)


def changed(line: int, text: bytes, data: bytes = GOOD) -> bytes:
    """Put another text in the place of a line."""
    lines = data.split(b"\n")
    return b"\n".join([*lines[: line - 1], text, *lines[line:]])


@pytest.mark.parametrize(
    "data",
    [
        GOOD,
        GOOD.rstrip(b"\n"),
        GOOD + b"\n\n",
        b"\xef\xbb\xbf" + GOOD,
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"\n", b"\r"),
        GOOD.replace(b"\n", b" \n"),
        GOOD.decode().encode("utf-16"),
        b"\t" + GOOD,
        changed(4, b"+3"),
        changed(4, b"03"),
    ],
    ids=["plain", "no newline", "empty lines at the end", "BOM", "CRLF", "CR", "blanks", "UTF-16", "tab", "+", "0"],
)  # fmt: skip
def test_what_editors_and_systems_do_to_a_file_is_no_fault(data: bytes) -> None:
    assert labels(data).tolist() == LABELS


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (GOOD[: GOOD.rindex(b"\n", 0, -1) + 1],
         "labels.txt has 611 lines, expected 612: line 612 is the first that is missing"),
        (GOOD + b"5\n", "labels.txt has 613 lines, expected 612: line 613 is the first too many"),
        (changed(7, b"3.0"), f"line 7 of labels.txt has '3.0', {LABEL}"),
        (changed(7, b"nan"), f"line 7 of labels.txt has 'nan', {LABEL}"),
        (changed(7, b""), f"line 7 of labels.txt is empty, {LABEL}"),
        (changed(7, b"\n"), f"line 7 of labels.txt is empty, {LABEL}"),
        (changed(7, b"3 4"), f"line 7 of labels.txt has '3 4', {LABEL}"),
        (changed(7, b"1_0"), f"line 7 of labels.txt has '1_0', {LABEL}"),
        (changed(7, b"9" * 30), f"line 7 of labels.txt has '{'9' * 30}', {LABEL}"),
        (changed(1, b"label"), f"line 1 of labels.txt has 'label', {LABEL}"),
        (changed(7, "é".encode("latin-1")), rf"line 7 of labels.txt has '\\xe9', {LABEL}"),
        (changed(7, b"\x00"), rf"line 7 of labels.txt has '\\x00', {LABEL}"),
        (changed(7, b"x", changed(9, b"y", changed(8, b"z"))),
         f"line 7 of labels.txt has 'x', {LABEL} (2 more lines are not)"),
        (changed(7, b"x" * 5000), f"line 7 of labels.txt has '{'x' * 40}', {LABEL}"),
        (b"0\n" * (MAX_BYTES // 2 + 1), f"labels.txt has {MAX_BYTES + 2} bytes, expected at most 16 MiB"),
    ],
    ids=["611", "613", "float", "NaN", "empty", "two empty", "two numbers", "underscore", "huge", "header", "Latin-1",
         "NUL", "several", "long", "too large"],
)  # fmt: skip
def test_a_fault_is_told_with_its_line_and_what_was_expected(data: bytes, sentence: str) -> None:
    with pytest.raises(AssertionError) as told:
        labels(data)
    assert str(told.value) == sentence


TABLE = b'id;price\n"a";2.5\nb; 3\n'


@pytest.mark.parametrize(
    "data", [TABLE, b"\xef\xbb\xbf" + TABLE.replace(b"\n", b"\r\n"), TABLE.replace(b";", b","), b"price\n2.5\n3"]
)
def test_a_column_is_read_by_its_heading(data: bytes) -> None:
    read = crossed(read_numbers(data, 2, column="price"))
    assert numbers_of(read, name="out.csv", lines=2, column="price").tolist() == [2.5, 3]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (TABLE.replace(b"price", b"cost"), "line 1 of out.csv has 'id;cost', expected headings, 'price' among them"),
        (TABLE + b"c;dear\n", "out.csv has 4 lines, expected 3: line 4 is the first too many"),
        (TABLE.replace(b" 3", b"dear"), "line 3 of out.csv has 'dear', expected a number such as 3"),
        (TABLE.replace(b"b; 3", b"b"), "line 3 of out.csv has '', expected a number such as 3"),
        (TABLE[:9], "out.csv has 1 line, expected 3: line 2 is the first that is missing"),
    ],
)
def test_a_fault_in_a_table_is_told_with_its_line(data: bytes, sentence: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(sentence)):
        numbers_of(crossed(read_numbers(data, 2, column="price")), name="out.csv", lines=2, column="price")


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_not_written_yet(data: bytes) -> None:
    with pytest.raises(NotWritten, match=r"labels\.txt is empty, expected 612 lines"):
        labels(data)


def test_a_label_that_is_no_class_is_noted_and_kept() -> None:
    notes: list[str] = []
    found = labels(changed(7, b"34", changed(9, b"-1")), notes)
    assert (found[6], found[8]) == (34, -1)
    assert notes == [
        "line 7 of labels.txt has 34, expected a whole number from 0 to 33: it counts as wrong (1 more line is not)"
    ]


def test_masks_are_runs_that_alternate_and_begin_with_zeros() -> None:
    empty, full, some = masks(MASKS)
    assert not empty.any()
    assert full.all()
    assert some.sum() == 50
    assert some.ravel()[100:150].all()


@given(st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=1, max_size=5), st.booleans())
def test_a_mask_that_was_written_is_read_back(wanted: list[list[bool]], has_zero_runs: bool) -> None:
    lines = []
    for mask in wanted:
        runs, last = [0], False
        for pixel in mask:
            if pixel is last:
                runs[-1] += 1
            else:
                runs.append(1)
                last = pixel
        lines.append(" ".join(map(str, [*runs, 0, 0] if has_zero_runs else runs)))
    answer = crossed(read_masks("\n".join(lines).encode(), len(wanted), 6))
    found = masks_of(answer, name="masks.txt", lines=len(wanted), height=2, width=3)
    assert found.reshape(len(wanted), 6).tolist() == wanted


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"50175", f"line 2 of masks.txt has run lengths that sum to 50175, {RUNS}"),
        (b"50177", f"line 2 of masks.txt has run lengths that sum to 50177, {RUNS}"),
        (b"50177 -1", f"line 2 of masks.txt has the run length -1, {RUNS}"),
        (b"50175 1.0", f"line 2 of masks.txt has '1.0', {RUNS}"),
        (b"nan", f"line 2 of masks.txt has 'nan', {RUNS}"),
        (b"50175,1", f"line 2 of masks.txt has '50175,1', {RUNS}"),
        (b"50175 1e0", f"line 2 of masks.txt has '1e0', {RUNS}"),
        (b"50175\t1 \x0b", rf"line 2 of masks.txt has '\\x0b', {RUNS}"),
        (b"50175 1\xa0", rf"line 2 of masks.txt has '1\\xa0', {RUNS}"),
        (b"99999999999999999999 1", f"line 2 of masks.txt has '99999999999999999999', {RUNS}"),
        (b"", f"line 2 of masks.txt is empty, {RUNS}"),
    ],
)
def test_a_fault_in_a_mask_is_told_with_its_line(line: bytes, sentence: str) -> None:
    with pytest.raises(AssertionError) as told:
        masks(changed(2, line, MASKS))
    assert str(told.value) == sentence


WHOLE = {"values": np.zeros(612, np.int64), "fault": {}, "faults": 0}
RUN_ROWS = {"runs": np.full(3, 50176, np.int32), "counts": np.ones(3, np.int32), "fault": {}, "faults": 0}


@pytest.mark.parametrize(
    "lie",
    [
        {"values": np.zeros(611, np.int64)},
        {"values": np.zeros(612)},
        {"values": np.zeros((612, 1), np.int64)},
        {"values": [0] * 612},
        {"values": None},
        {"values": np.zeros(612, bool)},
    ],
    ids=repr,
)
def test_a_worker_that_lies_about_labels_is_not_believed(lie: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match=r"what was read of labels\.txt is not 612 whole numbers"):
        labels_of({**WHOLE, **lie}, name="labels.txt", lines=612, classes=34, note=print)


@pytest.mark.parametrize(
    "lie",
    [
        {"runs": np.array([50176, 50176, 50175], np.int32)},
        {"runs": np.array([50177, -1, 50176, 50176], np.int32), "counts": np.array([2, 1, 1], np.int32)},
        {"runs": np.array([50176, 50176], np.int32)},
        {"runs": np.full(3, 50176.0)},
        {"counts": np.array([0, 2, 1], np.int32)},
        {"counts": np.array([-1, 3, 1], np.int32)},
        {"counts": np.array([2**31 - 1, 2**31 - 1, 5], np.int64)},
        {"counts": np.ones(2, np.int32), "runs": np.full(2, 50176, np.int32)},
        {"runs": np.zeros(0, np.int32), "counts": np.zeros(3, np.int32)},
        {"runs": np.full(3, 2**63 - 1, np.int64)},
    ],
    ids=repr,
)
def test_a_worker_that_lies_about_masks_is_not_believed(lie: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match=r"what was read of masks\.txt is not 3 masks of 50176 pixels"):
        masks_of({**RUN_ROWS, **lie}, name="masks.txt", lines=3, height=224, width=224)


@given(st.binary(max_size=200) | st.text("019 -\t\n\r\x0b\x0c.").map(str.encode), st.integers(1, 5))
def test_whatever_a_file_holds_it_is_read_or_told(data: bytes, lines: int) -> None:
    answers = (
        lambda: labels_of(crossed(read_labels(data, lines)), name="x", lines=lines, classes=3, note=lambda _: None),
        lambda: masks_of(crossed(read_masks(data, lines, 6)), name="x", lines=lines, height=2, width=3),
    )
    for answer in answers:
        found, sentence = None, ""
        try:
            found = answer()
        except AssertionError as told:
            sentence = str(told)
        assert len(found) == lines if found is not None else sentence.isprintable() and "x " in sentence
