"""Softmax and cross-entropy in one step. Provided: nothing to write here."""

from __future__ import annotations

from typing import Any

import numpy as np


class SoftmaxCrossEntropy:
    """The criterion at the end of a classifier: probabilities and the mean loss of a batch.

    Attributes:
        cache: What `forward` leaves for `backward`: the probabilities and the labels.
        dx: Gradient of the mean loss by the scores, after `backward`, shape (N, K).
    """

    def __init__(self) -> None:
        self.cache: Any = None
        self.dx: Any = None

    def forward(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
        """Turn scores into probabilities and compare them with the labels.

        Args:
            x: Scores, shape (N, K).
            y: Correct classes, shape (N,), integers in [0, K).

        Returns:
            The probabilities, shape (N, K), and the mean over the batch of -log(probability of the correct class).
        """
        shifted = x - x.max(axis=1, keepdims=True)  # exp overflows on large scores
        total = np.exp(shifted).sum(axis=1, keepdims=True)
        probabilities = np.exp(shifted) / total
        log_probabilities = shifted - np.log(total)
        self.cache = probabilities, y
        return probabilities, float(-log_probabilities[np.arange(len(y)), y].mean())

    def backward(self) -> None:
        """Set `dx`: the mean over the batch is already in it, nothing is left to divide by N."""
        probabilities, y = self.cache
        dx = probabilities.copy()
        dx[np.arange(len(y)), y] -= 1
        self.dx = dx / len(y)
