"""Which functions of torch a forward pass calls, and in which order it uses parameters, whatever layers are called.

For assignments that allow torch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

MAX_CALLS: Final = 2000  # that are told

OPERATIONS: Final = MappingProxyType({
    "conv2d": "conv2d", "conv_transpose2d": "conv_transpose2d", "max_pool2d": "max_pool2d", "avg_pool2d": "avg_pool2d",
    "batch_norm": "batch_norm", "relu": "relu", "relu_": "relu", "leaky_relu": "leaky_relu", "sigmoid": "sigmoid",
    "interpolate": "upsample", "upsample": "upsample", "repeat_interleave": "upsample",
    "cat": "cat", "concat": "cat", "concatenate": "cat", "hstack": "cat",
    "softmax": "softmax", "log_softmax": "softmax", "dropout": "dropout", "add": "add", "add_": "add",
})  # fmt: skip
"""The functions that are told by name, and the name."""
INPUT_AXES: Final = MappingProxyType({"conv2d": 1, "conv_transpose2d": 0})  # of weights, by the layers that have them


@dataclass(frozen=True, slots=True, eq=False)
class LayerCall:
    """A function that was given parameters and pictures: these, and copies of the pictures and of what came out."""

    parameters: list[torch.Tensor]
    given: torch.Tensor
    result: torch.Tensor


class Recorder(TorchFunctionMode):
    """Notes which functions of torch are called, and which parameters are used when; on demand, what layers compute."""

    def __init__(self, network: nn.Module, x: torch.Tensor, most_layer_calls: int = 0) -> None:
        super().__init__()
        self.most_layer_calls = most_layer_calls
        self.layer_calls: list[LayerCall] = []
        self.own = {id(parameter) for parameter in network.parameters()}
        self.parameters: dict[torch.Tensor, None] = {}  # in the order of their first use
        self.operations: list[tuple[str, list[int]]] = []
        self.kept = [x]  # so that no other tensor gets the identity of one that is gone
        self.age = {id(x): 0}
        # By a join that begins with the older of two parts, the channels of that part; and by the weights that such a
        # join meets, the axis of theirs and those channels.
        self.older_first: dict[int, int] = {}
        self.turns: dict[int, tuple[int, int]] = {}

    def __torch_function__(
        self,
        function: Callable[..., Any],
        _types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> object:
        """Call a function and note it (torch's protocol)."""
        named = dict(kwargs or {})
        # Whoever names the arguments of batch_norm may name the bias first.
        given = [*args, *(named[key] for key in sorted(named, key=lambda key: key != "weight"))]
        used = [value for value in given if isinstance(value, torch.Tensor) and id(value) in self.own]
        others = [value for value in given if isinstance(value, torch.Tensor) and id(value) not in self.own]
        is_kept = bool(used) and len(self.layer_calls) < self.most_layer_calls
        before = next((value.clone() for value in others if value.dim() == 4), None) if is_kept else None
        result = function(*args, **named)
        self.parameters |= dict.fromkeys(used)
        if before is not None and isinstance(result, torch.Tensor) and result.dim() == 4:
            self.layer_calls.append(LayerCall(used, before, result.clone()))  # copies: what is in place may follow
        if isinstance(result, torch.Tensor) and len(self.kept) < MAX_CALLS:
            self.kept.append(result)
            self.age.setdefault(id(result), len(self.kept))
            operation = OPERATIONS.get(getattr(function, "__name__", ""))
            if operation is not None and result.dim() == 4:
                self.operations.append((operation, list(result.shape)))
                self._follow(operation, given, used, result)
        return result

    def _follow(self, operation: str, given: list[Any], used: list[torch.Tensor], result: torch.Tensor) -> None:
        """Note which part of a join is the older one, and whose weights meet it."""
        parts = next((value for value in given if isinstance(value, list | tuple)), ())
        if operation == "cat" and len(parts) == 2 and self.age.get(id(parts[0]), 0) < self.age.get(id(parts[1]), 0):
            self.older_first[id(result)] = parts[0].shape[1]
        if used and operation in INPUT_AXES and given and id(given[0]) in self.older_first:
            self.turns[id(used[0])] = (INPUT_AXES[operation], self.older_first[id(given[0])])

    def turned(self, parameter: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        """Turn weights that are meant for a join with the older part last to those for the order that is joined in."""
        axis, channels = self.turns.get(id(parameter), (0, 0))
        return torch.roll(numbers, channels, dims=axis)
