"""A convolution as a matrix, and the affine pieces of a ReLU network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Layers = Sequence[tuple[np.ndarray, np.ndarray]]

# The network of the second problem: (W, b) of each layer, with ReLU after all of them but the last.
HANDOUT_NETWORK = (
    (np.array([[1.5], [0.5]]), np.array([0.0, 1.0])),
    (np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([0.0, 1.0])),
    (np.array([[1.0, 1.0]]), np.array([-1.0])),
)
HANDOUT_POINTS = (2, -1, 1)


def conv_matrix(w: np.ndarray, height: int, width: int, stride: int, padding: int) -> np.ndarray:
    """Write a convolution as a matrix A, so that Y = A X.

    X is an image with one channel and Y what the convolution makes of it, both flattened row by row. The kernel is
    not flipped. A window that does not fit on the padded image any more is dropped.

    Args:
        w: The kernel, shape (rows, columns); the two may differ.
        height: Rows of the image.
        width: Columns of the image.
        stride: How far apart windows start, in both directions.
        padding: How many rows and columns of zeros surround the image.

    Returns:
        A, shape (outputs, height * width), float64.
    """
    # solution(1a): Build A: a row for each output, a column for each pixel, a weight where the two meet.
    rows, columns = w.shape
    down = (height + 2 * padding - rows) // stride + 1
    across = (width + 2 * padding - columns) // stride + 1
    A = np.zeros((down * across, height * width))
    for y, x, i, j in np.ndindex(down, across, rows, columns):
        row, column = y * stride + i - padding, x * stride + j - padding
        if 0 <= row < height and 0 <= column < width:
            A[y * across + x, row * width + column] = w[i, j]
    return A
    # end solution


def conv_matrix_answer() -> list[list[str]]:
    """Write down A of the first problem: a 3 x 3 kernel on a 3 x 3 image, stride 4, padding 2.

    Returns:
        A list of rows, each a list with an entry for each pixel: "0", or "w(0,2)" for the weight in row 0, column 2.
    """
    # solution(1b): Give A of the first problem as a table of texts.
    table = [["0"] * 9 for _ in range(4)]
    table[0][0], table[1][2] = "w(2,2)", "w(2,0)"
    table[2][6], table[3][8] = "w(0,2)", "w(0,0)"
    return table
    # end solution


def local_affine(params: Layers, x0: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the affine function W x + b that a ReLU network is around a point.

    Args:
        params: A pair (W, b) for each layer, the first layer first: W has shape (outputs, inputs), b (outputs,).
            There may be any number of layers of any width. ReLU stands between layers, not after the last.
        x0: The point, shape (inputs of the first layer,).

    Returns:
        W, shape (outputs of the last layer, inputs of the first), and b, shape (outputs of the last layer,).
    """
    # solution(2a): Multiply the layers into one, each without the units that are off at x0.
    (W, b), *others = params
    h = W @ x0 + b
    for weight, bias in others:
        active = h > 0
        W = weight @ (W * active[:, None])
        b = weight @ (b * active) + bias
        h = weight @ (h * active) + bias
    return W, b
    # end solution


def local_affine_answer() -> dict[int, tuple[float, float]]:
    """Give W and b of the second problem at each of its points.

    Returns:
        A dict from each point, 2, -1 and 1, to its pair of numbers (W, b).
    """
    # solution(2b): Give W and b around x0 = 2, x0 = -1 and x0 = 1.
    return {2: (6.0, 3.0), -1: (1.5, 3.0), 1: (6.0, 3.0)}
    # end solution
