"""Figures of predictions: what they hold, what they never hold, and how they are drawn."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from example_results import drawn_result
from measured_course import CHECKS, build_measured, hand_in
from rich.console import Console

from grader.authoring.figures import MOST_RUNS, confusion_figure, masks_figure
from grader.course.discovery import read_assignment
from grader.exports.plain import feedback
from grader.judging.grading import Grader
from grader.model.figure import MaskPanel
from grader.model.result import CheckResult
from grader.model.status import Status
from grader.reporting.figures import mask_drawing, matrix
from grader.reporting.terminal import rendering
from grader.results.visibility import View, visible_to
from grader.subjects.recordings import Recordings
from grader.wording.figures import figure_says

RECTANGLE = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)h-(\d+)z")
IMPORTED = "from grader.authoring.figures import confusion_figure, masks_figure\n"
ASKED = CHECKS.replace("measure, note):", "measure, note, figure):").replace(", measure):", ", measure, figure):")
FIGURES = ASKED.replace("from grader.authoring.metrics import ", f"{IMPORTED}from grader.authoring.metrics import ")
FIGURES = (
    FIGURES.replace(" import accuracy,", " import accuracy, confusion_matrix, mask_ious,")
    .replace(
        "    measure(accuracy(", "    figure(confusion_figure(confusion_matrix(got, got, 3)))\n    measure(accuracy("
    )
    .replace(
        "    measure(mean_mask_iou(", "    figure(masks_figure(got, mask_ious(got, got)))\n    measure(mean_mask_iou("
    )
)


def drawn(panel: MaskPanel) -> np.ndarray:
    """Paint what a mask leaves out, each pixel once."""
    outside = np.zeros((panel.height, panel.width), int)
    for column, row, width, height, back in RECTANGLE.findall(mask_drawing(panel).outside):
        assert width == back
        outside[int(row) : int(row) + int(height), int(column) : int(column) + int(width)] += 1
    return outside


@pytest.fixture(params=["files", "student"])
def graded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, CheckResult]]:
    """Grade right labels by a hidden check that shows a figure of what it was answered, by files or by code."""
    checks = FIGURES.replace("student", request.param)
    course = read_assignment(build_measured(tmp_path, checks=checks))
    hand_in(tmp_path / "handed", [9])
    with Grader(course, recordings=Recordings()) as ready:
        yield request.param, ready.grade(tmp_path / "handed/student0").checks[0]


def test_a_hidden_check_shows_figures_of_files_and_none_of_what_code_answered(graded: tuple[str, CheckResult]) -> None:
    asked, row = graded
    assert row.status is Status.PASSED
    assert [bool(figure.counts) for figure in row.figures] == ([True] if asked == "files" else [])


def test_a_confusion_figure_counts_and_names_what_is_mixed_up_more_than_once() -> None:
    figure = confusion_figure(np.array([[5, 0, 1, 0], [2, 3, 0, 1], [0, 0, 4, 0]]))
    assert figure.counts == ((5, 0, 1), (2, 3, 0), (0, 0, 4))
    assert figure.caption == (
        "12 of 16 predictions are right; most often wrong: 1 taken for 0 (2 times); 1 prediction that is no class "
        "not shown"
    )


def test_the_drawing_has_each_count_once_with_the_shade_of_its_share() -> None:
    drawing = matrix(confusion_figure(np.array([[9, 1, 0], [3, 1, 0]])))
    assert [(shade, str(path)) for shade, path in drawing.right] == [(1, "M1 1h1v1h-1z"), (4, "M0 0h1v1h-1z")]
    assert [(shade, str(path)) for shade, path in drawing.wrong] == [(1, "M1 0h1v1h-1z"), (3, "M0 1h1v1h-1z")]
    assert drawing.mixed == ((1, 0, 3), (0, 1, 1))


def test_best_median_and_worst_are_named_by_their_lines() -> None:
    figure = masks_figure(np.ones((5, 4, 4), bool), np.array([0.2, 0.9, 0.5, 0.912, 0.4]))
    assert [panel.label for panel in figure.panels] == [
        "best: line 4, IoU 0.91", "median: line 3, IoU 0.50", "worst: line 1, IoU 0.20",
    ]  # fmt: skip


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_what_is_drawn_is_what_the_mask_leaves_out(share: float) -> None:
    mask = np.random.default_rng(3).random((1, 20, 30)) < share
    (panel, *_) = masks_figure(mask, np.ones(1)).panels
    assert np.array_equal(drawn(panel), (~mask[0]).astype(int))
    assert mask_drawing(panel).percent == round(100 * mask.mean())


def test_noise_is_drawn_coarsely_and_every_figure_is_small() -> None:
    noise = np.random.default_rng(4).random((1, 224, 224)) < 0.5
    figure = masks_figure(noise, np.ones(1))
    assert all(
        len(panel.runs) <= MOST_RUNS and sum(panel.runs) == panel.height * panel.width for panel in figure.panels
    )
    assert all(len(mask_drawing(panel).outside) < 20_000 for panel in figure.panels)


@pytest.mark.parametrize(("height", "width"), [(224, 224), (300, 100), (1, 500)])
def test_a_mask_keeps_its_proportions(height: int, width: int) -> None:
    (panel, *_) = masks_figure(np.ones((1, height, width), bool), np.ones(1)).panels
    assert max(panel.height, panel.width) == 112
    assert abs(panel.height / panel.width - height / width) < 0.05


def test_where_nothing_is_drawn_a_figure_is_told_in_words() -> None:
    confusion, masks, _, images = drawn_result().checks[0].figures
    told = [
        "breeds: 12 of 16 predictions are right",
        "best: line 1, breeds 0.91; median: line 3, breeds 0.77",
        "Discs: one, breeds",
    ]
    shown = (confusion, masks, images)
    assert all(say in figure_says(figure) for say, figure in zip(told, shown, strict=True))
    assert all(say in feedback(drawn_result().checks[0]) for say in told)
    screen = io.StringIO()
    Console(file=screen, width=300).print(rendering(visible_to(drawn_result(), View.STUDENT)))
    assert all(say in screen.getvalue() for say in told)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: confusion_figure(np.zeros((3, 3), int)), "has shape"),
        (lambda: confusion_figure(np.zeros((65, 66))), "K at most 64"),
        (lambda: masks_figure(np.zeros((0, 4, 4), bool), np.zeros(0)), "expected N of each"),
        (lambda: masks_figure(np.zeros((1, 4, 4), bool), np.zeros(1), lambda _: bytes(1 << 15)), "at most 16384"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]  # a function of no arguments
