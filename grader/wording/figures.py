"""What figures show, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from grader.model.figure import Figure
from grader.wording.text import counted, one_line


def confusion_caption(right: int, total: int, mixed: Sequence[tuple[int, int, int]], *, outside: int) -> str:
    """Describe a confusion matrix.

    Args:
        right: How many predictions are right.
        total: How many there are.
        mixed: The pairs that are mixed up most: true class, predicted class, how often.
        outside: How many predictions are no class.
    """
    sentences = [f"{right} of {counted(total, 'prediction')} {'is' if total == 1 else 'are'} right"]
    if mixed:
        pairs = (f"{true} taken for {predicted} ({counted(times, 'time')})" for true, predicted, times in mixed)
        sentences.append(f"most often wrong: {', '.join(pairs)}")
    if outside:
        sentences.append(f"{counted(outside, 'prediction')} that {'is' if outside == 1 else 'are'} no class not shown")
    return "; ".join(sentences)


def panel_label(place: str, line: int, measure: str, score: float) -> str:
    """Name a mask: best, line 12, IoU 0.97. Two digits tell little of what is right."""
    return f"{place}: line {line}, {measure} {score:.2f}"


def masks_caption(masks: int, *, has_images: bool) -> str:
    """Describe masks that are shown over their images, or alone."""
    shown = "what your mask leaves out is darkened" if has_images else "your mask is light, what it leaves out dark"
    return f"of {counted(masks, 'mask')}; {shown}"


def figure_says(figure: Figure) -> str:
    """Describe a figure where it cannot be drawn: masks by their scores, images by what the boxes on them are."""
    labels = [panel.label for panel in figure.panels] + [
        f"{image.label}, {', '.join(box.label for box in image.boxes)}" for image in figure.images if image.boxes
    ]
    shown = "; ".join(labels) or figure.caption
    return one_line(f"{figure.title}: {shown}")
