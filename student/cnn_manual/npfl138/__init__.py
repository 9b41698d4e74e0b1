"""What templates of the course import, as far as this assignment needs it: own code under the same names. Provided."""

from __future__ import annotations

import torch


def require_version(required: str) -> None:
    """Accept any version: nothing here depends on one."""


def startup(seed: int | None = None, threads: int | None = None, recodex: bool = False) -> None:  # noqa: ARG001, FBT001, FBT002  # the course's signature
    """Seed torch's generator and bound its threads."""
    if seed is not None:
        torch.manual_seed(seed)
    if threads:
        torch.set_num_threads(threads)


def global_keras_initializers() -> None:
    """Let linear layers begin with Xavier's uniform weights and zero biases."""

    def reset(layer: torch.nn.Linear) -> None:
        torch.nn.init.xavier_uniform_(layer.weight)
        if layer.bias is not None:
            torch.nn.init.zeros_(layer.bias)

    torch.nn.Linear.reset_parameters = reset  # type: ignore[method-assign, assignment]  # as the course's package does
