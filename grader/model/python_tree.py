"""The syntax tree of a text that should be Python."""

from __future__ import annotations

import ast
import warnings
from typing import Final

MALFORMED: Final = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)
"""What parsing and compiling raise on a text that is no Python, is nested too deeply, or holds numbers too large."""


def python_tree(source: str) -> ast.Module:
    """Return the tree of a text, an empty one where it is no Python; that is told where submissions are read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes and comparisons in what is only parsed
            return ast.parse(source)
    except MALFORMED:
        return ast.Module(body=[], type_ignores=[])
