"""Run code that asks for a GPU where there is none: what it would have put there stays where it is."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

GPUS: Final = ("cuda", "mps", "xpu")
_LACK: Final = re.compile(
    r"not compiled with (?:CUDA|XPU)|no NVIDIA|No CUDA GPUs|not linked with support for mps|Cannot access accelerator"
)


def lacks_gpu(error: BaseException) -> bool:
    """Return whether an exception is torch's for having no GPU."""
    return type(error) in {AssertionError, RuntimeError} and _LACK.search(str(error)) is not None


@contextmanager
def on_the_processor() -> Iterator[None]:
    """Let tensors and modules that are sent to a GPU inside the block stay on the processor."""
    torch: Any = sys.modules["torch"]

    def here(value: object) -> object:
        kind = value.type if isinstance(value, torch.device) else value
        return torch.device("cpu") if isinstance(kind, str) and kind.partition(":")[0] in GPUS else value

    class OnTheProcessor(torch.overrides.TorchFunctionMode):  # type: ignore[misc]  # torch may be missing
        def __torch_function__(
            self,
            function: Any,  # noqa: ANN401  # torch's protocol
            _types: object,
            arguments: tuple[Any, ...] = (),
            named: Any = None,  # noqa: ANN401  # torch's protocol
        ) -> object:
            if function is torch.Tensor.cuda:
                return arguments[0]
            if function is torch.device:
                return here(torch.device(*arguments, **(named or {})))
            placed = {name: here(value) for name, value in (named or {}).items()}
            return function(*map(here, arguments), **placed)

    with OnTheProcessor():
        yield
