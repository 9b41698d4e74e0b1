"""Problem set, theory part. Exact numbers wherever there are some."""
from fractions import Fraction as Q
from typing import List, Sequence, Tuple

import matplotlib.pyplot as plt
import numpy as np


def _places(size: int, kernel: int, stride: int, padding: int) -> List[int]:
    """first pixel of every window, may be negative"""
    return list(range(-padding, size + padding - kernel + 1, stride))


def conv_matrix(w: np.ndarray, height: int, width: int, stride: int, padding: int) -> np.ndarray:
    k_h, k_w = w.shape
    tops, lefts = _places(height, k_h, stride, padding), _places(width, k_w, stride, padding)
    # pixel numbers on the padded image, -1 where there is only padding
    numbers = np.full((height + 2 * padding, width + 2 * padding), -1)
    numbers[padding:padding + height, padding:padding + width] = np.arange(height * width).reshape(height, width)
    rows = []
    for top in tops:
        for left in lefts:
            seen = numbers[top + padding:top + padding + k_h, left + padding:left + padding + k_w]
            row = np.zeros(height * width + 1)
            row[seen] = w          # the last place collects what falls on padding
            rows.append(row[:-1])
    return np.asarray(rows).reshape(len(tops) * len(lefts), height * width)


def conv_matrix_answer() -> List[str]:
    return [
        r"$w_{22}$ & 0 & 0 & 0 & 0 & 0 & 0 & 0 & 0 \\",
        r"0 & 0 & $w_{20}$ & 0 & 0 & 0 & 0 & 0 & 0 \\",
        r"0 & 0 & 0 & 0 & 0 & 0 & $w_{02}$ & 0 & 0 \\",
        r"0 & 0 & 0 & 0 & 0 & 0 & 0 & 0 & $w_{00}$ \\",
    ]


def local_affine(params: Sequence[Tuple[np.ndarray, np.ndarray]], x0: np.ndarray):
    def from_layer(n: int):
        """the piece of layers n.. around h, as a function of h"""
        W, b = params[n]
        if n == len(params) - 1:
            return lambda h: (W, b)

        def piece(h):
            z = W @ h + b
            on = (z > 0)[:, None]
            W_after, b_after = from_layer(n + 1)(np.where(z > 0, z, 0))
            return W_after @ (on * W), W_after @ (on[:, 0] * b) + b_after
        return piece

    W, b = from_layer(0)(np.asarray(x0))
    return {"W": W, "b": b}


def local_affine_answer():
    return {"x0 = 1": (Q(6), Q(3)), "x0 = 2": (Q(12, 2), 3), "x0 = -1": (Q(3, 2), Q(3))}
