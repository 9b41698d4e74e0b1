"""Check what was read of a file of predictions, in the judge: shapes, ranges and sums, whatever the worker says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from grader.authoring.hidden_tests import Note, NotWritten
from grader.drivers.predictions import MAX_BYTES, MAX_FOUND
from grader.wording.predictions import (
    NUMBER_EXPECTED,
    fault_says,
    heading_expected,
    label_expected,
    more_says,
    no_class_says,
    runs_expected,
)
from grader.wording.text import one_line

_NOT_READ: Final = "what was read of {name} is not {wanted}"


def labels_of(
    answer: Mapping[str, Any], *, name: str, lines: int, classes: int, note: Note, column: str = ""
) -> np.ndarray:
    """Return the predicted labels. Of those that are no class it is noted that they count as wrong.

    Args:
        answer: What `grader.drivers.predictions.read_labels` gave.
        name: The file, for messages.
        lines: How many samples there are.
        classes: How many classes there are.
        note: The fixture.
        column: The heading that the labels stand under, where the file is a table.

    Returns:
        Shape (lines,), int64; some may be outside [0, classes).

    Raises:
        NotWritten: the file is empty.
        AssertionError: it is not as expected; the sentence names the line.
    """
    _refuse_fault(answer, name, lines, label_expected(classes), column)
    values = answer.get("values")
    if not _are_whole(values, lines):
        raise AssertionError(_NOT_READ.format(name=name, wanted=f"{lines} whole numbers"))
    labels = np.asarray(values, np.int64)
    outside = np.flatnonzero((labels < 0) | (labels >= classes))
    if outside.size:
        first = outside[0]
        sentence = no_class_says(name, first + 1 + bool(column), labels[first], classes)
        note(f"{sentence}{more_says(outside.size)}")
    return labels


def numbers_of(answer: Mapping[str, Any], *, name: str, lines: int, column: str = "") -> np.ndarray:
    """Return the predicted numbers.

    Args:
        answer: What `grader.drivers.predictions.read_numbers` gave.
        name: The file, for messages.
        lines: How many samples there are.
        column: The heading that the numbers stand under, where the file is a table.

    Returns:
        Shape (lines,), float64, all finite.

    Raises:
        NotWritten: the file is empty.
        AssertionError: it is not as expected; the sentence names the line.
    """
    _refuse_fault(answer, name, lines, NUMBER_EXPECTED, column)
    values = answer.get("values")
    are_numbers = isinstance(values, np.ndarray) and values.shape == (lines,) and values.dtype == np.float64
    if values is None or not are_numbers or not np.isfinite(values).all():
        raise AssertionError(_NOT_READ.format(name=name, wanted=f"{lines} finite numbers"))
    return np.asarray(values)


def masks_of(answer: Mapping[str, Any], *, name: str, lines: int, height: int, width: int) -> np.ndarray:
    """Return the predicted masks.

    Args:
        answer: What `grader.drivers.predictions.read_masks` gave.
        name: The file, for messages.
        lines: How many samples there are.
        height: Rows of a mask.
        width: Columns of a mask.

    Returns:
        Shape (lines, height, width), bool.

    Raises:
        NotWritten: the file is empty.
        AssertionError: it is not as expected; the sentence names the line.
    """
    pixels = height * width
    _refuse_fault(answer, name, lines, runs_expected(height, width))
    runs, counts = answer.get("runs"), answer.get("counts")
    if not (_are_whole(counts, lines) and _are_whole(runs) and _add_up(np.asarray(runs), np.asarray(counts), pixels)):
        raise AssertionError(_NOT_READ.format(name=name, wanted=f"{lines} masks of {pixels} pixels"))
    lengths, of_line = np.asarray(runs, np.int64), np.asarray(counts, np.int64)
    begins = np.repeat(np.cumsum(of_line) - of_line, of_line)
    is_inside = (np.arange(lengths.size) - begins) % 2 == 1  # runs of a line alternate, zeros first
    return np.repeat(is_inside, lengths).reshape(lines, height, width)


def _refuse_fault(answer: Mapping[str, Any], name: str, lines: int, wanted: str, column: str = "") -> None:
    """End the case where the worker told of a fault; what it says is checked as far as it is repeated.

    Raises:
        NotWritten, AssertionError: as above.
    """
    match answer.get("fault"):
        case {"line": int(line), "kind": str(kind), "found": str(found)}:
            every = lines + bool(column)
            if kind == "count" and line == 0:
                raise NotWritten(f"{name} is empty, expected {every} lines")
            wanted = heading_expected(column) if kind == "heading" else wanted
            faults = answer.get("faults")
            more = more_says(faults) if isinstance(faults, int) else ""
            shown = one_line(found[:MAX_FOUND])
            sentence = fault_says(name, kind, line, shown, lines=every, wanted=wanted, limit=MAX_BYTES)
            raise AssertionError(f"{sentence}{more}")


def _are_whole(values: object, count: int | None = None) -> bool:
    """Return whether these are whole numbers in a row, so many of them."""
    is_row = isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype.kind == "i"
    return is_row and (count is None or len(values) == count)  # type: ignore[arg-type]  # an array, see above


def _add_up(runs: np.ndarray, counts: np.ndarray, pixels: int) -> bool:
    """Return whether the runs of every line are at least 0 and sum to a mask's pixels."""
    if not counts.size or counts.min() < 1 or counts.max() > runs.size or counts.sum() != runs.size or runs.min() < 0:
        return False
    starts = np.cumsum(counts, dtype=np.int64) - counts
    return bool((np.add.reduceat(runs, starts, dtype=np.int64) == pixels).all())
