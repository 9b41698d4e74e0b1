"""Hidden tests of the files of predictions: the reference's own hold what is right, and only the judge reads them.

Each half of the test set is a case; both are of one size, so that the mean of the halves is that of the whole. The
second shows a figure of the whole: predictions alone, over the images that students have. No true mask is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drivers import labels_file, masks_file, thumbnail

from grader.authoring import Measure, Note, Show, Subject
from grader.authoring.figures import NO_IMAGE, confusion_figure, masks_figure
from grader.authoring.metrics import accuracy, confusion_matrix, mask_ious
from grader.authoring.predictions import labels_of, masks_of

LINES = 612
CLASSES = 34
SIZE = 224
TEST_IMAGES = Path(__file__).parents[1] / "data/test.tfrecord"


@pytest.mark.parametrize("half", [0, 1], ids=["odd lines", "even lines"])
def test_labels_accuracy(
    files: Subject, reference: Subject, measure: Measure, note: Note, figure: Show, half: int
) -> None:
    def labels(subject: Subject) -> np.ndarray:
        answer = subject(labels_file, lines=LINES)
        note_several(answer, note)
        return labels_of(answer, name="pets_classification.txt", lines=LINES, classes=CLASSES, note=note)

    predicted, true = labels(files), labels(reference)
    measure(accuracy(predicted[half::2], true[half::2]))
    if half:
        figure(confusion_figure(confusion_matrix(predicted, true, CLASSES), "Which breeds are taken for which"))


@pytest.mark.parametrize("half", [0, 1], ids=["odd lines", "even lines"])
def test_masks_iou(files: Subject, reference: Subject, measure: Measure, note: Note, figure: Show, half: int) -> None:
    def masks(subject: Subject) -> np.ndarray:
        answer = subject(masks_file, lines=LINES, pixels=SIZE * SIZE)
        note_several(answer, note)
        return masks_of(answer, name="pets_segmentation.txt", lines=LINES, height=SIZE, width=SIZE)

    def image(number: int) -> bytes:
        if not TEST_IMAGES.is_file():  # images are installed, what is right for made-up ones comes with the course
            return NO_IMAGE
        written = TEST_IMAGES.stat().st_mtime_ns  # what is recorded of one file does not stand for another
        return bytes(reference(thumbnail, file=str(TEST_IMAGES), written=written, number=number)["jpeg"])

    predicted, true = masks(files), masks(reference)
    if half:
        ious = mask_ious(predicted, true)
        measure(ious[half::2].mean())
        figure(masks_figure(predicted, ious, image))
    else:
        measure(mask_ious(predicted[::2], true[::2]).mean())


def note_several(answer: Mapping[str, Any], note: Note) -> None:
    """Say which file counts where there are several."""
    if answer["files"] > 1:
        note("of several files of predictions the one beside the code counts, else the last by name of the logs")
