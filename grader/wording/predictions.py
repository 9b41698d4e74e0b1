"""Why a file of predictions cannot be read, in words. Pure."""

from __future__ import annotations

from grader.wording.text import counted

MIB = 1 << 20
NUMBER_EXPECTED = "a number such as 3, -0.25 or 1e-3"


def heading_expected(column: str) -> str:
    """Describe the first line of a table."""
    return f"headings, {column!r} among them, with commas, semicolons or tabs between"


def label_expected(classes: int) -> str:
    """Describe what a line with a label holds."""
    return f"a whole number from 0 to {classes - 1}"


def no_class_says(name: str, line: int, label: int, classes: int) -> str:
    """Describe a label that is no class."""
    return f"line {line} of {name} has {label}, expected {label_expected(classes)}: it counts as wrong"


def runs_expected(height: int, width: int) -> str:
    """Describe what a line with a mask holds."""
    return f"run lengths of at least 0 that sum to {height * width} ({height} x {width})"


def fault_says(name: str, kind: str, line: int, found: str, *, lines: int, wanted: str, limit: int) -> str:
    """Describe a fault with its line and what was expected.

    Args:
        name: The file.
        kind: What is wrong, as `grader.drivers.predictions` names it.
        line: The line, from 1; of `count` the number of lines.
        found: What stands there.
        lines: How many lines are expected.
        wanted: What a line holds.
        limit: How many bytes a file may have.
    """
    where = f"line {line} of {name}"
    match kind:
        case "large":
            return f"{name} has {found} bytes, expected at most {limit // MIB} MiB"
        case "empty":
            return f"{where} is empty, expected {wanted}"
        case "count":
            noun = "line" if line == 1 else "lines"
            return f"{name} has {line} {noun}, expected {lines}: {_from_where(line, lines)}"
        case "sum":
            return f"{where} has run lengths that sum to {found}, expected {wanted}"
        case "negative":
            return f"{where} has the run length {found}, expected {wanted}"
    return f"{where} has {found!r}, expected {wanted}"


def _from_where(line: int, lines: int) -> str:
    if line < lines:
        return f"line {line + 1} is the first that is missing"
    return f"line {lines + 1} is the first too many"


def unmeasurable_says(number: float, most: float) -> str:
    """Describe what is measured and is no number that can be ranked."""
    return f"what is measured is {number:g}, expected a number up to {most:g}"


def more_says(faults: int) -> str:
    """Describe how many lines more are not as expected; empty where none is."""
    return f" ({counted(faults - 1, 'more line')} {'is' if faults == 2 else 'are'} not)" if faults > 1 else ""
