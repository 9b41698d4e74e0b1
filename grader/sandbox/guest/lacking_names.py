"""Let a module import a name that a library lacks, as versions of it differ, as long as the module does not use it."""

from __future__ import annotations

import re
import sys
from types import CodeType, ModuleType
from typing import Final

from grader.drivers.absent_modules import AbsentName

MOST_NAMES: Final = 20  # that a module may import and a library lack; each costs executing the module once more
_LACKING: Final = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")


def execute(code: CodeType, module: ModuleType) -> list[tuple[int, str]]:
    """Execute a module's code in it.

    Where its top level fails on a name that a library lacks, it is executed again with a stand-in for the name, which
    raises when it is used; the library has the stand-in for no longer than that.

    Returns:
        What was lacking: the line of each import, and the name.

    Raises:
        Exception: whatever the code raises.
    """
    before, lent, lines = dict(vars(module)), list[tuple[ModuleType, str]](), list[int]()
    try:
        while True:
            try:
                exec(code, vars(module))  # noqa: S102  # executing the submission is what a worker is for
            except ImportError as error:
                lacking = None if len(lent) == MOST_NAMES else _lacking(error, code, module)
                if lacking is None:
                    raise
            else:
                return [(line, name) for line, (_, name) in zip(lines, lent, strict=True)]
            line, library, name = lacking
            setattr(library, name, AbsentName(f"{library.__name__}.{name}"))
            lent.append((library, name))
            lines.append(line)
            vars(module).clear()
            vars(module).update(before)
    finally:
        for library, name in lent:
            delattr(library, name)


def _lacking(error: ImportError, code: CodeType, module: ModuleType) -> tuple[int, ModuleType, str] | None:
    """Return the line, the library and the name that a module's top level did not find there; None for any other error.

    A module that is loaded as this one is, is no library: the name should be there.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    found = _LACKING.match(str(error))
    library = sys.modules.get(found[2]) if found else None
    if trace is None or trace.tb_frame.f_code is not code or found is None or library is None:
        return None
    own = getattr(module.__spec__, "loader", None)
    return None if getattr(library.__spec__, "loader", None) is own else (trace.tb_lineno, library, found[1])
