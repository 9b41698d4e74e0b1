"""What a check shows of the predictions that it measured, small enough to draw in a report. Pure data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskPanel:
    """One image and the mask that was predicted for it.

    `runs` are the lengths of the mask's runs, row by row, zeros first; they sum to `height * width`. `image` is the
    course's image as JPEG in base64, stretched over the same extent; empty where the course has none.
    """

    label: str
    height: int
    width: int
    runs: tuple[int, ...]
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A confusion matrix or masks over their images.

    `counts` is the matrix, a row for each true class and a column for each predicted one, empty where `panels` are
    shown. `caption` says in words what there is to see.
    """

    title: str
    caption: str
    counts: tuple[tuple[int, ...], ...] = ()
    panels: tuple[MaskPanel, ...] = ()
