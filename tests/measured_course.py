"""A course in which files of predictions are measured, and the class is ranked by them: `tiny` of another kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

from tiny_course import _write, build

GOLD = (0, 1, 2, 0, 1, 2, 0, 1, 2, 0)
RUBRIC = dedent("""\
    title = "Predictions"
    source = "Handout 000"
    files = ["notes.py"]
    attachments = ["labels.txt", "masks.txt"]
    attachment_mb = 32

    [runtime]
    modules = ["numpy"]
    memory_mb = 512
    submission_seconds = 30

    [hidden]
    seed = 20261129

    [[parts]]
    name = "labels"
    title = "Classification"

    [[parts]]
    name = "masks"
    title = "Segmentation"

    [checks.labels]
    part = "labels"
    points = 4
    says = "the labels are those of the test set"
    hint = "which classes are mixed up?"

    [checks.labels.measure]
    name = "accuracy"
    decimals = 3
    thresholds = [{ at = 0.5, points = 2 }, { at = 0.8, points = 4 }]

    [checks.labels.measure.rank]
    points = 5
    step = 1
    bonus = true

    [checks.masks]
    part = "masks"
    points = 4
    says = "the masks overlap with those of the test set"
    hint = "which masks are the worst?"

    [checks.masks.measure]
    name = "mean IoU"
    line = { none_at = 0.5, all_at = 0.9 }

    [checks.masks.measure.rank]
    places = [3, 1]
    among = "measured"
    """)
DRIVERS = dedent('''\
    """How predictions are read."""

    from grader.drivers.predictions import read_labels, read_masks


    def labels(impl, lines):
        return read_labels(impl.attachment("labels.txt"), lines)


    def masks(impl, lines, pixels):
        return read_masks(impl.attachment("masks.txt"), lines, pixels)
    ''')
CHECKS = dedent('''\
    """Hidden tests of predictions: the reference's own files are right."""

    from drivers import labels, masks
    from grader.authoring.metrics import accuracy, mean_mask_iou
    from grader.authoring.predictions import labels_of, masks_of


    def test_labels(student, reference, measure, note):
        expected = {"name": "labels.txt", "lines": 10, "classes": 3, "note": note}
        got = labels_of(student(labels, lines=10), **expected)
        measure(accuracy(got, labels_of(reference(labels, lines=10), **expected)))


    def test_masks(student, reference, measure):
        expected = {"name": "masks.txt", "lines": 2, "height": 2, "width": 2}
        got = masks_of(student(masks, lines=2, pixels=4), **expected)
        measure(mean_mask_iou(got, masks_of(reference(masks, lines=2, pixels=4), **expected)))
    ''')
RIGHT_MASKS = "2 2\n0 1 1 1 1\n"


def labels(right: int) -> str:
    """Give a file of labels of which so many are right."""
    return "".join(f"{true if place < right else (true + 1) % 3}\n" for place, true in enumerate(GOLD))


def build_measured(folder: Path, rubric: str = RUBRIC, checks: str = CHECKS) -> Path:
    """Write the course into a folder and give the folder of its assignment."""
    assignment = build(
        folder, rubric=rubric, drivers=DRIVERS, checks=checks, mistakes=None, samples=None, scale=None, stats=None,
        student_scale=None, student_stats=None,
    )  # fmt: skip
    _write(assignment / "solution/notes.py", "# solution(1): Nothing to do.\nx = 1\n# end solution\n")
    _write(assignment / "solution/labels.txt", labels(10))
    _write(assignment / "solution/masks.txt", RIGHT_MASKS)
    return assignment


def hand_in(folder: Path, right: Sequence[int], masks: str = RIGHT_MASKS) -> Path:
    """Write what a class hands in: for each student, how many labels are right."""
    for number, count in enumerate(right):
        _write(folder / f"student{number}/notes.py", f"x = {number}\n")
        _write(folder / f"student{number}/labels.txt", labels(count))
        _write(folder / f"student{number}/masks.txt", masks)
    return folder
