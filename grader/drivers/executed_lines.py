"""How much of a submission's own code a call executes: lines in its files, and operations of torch.

Recording what is called can be dodged; that a loop goes round once for each pixel cannot be, as long as the result is
asked for. Call the same function with inputs of two sizes, and let the hidden test compare the two counts. Tracing
makes code many times slower: do it in one small call beside the others.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Collection
from contextlib import ExitStack
from types import FrameType
from typing import Any

from grader.drivers.implementation import Tree


def count_work(call: Callable[[], object], files: Collection[str]) -> Tree:
    """Call a function and count what it executes.

    Args:
        call: The function.
        files: The paths of the files whose lines count.

    Returns:
        `lines`: how many lines of the files were executed, each as often as it was; `operations`: how many operations
        of torch; 0 where torch is not here.
    """
    lines, operations = _LineCounter(frozenset(files)), [0]
    with ExitStack() as counting:
        if "torch" in sys.modules:
            counting.enter_context(_operation_counter(operations))
        before = sys.gettrace()
        sys.settrace(lines.enter)
        try:
            call()
        finally:
            sys.settrace(before)
    return {"lines": lines.count, "operations": operations[0]}


class _LineCounter:
    """Count lines of some files as the interpreter tells of them."""

    def __init__(self, files: frozenset[str]) -> None:
        self.count = 0
        self._files = files

    def enter(self, frame: FrameType, event: str, argument: object) -> Callable[..., Any] | None:
        """Follow a frame that begins, if it is in one of the files."""
        return self._line if frame.f_code.co_filename in self._files else None

    def _line(self, frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
        self.count += event == "line"
        return self._line


def _operation_counter(counts: list[int]) -> Any:  # noqa: ANN401  # a mode of torch, which is not imported here
    mode_type: Any = importlib.import_module("torch.utils._python_dispatch").TorchDispatchMode

    class CountingMode(mode_type):  # type: ignore[misc]  # see above
        """Count the operations that torch dispatches."""

        def __torch_dispatch__(
            self,
            func: Callable[..., Any],
            types: object,
            args: tuple[Any, ...] = (),
            kwargs: dict[str, Any] | None = None,
        ) -> Any:  # noqa: ANN401  # what the operation gives
            counts[0] += 1
            return func(*args, **(kwargs or {}))

    return CountingMode()
