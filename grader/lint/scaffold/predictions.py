"""Write an assignment of a file of predictions: a label or a number for each sample, a line each."""

from __future__ import annotations

import json
import math

import numpy as np

from grader.drivers.predictions import SEPARATORS, read_labels, read_numbers
from grader.errors import UsageError

LEAST_LINES = 4
POINTS = 10
MOST_DECIMALS = 8


def texts(title: str, file: str, text: str, seed: int) -> dict[str, str]:
    """Return the files of the assignment by path.

    Args:
        title: Of the assignment.
        file: The name of the file that students hand in.
        text: What is right, a line for each sample.
        seed: Of hidden inputs.

    Raises:
        UsageError: a line holds no number, all are alike, or there are too few.
    """
    data = text.encode()
    column = _column(text, file)
    lines = len(text.rstrip().splitlines()) - bool(column)
    labels = read_labels(data, lines, column=column)
    are_labels = not labels["fault"] and np.asarray(labels["values"]).min(initial=0) >= 0
    found = labels if are_labels else read_numbers(data, lines, column=column)
    match found["fault"]:
        case {"line": line, "found": wrong}:
            under = f" under {column!r}" if column else ", a line each"
            raise UsageError(f"line {line} of {file} has {wrong!r}, expected a label or a number{under}")
    values = np.asarray(found["values"])
    if lines < LEAST_LINES or len(np.unique(values)) == 1:
        raise UsageError(f"{file} has {lines} lines, expected at least {LEAST_LINES} that are not all alike")
    halves = [values[half::2] for half in (0, 1)]
    measured = _accuracy(halves) if are_labels else _error(halves)
    under = f" under `{column}`" if column else ""
    says = "labels that are right" if are_labels else "numbers that are near to what was measured"
    return {
        "assignment.toml": (
            f'title = {json.dumps(title)}\nsource = "The handout"\nfiles = []\nattachments = [{json.dumps(file)}]\n'
            f"\n[hidden]\nseed = {seed}\n"
        ),
        "drivers.py": _drivers(file, "labels" if are_labels else "numbers", column),
        f"solution/{file}": text,
        "checks/test_predictions.py": _test(file, lines, values, measured, column, are_labels=are_labels),
        "mistakes.py": _mistakes(file, are_labels=are_labels, column=column, separator=_separator(text)),
        "samples/samples.toml": (
            f'[solution]\nscore = {POINTS}\nsays = "what is right"\n\n'
            f'[windows]\nscore = {POINTS}\nsays = "the same with a byte order mark and other ends of lines"\n\n'
            '[short]\nscore = 0\nsays = "the first half alone"\n'
        ),
        f"samples/solution/{file}": text,
        f"samples/windows/{file}": "\ufeff" + "".join(f"{line}\r\n" for line in text.rstrip().splitlines()),
        f"samples/short/{file}": "".join(
            f"{line}\n" for line in text.rstrip().splitlines()[: bool(column) + lines // 2]
        ),
        "instructions.md": (
            f"# {title}\n\nHand in `{file}`, {lines} lines of {says}{' below one of headings' * bool(column)}: line n "
            f"is about sample n, and holds one {'whole number' if are_labels else 'number'}{under}.\n"
        ),
    }


def _accuracy(halves: list[np.ndarray]) -> str:
    """Write a measure whose thresholds nobody reaches who answers the most frequent label throughout."""
    most = max(float(np.unique(half, return_counts=True)[1].max() / len(half)) for half in halves)
    low, high = (math.ceil(100 * (most + share * (1 - most))) / 100 for share in (0.4, 0.7))
    return _measure("accuracy", "higher", 4, low, high)


def _error(halves: list[np.ndarray]) -> str:
    """Write a measure whose thresholds nobody reaches who answers one number throughout."""
    least = min(float(np.mean(np.abs(half - np.median(half)))) for half in halves)
    if not least:
        raise UsageError("half of the numbers are all alike, so that one number would be a right prediction")
    decimals = max(0, 3 - math.floor(math.log10(least)))
    if decimals > MOST_DECIMALS:
        raise UsageError(f"the numbers differ by {least:.1g} on average, expected a unit in which they differ by more")
    return _measure(
        "mean absolute error", "lower", decimals, round(0.5 * least, decimals), round(0.25 * least, decimals)
    )


def _measure(name: str, better: str, decimals: int, low: float, high: float) -> str:
    thresholds = f'[{{"at": {low!r}, "points": {POINTS // 2}}}, {{"at": {high!r}, "points": {POINTS}}}]'
    return f'{{"name": "{name}", "better": "{better}", "decimals": {decimals}, "thresholds": {thresholds}}}'


def _separator(text: str) -> str:
    """Return what stands between the fields of a table; nothing where there is one field."""
    first = text.partition("\n")[0]
    return next((mark for mark in map(bytes.decode, SEPARATORS) if mark in first), "")


def _column(text: str, file: str) -> str:
    """Return the heading of the last column, where the first line has headings; else nothing.

    Raises:
        UsageError: there are several columns without headings.
    """
    first, separator = text.partition("\n")[0], _separator(text)
    last = first.rpartition(separator)[2].strip(' \t\r"') if separator else first.strip(' \t\r"')
    if not read_numbers(last.encode(), 1)["fault"]:
        if separator:
            raise UsageError(f"line 1 of {file} is {first!r}, expected headings above several columns")
        return ""
    return last


def _drivers(file: str, kind: str, column: str) -> str:
    under = f", column={json.dumps(column, ensure_ascii=False)}" if column else ""
    return (
        f"from grader.drivers.predictions import read_{kind}\n\n\n"
        f"def {kind}(impl, lines):\n    return read_{kind}(impl.attachment({json.dumps(file)}), lines{under})\n"
    )


def _test(file: str, lines: int, values: np.ndarray, measured: str, column: str, *, are_labels: bool) -> str:
    kind, metric = ("labels", "accuracy") if are_labels else ("numbers", "mean_absolute_error")
    expected = f'"name": {json.dumps(file)}, "lines": {lines}'
    expected += f', "classes": {int(values.max()) + 1}, "note": note' if are_labels else ""
    expected += f', "column": {json.dumps(column, ensure_ascii=False)}' if column else ""
    fixtures = "files, reference, measure, note, half" if are_labels else "files, reference, measure, half"
    hint = "On which samples of your own is the model wrong, and is the order of the test samples kept?"
    return (
        f"import pytest\nfrom drivers import {kind}\nfrom grader.authoring import check\n"
        f"from grader.authoring.metrics import {metric}\nfrom grader.authoring.predictions import {kind}_of\n\n\n"
        f'@check(\n    points={POINTS},\n    part="predictions",\n    hint="{hint}",\n    visibility="visible",\n'
        f"    measure={measured},\n)\n"
        '@pytest.mark.parametrize("half", [0, 1], ids=["odd lines", "even lines"])\n'
        f"def test_predictions({fixtures}):\n"
        f'    """The predictions for the test samples are right."""\n    expected = {{{expected}}}\n'
        f"    predicted, true = ({kind}_of(who({kind}, lines={lines}), **expected) for who in (files, reference))\n"
        f"    measure({metric}(predicted[half::2], true[half::2]))\n"
    )


def _mistakes(file: str, *, are_labels: bool, column: str, separator: str) -> str:
    name, says, hint, change, teaches = (
        (
            "labels-from-one",
            "labels are counted from 1",
            "Which is the smallest label of the training samples, and which of your file?",
            'f"{int(line) + 1}\\n"',
            "The first class has the label 0, as `argmax` gives it.",
        )
        if are_labels
        else (
            "other-unit",
            "numbers are in another unit, 1000 times as large",
            "In which unit are the numbers of the training samples?",
            'f"{1000 * float(line)}\\n"',
            "Numbers are expected in the unit of the training samples.",
        )
    )
    if column:
        made = _of_table(change, separator)
    else:
        made = f'def changed(text):\n    return "".join({change} for line in text.split())\n\n\n'
    return (
        '"""What students get wrong."""\n\nfrom grader.authoring import Mistake, rewrite\n\n\n'
        f"{made}"
        f'MISTAKES = (\n    Mistake(\n        name="{name}",\n        says="{says}",\n        hint="{hint}",\n'
        f"        patch=(rewrite({json.dumps(file)}, changed),),\n"
        f'        fails=("predictions",),\n        teaches="{teaches}",\n    ),\n)\n'
    )


def _of_table(change: str, separator: str) -> str:
    """Write a function that changes the last field of each line below the headings."""
    mark = json.dumps(separator)
    changed = change[2:-1].removesuffix("\\n")  # of an f-string, which ends a line
    line = f"{{start}}{{mark}}{changed}" if separator else changed
    parts = f"start, mark, line = row.rpartition({mark})" if separator else "line = row"
    return (
        "def changed(text):\n    headings, *rows = text.splitlines()\n    lines = [headings]\n    for row in rows:\n"
        f'        {parts}\n        lines.append(f"{line}")\n'
        '    return "".join(f"{one}\\n" for one in lines)\n\n\n'
    )
