"""What a kernel of IPython has: what was executed in it, and where its functions and classes come from.

Runs in the student's kernel, so it imports nothing but the standard library, and calls nothing of what it looks at.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any, Final

MOST_NAMES: Final = 20_000
MOST_MODULES: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """A kernel's inputs and names.

    Attributes:
        inputs: What was executed, magics and all; the first is empty, so that each has the number beside its cell.
        names: Every name of the kernel, with the file that its function or class was compiled from, where it is one:
            the number of the input for a cell.
        modules: The files of the modules that were imported from the student's own folders, by the module's name.
    """

    inputs: tuple[str, ...]
    names: dict[str, str | int]
    modules: dict[str, str]


def kernel_of(shell: Any) -> Kernel:  # noqa: ANN401  # IPython's, which need not be installed
    """Look at the kernel of a shell of IPython; the input that is being executed counts."""
    history = shell.history_manager
    inputs = tuple(map(str, history.input_hist_raw))
    files = {
        shell.compile.get_code_name(raw + end, parsed + end, number): number
        for number, (raw, parsed) in enumerate(zip(inputs, history.input_hist_parsed, strict=False))
        for end in ("", "\n")
        if raw.strip()
    }
    names: dict[str, str | int] = {}
    for name, value in [*shell.user_ns.items()][:MOST_NAMES]:
        file = next(compiled_files(value), "")
        names[str(name)] = files.get(file, file)
    return Kernel(inputs=inputs, names=names, modules=dict(own_modules(sys.modules)))


def compiled_files(value: object) -> Iterator[str]:
    """Yield the files that a function, or the methods of a class, were compiled from; of other values nothing."""
    if isinstance(value, FunctionType):
        while isinstance(inner := vars(value).get("__wrapped__"), FunctionType):
            value = inner
        yield value.__code__.co_filename
    elif isinstance(value, type):
        own = f"{value.__qualname__}."
        for member in [*vars(value).values()]:
            if isinstance(member, staticmethod | classmethod):
                member = member.__func__  # noqa: PLW2901  # what it wraps
            elif isinstance(member, property):
                member = member.fget  # noqa: PLW2901
            if isinstance(member, FunctionType) and member.__qualname__.startswith(own):
                yield from compiled_files(member)


def own_modules(modules: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield the modules that a student wrote with their files: neither installed nor Python's, and not ours."""
    installed = {
        *map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib")),
        str(Path(__file__).parents[1]),
    }
    roots = tuple(os.path.realpath(path) + os.sep for path in installed)
    found = 0
    for name, module in [*modules.items()]:
        file = getattr(module, "__dict__", {}).get("__file__")
        if not isinstance(file, str) or not file.endswith(".py") or name.startswith("__"):
            continue
        real = os.path.realpath(file)
        if real.startswith(roots) or {"site-packages", "dist-packages"} & {*Path(real).parts}:
            continue
        yield name, real
        found += 1
        if found == MOST_MODULES:
            return
