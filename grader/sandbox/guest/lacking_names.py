"""Let a module import a name that a library lacks, as versions of it differ, as long as the module does not use it."""

from __future__ import annotations

import re
import sys
from types import CodeType, ModuleType
from typing import Final

from grader.drivers.absent_modules import AbsentName

MOST_NAMES: Final = 20  # that a module may import and a library lack; each costs executing the module once more
_LACKING: Final = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")


def execute(code: CodeType, module: ModuleType) -> None:
    """Execute a module's code in it.

    Where its top level fails on a name that a library lacks, it is executed again with a stand-in for the name, which
    raises when it is used; the library has the stand-in for no longer than that.

    Raises:
        Exception: whatever the code raises.
    """
    before, lent = dict(vars(module)), list[tuple[ModuleType, str]]()
    try:
        while True:
            try:
                exec(code, vars(module))  # noqa: S102  # executing the submission is what a worker is for
            except ImportError as error:
                lacking = None if len(lent) == MOST_NAMES else _lacking(error, code, module)
                if lacking is None:
                    raise
            else:
                return
            library, name = lacking
            setattr(library, name, AbsentName(f"{library.__name__}.{name}"))
            lent.append(lacking)
            vars(module).clear()
            vars(module).update(before)
    finally:
        for library, name in lent:
            delattr(library, name)


def _lacking(error: ImportError, code: CodeType, module: ModuleType) -> tuple[ModuleType, str] | None:
    """Return the library and the name that the top level of a module did not find in it; None for any other error.

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
    return None if getattr(library.__spec__, "loader", None) is own else (library, found[1])
