"""Parts of a linear classifier: an assignment to begin with. Replace it by one of yours."""

import numpy as np


def relu(x):
    """Replace negative values by zero.

    Args:
        x: Values of any shape, float64.

    Returns:
        Values of the same shape, without negative ones.
    """
    return np.maximum(x, 0)


def softmax(logits):
    """Turn logits into probabilities, without overflow.

    Args:
        logits: Unnormalised log-probabilities, shape (N, K), float64.

    Returns:
        Probabilities, shape (N, K), of which each row sums to 1.
    """
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def linear(x, weight, bias):
    """Apply an affine map to each row.

    Args:
        x: Inputs, shape (N, D), float64.
        weight: Weights, shape (D, K), float64.
        bias: Biases, shape (K,), float64.

    Returns:
        Outputs, shape (N, K).
    """
    return x @ weight + bias
