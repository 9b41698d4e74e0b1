"""Say of a name that a library does not have which version has it, and what to write in its place."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

NEWER: Final = MappingProxyType(
    {
        (3, 12): (
            *("typing.override", "typing.TypeAliasType", "itertools.batched", "math.sumprod", "random.binomialvariate"),
            *("collections.abc.Buffer", "types.get_original_bases", "calendar.Month", "calendar.Day"),
        ),
        (3, 13): (
            *("typing.TypeIs", "typing.ReadOnly", "typing.NoDefault", "warnings.deprecated", "copy.replace"),
            *("math.fma", "statistics.kde", "pathlib.UnsupportedOperation", "queue.ShutDown", "dbm.sqlite3"),
        ),
        (3, 14): (
            *("annotationlib", "compression", "string.templatelib", "concurrent.interpreters", "functools.Placeholder"),
            *("heapq.heappush_max", "heapq.heappop_max", "heapq.heapify_max", "uuid.uuid6", "uuid.uuid7", "uuid.uuid8"),
        ),
    }
)
"""Modules and names of the standard library by the Python that brought them: docs.python.org, "What's New"."""

GONE: Final = MappingProxyType(
    {
        "float": ("1.24", "float"),
        "int": ("1.24", "int"),
        "complex": ("1.24", "complex"),
        "object": ("1.24", "object"),
        "str": ("1.24", "str"),
        "bool8": ("2.0", "np.bool_"),
        "product": ("2.0", "np.prod"),
        "cumproduct": ("2.0", "np.cumprod"),
        "alltrue": ("2.0", "np.all"),
        "sometrue": ("2.0", "np.any"),
        "in1d": ("2.4", "np.isin"),
        "trapz": ("2.4", "np.trapezoid"),
        "row_stack": ("2.4", "np.vstack"),
        "msort": ("2.0", "np.sort(..., axis=0)"),
        "float_": ("2.0", "np.float64"),
        "complex_": ("2.0", "np.complex128"),
        "string_": ("2.0", "np.bytes_"),
        "unicode_": ("2.0", "np.str_"),
        "round_": ("2.0", "np.round"),
        "asfarray": ("2.0", "np.asarray(..., dtype=float)"),
        "find_common_type": ("2.0", "np.result_type"),
        "mat": ("2.0", "np.asmatrix"),
        "cast": ("2.0", "np.asarray(..., dtype=...)"),
        "Inf": ("2.0", "np.inf"),
        "Infinity": ("2.0", "np.inf"),
        "PINF": ("2.0", "np.inf"),
        "NINF": ("2.0", "-np.inf"),
        "NaN": ("2.0", "np.nan"),
    }
)
"""Names of numpy by the version that dropped them, and what to write: numpy's release notes and migration guide."""

_ATTRIBUTE: Final = re.compile(r"module '([\w.]+)' has no attribute '(\w+)'.*", re.DOTALL)
_IMPORTED: Final = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'.*", re.DOTALL)
_MODULE: Final = re.compile(r"(?:No module named ')?([\w.]+?)(?:' ?| is not available here)")


def version_note(said: str, ours: tuple[int, ...]) -> str:
    """Return in a clause which version has the name that an exception's text lacks; nothing where none is known to.

    Newer versions of Python than `ours` are told.
    """
    attribute, imported, module = _ATTRIBUTE.fullmatch(said), _IMPORTED.fullmatch(said), _MODULE.match(said)
    if attribute is not None:
        owner, name = attribute.groups()
    elif imported is not None:
        name, owner = imported.groups()
    elif module is not None:
        owner, _, name = module[1].rpartition(".")
    else:
        return ""
    whole = f"{owner}.{name}".strip(".")
    if owner == "numpy" and name in GONE:
        dropped, instead = GONE[name]
        return f"numpy has no {name} from {dropped} on: write {instead}"
    for version, names in NEWER.items():
        found = next((one for one in names if whole == one or whole.startswith(f"{one}.")), None)
        if found is not None and version > ours:
            needed, here = (".".join(map(str, number)) for number in (version, ours))
            return f"{found} needs Python {needed}, and this is {here}: the course decides which Python grades"
    return ""
