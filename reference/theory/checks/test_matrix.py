"""Hidden tests of a convolution's matrix: the general function, and the handout's own case as a table of texts.

The values of A are those of the kernel, which is a hidden input: where a check is not public they are not shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from drivers import OUTPUTS, conv_matrix, matrix_answer

from grader.authoring import Subject, assert_matches, assert_readable


@dataclass(frozen=True)
class Case:
    """An image and the kernel that goes over it."""

    name: str
    image: tuple[int, int]
    kernel: tuple[int, int]
    stride: int = 1
    padding: int = 0

    def __str__(self) -> str:
        return self.name


PLAIN = (
    Case("2 x 2 kernel, 3 x 3 image", (3, 3), (2, 2)),
    Case("3 x 3 kernel, 4 x 4 image", (4, 4), (3, 3)),
)
PADDING = (
    Case("2 x 2 kernel, 2 x 2 image, padding 1", (2, 2), (2, 2), padding=1),
    Case("3 x 3 kernel, 3 x 3 image, padding 1", (3, 3), (3, 3), padding=1),
)
STRIDE = (
    Case("stride 4, padding 2, as in the handout", (3, 3), (3, 3), stride=4, padding=2),
    Case("stride 2, side by side", (4, 4), (2, 2), stride=2),
    Case("stride 2, overlapping, padding 1", (3, 3), (3, 3), stride=2, padding=1),
)
BORDER = (
    Case("stride 2, one row and column left over", (5, 5), (2, 2), stride=2),
    Case("stride 3, two rows and columns left over", (4, 4), (2, 2), stride=3),
)
RECTANGLE = (
    Case("2 x 4 image", (2, 4), (2, 2)),
    Case("4 x 2 image, padding 1, stride 2", (4, 2), (2, 2), stride=2, padding=1),
    Case("1 x 3 kernel", (3, 3), (1, 3)),
    Case("3 x 2 kernel", (4, 3), (3, 2), padding=1),
)


@pytest.mark.parametrize("case", PLAIN, ids=str)
def test_matrix_plain(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    inputs = kernel_and_image(rng, case)
    assert_matches(student(conv_matrix, **inputs), reference(conv_matrix, **inputs))


@pytest.mark.parametrize("case", PADDING, ids=str)
def test_matrix_padding(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    inputs = kernel_and_image(rng, case)
    assert_matches(student(conv_matrix, **inputs), reference(conv_matrix, **inputs), secret=True)


@pytest.mark.parametrize("case", STRIDE, ids=str)
def test_matrix_stride(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    inputs = kernel_and_image(rng, case)
    assert_matches(student(conv_matrix, **inputs), reference(conv_matrix, **inputs), secret=True)


@pytest.mark.parametrize("case", BORDER, ids=str)
def test_matrix_border(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    inputs = kernel_and_image(rng, case)
    assert_matches(student(conv_matrix, **inputs), reference(conv_matrix, **inputs), secret=True)


@pytest.mark.parametrize("case", RECTANGLE, ids=str)
def test_matrix_rectangle(student: Subject, reference: Subject, rng: np.random.Generator, case: Case) -> None:
    inputs = kernel_and_image(rng, case)
    assert_matches(student(conv_matrix, **inputs), reference(conv_matrix, **inputs), secret=True)


@pytest.mark.parametrize("row", range(OUTPUTS), ids="row {}".format)
def test_matrix_answer(student: Subject, reference: Subject, row: int) -> None:
    """A row that was worked out on paper, the same for everybody."""
    got, expected = student(matrix_answer), reference(matrix_answer)
    assert_readable(got["problems"], f"row {row}")
    assert_matches({"A": got["A"]}, {"A": expected["A"]}, within=np.s_[row])


def kernel_and_image(rng: np.random.Generator, case: Case) -> dict[str, Any]:
    height, width = case.image
    return {
        "w": rng.normal(size=case.kernel),
        "height": height,
        "width": width,
        "stride": case.stride,
        "padding": case.padding,
    }
