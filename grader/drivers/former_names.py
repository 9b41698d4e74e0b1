"""Names that courses imported in the version before: each stands for its present one, for one version more.

They are installed where course code is loaded: beside the student's code, and in the judge, which warns once a course.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterable
from types import MappingProxyType, ModuleType
from typing import Any, Final

FIXTURES: Final = MappingProxyType({"draw": "rng", "remark": "note"})
IMPORTS: Final = MappingProxyType(
    {
        "grader.answers": "grader.drivers.answers",
        "grader.compare": "grader.authoring",
        "grader.importer": "grader.drivers.imports",
        "grader.model.Status": "grader.drivers.statuses:Status",
        "grader.sentences": "grader.wording.messages",
        "grader.writing": "grader.drivers.writeups",
    }
)
OF_DRIVERS: Final = tuple(former for former, present in IMPORTS.items() if present.startswith("grader.drivers."))

_IMPORT: Final = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<module>grader[\w.]*)[ \t]+import[ \t]*(?P<names>\([^)]*\)|[^#\n]*)"
    r"|import[ \t]+(?P<whole>grader[\w.]*))",
    re.MULTILINE,
)


def install(names: Iterable[str]) -> None:
    """Make former names importable, but for those that something still has."""
    for former in names:
        owner, _, name = former.rpartition(".")
        module, _, attribute = IMPORTS[former].partition(":")
        holder: Any = importlib.import_module(owner)
        present: Any = importlib.import_module(module)
        if attribute:
            present = getattr(present, attribute)
        if not hasattr(holder, name):
            setattr(holder, name, present)
            if isinstance(present, ModuleType):
                sys.modules[former] = present


def former_imports(texts: Iterable[str]) -> tuple[str, ...]:
    """List the former names that source texts import."""
    found: set[str] = set()
    for text in texts:
        for match in _IMPORT.finditer(text):
            module = match["module"] or match["whole"]
            names = re.findall(r"\w+", match["names"] or "")
            found |= IMPORTS.keys() & {module, *(f"{module}.{name}" for name in names)}
    return tuple(sorted(found))
