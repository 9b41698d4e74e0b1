"""Hidden tests of the files of predictions: the reference's own hold what is right, and only the judge reads them.

Each half of the test set is a case; both are of one size, so that the mean of the halves is that of the whole.
"""

from __future__ import annotations

import numpy as np
import pytest
from drivers import labels_file, masks_file

from grader.authoring import Measure, Note, Subject
from grader.authoring.metrics import accuracy, mean_mask_iou
from grader.authoring.predictions import labels_of, masks_of

LINES = 612
CLASSES = 34
SIZE = 224


@pytest.mark.parametrize("half", [0, 1], ids=["odd lines", "even lines"])
def test_labels_accuracy(files: Subject, reference: Subject, measure: Measure, note: Note, half: int) -> None:
    def labels(subject: Subject) -> np.ndarray:
        answer = subject(labels_file, lines=LINES)
        return labels_of(answer, name="pets_classification.txt", lines=LINES, classes=CLASSES, note=note)[half::2]

    measure(accuracy(labels(files), labels(reference)))


@pytest.mark.parametrize("half", [0, 1], ids=["odd lines", "even lines"])
def test_masks_iou(files: Subject, reference: Subject, measure: Measure, half: int) -> None:
    def masks(subject: Subject) -> np.ndarray:
        answer = subject(masks_file, lines=LINES, pixels=SIZE * SIZE)
        found = masks_of(answer, name="pets_segmentation.txt", lines=LINES, height=SIZE, width=SIZE)
        return found[half::2]

    measure(mean_mask_iou(masks(files), masks(reference)))
