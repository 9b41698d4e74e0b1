"""Run code that asks for a GPU where there is none: what it would have put there stays where it is."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest import mock

GPUS: Final = ("cuda", "mps", "xpu")
_LACK: Final = re.compile(
    r"not compiled with (?:CUDA|XPU)|no NVIDIA|No CUDA GPUs|not linked with support for mps|Cannot access accelerator"
    r"|without ATen_cuda|requires CUDA support|has no attribute '_cuda_"
)
_LEGACY: Final = tuple(
    f"{kind}Tensor" for kind in ("Float", "Double", "Half", "Long", "Int", "Short", "Char", "Byte", "Bool")
)
_ASKED_OF_CUDA: Final = {"set_device": None, "synchronize": None, "current_device": 0, "get_device_name": "cpu"}


def lacks_gpu(error: BaseException) -> bool:
    """Return whether an exception is torch's for having no GPU."""
    kinds = {AssertionError, RuntimeError, TypeError, AttributeError}
    return type(error) in kinds and _LACK.search(str(error)) is not None


@contextmanager
def on_the_processor() -> Iterator[None]:
    """Let tensors and modules that are sent to a GPU inside the block stay on the processor."""
    torch: Any = sys.modules["torch"]

    def here(value: object) -> object:
        kind = value.type if isinstance(value, torch.device) else value
        if isinstance(kind, str) and kind.startswith("torch.cuda."):  # a legacy type of tensors
            return kind.replace(".cuda", "")
        return torch.device("cpu") if isinstance(kind, str) and kind.partition(":")[0] in GPUS else value

    class OnTheProcessor(torch.overrides.TorchFunctionMode):  # type: ignore[misc]  # torch may be missing
        def __torch_function__(
            self,
            function: Any,  # noqa: ANN401  # torch's protocol
            _types: object,
            arguments: tuple[Any, ...] = (),
            named: Any = None,  # noqa: ANN401  # torch's protocol
        ) -> object:
            if function in {torch.Tensor.cuda, torch.Tensor.pin_memory}:
                return arguments[0]
            if function is torch.device:
                return here(torch.device(*arguments, **(named or {})))
            if function is torch.Tensor.to:  # whose first argument may be a GPU's number
                arguments = tuple("cpu" if type(value) is int else value for value in arguments)
            placed = {name: here(value) for name, value in (named or {}).items()}
            if type(placed.get("device")) is int:
                placed["device"] = "cpu"
            return function(*map(here, arguments), **placed)

    answers: dict[str, Any] = {name: getattr(torch, name) for name in _LEGACY}
    answers |= {name: lambda *_, answer=answer, **__: answer for name, answer in _ASKED_OF_CUDA.items()}
    with OnTheProcessor(), mock.patch.multiple(torch.cuda, **answers):
        yield
