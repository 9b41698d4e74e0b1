"""Numbers that tell how good predictions are: one metric in each file, computed by the judge from values.

Belongs here: functions of predictions and of what is right, with their source; all but the means count into a confusion
matrix, so that they can be added up piece by piece. Does not: reading predictions (`authoring.predictions`), points
(`rules.measures`).
"""

from grader.authoring.metrics.accuracy import accuracy
from grader.authoring.metrics.class_iou import class_iou, mean_class_iou
from grader.authoring.metrics.confusion import confusion_matrix
from grader.authoring.metrics.macro_f1 import macro_f1
from grader.authoring.metrics.mask_iou import mask_ious, mean_mask_iou
from grader.authoring.metrics.mean_absolute_error import mean_absolute_error
from grader.authoring.metrics.pixel_accuracy import pixel_accuracy

__all__ = [
    "accuracy",
    "class_iou",
    "confusion_matrix",
    "macro_f1",
    "mask_ious",
    "mean_absolute_error",
    "mean_class_iou",
    "mean_mask_iou",
    "pixel_accuracy",
]
