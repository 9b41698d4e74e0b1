"""Names that other versions of Python and numpy have, where each means exactly one thing here.

Who wrote `np.float` for an older numpy, or `@override` for a newer Python, wrote right code.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import typing_extensions

OF_TYPING: Final = ("override", "TypeIs", "ReadOnly")
BUILT_IN: Final = MappingProxyType(
    {"float": float, "int": int, "complex": complex, "object": object, "str": str}
)  # fmt: skip
OF_NUMPY: Final = MappingProxyType(
    {
        "bool8": "bool_",
        "float_": "float64",
        "complex_": "complex128",
        "string_": "bytes_",
        "unicode_": "str_",
        "product": "prod",
        "cumproduct": "cumprod",
        "alltrue": "all",
        "sometrue": "any",
        "round_": "round",
        "trapz": "trapezoid",
        "row_stack": "vstack",
        "mat": "asmatrix",
        "Inf": "inf",
        "Infinity": "inf",
        "PINF": "inf",
        "NaN": "nan",
    }
)
"""Former names of numpy by their present ones."""


def give_names_of_other_versions(modules: Mapping[str, Any]) -> None:
    """Add such names to modules of the standard library, and to numpy where it is there, but for those they have."""
    for name in OF_TYPING:
        _give(modules["typing"], name, getattr(typing_extensions, name))
    _give(modules["warnings"], "deprecated", typing_extensions.deprecated)
    _give(modules["itertools"], "batched", batched)
    numpy = modules.get("numpy")
    if numpy is None:
        return
    for name, kind in BUILT_IN.items():
        _give(numpy, name, kind)
    for former, present in OF_NUMPY.items():
        if hasattr(numpy, present):
            _give(numpy, former, getattr(numpy, present))
    _give(numpy, "NINF", -numpy.inf)
    _give(numpy, "in1d", lambda *given, **named: numpy.isin(*given, **named).ravel())


def _give(owner: Any, name: str, value: object) -> None:  # noqa: ANN401  # a module that is added to
    if not hasattr(owner, name):
        setattr(owner, name, value)


def batched(iterable: Iterable[Any], n: int, *, strict: bool = False) -> Iterator[tuple[Any, ...]]:
    """Give tuples of n elements, the last perhaps shorter, as `itertools.batched` of Python 3.13 does.

    Raises:
        ValueError: n is less than 1, or the last is shorter where that is not allowed.
    """
    if n < 1:
        raise ValueError("n must be at least one")
    rest = iter(iterable)
    while batch := tuple(itertools.islice(rest, n)):
        if strict and len(batch) != n:
            raise ValueError("batched(): incomplete batch")
        yield batch
