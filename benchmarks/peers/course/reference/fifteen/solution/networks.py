"""Fifteen pieces of a network in PyTorch, each in a few lines, without torch.nn.functional."""

from __future__ import annotations

import torch
from torch import Tensor


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Map rows x, shape (N, D), by weight, shape (M, D), and bias, shape (M,), to shape (N, M)."""
    # solution(1): Multiply and add.
    return x @ weight.T + bias
    # end solution


def relu(x: Tensor) -> Tensor:
    """Replace negative values by 0."""
    # solution(2): Keep what is positive.
    return x.clamp(min=0)
    # end solution


def leaky_relu(x: Tensor, slope: float) -> Tensor:
    """Multiply negative values by slope."""
    # solution(3): Choose by the sign.
    return torch.where(x > 0, x, slope * x)
    # end solution


def sigmoid(x: Tensor) -> Tensor:
    """Squash values into (0, 1)."""
    # solution(4): Follow the definition.
    return 1 / (1 + torch.exp(-x))
    # end solution


def softmax(x: Tensor) -> Tensor:
    """Normalise the exponentials of each row of x, shape (N, K)."""
    # solution(5): Take each row's largest value away first.
    powers = torch.exp(x - x.max(dim=1, keepdim=True).values)
    return powers / powers.sum(dim=1, keepdim=True)
    # end solution


def log_softmax(x: Tensor) -> Tensor:
    """Return the logarithm of softmax, finite for large values too."""
    # solution(6): Take the logarithm before you divide.
    return x - torch.logsumexp(x, dim=1, keepdim=True)
    # end solution


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Average the negative log-probabilities of the labels, shape (N,)."""
    # solution(7): Pick each row's label.
    return -log_softmax(logits)[torch.arange(len(labels)), labels].mean()
    # end solution


def mean_squared_error(prediction: Tensor, target: Tensor) -> Tensor:
    """Average the squared differences."""
    # solution(8): Square, then average.
    return ((prediction - target) ** 2).mean()
    # end solution


def convolve(x: Tensor, kernel: Tensor) -> Tensor:
    """Correlate images x, shape (N, C, H, W), with kernel, shape (F, C, K, K), without padding."""
    # solution(9): Unfold, then multiply.
    size = kernel.shape[2]
    windows = x.unfold(2, size, 1).unfold(3, size, 1)
    return torch.einsum("nchwij,fcij->nfhw", windows, kernel)
    # end solution


def max_pool(x: Tensor) -> Tensor:
    """Keep the largest of each 2 by 2 window of x, shape (N, C, H, W) with H and W even."""
    # solution(10): Give each window axes of its own.
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).amax(dim=(3, 5))
    # end solution


def batch_norm(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """Standardise each column of x, shape (N, D), over the batch (eps 1e-5), then scale and shift."""
    # solution(11): Divide by N, not by N - 1.
    centred = x - x.mean(dim=0)
    return gamma * centred / torch.sqrt((centred**2).mean(dim=0) + 1e-5) + beta
    # end solution


def layer_norm(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """Standardise each row of x, shape (N, D), eps 1e-5, then scale and shift."""
    # solution(12): As batch_norm, along the other axis.
    centred = x - x.mean(dim=1, keepdim=True)
    return gamma * centred / torch.sqrt((centred**2).mean(dim=1, keepdim=True) + 1e-5) + beta
    # end solution


def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Weigh value, shape (T, V), by softmax of query key^T / sqrt(D), both of shape (T, D)."""
    # solution(13): Scale before softmax.
    return softmax(query @ key.T / query.shape[1] ** 0.5) @ value
    # end solution


def momentum_step(weight: Tensor, gradient: Tensor, velocity: Tensor) -> tuple[Tensor, Tensor]:
    """Return weight and velocity after a step with rate 0.1 and momentum 0.9."""
    # solution(14): Velocity first.
    velocity = 0.9 * velocity + gradient
    return weight - 0.1 * velocity, velocity
    # end solution


def loss_gradient(weight: Tensor, x: Tensor, labels: Tensor) -> Tensor:
    """Return the gradient by weight, shape (K, D), of the cross entropy of x weight^T, with autograd."""
    # solution(15): Ask autograd.
    weight = weight.clone().requires_grad_()
    cross_entropy(x @ weight.T, labels).backward()
    assert weight.grad is not None
    return weight.grad
    # end solution
