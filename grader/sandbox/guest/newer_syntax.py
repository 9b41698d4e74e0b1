"""Say of a line that does not compile which newer Python would read it."""

from __future__ import annotations

import re
import sys
from typing import Final

NEWER: Final = (
    (r"\s*type\s+\w+\s*(?:\[.*\])?\s*=", "a type statement", (3, 12)),
    (r"\s*(?:(?:async\s+)?def|class)\s+\w+\s*\[[^]=]*=", "the default of a type parameter", (3, 13)),
    (r"\s*(?:(?:async\s+)?def|class)\s+\w+\s*\[", "a type parameter", (3, 12)),
    (
        r"\s*except\*?\s+[\w.]+(?:\s*,\s*(?:\w+\.)*[A-Z]\w*)+\s*:",
        "an except of several types without brackets",
        (3, 14),
    ),
    (r"""(?i:.*\b(?:t|tr|rt)["'])""", "a template string", (3, 14)),
    (r"""(?i:.*\b(?:f|fr|rf)(["'])(?:(?!\1).)*\{[^{}]*(?:\1|\\).*\})""", "a quote or backslash inside {...}", (3, 12)),
    (r"""(?i:.*\b(?:f|fr|rf)(["'])(?!\1)(?:(?!\1).)*\{[^{}"']*$)""", "a line break inside {...}", (3, 12)),
)


def newer_syntax(line: str, ours: tuple[int, ...] = sys.version_info[:2]) -> str:
    """Return which Python a line needs, in a clause; nothing where it is no newer syntax than ours."""
    for pattern, what, version in NEWER:
        if re.match(pattern, line) and ours < version:
            return f"{what} needs Python {'.'.join(map(str, version))}, and this is {'.'.join(map(str, ours))}"
    return ""
